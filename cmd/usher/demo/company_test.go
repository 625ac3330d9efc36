package demo_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
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

// TestCompany makes the company, compares what there is to be seen with testdata/company.golden, and lets each role in.
func TestCompany(t *testing.T) {
	c := openCompany(t)
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
	key, err := c.Daemon.Key()
	if err != nil {
		t.Fatal(err)
	}
	findings, err := c.Daemon.Ledger().Check(t.Context(), key)
	if err != nil || len(findings) > 0 {
		t.Errorf("usher check: %+v %v", findings, err)
	}
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
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := http.Client{Jar: jar, Timeout: 20 * time.Second}
	answer, err := browser.PostForm("http://"+at.Host+at.Path, at.Query())
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v\n%s", answer.Request.URL, answer.Status, err, text)
	}
	return string(text)
}
