package reconcile_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// ailment is one way in which a portal can fail: in its answers, on the wire, or in its
// certificate.
type ailment struct {
	name string
	// answer answers in the portal's place.
	answer http.HandlerFunc
	// effect says that every other request takes effect before it is answered so.
	effect bool
	// toxic is what toxiproxy is to do to what the portal sends.
	toxic string
	// expired says that the certificate is.
	expired bool
}

// ailments are those that the portal gets over.
func ailments() []ailment {
	says := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			if status == http.StatusTooManyRequests {
				w.Header().Set("Retry-After", "1")
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body) // who is gone does not read
		}
	}
	return []ailment{
		{name: "429", answer: says(http.StatusTooManyRequests, "text/plain", "slow down")},
		{name: "500", answer: says(http.StatusInternalServerError, "application/json", `{"detail":"oops"}`), effect: true},
		{name: "hang", toxic: `{"type":"timeout","attributes":{"timeout":0}}`},
		{name: "reset", toxic: `{"type":"reset_peer","attributes":{"timeout":5}}`},
		{name: "truncated", toxic: `{"type":"limit_data","attributes":{"bytes":150}}`},
		{name: "page for people", answer: says(http.StatusOK, "text/html; charset=utf-8", "<html>Sign in</html>"), effect: true},
		{name: "wrong type", answer: says(http.StatusOK, "application/octet-stream", "\x00\x01\x02"), effect: true},
		{name: "certificate expired", expired: true},
	}
}

// hospital serves a portal, and makes it ail.
type hospital struct {
	url   string
	roots *x509.CertPool

	ailment ailment
	portal  http.Handler
	server  *httptest.Server
	proxy   *toxiproxy.Proxy
	certs   [2]tls.Certificate // good, and expired
	ill     atomic.Bool
	arrived atomic.Int64
}

// admit serves a portal behind a proxy.
func admit(t *testing.T, portal http.Handler, a ailment) *hospital {
	t.Helper()
	h := &hospital{ailment: a, portal: portal}
	h.server = httptest.NewUnstartedServer(h)
	h.server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that are broken off are meant
	scheme := "http"
	if a.expired {
		scheme = "https"
		h.certify(t)
		h.server.TLS = &tls.Config{GetConfigForClient: h.configuration}
		h.server.StartTLS()
	} else {
		h.server.Start()
	}
	t.Cleanup(h.server.Close)
	api := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	h.proxy = toxiproxy.NewProxy(api, "portal", "127.0.0.1:0", h.server.Listener.Addr().String())
	if err := h.proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.proxy.Stop)
	h.url = scheme + "://" + h.proxy.Listen
	return h
}

// ServeHTTP implements http.Handler.
func (h *hospital) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := h.arrived.Add(1)
	if !h.ill.Load() || h.ailment.answer == nil {
		h.portal.ServeHTTP(w, r)
		return
	}
	if h.ailment.effect && n%2 == 0 {
		h.portal.ServeHTTP(httptest.NewRecorder(), r)
	}
	h.ailment.answer(w, r)
}

// fall makes the portal ail.
func (h *hospital) fall(t *testing.T) {
	t.Helper()
	if h.ailment.toxic != "" {
		if _, err := h.proxy.Toxics.AddToxicJson(strings.NewReader(h.ailment.toxic)); err != nil {
			t.Fatal(err)
		}
	}
	h.ill.Store(true)
	h.server.CloseClientConnections() // those to come are made anew
}

// heal ends that.
func (h *hospital) heal() {
	h.ill.Store(false)
	h.proxy.Toxics.ResetToxics(context.Background())
}

// configuration has the certificate of the moment.
func (h *hospital) configuration(*tls.ClientHelloInfo) (*tls.Config, error) {
	if h.ill.Load() {
		return &tls.Config{Certificates: h.certs[1:], MinVersion: tls.VersionTLS12}, nil
	}
	return &tls.Config{Certificates: h.certs[:1], MinVersion: tls.VersionTLS12}, nil
}

// certify makes the two certificates, each its own authority.
func (h *hospital) certify(t *testing.T) {
	t.Helper()
	h.roots = x509.NewCertPool()
	for i, ends := range []time.Duration{time.Hour, -time.Hour} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(int64(i + 1)), Subject: pkix.Name{CommonName: fmt.Sprintf("portal %d", i)}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(ends), IsCA: true, BasicConstraintsValid: true,
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		h.roots.AddCert(cert)
		h.certs[i] = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	}
}
