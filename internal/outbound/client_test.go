package outbound

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

// portal starts a TLS server on loopback and returns options with which it can be called.
func portal(t *testing.T, handler http.HandlerFunc) (string, Options) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused certificates and aborts are meant
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return server.URL, Options{Version: "1.2.3", AllowPrivate: true, RootCAs: roots}
}

func get(t *testing.T, client *http.Client, url string) (string, error) {
	t.Helper()
	resp, err := client.Get(url)
	if err != nil {
		return "", err
	}
	body, err := ReadAll(resp, 1<<20)
	return string(body), err
}

func TestCallsAPortal(t *testing.T) {
	url, o := portal(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.UserAgent()) })
	if body, err := get(t, New(o), url); err != nil || body != "usher/1.2.3" {
		t.Errorf("%q, %v", body, err)
	}
	o.AllowPrivate = false
	if _, err := get(t, New(o), url); !errors.Is(err, ErrForbiddenAddress) {
		t.Errorf("without AllowPrivate: %v", err)
	}
	o.AllowPrivate, o.RootCAs = true, nil
	if _, err := get(t, New(o), url); err == nil {
		t.Error("a certificate of an unknown authority was accepted")
	}
}

func TestCallsPlainHTTPInside(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "inside") }))
	defer server.Close()
	if body, err := get(t, New(Options{AllowPrivate: true}), server.URL); err != nil || body != "inside" {
		t.Errorf("%q, %v", body, err)
	}
}

func TestRequestIsNotChanged(t *testing.T) {
	url, o := portal(t, func(http.ResponseWriter, *http.Request) {})
	req, _ := http.NewRequest("GET", url, nil)
	resp, err := New(o).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if len(req.Header) != 0 {
		t.Errorf("headers added to the caller's request: %v", req.Header)
	}
}

func TestRedirects(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the other host was called") }))
	defer other.Close()
	var plain string
	url, o := portal(t, func(w http.ResponseWriter, r *http.Request) {
		hops := 0
		switch path := r.URL.Path; {
		case path == "/end":
			fmt.Fprint(w, r.Method)
		case path == "/other":
			http.Redirect(w, r, other.URL+"/?token=canary", http.StatusFound)
		case path == "/plain":
			http.Redirect(w, r, plain, http.StatusFound)
		case path == "/name":
			http.Redirect(w, r, "https://example.com/", http.StatusFound)
		case path == "/keep":
			http.Redirect(w, r, "/end", http.StatusTemporaryRedirect)
		default:
			fmt.Sscanf(path, "/hops/%d", &hops)
			next := fmt.Sprintf("/hops/%d", hops-1)
			if hops == 1 {
				next = "/end"
			}
			http.Redirect(w, r, next, http.StatusFound)
		}
	})
	plain = strings.Replace(url, "https:", "http:", 1) + "/end"
	for _, c := range []struct{ method, path, want string }{
		{"GET", "/hops/1", "GET"},
		{"GET", "/hops/3", "GET"},
		{"GET", "/hops/4", "more than 3"},
		{"GET", "/other", "configure the final address"},
		{"GET", "/plain", "configure the final address"},
		{"GET", "/name", "configure the final address"},
		{"POST", "/keep", "POST"},
		{"POST", "/hops/1", "POST would become GET"},
		{"DELETE", "/hops/1", "DELETE would become GET"},
	} {
		t.Run(c.method+c.path, func(t *testing.T) {
			req, _ := http.NewRequest(c.method, url+c.path, strings.NewReader("x"))
			resp, err := Do(New(o), req)
			if err == nil {
				if body, err := ReadAll(resp, 100); string(body) != c.want || err != nil {
					t.Errorf("%q, %v; want %q", body, err, c.want)
				}
				return
			}
			if !errors.Is(err, ErrForbiddenRedirect) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "canary") {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestOriginKnowsDefaultPorts(t *testing.T) {
	first, _ := http.NewRequest("GET", "https://Portal.example/a", nil)
	next, _ := http.NewRequest("GET", "https://portal.example:443/b", nil)
	if err := checkRedirect(next, []*http.Request{first}); err != nil {
		t.Error(err)
	}
}

func TestBodyLimit(t *testing.T) {
	url, o := portal(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bomb" {
			w.Header().Set("Content-Encoding", "gzip")
			zip := gzip.NewWriter(w)
			defer zip.Close()
			zip.Write(make([]byte, 1<<20))
			return
		}
		w.Write(bytes.Repeat([]byte("x"), 1000))
	})
	for _, c := range []struct {
		path         string
		client, call int64
		fits         bool
	}{
		{"/", 1000, 1000, true}, {"/", 1000, 999, false}, {"/", 999, 1000, false}, {"/bomb", 1<<20 - 1, 2 << 20, false}, {"/bomb", 1 << 20, 1 << 20, true},
	} {
		o.BodyLimit = c.client
		resp, err := New(o).Get(url + c.path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := ReadAll(resp, c.call)
		if c.fits != (err == nil) || !c.fits && (!errors.Is(err, ErrBodyTooLarge) || body != nil) {
			t.Errorf("%+v: %d bytes, %v", c, len(body), err)
		}
	}
}

func TestBodyLimitIsKeptBeyondTheFirstError(t *testing.T) {
	body := &cappedBody{ReadCloser: io.NopCloser(strings.NewReader("12345")), limit: 3, left: 3}
	for range 3 {
		if n, err := body.Read(make([]byte, 10)); n != 0 || !errors.Is(err, ErrBodyTooLarge) {
			t.Errorf("%d, %v", n, err)
		}
	}
}

func TestAnswerThatEndsAfterItsTimeIsNotWhole(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "GET", "https://portal.example", nil)
	resp := &http.Response{Request: req, Body: io.NopCloser(strings.NewReader("begun"))}
	if body, err := ReadAll(resp, 100); body != nil || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%q, %v", body, err)
	}
}

func TestTimeouts(t *testing.T) {
	const short = 50 * time.Millisecond
	url, o := portal(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			w.Write([]byte("begun"))
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
	})
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts in the kernel, and never says a word
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	deaf := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	for name, c := range map[string]struct {
		url string
		set func(*Options)
	}{
		"dial":   {"https://portal.example", func(o *Options) { o.DialTimeout, o.Resolver = short, deaf }},
		"TLS":    {"https://" + silent.Addr().String(), func(o *Options) { o.TLSTimeout = short }},
		"header": {url + "/header", func(o *Options) { o.HeaderTimeout = short }},
		"total":  {url + "/header", func(o *Options) { o.Timeout = short }},
		"body":   {url + "/body", func(o *Options) { o.Timeout = 30 * short }},
	} {
		t.Run(name, func(t *testing.T) {
			o := o
			c.set(&o)
			_, err := get(t, New(o), c.url)
			var timeout interface{ Timeout() bool }
			if !errors.As(err, &timeout) || !timeout.Timeout() {
				t.Errorf("got %v, want a timeout", err)
			}
			if name == "body" && !strings.Contains(err.Error(), "read answer of 127.0.0.1") {
				t.Errorf("timed out before the body: %v", err)
			}
		})
	}
}

func TestConnectionIsKept(t *testing.T) {
	url, o := portal(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	client := New(o)
	var reused atomic.Int32
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if info.Reused {
			reused.Add(1)
		}
	}})
	call := func() {
		req, _ := http.NewRequestWithContext(ctx, "GET", url, nil)
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ReadAll(resp, 2); err != nil {
			t.Fatal(err)
		}
	}
	call()
	call()
	call()
	if reused.Load() != 2 {
		t.Errorf("%d of 2 requests found the connection", reused.Load())
	}
	client.CloseIdleConnections()
	call()
	if reused.Load() != 2 {
		t.Error("CloseIdleConnections closed nothing")
	}
}

func TestLimiterPaces(t *testing.T) {
	var calls atomic.Int32
	url, o := portal(t, func(http.ResponseWriter, *http.Request) { calls.Add(1) })
	o.Limiter, o.Timeout = rate.NewLimiter(rate.Every(time.Hour), 2), time.Minute
	client := New(o)
	for range 2 {
		if _, err := get(t, client, url); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := get(t, client, url); err == nil || !strings.Contains(err.Error(), "rate limit") {
		t.Errorf("third request of two: %v", err)
	}
	if calls.Load() != 2 {
		t.Errorf("%d calls", calls.Load())
	}
}

func TestErrorsHoldNoSecrets(t *testing.T) {
	url, o := portal(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, "https://user:canary@example.com/canary?canary", http.StatusFound)
		case "/hang":
			<-r.Context().Done()
		default:
			panic(http.ErrAbortHandler)
		}
	})
	o.Timeout = 200 * time.Millisecond
	host := strings.TrimPrefix(url, "https://")
	for _, target := range []string{
		"https://user:canary@" + host + "/redirect?key=canary", "https://user:canary@" + host + "/hang?key=canary",
		"https://user:canary@" + host + "/abort?key=canary", "http://user:canary@1.1.1.1/?key=canary", "https://169.254.169.254/?key=canary",
	} {
		for _, value := range []string{"Bearer canary", "Bearer canary\n"} {
			req, err := http.NewRequest("GET", target, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header["Authorization"] = []string{value}
			if resp, err := Do(New(o), req); err == nil {
				resp.Body.Close()
				t.Errorf("%s: no error", target)
			} else if strings.Contains(err.Error(), "canary") || !strings.HasPrefix(err.Error(), "GET http") {
				t.Errorf("%s: %v", target, err)
			}
		}
	}
	req, _ := http.NewRequest("GET", url+"/hang", nil)
	if _, err := Do(New(o), req); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the cause is lost: %v", err)
	}
}
