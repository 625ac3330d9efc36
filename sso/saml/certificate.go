package saml

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/crewjam/saml"

	"usher/internal/usher"
)

const (
	// minRSA is the least length of an RSA key in bits (NIST SP 800-131A), and minEC that of a curve.
	minRSA, minEC = 2048, 256
	// maxCertificates is how many keys are tried on a signature.
	maxCertificates = 16
	// soon is how long before its end a certificate is warned of.
	soon = 30 * 24 * time.Hour
)

// Warning is what an admin should know of a provider whose sign-in still works.
type Warning struct {
	// Code is one word: weak-key, bad-certificate, ended, ends-soon, plain-http.
	Code  string
	Words string
	// At is when the certificate ends or has ended; else zero.
	At usher.Time
}

// Warnings tells what is wrong with the provider's metadata, or soon will be.
func (idp *Provider) Warnings(now usher.Time) []Warning {
	warnings := append([]Warning(nil), idp.leftOut...)
	for _, cert := range idp.certificates {
		end := usher.TimeOf(cert.NotAfter)
		switch left := end.Sub(now); {
		case left <= 0:
			warnings = append(warnings, Warning{"ended", fmt.Sprintf("certificate %s of the provider ended %s; renew it there", serial(cert), end.RFC3339()), end})
		case left <= soon:
			warnings = append(warnings, Warning{"ends-soon", fmt.Sprintf("certificate %s of the provider ends %s; renew it there in time", serial(cert), end.RFC3339()), end})
		}
	}
	for _, location := range []string{idp.ssoRedirect, idp.ssoPost, idp.sloRequest} {
		if strings.HasPrefix(location, "http:") {
			warnings = append(warnings, Warning{Code: "plain-http", Words: fmt.Sprintf("the provider takes people to %s, which is not encrypted", location)})
		}
	}
	return warnings
}

func serial(cert *x509.Certificate) string { return fmt.Sprintf("%x", cert.SerialNumber) }

// signingCertificates gives the certificates that messages may be signed with (saml-metadata 2.4.1.1). One that cannot be
// used is left out, since it then lets nothing in, and is told of.
func signingCertificates(descriptors []saml.KeyDescriptor) (good []*x509.Certificate, left []Warning) {
	seen := make(map[string]bool)
	for _, descriptor := range descriptors {
		if descriptor.Use != "" && descriptor.Use != "signing" {
			continue
		}
		for _, written := range descriptor.KeyInfo.X509Data.X509Certificates {
			cert, warning := readCertificate(written.Data)
			switch {
			case warning != nil:
				left = append(left, *warning)
			case seen[string(cert.RawSubjectPublicKeyInfo)]:
			case len(good) == maxCertificates:
				left = append(left, Warning{Code: "bad-certificate", Words: fmt.Sprintf("certificate %s is one too many; %d are read", serial(cert), maxCertificates)})
			default:
				seen[string(cert.RawSubjectPublicKeyInfo)] = true
				good = append(good, cert)
			}
		}
	}
	return good, left
}

func readCertificate(written string) (*x509.Certificate, *Warning) {
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(written), ""))
	if err != nil {
		return nil, &Warning{Code: "bad-certificate", Words: "a certificate is not base64"}
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, &Warning{Code: "bad-certificate", Words: fmt.Sprintf("a certificate cannot be read: %v", err)}
	}
	if weak := weakness(cert); weak != "" {
		return nil, &Warning{Code: "weak-key", Words: fmt.Sprintf("certificate %s %s", serial(cert), weak)}
	}
	return cert, nil
}

// weakness says why a key does not count; empty if it does.
func weakness(cert *x509.Certificate) string {
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < minRSA {
			return fmt.Sprintf("has an RSA key of %d bits; %d are the least", key.N.BitLen(), minRSA)
		}
	case *ecdsa.PublicKey:
		if key.Curve.Params().BitSize < minEC {
			return fmt.Sprintf("has a key on the curve %s; P-256 is the least", key.Curve.Params().Name)
		}
	default:
		return fmt.Sprintf("has a key of %s, with which SAML messages are not signed; RSA or ECDSA are needed", cert.PublicKeyAlgorithm)
	}
	return ""
}

func reasons(left []Warning) string {
	words := make([]string, len(left))
	for i, w := range left {
		words[i] = w.Words
	}
	if len(words) == 0 {
		return ""
	}
	return ": " + strings.Join(words, "; ")
}
