package demo_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"usher/cmd/usher/demo"
)

var update = flag.Bool("update", false, "write the golden file anew")

// volatile is what differs from run to run, with what is put in its place.
var volatile = []struct {
	pattern *regexp.Regexp
	mask    string
}{
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "LOOPBACK"},
	{regexp.MustCompile(`[^\s']*usher-demo-\d+`), "FOLDER"},
	{regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), "ID"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`), "TIME"},
}

// opening is the paragraph whose line breaks hang on the folder's name.
var opening = regexp.MustCompile(`(?s)This is a real usher.*?\n\n`)

func masked(text string) string {
	text = opening.ReplaceAllStringFunc(text, func(p string) string { return strings.Join(strings.Fields(p), " ") + "\n\n" })
	for _, v := range volatile {
		text = v.pattern.ReplaceAllString(text, v.mask)
	}
	return text
}

func TestDemo(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var out, trouble bytes.Buffer
	if err := demo.Run(t.Context(), demo.Options{Exit: true, Out: &out, Trouble: &trouble, Self: "usher"}); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	got, file := masked(out.String()), filepath.Join("testdata", "demo.golden")
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
		t.Errorf("the story is not as in %s:\n%s", file, got)
	}
	for _, secret := range []string{`ush_scim_`, `\b[A-Z2-7]{26}\b`, "\x1b"} {
		if found := regexp.MustCompile(secret).FindString(out.String()); found != "" {
			t.Errorf("%q was printed", found)
		}
	}
	if trouble.Len() > 0 {
		t.Errorf("the daemon warned: %s", trouble.String())
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestDemoEndsWhenAsked(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	out := &stopper{after: "2. ", stop: stop}
	if err := demo.Run(ctx, demo.Options{Out: out, Trouble: out}); err != nil {
		t.Fatal(err)
	}
	if text := out.text.String(); !strings.Contains(text, out.after) || strings.Contains(text, "Ctrl-C") {
		t.Errorf("it was to end after %q:\n%s", out.after, text)
	}
}

// stopper ends a demo once it has written something.
type stopper struct {
	text  bytes.Buffer
	after string
	stop  func()
}

func (s *stopper) Write(b []byte) (int, error) {
	if strings.Contains(string(b), s.after) {
		s.stop()
	}
	return s.text.Write(b)
}
