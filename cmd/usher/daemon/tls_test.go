package daemon_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/store"
)

// TestTLS serves with a certificate, tells browsers so, and takes a renewed one at a reload.
func TestTLS(t *testing.T) {
	c := configAt(t, store.Options{Folder: t.TempDir()})
	folder := t.TempDir()
	c.TLS = config.TLS{CertFile: filepath.Join(folder, "cert.pem"), KeyFile: filepath.Join(folder, "key.pem")}
	writeCertificate(t, c.TLS, 1)
	r := start(t, daemon.Options{Config: c})
	if !strings.HasPrefix(r.URL(), "https://") {
		t.Errorf("the URL is %s", r.URL())
	}
	if serial, header := handshake(t, r); serial != 1 || header.Get("Strict-Transport-Security") == "" {
		t.Errorf("certificate %d, headers %v", serial, header)
	}
	writeCertificate(t, c.TLS, 2)
	r.check(r.Reload(t.Context()))
	if serial, _ := handshake(t, r); serial != 2 {
		t.Errorf("after the reload: certificate %d", serial)
	}
	if err := os.WriteFile(c.TLS.CertFile, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.Reload(t.Context()); err == nil {
		t.Error("a broken certificate was taken")
	}
	if serial, _ := handshake(t, r); serial != 2 {
		t.Errorf("after a broken reload: certificate %d", serial)
	}
}

// TestACertificateThatEndsIsAnIncident: those of the tests hold for an hour.
func TestACertificateThatEndsIsAnIncident(t *testing.T) {
	c := configAt(t, store.Options{Folder: t.TempDir()})
	folder := t.TempDir()
	c.TLS = config.TLS{CertFile: filepath.Join(folder, "cert.pem"), KeyFile: filepath.Join(folder, "key.pem")}
	writeCertificate(t, c.TLS, 1)
	r := start(t, daemon.Options{Config: c})
	r.check(r.Notify(t.Context()))
	open, err := r.Ledger().Incidents(t.Context(), r.Store().Now())
	r.check(err)
	if len(open) != 1 || !strings.HasPrefix(open[0].Title, "The TLS certificate of usher ends on") {
		t.Errorf("open are %+v", open)
	}
}

// handshake gives the serial number of the certificate that is served.
func handshake(t *testing.T, r *running) (int64, http.Header) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	res, err := client.Get(r.URL() + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.TLS.PeerCertificates[0].SerialNumber.Int64(), res.Header
}

func writeCertificate(t *testing.T, files config.TLS, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "usher"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{files.CertFile: {Type: "CERTIFICATE", Bytes: cert}, files.KeyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
