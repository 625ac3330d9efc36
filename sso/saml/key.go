package saml

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
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
