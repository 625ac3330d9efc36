package proportal_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"usher/connectors"
	"usher/connectors/proportal"
	"usher/internal/usher"
)

// subs are the subscriptions of a portal, of which any may be wanted, seen or released.
func subs(t *rapid.T, what string, names []string) []string {
	var some []string
	for _, name := range names {
		if rapid.Bool().Draw(t, what+" "+name) {
			some = append(some, name)
		}
	}
	return some
}

// anyone is a change of a person in any state that the contract allows.
func anyone(t *rapid.T, i int, names []string) usher.AccountChange {
	label := func(what string) string { return fmt.Sprintf("%s of %d", what, i) }
	address := fmt.Sprintf("P%d@Example.com", i)
	c := usher.AccountChange{Account: usher.ID(fmt.Sprint("account-", i)), Kind: usher.AccountPerson, Generation: int64(i), Releasing: subs(t, label("releasing"), names)}
	c.Desired = usher.Desired{Active: rapid.Bool().Draw(t, label("active")), Address: address, GivenName: "A", FamilyName: "B"}
	if c.Desired.Active {
		c.Desired.Subscriptions, c.Desired.Admin = subs(t, label("desired"), names), rapid.Bool().Draw(t, label("admin"))
		c.Desired.Admin = c.Desired.Admin || len(c.Desired.Subscriptions) == 0 // who has neither has no account
		c.Desired.Teams = subs(t, label("team"), []string{"A", "B", "C"})
		c.Releasing = slices.DeleteFunc(c.Releasing, func(name string) bool { return slices.Contains(c.Desired.Subscriptions, name) })
	}
	if rapid.Bool().Draw(t, label("known")) {
		c.RemoteID = address
	}
	if rapid.Bool().Draw(t, label("seen")) {
		c.Seen = &usher.Seen{RemoteID: address, Active: rapid.Bool().Draw(t, label("active there"))}
		if rapid.Bool().Draw(t, label("subscriptions shown")) {
			c.Seen.Subscriptions = append([]string{}, subs(t, label("seen"), names)...)
		}
		if rapid.Bool().Draw(t, label("admin shown")) {
			admin := rapid.Bool().Draw(t, label("admin there"))
			c.Seen.Admin = &admin
		}
		c.Seen.Status = rapid.SampledFrom([]string{"", "Active", "Pending", "Deactivated", "Frozen"}).Draw(t, label("status"))
		c.Seen.Teams = subs(t, label("team there"), []string{"A", "B", "C", "D"})
	}
	return c
}

// TestWhateverTheState: rows move exactly the seats that the change moves, of one generation;
// those that only free come before those that take; the order of the changes is no matter.
func TestWhateverTheState(t *testing.T) {
	for name, c := range map[string]struct {
		p     *proportal.Connector
		names []string
		pools []connectors.Pool
	}{
		"proportal": {proportal.New(proPortalOptions()), []string{seatName}, nil},
		"myaci":     {proportal.NewMyACI(myACIOptions()), []string{contentName, userName}, myACIPools()},
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				h := connectors.Handover{Pools: c.pools}
				for i := range rapid.IntRange(1, 4).Draw(t, "people") {
					h.Changes = append(h.Changes, anyone(t, i, c.names))
				}
				files, outcomes, err := c.p.Render(h)
				if err != nil {
					t.Fatal(err)
				}
				checkMoves(t, h.Changes, outcomes, files)
				slices.Reverse(h.Changes)
				again, _, err := c.p.Render(h)
				if err != nil || !reflect.DeepEqual(files, again) {
					t.Errorf("another order gives another list: %v", err)
				}
			})
		})
	}
}

func checkMoves(t *rapid.T, changes []usher.AccountChange, outcomes []usher.Outcome, files []connectors.File) {
	var all []usher.BatchRow
	for _, f := range files {
		all = append(all, f.Rows...)
	}
	taking := false
	for _, r := range all {
		taking = taking || len(r.Gives) > 0
		if taking && len(r.Gives) == 0 && len(r.Takes) > 0 {
			t.Errorf("%s frees a seat after one was taken", r.Text)
		}
	}
	for i, c := range changes {
		var gives, takes []string
		n := 0
		for _, r := range all {
			if r.Account == c.Account {
				n++
				gives, takes = append(gives, r.Gives...), append(takes, r.Takes...)
				if r.Generation != c.Generation || r.Text == "" {
					t.Errorf("%+v", r)
				}
			}
		}
		wantGives, wantTakes := c.Moves()
		if outcomes[i].Result == usher.Refused && strings.Contains(outcomes[i].Reason, "without a user licence") {
			if n > 0 || len(wantTakes) > 0 || slices.Contains(c.Desired.Subscriptions, userName) {
				t.Errorf("%s is refused, with %d rows: %+v", c.Account, n, outcomes[i])
			}
			continue
		}
		slices.Sort(gives)
		slices.Sort(takes)
		if !slices.Equal(gives, wantGives) || !slices.Equal(takes, wantTakes) {
			t.Errorf("%s gives %v and takes %v, want %v and %v", c.Account, gives, takes, wantGives, wantTakes)
		}
		if want := map[bool]usher.OutcomeResult{true: usher.Awaiting, false: usher.Done}[n > 0]; outcomes[i].Result != want {
			t.Errorf("%s with %d rows: %+v", c.Account, n, outcomes[i])
		}
	}
}
