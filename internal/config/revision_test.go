package config

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRevision(t *testing.T) {
	c, err := Load(exampleFile, testEnv)
	if err != nil {
		t.Fatal(err)
	}
	data := c.Revision()
	compareGolden(t, "testdata/revision.golden", string(data)+"\n")
	r, err := ParseRevision(data)
	if err != nil {
		t.Fatal(err)
	}
	want := Revision{c.Subscriptions, c.Teams, c.Guards}
	if diff := cmp.Diff(want, r, ignorePlaces); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again := &Config{Subscriptions: r.Subscriptions, Teams: r.Teams, Guards: r.Guards}
	if !bytes.Equal(again.Revision(), data) || again.Fingerprint() != c.Fingerprint() || len(c.Fingerprint()) != 64 {
		t.Errorf("a revision read back gives\n%s", again.Revision())
	}
}

func TestFingerprint(t *testing.T) {
	base := "portals: {p: {kind: worklist}}\n"
	parse := func(text string) string {
		c, err := Parse("usher.yaml", []byte(base+text), nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.Fingerprint()
	}
	same := parse("subscriptions: {a: {portal: p, seats: 1, rule: x > 1}, b: {portal: p, seats: 2}}")
	for _, text := range []string{
		"subscriptions:\n  b: {seats: 2, portal: p}\n  a:\n    portal: p\n    seats: 1\n    rule: 'x > 1' # why\n    settle: 15m\n",
		"listen: 127.0.0.1:1\nlimits: {rate: 7}\nsubscriptions: {a: {portal: p, seats: 1, rule: x > 1}, b: {portal: p, seats: 2}}\nteams: {groups: []}",
	} {
		if parse(text) != same {
			t.Errorf("differs:\n%s", text)
		}
	}
	seen := map[string]string{same: "base"}
	for _, text := range []string{
		"",
		"subscriptions: {a: {portal: p, seats: 1, rule: x > 2}, b: {portal: p, seats: 2}}",
		"subscriptions: {a: {portal: p, seats: 1, rule: x > 1}, b: {portal: p, seats: 3}}",
		"subscriptions: {a: {portal: p, seats: 1, rule: x > 1, ends: 2026-12-31}, b: {portal: p, seats: 2}}",
		"guards: {armed_from: 6}",
		"teams: {groups: [a]}",
	} {
		f := parse(text)
		if other, twice := seen[f]; twice {
			t.Errorf("%q and %q have one fingerprint", text, other)
		}
		seen[f] = text
	}
}

func TestParseRevisionRefuses(t *testing.T) {
	for _, text := range []string{"", "{", "[]", `{"more":1}`, `{} {}`, `{}x`, `{"subscriptions":[{"starts":"2026-1-1"}]}`, `{"subscriptions":[{"seats":"1"}]}`} {
		if r, err := ParseRevision([]byte(text)); err == nil {
			t.Errorf("%q gives %+v", text, r)
		}
	}
}

// TestRevisionHoldsNoSecret looks at types: no value could prove it.
func TestRevisionHoldsNoSecret(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(typ reflect.Type)
	walk = func(typ reflect.Type) {
		if seen[typ] {
			return
		}
		seen[typ] = true
		switch typ.Kind() {
		case reflect.Slice:
			walk(typ.Elem())
		case reflect.Struct:
			for i := range typ.NumField() {
				walk(typ.Field(i).Type)
			}
		}
	}
	walk(reflect.TypeFor[Revision]())
	if seen[reflect.TypeFor[Secret]()] || !seen[reflect.TypeFor[Text]()] {
		t.Errorf("types of a revision: %v", seen)
	}
}
