package browsertest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"usher/internal/web/browsertest"
)

// TestAxeFinds: what the tests of pages rely on finds what it is there for, and nothing on a page that is well made.
func TestAxeFinds(t *testing.T) {
	const good = `<!doctype html><html lang="en"><head><title>a</title></head><body><main><h1>A</h1><p>Text</p></main></body></html>`
	pages := map[string]string{
		"":               good,
		"color-contrast": `<!doctype html><html lang="en"><head><title>a</title></head><body><main><h1>A</h1><p style="color:#ccc">Text</p></main></body></html>`,
		"label":          `<!doctype html><html lang="en"><head><title>a</title></head><body><main><h1>A</h1><input></main></body></html>`,
		"target-size":    `<!doctype html><html lang="en"><head><title>a</title></head><body><main><h1>A</h1><button style="width:9px;height:9px;padding:0" aria-label="a"></button><button style="width:9px;height:9px;padding:0" aria-label="b"></button></main></body></html>`,
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, pages[r.URL.Path[1:]])
	}))
	defer site.Close()
	b := browsertest.New(t)
	for want := range pages {
		b.Open(site.URL + "/" + want)
		found := ""
		for _, v := range b.Axe() {
			found += v.ID
		}
		if found != want {
			t.Errorf("found %q, want %q", found, want)
		}
	}
}
