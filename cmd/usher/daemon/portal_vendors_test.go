package daemon

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"usher/connectors/scimout"
	"usher/internal/config"
)

// TestPortalsThatCannotWork shows a mistake of a portal where it stands.
func TestPortalsThatCannotWork(t *testing.T) {
	for text, want := range map[string]string{
		"p: {kind: scim, profile: udemy}":                                           "2:32: portals.p.url: is missing (take it from the admin page of Udemy Business: each customer has another one)",
		"p: {kind: scim, profile: oreilly, teams: true}":                            "portals.p.teams: cannot be: this portal keeps no groups over its interface",
		"p: {kind: pluralsight, teams: true}":                                       "portals.p.teams: cannot be",
		"p: {kind: pluralsight, products: {one: Skills}}":                           "portals.p: cannot be used: products.one: products are numbers from 1",
		`p: {kind: pluralsight, products: {two: "1"}}`:                              "portals.p.products.two: names no subscription of this portal",
		`p: {kind: scim, url: "https://x.example", products: {one: Pro}}`:           "portals.p: cannot be used: scimout: Products need ProductsPath",
		`p: {kind: scim, url: "https://x.example", attributes: {active: "no"}}`:     "portals.p: cannot be used: scimout: Attributes",
		`p: {kind: scim, url: "https://x.example", no_seats: {pattern: "(canary"}}`: "portals.p.no_seats.pattern: is not a regular expression",
		"p: {kind: scim, profile: coursera, url: \"https://x.example\"}":            "portals.p.profile: must be one of udemy",
		"p: {kind: scim}": "portals.p.url: is missing (every scim portal without a profile needs it)",
		`p: {kind: pluralsight, results: "results"}`: "portals.p: cannot be used: pluralsight: Results must be a path",
		"p: {kind: worklist, user: ann}":             "portals.p.user: is no key of a worklist portal",
		// None of these is at fault.
		"p: {kind: scim, profile: zoom, products: {one: Licensed}}":                         "",
		"p: {kind: scim, profile: linkedin, teams: true}":                                   "",
		`p: {kind: pluralsight, user: pluralsight, token: key, products: {one: "1, 2"}}`:    "",
		`p: {kind: scim, profile: udemy, url: "https://x.example", products: {one: "Pro"}}`: "",
	} {
		_, err := config.Parse("usher.yaml", []byte("portals:\n  "+text+"\nsubscriptions:\n  one: {portal: p, seats: 1}\n"), nil, CheckRules, CheckPortals)
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", text, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(want, "2:32: ")) || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "\n")):
			t.Errorf("%s: %v, want %s alone", text, err, want)
		}
	}
}

// TestProfilesAreThoseOfTheConfiguration: the words of the key are the profiles that there are.
func TestProfilesAreThoseOfTheConfiguration(t *testing.T) {
	field, ok := reflect.TypeFor[config.Portal]().FieldByName("Profile")
	profiles, err := scimout.Profiles()
	if err != nil || !ok {
		t.Fatal(err)
	}
	var names []string
	for _, p := range profiles {
		names = append(names, p.Name)
	}
	if words := strings.Fields(field.Tag.Get("oneof")); !slices.Equal(words, names) {
		t.Errorf("the configuration knows %q, the connector %q", words, names)
	}
}

// TestPace: what is configured counts, then what the vendor says, then what is usual.
func TestPace(t *testing.T) {
	slack, err := scimout.ProfileNamed("slack")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct {
		configured int
		profile    scimout.Profile
		limit      float64
		burst      int
	}{{0, slack, 3, 20}, {5, slack, 5, 5}, {0, scimout.Profile{}, 10, 10}, {2, scimout.Profile{}, 2, 2}} {
		if l := pace(v.configured, v.profile); float64(l.Limit()) != v.limit || l.Burst() != v.burst {
			t.Errorf("%d at %q: %v with bursts of %d", v.configured, v.profile.Name, l.Limit(), l.Burst())
		}
	}
}

// TestWordsThatOverrideAProfile: a no is not silence.
func TestWordsThatOverrideAProfile(t *testing.T) {
	for _, v := range []struct {
		word    string
		profile bool
		want    bool
	}{{"auto", true, true}, {"auto", false, false}, {"always", false, true}, {"never", true, false}, {"", true, true}} {
		if got := decided(v.word, "always", v.profile); got != v.want {
			t.Errorf("%q with a profile's %t: %t", v.word, v.profile, got)
		}
	}
}
