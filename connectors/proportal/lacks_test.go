package proportal_test

import (
	"strings"
	"testing"

	"usher/connectors"
	"usher/connectors/proportal"
	"usher/internal/usher"
)

// TestNobodyHasContentWithoutAUserLicence: adding a user takes a licence, and a seat that usher did
// not give would be one too many.
func TestNobodyHasContentWithoutAUserLicence(t *testing.T) {
	person := func(subs ...string) usher.AccountChange {
		return usher.AccountChange{Account: "a", Kind: usher.AccountPerson, Generation: 1, Desired: usher.Desired{
			Active: true, Key: "1", Address: "ann@example.com", GivenName: "Ann", FamilyName: "Lee", Subscriptions: subs}}
	}
	there, left, admin := person(contentName), person(contentName), person()
	there.RemoteID, there.Seen = "ann@example.com", &usher.Seen{RemoteID: "ann@example.com", Active: true, Status: "Active", Subscriptions: []string{userName}}
	left.RemoteID, left.Seen = "ann@example.com", &usher.Seen{RemoteID: "ann@example.com", Status: "Deactivated", Subscriptions: []string{}}
	admin.Desired.Admin = true
	for name, c := range map[string]struct {
		change  usher.AccountChange
		refused bool
	}{
		"new, with content alone":   {person(contentName), true},
		"new, an admin alone":       {admin, true},
		"was there":                 {left, true},
		"new, with both":            {person(contentName, userName), false},
		"loses the user licence":    {there, false},
		"new, with the user's seat": {person(userName), false},
	} {
		p := proportal.NewMyACI(myACIOptions())
		files, outcomes, err := p.Render(connectors.Handover{Changes: []usher.AccountChange{c.change}, Pools: myACIPools()})
		must(t, err)
		refused := outcomes[0].Result == usher.Refused && strings.Contains(outcomes[0].Reason, "user licence")
		if refused != c.refused || refused == (len(files) > 0) {
			t.Errorf("%s: %+v, %d files", name, outcomes[0], len(files))
		}
	}
}
