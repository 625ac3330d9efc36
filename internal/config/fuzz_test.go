package config

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

// FuzzParse holds Parse to its promise: a whole configuration or problems with
// places inside the file, in order, one line each.
func FuzzParse(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse("usher.yaml", text, testEnv)
		if err == nil {
			checkWhole(t, c)
			return
		}
		var problems Problems
		if c != nil || !errors.As(err, &problems) || len(problems) == 0 {
			t.Fatalf("got %v and %v", c, err)
		}
		lines := bytes.Count(text, []byte("\n")) + bytes.Count(text, []byte("\r")) + 2
		for _, p := range problems {
			if p.Pos.Line < 1 || p.Pos.Line > lines || p.Pos.Column < 1 || p.Message == "" {
				t.Errorf("%d lines, problem %+v", lines, p)
			}
		}
		if n := strings.Count(err.Error(), "\n") + 1; n != len(problems) {
			t.Errorf("%d problems in %d lines", len(problems), n)
		}
		if !slices.Equal(problems, slices.Clone(problems).sorted()) {
			t.Error("problems are not in order")
		}
		if strings.Contains(err.Error(), canary) && !bytes.Contains(text, []byte(canary)) {
			t.Errorf("a secret is shown: %v", err)
		}
	})
}

// checkWhole looks at what every accepted configuration must hold.
func checkWhole(t *testing.T, c *Config) {
	if len(c.Directories) == 0 || c.Data == "" || c.Store.Reveal() == "" {
		t.Errorf("not whole: %+v", c)
	}
}
