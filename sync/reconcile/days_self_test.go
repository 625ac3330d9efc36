package reconcile_test

import (
	"fmt"
	"strings"
	"testing"

	"usher/internal/store"
	"usher/internal/usher"
)

// TestDaysFindBreaches: what looks for breaches finds the planted ones.
func TestDaysFindBreaches(t *testing.T) {
	sub := usher.Subscription{ID: "s", Name: "seats"}
	inLine, due := usher.Account{Generation: 2, Confirmed: 2}, usher.Account{Generation: 2, Confirmed: 1}
	gives := []usher.BatchRow{{Gives: []string{"seats"}, State: usher.RowOpen}}
	takes := []usher.BatchRow{{Takes: []string{"seats"}, State: usher.RowOpen}}
	for name, c := range map[string]struct {
		state  usher.SeatState
		there  bool
		a      usher.Account
		open   []usher.BatchRow
		named  bool
		breach bool
	}{
		"here and there":                 {usher.Active, true, inLine, nil, false, false},
		"here alone":                     {usher.Active, false, inLine, nil, false, true},
		"here alone, and named":          {usher.Active, false, inLine, nil, true, false},
		"here alone, asked for again":    {usher.Active, false, due, nil, false, true},
		"there alone":                    {"", true, inLine, nil, false, true},
		"there alone, queued here":       {usher.Queued, true, inLine, nil, false, true},
		"there alone, and named":         {"", true, inLine, nil, true, false},
		"given, and nobody asks":         {usher.Invited, false, inLine, nil, false, true},
		"given, and asked for":           {usher.Invited, false, due, nil, false, false},
		"taken back, and nobody asks":    {usher.Releasing, true, inLine, nil, false, true},
		"the list shows the given seat":  {usher.Invited, true, due, gives, false, true},
		"the list shows that it is gone": {usher.Releasing, false, due, takes, false, true},
		"the row is still to be carried": {usher.Releasing, true, due, takes, false, false},
	} {
		if why := judge(standing{sub, c.state, c.there}, c.a, c.open, c.named); (why != "") != c.breach {
			t.Errorf("%s: %q", name, why)
		}
	}
}

// TestDaysFindAPlantedBreach: where the portal loses a seat, and nobody brings a list, the days say so.
func TestDaysFindAPlantedBreach(t *testing.T) {
	kind := dayKinds()[2]
	c := newCompany(t, store.Options{Folder: t.TempDir()}, kind, 1)
	c.adopt()
	c.calmDay()
	c.calmDay()
	heard := &deaf{TB: t}
	c.TB = heard
	for _, e := range c.people {
		if address := c.account(e).RemoteID; address != "" && len(c.portal.holds(address)) > 0 {
			c.portal.(*ascenderDays).drop(address)
			break
		}
	}
	drift, err := c.store.Look().OpenDrift(c.Context(), c.at.ID)
	c.check(err)
	c.agree(c.lastReport, drift)
	if heard.errors == 0 {
		t.Error("a seat is gone at the portal, and nobody noticed")
	}
}

// deaf keeps what a test is told, and passes nothing on.
type deaf struct {
	testing.TB

	errors int
	said   strings.Builder
}

// fatal ends a test that is not to go on.
type fatal struct{}

func (d *deaf) Helper()             {}
func (d *deaf) Failed() bool        { return d.errors > 0 }
func (d *deaf) Logf(string, ...any) {}

func (d *deaf) Error(args ...any) { d.Errorf("%s", fmt.Sprint(args...)) }

func (d *deaf) Errorf(format string, args ...any) {
	d.errors++
	fmt.Fprintf(&d.said, format+"\n", args...)
}

func (d *deaf) Fatalf(format string, args ...any) {
	d.Errorf(format, args...)
	panic(fatal{})
}
