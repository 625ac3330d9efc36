package daemon_test

import (
	"net/http"
	"strings"
	"testing"

	"usher/internal/store"
	"usher/internal/web"
	"usher/internal/web/browsertest"
)

// pagesOf are the routes that a browser can open.
func pagesOf(routes []web.Route) *http.ServeMux {
	mux := http.NewServeMux()
	for _, r := range routes {
		if r.Method == http.MethodGet && !strings.HasPrefix(r.Path, "/assets/") {
			mux.Handle("GET "+r.Path, http.NotFoundHandler())
		}
	}
	return mux
}

// TestSignInPages looks at what people see before they are signed in.
func TestSignInPages(t *testing.T) {
	r := newRoles(t, store.Options{Folder: t.TempDir()})
	b := browsertest.New(t)
	to, _, err := r.MakeLoginLink(r.Context(), ann(), r.named(owner), false)
	r.check(err)
	for _, at := range []string{r.URL() + "/signin", to, r.URL() + "/signin/link?token=x"} {
		b.Open(at)
		b.Good(at)
	}
}

// TestConsoleOfNobody opens every page that there is before anybody has come: each says what to do next.
func TestConsoleOfNobody(t *testing.T) {
	r := newRoles(t, store.Options{Folder: t.TempDir()})
	b := browsertest.New(t)
	to, _, err := r.MakeLoginLink(r.Context(), ann(), r.named(owner), false)
	r.check(err)
	b.Open(to)
	b.Click("form button")
	b.Crawl(r.URL()+"/", 1, pagesOf(web.Routes()), b.Good)
}
