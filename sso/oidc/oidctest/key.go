package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"sync"
)

// Key signs tokens, in any way that is asked for, wrong ones too.
type Key struct {
	ID        string
	Algorithm string // RS, PS, ES 256 to 512, EdDSA, HS256 (with Secret) or none
	Secret    []byte
	Private   crypto.Signer
}

// slots hold key pairs, which are dear to make, for all tests of a process.
var slots sync.Map

// NewKey returns a key for an algorithm. The same id and family of algorithms give the same pair again within a process.
func NewKey(algorithm, id string) Key {
	made, _ := slots.LoadOrStore(algorithm[:2]+algorithm[len(algorithm)-1:]+id, sync.OnceValue(func() crypto.Signer { return newPair(algorithm) }))
	return Key{ID: id, Algorithm: algorithm, Private: made.(func() crypto.Signer)()}
}

func newPair(algorithm string) crypto.Signer {
	var key crypto.Signer
	var err error
	switch algorithm {
	case "ES256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ES512":
		key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "EdDSA":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		panic(err)
	}
	return key
}

// Sign makes a JWT in the compact form. The header has alg and kid, unless it says otherwise; a nil value leaves one
// out.
func (k Key) Sign(header, claims map[string]any) string {
	full := map[string]any{"alg": k.Algorithm, "kid": k.ID}
	for name, value := range header {
		if full[name] = value; value == nil {
			delete(full, name)
		}
	}
	return k.SignRaw(encode(full), encode(claims))
}

// SignRaw makes a JWT of two texts as they are.
func (k Key) SignRaw(header, payload []byte) string {
	input := Base64(header) + "." + Base64(payload)
	return input + "." + Base64(k.signature([]byte(input)))
}

func (k Key) signature(input []byte) []byte {
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[strings.TrimLeft(k.Algorithm, "RSPEHdDA")]
	digest := func() []byte {
		h := hash.New()
		h.Write(input)
		return h.Sum(nil)
	}
	var signature []byte
	var err error
	switch k.Algorithm[:2] {
	case "RS":
		signature, err = k.Private.Sign(rand.Reader, digest(), hash)
	case "PS":
		signature, err = k.Private.Sign(rand.Reader, digest(), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash})
	case "ES":
		signature, err = signEC(k.Private.(*ecdsa.PrivateKey), digest())
	case "Ed":
		signature, err = k.Private.Sign(rand.Reader, input, crypto.Hash(0))
	case "HS":
		mac := hmac.New(sha256.New, k.Secret)
		mac.Write(input)
		signature = mac.Sum(nil)
	}
	if err != nil {
		panic(err)
	}
	return signature
}

// signEC makes the two numbers side by side (RFC 7518 3.4), where crypto/ecdsa makes ASN.1.
func signEC(key *ecdsa.PrivateKey, digest []byte) ([]byte, error) {
	r, s, err := ecdsa.Sign(rand.Reader, key, digest)
	if err != nil {
		return nil, err
	}
	size := (key.Params().BitSize + 7) / 8
	return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...), nil
}

// JWK is the public half (RFC 7517), for signatures.
func (k Key) JWK() map[string]any {
	jwk := map[string]any{"kid": k.ID, "use": "sig", "alg": k.Algorithm}
	switch public := k.Private.Public().(type) {
	case *rsa.PublicKey:
		jwk["kty"], jwk["n"], jwk["e"] = "RSA", Base64(public.N.Bytes()), Base64(big.NewInt(int64(public.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			panic(err)
		}
		half := len(point) / 2
		jwk["kty"], jwk["crv"] = "EC", fmt.Sprintf("P-%d", public.Params().BitSize)
		jwk["x"], jwk["y"] = Base64(point[1:1+half]), Base64(point[1+half:])
	case ed25519.PublicKey:
		jwk["kty"], jwk["crv"], jwk["x"] = "OKP", "Ed25519", Base64(public)
	}
	return jwk
}

// Base64 is base64url without padding, as JOSE has it.
func Base64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

func encode(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}
