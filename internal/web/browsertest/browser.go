// Package browsertest drives a real browser without a window for tests: Debian's Chromium, over WebDriver (W3C), which is JSON over
// HTTP. It reaches nothing but what a test tells it to open.
package browsertest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Browser is one browser with its own cookies. Its methods fail the test where the browser cannot do what is asked.
type Browser struct {
	*testing.T
	session string // its URL at ChromeDriver
}

// driverPort is what ChromeDriver says when it is ready.
var driverPort = regexp.MustCompile(`started successfully on port (\d+)`)

// New starts a browser, which ends with the test. Without Chromium the test is skipped, and fails in CI.
func New(t *testing.T) *Browser {
	t.Helper()
	driver, err := exec.LookPath("chromedriver")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("in CI nothing may be missing: chromedriver")
		}
		t.Skip("needs Debian's chromium and chromium-driver: make deps")
	}
	c := &Browser{T: t, session: startDriver(t, driver)}
	var begun struct{ SessionID string }
	args := []string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--user-data-dir=" + t.TempDir()}
	c.ask(http.MethodPost, "", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"acceptInsecureCerts": true, "goog:loggingPrefs": map[string]string{"browser": "ALL"}, "goog:chromeOptions": map[string]any{"args": args},
	}}}, &begun)
	c.session += "/" + begun.SessionID
	t.Cleanup(func() { c.ask(http.MethodDelete, "", nil, nil) })
	return c
}

// startDriver starts ChromeDriver, which ends with the test, and gives where sessions begin.
func startDriver(t *testing.T, driver string) string {
	t.Helper()
	cmd := exec.Command(driver, "--port=0")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if found := driverPort.FindStringSubmatch(lines.Text()); found != nil {
			go func() { _, _ = io.Copy(io.Discard, stdout) }()
			return "http://127.0.0.1:" + found[1] + "/session"
		}
	}
	t.Fatal("ChromeDriver does not start")
	return ""
}

func (c *Browser) check(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// ask sends a command and reads its value.
func (c *Browser) ask(method, path string, body, value any) {
	c.Helper()
	var sent io.Reader
	if method == http.MethodPost {
		text, err := json.Marshal(body)
		c.check(err)
		sent = bytes.NewReader(text)
	}
	// The context of the test has ended when the browser is closed.
	req, err := http.NewRequest(method, c.session+path, sent)
	c.check(err)
	resp, err := http.DefaultClient.Do(req)
	c.check(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	c.check(err)
	if resp.StatusCode != http.StatusOK {
		c.Fatalf("%s %s: %s", method, path, text)
	}
	if value != nil {
		answer := struct{ Value any }{value}
		if err := json.Unmarshal(text, &answer); err != nil {
			c.Fatalf("%s %s: %v: %s", method, path, err, text)
		}
	}
}

// Open goes to a page, and waits until it and what it leads to are loaded.
func (c *Browser) Open(url string) {
	c.Helper()
	c.ask(http.MethodPost, "/url", map[string]string{"url": url}, nil)
}

// Back is the browser's button.
func (c *Browser) Back() {
	c.Helper()
	c.ask(http.MethodPost, "/back", map[string]string{}, nil)
}

// At is the address of the page.
func (c *Browser) At() (url string) {
	c.Helper()
	c.ask(http.MethodGet, "/url", nil, &url)
	return url
}

// element finds the first that a CSS selector means.
func (c *Browser) element(css string) string {
	c.Helper()
	return c.find("css selector", css)
}

// find finds the first element in one of WebDriver's ways.
func (c *Browser) find(using, value string) string {
	c.Helper()
	var found map[string]string
	c.ask(http.MethodPost, "/element", map[string]string{"using": using, "value": value}, &found)
	for _, id := range found {
		return "/element/" + id
	}
	return ""
}

// Click clicks the first that a CSS selector means.
func (c *Browser) Click(css string) {
	c.Helper()
	c.ask(http.MethodPost, c.element(css)+"/click", map[string]string{}, nil)
}

// Follow clicks the first link with these words.
func (c *Browser) Follow(words string) {
	c.Helper()
	c.ask(http.MethodPost, c.find("partial link text", words)+"/click", map[string]string{}, nil)
}

// Enter types into the first field that a CSS selector means.
func (c *Browser) Enter(css, text string) {
	c.Helper()
	c.ask(http.MethodPost, c.element(css)+"/value", map[string]string{"text": text}, nil)
}

// Text is what a reader sees of the page.
func (c *Browser) Text() (text string) {
	c.Helper()
	c.ask(http.MethodGet, c.element("body")+"/text", nil, &text)
	return text
}

// Run runs a script in the page and gives the text that it returns.
func (c *Browser) Run(script string) (value string) {
	c.Helper()
	c.run(script, &value)
	return value
}

func (c *Browser) run(script string, value any) {
	c.Helper()
	c.ask(http.MethodPost, "/execute/sync", map[string]any{"script": script, "args": []any{}}, value)
}

// WaitFor waits until the page's address ends so: a page that posts a form by a script loads another afterwards.
func (c *Browser) WaitFor(ending string) {
	c.Helper()
	for begun := time.Now(); !strings.HasSuffix(c.At(), ending); time.Sleep(10 * time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			c.Fatalf("the browser is at %s and not at %s: %s", c.At(), ending, c.Text())
		}
	}
}

// Cookie is a cookie as the browser keeps it.
type Cookie struct {
	Name, Value, Path, Domain, SameSite string
	HTTPOnly, Secure                    bool
}

// Cookies are those of the page.
func (c *Browser) Cookies() (all []Cookie) {
	c.Helper()
	c.ask(http.MethodGet, "/cookie", nil, &all)
	return all
}

// Complaints are what the browser has written to its console since it was asked last: scripts that failed, and what a page's policy
// forbade.
func (c *Browser) Complaints() (all []string) {
	c.Helper()
	var entries []struct{ Level, Message string }
	c.ask(http.MethodPost, "/se/log", map[string]string{"type": "browser"}, &entries)
	for _, e := range entries {
		all = append(all, e.Level+": "+e.Message)
	}
	return all
}

// Weight is how much the page and all that it needs weigh as they came over the wire, and the page alone, in bytes.
func (c *Browser) Weight() (all, page int) {
	c.Helper()
	var sizes struct{ All, Page int }
	c.run(`const size = e => e.decodedBodySize, pages = performance.getEntriesByType("navigation"), rest = performance.getEntriesByType("resource");
		const page = pages.reduce((n, e) => n + size(e), 0);
		return {all: rest.reduce((n, e) => n + size(e), page), page}`, &sizes)
	return sizes.All, sizes.Page
}

// Overflows says by how many CSS pixels the page is wider than the window, and what sticks out.
func (c *Browser) Overflows() string {
	c.Helper()
	return c.Run(`const room = document.documentElement.clientWidth, by = document.documentElement.scrollWidth - room;
		if (by <= 0) return "";
		const out = [...document.querySelectorAll("main *")].find(e => e.getBoundingClientRect().right > room + 1);
		return by + " px" + (out ? ": " + out.outerHTML.slice(0, 200) : "")`)
}
