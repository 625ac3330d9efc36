package drop

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"usher/internal/outbound"
)

const webToken = "t0ken-that-is-secret"

// webServer serves one file over TLS on loopback, in the way that a test wants.
type webServer struct {
	*httptest.Server

	handler  atomic.Pointer[http.HandlerFunc]
	requests atomic.Int64
	last     atomic.Pointer[http.Request]
}

func newWebWorld(t *testing.T) (*world, *webServer, HTTPS) {
	t.Helper()
	s := new(webServer)
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		s.last.Store(r)
		(*s.handler.Load())(w, r)
	}))
	s.Config.ErrorLog = nil
	t.Cleanup(s.Close)
	w := &world{t: t, folder: t.TempDir(), now: start, memory: new(mapMemory)}
	config := HTTPS{
		URL: s.URL + "/export/people.csv?key=also-secret", Token: webToken,
		Web: Web{Version: "1.0", AllowPrivate: true, RootCAs: x509.NewCertPool(), Timeout: 10 * time.Second},
	}
	config.RootCAs.AddCert(s.Certificate())
	w.useHTTPS(config)
	return w, s, config
}

func (w *world) useHTTPS(config HTTPS) {
	w.t.Helper()
	source, err := NewHTTPS(config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.useSource(source)
}

func (s *webServer) serve(handler http.HandlerFunc) { s.handler.Store(&handler) }

// serveContent answers as a web server does that knows versions.
func (s *webServer) serveContent(content, tag string, modified time.Time) {
	s.serve(func(w http.ResponseWriter, r *http.Request) {
		if tag != "" {
			w.Header().Set("Etag", tag)
		}
		http.ServeContent(w, r, "", modified, strings.NewReader(content))
	})
}

func TestHTTPS(t *testing.T) {
	for name, tag := range map[string]string{"by tag": `"v1"`, "by time": ""} {
		t.Run(name, func(t *testing.T) {
			w, s, _ := newWebWorld(t)
			s.serveContent(people, tag, start)
			got := w.want(people)
			if got[0].Name != "people.csv" || !got[0].ModTime.Equal(start) || got[0].Origin != s.URL+"/export/people.csv" {
				t.Errorf("got %+v", got[0].File)
			}
			r := s.last.Load()
			if r.Header.Get("Authorization") != "Bearer "+webToken || r.Header.Get("User-Agent") != "usher/1.0" || r.URL.RawQuery != "key=also-secret" {
				t.Errorf("request %s with %v", r.URL, r.Header)
			}
			w.wantError(ErrUnchanged)
			if r := s.last.Load(); r.Header.Get("If-None-Match") != tag || (r.Header.Get("If-Modified-Since") == "") != (tag != "") {
				t.Errorf("second request with %v", r.Header)
			}
			s.serveContent(people+"3,cid@example.com\n", `"v2"`, start.Add(time.Hour))
			w.want(people + "3,cid@example.com\n")
		})
	}
}

func TestHTTPSHeader(t *testing.T) {
	w, s, config := newWebWorld(t)
	config.Header = "X-Api-Key"
	w.useHTTPS(config)
	s.serveContent(people, "", start)
	w.want(people)
	if r := s.last.Load(); r.Header.Get("X-Api-Key") != webToken || r.Header.Get("Authorization") != "" {
		t.Errorf("request with %v", r.Header)
	}
}

// A server that answers conditions with the whole file, and one that knows no versions at all.
func TestHTTPSWithoutConditions(t *testing.T) {
	w, s, _ := newWebWorld(t)
	s.serve(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Etag", `"v1"`)
		fmt.Fprint(w, people)
	})
	w.want(people)
	w.wantError(ErrUnchanged)
	content := people
	s.serve(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, content) })
	for range 2 { // the first of them was handed over with a tag
		w.tick()
		if got := w.want(people)[0]; !got.Unchanged {
			t.Fatalf("got %+v", got)
		}
		if r := s.last.Load(); r.Header.Get("If-Modified-Since") != "" {
			t.Errorf("request with %v", r.Header)
		}
	}
	content += "3,cid@example.com\n"
	if got := w.want(content)[0]; got.Unchanged {
		t.Errorf("another content: %+v", got)
	}
	content = people
	if got := w.want(content)[0]; got.Unchanged {
		t.Errorf("the content before the last: %+v", got)
	}
}

// Whoever takes files may say that one which the server cannot tell from the last says nothing new.
func TestHTTPSUnchanged(t *testing.T) {
	w, s, _ := newWebWorld(t)
	s.serve(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, people) })
	w.want(people)
	for range 2 {
		w.tick()
		err := w.fetcher.Fetch(t.Context(), func(_ context.Context, f File) error {
			if !f.Unchanged {
				t.Errorf("%+v", f)
			}
			return ErrUnchanged
		})
		if !errors.Is(err, ErrUnchanged) || !IsQuiet(err) {
			t.Fatal(err)
		}
	}
	if n := len(w.archived()); n != 1 {
		t.Errorf("%d files in the archive", n)
	}
	if got := w.want(people)[0]; !got.Unchanged {
		t.Errorf("%+v", got)
	}
}

// A feed of changes at an address without versions is fetched once at a time, not for ever.
func TestHTTPSChangesWithoutVersions(t *testing.T) {
	w, s, _ := newWebWorld(t)
	w.fetcher.Order = Oldest
	s.serve(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, people) })
	w.want(people)
	s.serveContent(people, `"v1"`, start)
	w.want(people)
	w.wantError(ErrUnchanged)
}

func TestHTTPSFailedIsHandedOverAgain(t *testing.T) {
	w, s, _ := newWebWorld(t)
	s.serveContent(people, `"v1"`, start)
	broken := errors.New("database is away")
	if err := w.fetcher.Fetch(t.Context(), func(context.Context, File) error { return broken }); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	w.want(people)
}

func TestHTTPSAnswersThatAreNoFile(t *testing.T) {
	other := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    error
		word    string
	}{
		{"cut", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, people)
		}, nil, "unexpected EOF"},
		{"cut between chunks", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, people)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, nil, "unexpected EOF"},
		{"without an end", func(w http.ResponseWriter, _ *http.Request) {
			conn, buffer, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			defer conn.Close()
			buffer.WriteString("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + people)
			buffer.Flush()
		}, nil, "Content-Length"},
		{"another host", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+"/people.csv", http.StatusFound)
		}, outbound.ErrForbiddenRedirect, "final address"},
		{"token", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, webToken, http.StatusUnauthorized) }, nil, "check the token"},
		{"missing", http.NotFound, nil, "check the url"},
		{"part", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusPartialContent) }, nil, "206"},
		{"too large", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(1000*len(people)))
			fmt.Fprint(w, strings.Repeat(people, 1000))
		}, ErrTooLarge, "at most 10000"},
		{"too large without saying so", func(w http.ResponseWriter, _ *http.Request) {
			for range 1000 {
				fmt.Fprint(w, people)
				w.(http.Flusher).Flush()
			}
		}, ErrTooLarge, "more than 10000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, s, _ := newWebWorld(t)
			w.fetcher.Limit = 10_000
			s.serve(tt.handler)
			got, err := w.fetch()
			if len(got) > 0 || err == nil || IsQuiet(err) || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.word) {
				t.Errorf("%d files, error %v, want %q", len(got), err, tt.word)
			}
			if err != nil && (strings.Contains(err.Error(), webToken) || strings.Contains(err.Error(), "also-secret")) {
				t.Errorf("error %q shows a secret", err)
			}
			if left := w.archived(); len(left) > 0 {
				t.Errorf("archived: %q", left)
			}
			s.serveContent(people, `"v1"`, start)
			w.want(people)
		})
	}
}

func TestHTTPSInsideTheNetworkIsClosed(t *testing.T) {
	w, s, config := newWebWorld(t)
	config.AllowPrivate = false
	w.useHTTPS(config)
	s.serveContent(people, "", start)
	w.wantError(outbound.ErrForbiddenAddress)
	if n := s.requests.Load(); n != 0 {
		t.Errorf("%d requests came through", n)
	}
}

func TestHTTPSServerThatIsAway(t *testing.T) {
	w, s, _ := newWebWorld(t)
	s.Close()
	_, err := w.fetch()
	if _, ok := errors.AsType[*net.OpError](err); !ok || strings.Contains(err.Error(), "also-secret") {
		t.Errorf("error %v", err)
	}
}

func TestHTTPSConfiguration(t *testing.T) {
	for _, url := range []string{"", "people.csv", "ftp://x/y", "http://hr.example.com/people.csv", "https://ann:secret@hr.example.com/p.csv"} {
		if _, err := NewHTTPS(HTTPS{URL: url}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", url, err)
		}
	}
}
