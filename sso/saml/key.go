package saml

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"usher/internal/usher"
)

// Key is a key of ours with the certificate in which providers know it. It is RSA, because only with RSA do they encrypt
// for us (xmlenc-core 5.5).
type Key struct {
	Private     *rsa.PrivateKey
	Certificate *x509.Certificate
}

// ReadKey reads a key from the PEM texts of a certificate and its private key.
func ReadKey(certificate, private []byte) (Key, error) {
	pair, err := tls.X509KeyPair(certificate, private)
	if err != nil {
		return Key{}, fmt.Errorf("read SAML key: %w", err)
	}
	key, ok := pair.PrivateKey.(*rsa.PrivateKey)
	if !ok {
		return Key{}, fmt.Errorf("read SAML key: it is not RSA, and only RSA can decrypt what providers send; make an RSA key of 2048 bits or more")
	}
	return Key{key, pair.Leaf}, nil
}

// keyLife is how long a certificate of ours holds. Providers compare it byte for byte and ask no authority, so its end is
// no protection and only a day on which nobody can sign in.
const keyLife = 10 * 365 * 24 * time.Hour

// MakeKey makes a key of 3072 bits with a certificate that it signs itself, both in PEM, for [ReadKey]. The name is what
// an admin at the provider sees. A key is never made twice, so its randomness is the system's.
func MakeKey(name string, now usher.Time) (certificate, private []byte, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		return nil, nil, fmt.Errorf("make SAML key: %w", err)
	}
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, fmt.Errorf("make SAML key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: number, Subject: pkix.Name{CommonName: name}, NotBefore: now.Std(), NotAfter: now.Add(keyLife).Std(),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, nil, fmt.Errorf("make SAML key: %w", err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("make SAML key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), nil
}

func (k Key) check() error {
	switch {
	case k.Private == nil || k.Certificate == nil:
		return fmt.Errorf("a key of ours lacks its private key or its certificate")
	case k.Private.N.BitLen() < minRSA:
		return fmt.Errorf("our key has %d bits; make one of %d or more", k.Private.N.BitLen(), minRSA)
	case !k.Private.PublicKey.Equal(k.Certificate.PublicKey):
		return fmt.Errorf("our certificate %s belongs to another private key", k.Certificate.SerialNumber)
	}
	return nil
}
