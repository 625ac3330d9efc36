package daemon

import (
	"strings"
	"testing"

	"usher/internal/config"
)

func TestListsAreDescribedByKnownKeys(t *testing.T) {
	text := `portals:
  tools:
    kind: prosci
    exports: {columns: {email: Mail, "[P410]": Proxima, mail: Mail}, words: {active: On}}
  itpro:
    kind: proportal
    exports: {activity: {when: At}, words: {activ: On}, dates: DD.MM.YYYY}
  lists:
    kind: worklist
    exports: {dates: DD.MM.YYYY, columns: {email: Mail}}
`
	_, err := config.Parse("usher.yaml", []byte(text), func(string) (string, bool) { return "", false }, CheckProfiles)
	if err == nil {
		t.Fatal("no mistake was found")
	}
	lines := strings.Split(err.Error(), "\n")
	want := []string{
		"portals.tools.exports.columns.mail: names nothing that is read (known: email, ",
		"portals.tools.exports.words.active: names nothing that is read (the lists of a prosci portal are read without it)",
		"portals.itpro.exports.activity.when: names nothing that is read (known: email, at)",
		"portals.itpro.exports.words.activ: names nothing that is read (known: active, ",
		"portals.lists.exports.dates: names nothing that is read (",
		"portals.lists.exports.columns.email: names nothing that is read (",
	}
	if len(lines) != len(want) {
		t.Fatalf("%d mistakes: %v", len(lines), err)
	}
	for i, w := range want {
		if !strings.Contains(lines[i], w) {
			t.Errorf("got %q, want %q", lines[i], w)
		}
	}
}
