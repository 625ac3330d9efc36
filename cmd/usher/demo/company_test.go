package demo_test

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"usher/cmd/usher/demo"
)

// openCompany makes the company, has its daemon serve until the test ends, and waits until it has looked around.
func openCompany(t *testing.T) *demo.Company {
	t.Helper()
	began := time.Now()
	c, err := demo.OpenCompany(t.Context(), demo.CompanyOptions{Data: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("the company was made in", time.Since(began).Round(100*time.Millisecond))
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- c.Daemon.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// TestCompany makes the company once and looks at it from all sides.
func TestCompany(t *testing.T) {
	c := openCompany(t)
	t.Run("is the same each time", func(t *testing.T) { compareSummary(t, c) })
	t.Run("holds what must be true", func(t *testing.T) { checkCompany(t, c) })
	t.Run("has a door for each role", func(t *testing.T) { tryDoors(t, c) })
	t.Run("shows every page", func(t *testing.T) { lookAround(t, c) })
	t.Run("signs in over its provider", func(t *testing.T) { trySignIn(t, c) })
	t.Run("can be looked at", func(t *testing.T) { openAllPages(t, c) })
}

// compareSummary compares what there is to be seen with testdata/company.golden.
func compareSummary(t *testing.T, c *demo.Company) {
	got, file := summary(t, c), filepath.Join("testdata", "company.golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the company is not as in %s:\n%s", file, got)
	}
}

// checkCompany does what usher check does.
func checkCompany(t *testing.T, c *demo.Company) {
	key, err := c.Daemon.Key()
	if err != nil {
		t.Fatal(err)
	}
	findings, err := c.Daemon.Ledger().Check(t.Context(), key)
	if err != nil || len(findings) > 0 {
		t.Errorf("usher check: %+v %v", findings, err)
	}
}

func tryDoors(t *testing.T, c *demo.Company) {
	doors, err := c.Doors(t.Context())
	if err != nil || len(doors) != 5 {
		t.Fatalf("%d doors: %v", len(doors), err)
	}
	for _, d := range doors {
		if text := enter(t, d.URL); !strings.Contains(text, d.Name) {
			t.Errorf("the %s sees\n%s", d.Role, text)
		}
	}
}

// enter presses the button behind a login link, as a browser does over plain http, and gives the page that it leads to.
func enter(t *testing.T, link string) string {
	t.Helper()
	at, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	_, text := post(t, newBrowser(t), "http://"+at.Host+at.Path, at.Query())
	return text
}

// mostPages is at how many pages each role looks.
const mostPages = 60

var pageLink = regexp.MustCompile(`href="(/[^"#]*)"`)

// lookAround has each role follow the links from where they come in. Whatever is linked is there, for them.
func lookAround(t *testing.T, c *demo.Company) {
	doors, err := c.Doors(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range doors {
		browser := newBrowser(t)
		at, err := url.Parse(d.URL)
		if err != nil {
			t.Fatal(err)
		}
		_, page := post(t, browser, "http://"+at.Host+at.Path, at.Query())
		seen, left := map[string]bool{}, linksOf(page)
		for len(left) > 0 && len(seen) < mostPages {
			path := left[0]
			if left = left[1:]; seen[path] || strings.HasPrefix(path, "/assets/") {
				continue
			}
			seen[path] = true
			status, page := get(t, browser, "http://"+at.Host+path)
			if status != http.StatusOK {
				t.Errorf("the %s gets %d for %s", d.Role, status, path)
			}
			left = append(left, linksOf(page)...)
		}
		t.Logf("the %s has seen %d pages", d.Role, len(seen))
	}
}

func linksOf(page string) (paths []string) {
	for _, found := range pageLink.FindAllStringSubmatch(page, -1) {
		paths = append(paths, html.UnescapeString(found[1]))
	}
	return paths
}

func get(t *testing.T, browser *http.Client, at string) (int, string) {
	t.Helper()
	answer, err := browser.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// trySignIn has the identity provider let somebody in.
func trySignIn(t *testing.T, c *demo.Company) {
	browser := newBrowser(t)
	at, page := post(t, browser, c.Daemon.URL()+"/signin", url.Values{"next": {"/me"}})
	if !strings.Contains(page, "Ömer Öztürk, auditor") {
		t.Fatalf("%s shows\n%s", at, page)
	}
	if at, page = post(t, browser, at.String(), url.Values{"number": {"1223"}}); at.Path != "/me" || !strings.Contains(page, "Ömer Öztürk") {
		t.Errorf("%s shows\n%s", at, page)
	}
}

func newBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Timeout: 20 * time.Second}
}

// post sends a form and gives the page to which that leads, and where it is.
func post(t *testing.T, browser *http.Client, to string, form url.Values) (*url.URL, string) {
	t.Helper()
	answer, err := browser.PostForm(to, form)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v\n%s", answer.Request.URL, answer.Status, err, text)
	}
	return answer.Request.URL, string(text)
}
