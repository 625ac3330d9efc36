package daemon

import (
	"testing"

	"usher/internal/config"
	"usher/internal/usher"
)

// TestInGroup: groups count from the one connection, letter for letter, and not where some were kept back.
func TestInGroup(t *testing.T) {
	role := config.Role{Role: "owner", Connection: "staff", Groups: []string{"A", "B"}}
	for _, c := range []struct {
		name string
		role config.Role
		in   usher.Session
		want string
	}{
		{"a group", role, usher.Session{Connection: "staff", Groups: []string{"X", "B"}}, "B"},
		{"another connection", role, usher.Session{Connection: "other", Groups: []string{"B"}}, ""},
		{"other letters", role, usher.Session{Connection: "staff", Groups: []string{"b", " B"}}, ""},
		{"no groups", role, usher.Session{Connection: "staff"}, ""},
		{"some kept back", role, usher.Session{Connection: "staff", Groups: []string{"B"}, GroupsUnknown: true}, ""},
		{"a login link", config.Role{Groups: []string{"B"}}, usher.Session{Groups: []string{"B"}}, ""},
	} {
		if got := inGroup(c.role, c.in); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestCheckRoles: an address in the file that can be nobody's is a mistake with its place.
func TestCheckRoles(t *testing.T) {
	text := "signin:\n  roles:\n    - role: owner\n      people: [ann@example.com, nobody, \"\u212aim@example.com\"]\n"
	_, err := config.Parse("u.yaml", []byte(text), nil, CheckRoles)
	problems, ok := err.(config.Problems) //nolint:errorlint // it is the error itself
	if !ok || len(problems) != 2 || problems[0].Pos.String() != "u.yaml:4:33" || problems[1].Path != "signin.roles[0].people[2]" {
		t.Errorf("%v", err)
	}
}
