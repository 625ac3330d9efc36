package ledger_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// observation is what one directory says of one person, once; without a directory it is
// that okta falls silent.
type observation struct {
	directory string
	record    usher.Record
}

// TestOrderOfArrivalDoesNotCount takes the same observations of three directories in several
// orders, and the moment at which a file begins to stand in for one of them is anywhere among
// them: people, managers and seats must come out the same.
func TestOrderOfArrivalDoesNotCount(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		permute(t, 12, func() store.Options {
			folder, err := os.MkdirTemp(t.TempDir(), "")
			if err != nil {
				t.Fatal(err)
			}
			return store.Options{Folder: folder}
		})
	})
	t.Run("postgres", func(t *testing.T) {
		permute(t, 2, func() store.Options { return store.Options{URL: storetest.Postgres(t)} })
	})
}

func permute(t *testing.T, checks int, place func() store.Options) {
	setFlag(t, "rapid.checks", fmt.Sprint(checks))
	setFlag(t, "rapid.nofailfile", "true")
	rapid.Check(t, func(rt *rapid.T) {
		seen := drawObservations(rt)
		want := outcomeOf(t, place(), seen)
		for range 2 {
			order := rapid.Permutation(seen).Draw(rt, "order")
			if got := outcomeOf(t, place(), order); got != want {
				rt.Fatalf("in this order:\n%s\nin the other:\n%s", got, want)
			}
		}
	})
}

// drawObservations are records of three people. Each directory knows an employee number
// or an address of each of its people, and okta and hr both, so that all find their own. Nobody
// reports to who reports to them: a cycle is cut by the record that closes it, whichever
// that is, until a human mends it.
func drawObservations(t *rapid.T) []observation {
	var list []observation
	names := []string{"ann", "bob", "cy"}
	for i, name := range names {
		for _, directory := range []string{"okta", "crm", "hr"} {
			if directory != "okta" && rapid.IntRange(0, 3).Draw(t, "absent") == 0 {
				continue
			}
			seen := observation{directory, user(name, func(a *usher.Attributes) {
				a.ExternalID = directory + "-" + name
				a.EmployeeNumber = fmt.Sprint(100 + i)
				a.Active = rapid.IntRange(0, 3).Draw(t, "active") > 0
				a.Department = rapid.SampledFrom([]string{"", "Sales", "R&D"}).Draw(t, "department")
				a.Title = rapid.SampledFrom([]string{"", "Head"}).Draw(t, "title")
				if above := rapid.IntRange(0, i).Draw(t, "manager"); above < i {
					a.Manager = directory + "-" + names[above]
				}
				if directory != "crm" {
					return
				}
				switch rapid.IntRange(0, 2).Draw(t, "known by") {
				case 0:
					a.EmployeeNumber = ""
				case 1:
					a.UserName, a.Emails = "login-"+name, nil
				}
			})}
			if directory == "hr" && !seen.record.Attributes.Active && rapid.Bool().Draw(t, "missing") {
				seen.record.AbsentSince = 1
			}
			list = append(list, seen)
		}
	}
	if rapid.Bool().Draw(t, "silent") {
		list = append(list, observation{})
	}
	return list
}

// outcomeOf is who everybody is and where they sit, after the observations came in their
// order.
func outcomeOf(t *testing.T, at store.Options, order []observation) string {
	w := newWorld(t, at)
	defer func() { w.check(w.store.Close()) }()
	s := newStanding(newFiling(w))
	w.setUp(ledger.Setup{
		Directories: []usher.Directory{
			{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true},
			{Name: "crm", Kind: usher.DirectorySCIM, Rank: 2, EmployeeNumbers: "hr"},
			{Name: "hr", Kind: usher.DirectoryFile, Rank: 3, EmployeeNumbers: "hr", StandIn: usher.StandIn{For: "okta", After: silentAfter}},
		},
		Portals: []usher.Portal{{Name: "learning", Kind: "scim", Live: true, Hard: true, Teams: true}},
	})
	w.clock.add(time.Minute)
	s.plan(people(1)) // a file that is newer than the last word of okta's token
	w.sell(w.seats(9), ledger.SubscriptionPolicy{Name: "dev", Portal: "learning", Seats: 9, Rule: `title == "Head" || reportsTo("ann@example.com")`})
	for _, o := range order {
		if o.directory == "" {
			s.quiet(silentAfter)
			s.wantTurns(1, 0)
			continue
		}
		_, err := w.ledger.CreateRecord(w.Context(), w.directory(o.directory), o.record)
		w.check(err)
	}
	w.sweep()
	w.sweep()
	return strings.Join(w.everybody(), "\n")
}

func (w *world) everybody() []string {
	people, err := w.store.Look().People(w.Context(), usher.Person{}, 100)
	w.check(err)
	address := map[usher.ID]string{}
	for _, p := range people {
		address[p.ID] = p.Address
	}
	var lines []string
	for _, p := range people {
		a := p.Attributes
		line := fmt.Sprintf("%s %q active=%v department=%q title=%q manager=%q:", p.Address, a.ExternalID, p.Active, a.Department, a.Title, address[p.Manager])
		seats, err := w.store.Look().LiveSeatsOf(w.Context(), p.ID)
		w.check(err)
		for _, name := range []string{"adkar", "dev"} {
			if s := seatOfSubscription(seats, w.subscription(name).ID); s.ID != "" {
				line += fmt.Sprintf(" %s %s", name, s.State)
			}
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

func seatOfSubscription(seats []usher.Seat, subscription usher.ID) usher.Seat {
	for _, s := range seats {
		if s.Subscription == subscription {
			return s
		}
	}
	return usher.Seat{}
}
