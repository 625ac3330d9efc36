package main

import (
	"regexp"
	"strings"
	"testing"

	"usher/cmd/usher/daemon"
)

// TestTokensOfTheAPI makes, lists and revokes them on the command line.
func TestTokensOfTheAPI(t *testing.T) {
	data := t.TempDir()
	none := func(string) (string, bool) { return "", false }
	d, err := daemon.Open(t.Context(), daemon.Options{Data: data, Offline: true, Env: none})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	say := func(code int, line string, parts ...string) string {
		t.Helper()
		var out, remarks strings.Builder
		if got := run(t.Context(), process{args: append(words(line), "--data", data, "--as", "ann"), stdout: &out, stderr: &remarks, env: none}); got != code {
			t.Errorf("usher %s: exit code %d, want %d: %s", line, got, code, remarks.String())
		}
		for _, part := range parts {
			if !strings.Contains(out.String()+remarks.String(), part) {
				t.Errorf("usher %s says nothing of %q: %s%s", line, part, out.String(), remarks.String())
			}
		}
		return out.String()
	}
	say(exitUsage, "token create", "--directory or --api")
	say(exitFailed, "token create --api dashboard", "scope", "people:read")
	say(exitFailed, "token create --api dashboard --scope people", `"people" is none`, "people:read")
	say(exitFailed, "token create --api Dash/board --scope people:read", "name")
	say(exitUsage, "token create --directory default --scope people:read", "--scope", "a directory's token")
	say(exitUsage, "token create --api dashboard --scope people:read --days 0", "--days")
	text := say(exitOK, "token create --api dashboard --scope seats:write --scope people:read,people:read --days 30", "people:read seats:write", "once")
	parts := regexp.MustCompile(`^ush_api_([a-z2-7]{16})_[a-z2-7]{52}_[a-z2-7]{7}\n$`).FindStringSubmatch(text)
	if parts == nil {
		t.Fatalf("the token is %q", text)
	}
	list := say(exitOK, "token list", parts[1], "api", "dashboard", "people:read seats:write", "live")
	if strings.Contains(list, strings.TrimSpace(text)) {
		t.Error("the list has the token")
	}
	say(exitOK, "token list --json", `"kind":"api"`, `"scopes":["people:read","seats:write"]`, `"name":"dashboard"`)
	say(exitOK, "token revoke "+parts[1], "revoked")
	say(exitFailed, "token revoke "+parts[1], "was revoked on")
	if list := say(exitOK, "token list"); strings.Contains(list, parts[1]) {
		t.Errorf("a revoked token is listed: %s", list)
	}
	say(exitOK, "token list --all", parts[1], "revoked")
	say(exitOK, "events --kind token.created --json", `"name":"dashboard"`, "operator ann")
}
