package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMapOfADirectory: a column of true and false is proposed as the status, with its words; with --directory the
// file is opened as its format says, and what its columns leave unread is said.
func TestMapOfADirectory(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := write("people.csv", "Email|Name|active\nann@example.com|Ann, A|true\nbob@example.com|Bob, B|false\n")
	config := write("usher.yaml", "data: "+dir+"\ndirectories:\n  hr: {kind: file, columns: {email: Email, displayName: Name}, format: {separator: '|'}}\n  okta: {kind: scim}\n")
	for _, c := range []struct {
		line  string
		code  int
		parts []string
	}{
		{"map " + file, exitOK, []string{`status: "active" # by its name; "true" is who is there, and "false" who is not`, `active: ["true"]`, `left: ["false"]`, "bob@example.com"}},
		{"map " + file + " --directory hr --config " + config, exitOK, []string{`status: "active"`, "warning file.status_unread: active is not read", "Ann, A"}},
		{"map " + file + " --directory okta --config " + config, exitUsage, []string{`no directory "okta" of kind file`}},
		{"map " + file + " --directory none --config " + config, exitUsage, []string{`no directory "none"`}},
	} {
		var out, remarks strings.Builder
		code := run(t.Context(), process{args: words(c.line), stdout: &out, stderr: &remarks, env: os.LookupEnv})
		text := out.String() + remarks.String()
		if code != c.code {
			t.Errorf("%s: exit code %d\n%s", c.line, code, text)
		}
		for _, part := range c.parts {
			if !strings.Contains(text, part) {
				t.Errorf("%s: %q is not in\n%s", c.line, part, text)
			}
		}
	}
}
