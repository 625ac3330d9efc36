package daemon_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
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

// maxPage and maxAll bound a page, and a page with all that it needs, in bytes.
const (
	maxPage = 150_000
	maxAll  = 200_000
)

// goodPage is what must be true of each page, however wide it is and however dark its viewer likes it.
func goodPage(t *testing.T, b *browsertest.Browser, route string) {
	t.Helper()
	for _, wrong := range b.Complaints() {
		t.Errorf("%s: the browser says %s", route, wrong)
	}
	if all, page := b.Weight(); page > maxPage || all > maxAll {
		t.Errorf("%s weighs %d bytes, and %d with all that it needs", route, page, all)
	}
	for _, look := range []struct {
		width int
		dark  bool
	}{{browsertest.Telephone, false}, {browsertest.Desktop, true}, {browsertest.Desktop, false}} {
		b.Look(look.width, look.dark)
		for _, v := range b.Axe() {
			t.Errorf("%s at %s, %d wide, dark %v: %s", route, b.At(), look.width, look.dark, v)
		}
		if out := b.Overflows(); out != "" {
			t.Errorf("%s at %s is wider than %d: %s", route, b.At(), look.width, out)
		}
	}
}

// keep keeps a picture of the page where USHER_PICTURES says.
func keep(t *testing.T, b *browsertest.Browser, name string) {
	t.Helper()
	folder := os.Getenv("USHER_PICTURES")
	if folder == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), b.Picture(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// comeIn signs somebody in with a login link.
func (r *roles) comeIn(b *browsertest.Browser, who string) {
	r.Helper()
	to, _, err := r.MakeLoginLink(r.Context(), ann(), r.named(who), false)
	r.check(err)
	b.Open(to)
	b.Click("form button")
}

// TestSignInPages looks at what people see before they are signed in.
func TestSignInPages(t *testing.T) {
	r := newRoles(t, store.Options{Folder: t.TempDir()})
	b := browsertest.New(t)
	to, _, err := r.MakeLoginLink(r.Context(), ann(), r.named(owner), false)
	r.check(err)
	for _, at := range []string{r.URL() + "/signin", to, r.URL() + "/signin/link?token=x"} {
		b.Open(at)
		goodPage(t, b, at)
	}
}

// TestConsole opens every page in every role.
func TestConsole(t *testing.T) {
	r := newRoles(t, store.Options{Folder: t.TempDir()})
	routes := pagesOf(web.Routes())
	for _, who := range []string{owner, auditor, seatAdmin, manager, employee} {
		t.Run(who, func(t *testing.T) {
			b := browsertest.New(t)
			r.comeIn(b, who)
			reached := b.Crawl(r.URL()+"/me", 2, routes, func(route string) {
				goodPage(t, b, route)
				keep(t, b, who+strings.ReplaceAll(strings.TrimPrefix(route, "GET "), "/", "-"))
			})
			t.Logf("%s comes to %q", who, reached)
			if !slices.Contains(reached, "GET /me") {
				t.Errorf("%s comes to %q", who, reached)
			}
		})
	}
}
