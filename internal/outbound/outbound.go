// Package outbound makes the HTTP clients with which usher calls portals and identity providers.
//
// Its invariant: an address that an admin typed, or that an answer points to, never makes usher call inside its own
// network or wait, read or follow without bound. The check is made on the address that is about to be dialled, after
// every name resolution, so that a name which resolves differently the second time (DNS rebinding) gains nothing.
package outbound

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/time/rate"
)

// Errors that callers tell apart. All come wrapped.
var (
	// ErrForbiddenAddress says that a host is, or resolves to, an address that must not be called.
	ErrForbiddenAddress = errors.New("address not allowed")
	// ErrForbiddenScheme says that a URL is not https where it must be.
	ErrForbiddenScheme = errors.New("scheme not allowed")
	// ErrForbiddenRedirect says that an answer points somewhere the client does not follow.
	ErrForbiddenRedirect = errors.New("redirect not followed")
	// ErrBodyTooLarge says that an answer is longer than allowed.
	ErrBodyTooLarge = errors.New("answer too large")
)

// Options says what a client may do. Durations and sizes of 0 mean the default in brackets.
type Options struct {
	// Version is usher's own, for the User-Agent.
	Version string
	// AllowPrivate opens loopback, private (RFC 1918, RFC 4193) and shared (RFC 6598) addresses, over https and http.
	// Link-local, metadata, multicast and reserved addresses stay closed, and public ones need https all the same.
	AllowPrivate bool
	// Limiter paces requests, redirects included. Nil does not pace.
	Limiter *rate.Limiter
	// RootCAs replaces the system's certificate authorities, for a portal inside the house.
	RootCAs *x509.CertPool
	// Resolver replaces the system's.
	Resolver *net.Resolver

	DialTimeout   time.Duration // to connect, all addresses together [10 s]
	TLSTimeout    time.Duration // for the TLS handshake [10 s]
	HeaderTimeout time.Duration // from the request sent to the answer's header [30 s]
	Timeout       time.Duration // for all of it, pacing and body included [60 s]
	BodyLimit     int64         // bytes of an answer's body, decompressed [1 MiB]
}

// New returns a client within these options. It keeps connections alive, honours no proxy from the environment (the
// proxy would dial unchecked) and keeps no cookies.
func New(o Options) *http.Client {
	return &http.Client{
		Timeout:       cmp.Or(o.Timeout, 60*time.Second),
		CheckRedirect: checkRedirect,
		Transport: &transport{
			secure:    newTransport(o, guard{private: o.AllowPrivate, public: true}),
			plain:     newTransport(o, guard{private: o.AllowPrivate}),
			allowHTTP: o.AllowPrivate,
			agent:     "usher/" + cmp.Or(o.Version, "dev"),
			limiter:   o.Limiter,
			bodyLimit: cmp.Or(o.BodyLimit, 1<<20),
		},
	}
}

func newTransport(o Options, g guard) *http.Transport {
	dialer := &net.Dialer{
		Timeout:        cmp.Or(o.DialTimeout, 10*time.Second),
		Resolver:       o.Resolver,
		ControlContext: g.control,
	}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.RootCAs},
		TLSHandshakeTimeout:    cmp.Or(o.TLSTimeout, 10*time.Second),
		ResponseHeaderTimeout:  cmp.Or(o.HeaderTimeout, 30*time.Second),
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        90 * time.Second,
		ForceAttemptHTTP2:      true,
	}
}

// transport keeps the rules that hold for each request, redirects included.
type transport struct {
	secure, plain *http.Transport
	allowHTTP     bool
	agent         string
	limiter       *rate.Limiter
	bodyLimit     int64
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	next, err := t.admit(req)
	if err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	req = req.Clone(req.Context())
	req.Header.Set("User-Agent", t.agent)
	resp, err := next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	resp.Body = &cappedBody{ReadCloser: resp.Body, limit: t.bodyLimit, left: t.bodyLimit}
	return resp, nil
}

// admit waits for the request's turn and chooses its transport by scheme.
func (t *transport) admit(req *http.Request) (*http.Transport, error) {
	switch scheme := req.URL.Scheme; {
	case scheme == "https":
		return t.secure, t.wait(req.Context())
	case scheme == "http" && t.allowHTTP:
		return t.plain, t.wait(req.Context())
	default:
		return nil, fmt.Errorf("%w: %q; use https", ErrForbiddenScheme, scheme)
	}
}

func (t *transport) wait(ctx context.Context) error {
	if t.limiter == nil {
		return nil
	}
	if err := t.limiter.Wait(ctx); err != nil {
		return fmt.Errorf("wait for the portal's rate limit: %w", err)
	}
	return nil
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach the connections.
func (t *transport) CloseIdleConnections() {
	t.secure.CloseIdleConnections()
	t.plain.CloseIdleConnections()
}

// Do is client.Do with an error that names the URL without query and user, where filters keep addresses and some
// portals keep keys. Headers are never part of an error.
func Do(client *http.Client, req *http.Request) (*http.Response, error) {
	resp, err := client.Do(req)
	if failed, ok := errors.AsType[*url.Error](err); ok {
		shown := url.URL{Scheme: req.URL.Scheme, Host: req.URL.Host, Path: req.URL.Path}
		return nil, fmt.Errorf("%s %s: %w", req.Method, shown.String(), failed.Err)
	}
	return resp, err
}
