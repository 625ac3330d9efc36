package main

import (
	"encoding/json"
	"strings"
	"testing"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// TestPersonMerge: two people are made one at the command line, and two again; a preview does nothing, and refusals are words.
func TestPersonMerge(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		s.push("POST", "/scim/v2/Users", "ann@example.com", "Ann Miller", "ann@example.com", true)
		code, _, stderr := s.silent(`person add a.miller@partner.example --name "Ann Miller" --sponsor boss@example.com --until 2999-12-31`)
		if code != exitOK {
			t.Fatal(stderr)
		}
		for line, want := range map[string]string{
			"person merge ann@example.com ann@example.com":           "the same one twice",
			"person merge ann@example.com nobody@example.com":        "nobody is known by",
			`person merge ann@example.com "Ann Miller"`:              "2 people are called",
			"person split ann@example.com nothing":                   "is none of this person's, which are:\n  default: Ann Miller (ann@example.com), active",
			"person split ann@example.com default":                   "has to be left",
			"person split a.miller@partner.example default":          "is none of this person's",
			"person merge --preview ann@example.com bob@example.com": "nobody is known by",
		} {
			if code, stdout, stderr := s.silent(line); code == exitOK || !strings.Contains(stderr, want) {
				t.Errorf("%s: %d %s%s", line, code, stdout, stderr)
			}
		}
		code, preview, stderr := s.silent("person merge ann@example.com a.miller@partner.example --preview")
		if code != exitOK || !strings.Contains(preview, "merged into another person") || !strings.Contains(stderr, "Nothing was done") {
			t.Fatalf("%d %s%s", code, preview, stderr)
		}
		if _, stdout, _ := s.silent("people"); strings.Count(stdout, "Ann Miller") != 2 {
			t.Errorf("the preview did it:\n%s", stdout)
		}
		code, done, stderr := s.silent(`person merge ann@example.com a.miller@partner.example --reason "one human"`)
		if code != exitOK || done != preview || !strings.Contains(stderr, "Ann Miller is one person now.") {
			t.Errorf("%d\n%s%s\nand the preview was\n%s", code, done, stderr, preview)
		}
		if _, stdout, _ := s.silent("people --all"); strings.Count(stdout, "Ann Miller") != 1 {
			t.Errorf("people:\n%s", stdout)
		}
		for _, line := range []string{"explain a.miller@partner.example", "explain ann@example.com"} {
			if _, stdout, stderr := s.silent(line); !strings.Contains(stdout, "a.miller@partner.example") || !strings.Contains(stdout, "person.merged") {
				t.Errorf("%s:\n%s%s", line, stdout, stderr)
			}
		}
		if _, stdout, _ := s.silent("events --kind person.merged"); strings.Count(stdout, "one human") != 2 {
			t.Errorf("events:\n%s", stdout)
		}
		code, stdout, stderr := s.silent("person merge ann@example.com a.miller@partner.example --preview --json")
		var change usher.PeopleChange
		if code == exitOK || stdout != "" || !strings.Contains(stderr, "the same one twice") {
			t.Errorf("their addresses are one person's: %d %s%s", code, stdout, stderr)
		}
		code, stdout, stderr = s.silent("person add b@partner.example --name Bo --sponsor boss@example.com --until 2999-12-31")
		if code != exitOK {
			t.Fatal(stdout, stderr)
		}
		if code, stdout, stderr = s.silent("person merge b@partner.example ann@example.com --preview --json"); code != exitOK || json.Unmarshal([]byte(stdout), &change) != nil ||
			len(change.After.Kept.Records) != 1 || change.After.Other.State != "merged into another person" {
			t.Errorf("%d %s%s", code, stdout, stderr)
		}
	})
}
