package oidc

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"usher/internal/usher"
)

// signer is one of our keys for private_key_jwt.
type signer struct {
	key         crypto.Signer
	id          string
	algorithm   jose.SignatureAlgorithm
	certificate []byte // in DER; may be absent
}

// readSigners reads private keys, each with its certificate behind it, if there is one. id names the first.
func readSigners(text []byte, id string) ([]signer, error) {
	var list []signer
	for {
		block, rest := pem.Decode(text)
		switch {
		case block == nil:
			return list, nameFirst(list, id)
		case block.Type == "CERTIFICATE" && len(list) > 0:
			list[len(list)-1].certificate = block.Bytes
		case block.Type == "CERTIFICATE":
			return nil, errors.New("a certificate stands before its private key; write it behind")
		default:
			s, err := readSigner(block)
			if err != nil {
				return nil, err
			}
			list = append(list, s)
		}
		text = rest
	}
}

func nameFirst(list []signer, id string) error {
	if len(list) > 0 {
		list[0].id = cmp.Or(id, list[0].id)
	}
	for i, s := range list {
		if slices.ContainsFunc(list[:i], func(other signer) bool { return other.id == s.id }) {
			return errors.New("two keys have the same id")
		}
		certificate, err := x509.ParseCertificate(s.certificate)
		if s.certificate != nil && (err != nil || !s.key.Public().(interface{ Equal(crypto.PublicKey) bool }).Equal(certificate.PublicKey)) {
			return errors.New("a certificate is not that of the private key before it")
		}
	}
	return nil
}

func readSigner(block *pem.Block) (signer, error) {
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	}
	if err != nil {
		key, err = x509.ParseECPrivateKey(block.Bytes)
	}
	if err != nil {
		return signer{}, errors.New("a block is no private key in PKCS #8, PKCS #1 or SEC 1, without a password")
	}
	s := signer{algorithm: algorithmOf(key)}
	if s.algorithm == "" {
		return signer{}, fmt.Errorf("a key is none of RSA from %d bits, EC on P-256, P-384 or P-521, and Ed25519", minRSABits)
	}
	s.key = key.(crypto.Signer) // as algorithmOf has seen
	thumb, err := (&jose.JSONWebKey{Key: s.key.Public()}).Thumbprint(crypto.SHA256)
	s.id = base64.RawURLEncoding.EncodeToString(thumb)
	return s, err
}

func algorithmOf(key any) jose.SignatureAlgorithm {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		if k.N.BitLen() >= minRSABits {
			return jose.RS256
		}
	case *ecdsa.PrivateKey:
		return map[int]jose.SignatureAlgorithm{256: jose.ES256, 384: jose.ES384, 521: jose.ES512}[k.Curve.Params().BitSize]
	case ed25519.PrivateKey:
		return jose.EdDSA
	}
	return ""
}

// PublicKeys is the JWK set of our keys for private_key_jwt, to be published or registered at the provider. Those that
// do not sign yet are in it, so that a key is known before it is used.
func (c *Connection) PublicKeys() ([]byte, error) {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, s := range c.signers {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: s.key.Public(), KeyID: s.id, Algorithm: string(s.algorithm), Use: "sig"})
	}
	return json.Marshal(set)
}

// assertion says who the client is (RFC 7523 3, Core 9), for a minute. Its jti is made of the sign-in's state, which is
// random and used once.
func (c *Connection) assertion(m metadata, p Pending, now usher.Time) (string, error) {
	s := c.signers[0]
	algorithm := s.algorithm
	if algorithm == jose.RS256 && len(m.AuthAlgorithms) > 0 && !slices.Contains(m.AuthAlgorithms, "RS256") && slices.Contains(m.AuthAlgorithms, "PS256") {
		algorithm = jose.PS256
	}
	options := (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", s.id)
	if s.certificate != nil {
		thumb := sha256.Sum256(s.certificate)
		options = options.WithHeader("x5t#S256", base64.RawURLEncoding.EncodeToString(thumb[:]))
	}
	made, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: s.key}, options)
	if err != nil {
		return "", fmt.Errorf("key for private_key_jwt: %w", err)
	}
	id := sha256.Sum256([]byte("assertion of " + p.State))
	text, err := json.Marshal(map[string]any{
		"iss": c.clientID, "sub": c.clientID, "aud": m.TokenEndpoint, "jti": base64.RawURLEncoding.EncodeToString(id[:]),
		"iat": now.Std().Unix(), "exp": now.Add(time.Minute).Std().Unix(),
	})
	if err != nil {
		return "", fmt.Errorf("assertion: %w", err)
	}
	signed, err := made.Sign(text)
	if err != nil {
		return "", fmt.Errorf("sign assertion: %w", err)
	}
	return signed.CompactSerialize()
}
