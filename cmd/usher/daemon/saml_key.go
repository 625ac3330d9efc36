package daemon

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"usher/internal/config"
	"usher/sso/saml"
)

// SAMLKeyFile is the file in the data folder with usher's own key for SAML, certificate and private key, where the
// configuration names none. Replicas share it, as they share the installation's key.
const SAMLKeyFile = "saml.pem"

// samlKeys are usher's own keys: the present one and, where there is one, the one before.
func samlKeys(c *config.Config, now time.Time) ([]saml.Key, error) {
	k := c.SignIn.SAMLKey
	var present saml.Key
	var err error
	if k.CertFile == "" {
		present, err = ownSAMLKey(filepath.Join(c.Data, SAMLKeyFile), now)
	} else {
		present, err = readSAMLKey(k.CertFile, k.KeyFile)
	}
	if err != nil || k.PreviousCertFile == "" {
		return []saml.Key{present}, err
	}
	before, err := readSAMLKey(k.PreviousCertFile, k.PreviousKeyFile)
	return []saml.Key{present, before}, err
}

func readSAMLKey(certFile, keyFile string) (saml.Key, error) {
	certificate, err := os.ReadFile(certFile)
	if err != nil {
		return saml.Key{}, err
	}
	private, err := os.ReadFile(keyFile)
	if err != nil {
		return saml.Key{}, err
	}
	return saml.ReadKey(certificate, private)
}

// ownSAMLKey is the key in a file, which is made where there is none.
func ownSAMLKey(file string, now time.Time) (saml.Key, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = makeSAMLKey(file, now)
	}
	if err != nil {
		return saml.Key{}, fmt.Errorf("key for SAML: %w", err)
	}
	return saml.ReadKey(text, text)
}

// makeSAMLKey writes a new key with a certificate that holds for ten years: providers pin it, and whether its time is
// over says nothing.
func makeSAMLKey(file string, now time.Time) ([]byte, error) {
	private, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "usher"}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(10, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return nil, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, err
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	return linkWhole(file, text)
}

// linkWhole puts a text where there is none yet, whole or not at all, and gives what is there then: of two processes that
// begin at once both get the first one's.
func linkWhole(file string, text []byte) ([]byte, error) {
	f, err := os.CreateTemp(filepath.Dir(file), ".saml-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(f.Name(), file); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(file)
}
