package main

import (
	"os"
	"strings"
	"testing"

	"usher/internal/store"
	"usher/internal/store/storetest"
)

// ascending adds an Ascender portal to the configuration that is in force; more are further keys of it.
func (s *session) ascending(more string) {
	s.Helper()
	text, err := os.ReadFile(s.file)
	s.check(err)
	changed := strings.Replace(string(text), "subscriptions:\n", "  ascender: {kind: ascender, columns: {Functional Area: {from: department}}"+more+"}\nsubscriptions:\n"+
		"  ascender: {portal: ascender, seats: 5, rule: 'department == \"Sales\"', settle: 0s}\n", 1)
	s.check(os.WriteFile(s.file, []byte(changed), 0o600))
	s.check(s.daemon.Reload(s.Context()))
}

// TestACorrectionThatNoFileCanHold is refused at once, in the connector's words. A list that
// people read holds it.
func TestACorrectionThatNoFileCanHold(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		s.ascending(", live: true")
		s.push("POST", "/scim/v2/Users", "ann", "Ann Miller", "ann@example.com", true)
		correct := func(portal, column, value string) string {
			return `portal correct ` + portal + ` ann@example.com --column "` + column + `" --value "` + value + `" --reason late`
		}
		s.says(exitUsage, correct("ascender", "Functional Area", "=1"), "--value: starts like a formula", "not altered", "nothing was corrected")
		s.says(exitUsage, correct("ascender", "first name", "+Ann"), "starts like a formula")
		if out := s.says(exitOK, "portal corrections ascender"); strings.Contains(out, "ann@") {
			t.Errorf("corrected all the same:\n%s", out)
		}
		s.says(exitOK, correct("ascender", "Functional Area", "Marketing"), `is "Marketing" until it is cleared`)
		s.says(exitOK, correct("prosci", "Area", "=1"), `is "=1"`)
	})
}
