package ledger_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"usher/internal/usher"
)

// under is somebody in a department whose directory names a manager.
func under(manager, department string) func(*usher.Attributes) {
	return func(a *usher.Attributes) {
		a.Department = department
		if manager != "" {
			a.Manager = manager
		}
	}
}

// TestHierarchy: who reports to whom is counted from below; whoever's manager is not there, or has left, is said, and so is a cycle.
func TestHierarchy(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(3))
		people := map[string]usher.Record{}
		for _, p := range []struct{ name, manager string }{
			{"ceo", ""}, {"vp", "ceo@example.com"}, {"ann", "vp@example.com"}, {"bob", "vp@example.com"}, {"old", ""}, {"orphan", "old@example.com"}, {"lost", "nobody@example.com"}, {"lone", ""},
			{"x", "y@example.com"}, {"y", "x@example.com"},
		} {
			people[p.name] = w.push(user(p.name, under(p.manager, "Sales")))
		}
		w.sweep()
		w.change(w.okta, people["old"].ID, leaves)
		w.sweep()
		h, err := w.ledger.Hierarchy(w.Context())
		w.check(err)
		id := func(name string) usher.ID { return w.person(people[name]).ID }
		for name, want := range map[string][2]int{"ceo": {1, 3}, "vp": {2, 2}, "ann": {0, 0}, "lone": {0, 0}} {
			if got := [2]int{h.Direct[id(name)], h.Below[id(name)]}; got != want {
				t.Errorf("%s has %v below, want %v", name, got, want)
			}
		}
		if h.People != 9 || len(h.Roots) != 2 || h.Roots[0] != id("ceo") || len(h.Cyclic) != 0 {
			t.Errorf("%+v", h)
		}
		if len(h.Left) != 1 || h.Left[0] != id("orphan") || !slices.Contains(h.Unresolved, id("lost")) {
			t.Errorf("left %v, unresolved %v", h.Left, h.Unresolved)
		}
		cycles, err := w.ledger.ManagerCycles(w.Context())
		w.check(err)
		if len(cycles) != 1 || len(cycles[0].Others) != 1 || cycles[0].Person.Name == cycles[0].Others[0].Name {
			t.Errorf("cycles %+v", cycles)
		}
		below, next, err := w.ledger.Below(w.Context(), h, id("vp"), "", "", 1)
		w.check(err)
		if len(below) != 1 || below[0].Name != "ann" || next == nil {
			t.Fatalf("%+v %v", below, next)
		}
		below, next, err = w.ledger.Below(w.Context(), h, id("vp"), next.Name, next.ID, 1)
		w.check(err)
		if len(below) != 1 || below[0].Name != "bob" || next != nil {
			t.Errorf("%+v %v", below, next)
		}
		line, err := w.ledger.Above(w.Context(), h, id("ann"))
		w.check(err)
		if len(line) != 3 || line[0].Name != "ann" || line[2].Name != "ceo" || line[2].Below != 3 {
			t.Errorf("%+v", line)
		}
		lost, err := w.ledger.TreePeople(w.Context(), h, []usher.ID{id("lost"), "gone", id("orphan")})
		w.check(err)
		if len(lost) != 2 || lost[0].Names != "nobody@example.com" || lost[1].Manager != "old" {
			t.Errorf("%+v", lost)
		}
		if _, err := w.ledger.Above(w.Context(), h, "gone"); !errors.Is(err, usher.ErrNotFound) {
			t.Error(err)
		}
	})
}

// TestTeamsAreListed in parts, with their seats, and the people of one by their managers.
func TestTeamsAreListed(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(2))
		for _, p := range []struct{ name, manager, department string }{
			{"mia", "", "Board"}, {"ann", "mia@example.com", "Sales"}, {"bob", "", "Sales"}, {"cat", "mia@example.com", "Sales"}, {"zoe", "", "IT"},
		} {
			w.push(user(p.name, under(p.manager, p.department)))
		}
		w.sweep()
		var names []string
		var sales usher.TeamRow
		for after, more := (usher.TeamMark{}), true; more; {
			rows, next, err := w.ledger.TeamRows(w.Context(), after, 2)
			w.check(err)
			for _, r := range rows {
				if names = append(names, fmt.Sprintf("%s %s %d", r.Name, r.Source, r.People)); r.Name == "Sales" {
					sales = r
				}
			}
			if more = next != nil; more {
				after = *next
			}
		}
		if got := strings.Join(names, ", "); got != "Board department 1, IT department 1, Sales department 3" {
			t.Errorf("teams %s", got)
		}
		seats, err := w.ledger.SeatsOfTeams(w.Context())
		w.check(err)
		if s := seats[sales.ID]; len(s) != 1 || s[0].Name != "adkar" || s[0].Occupied != 2 || s[0].Queued != 1 || len(seats) != 1 {
			t.Errorf("seats %+v", seats)
		}
		var people []string
		for after, more := (usher.TeamMark{}), true; more; {
			list, next, err := w.ledger.TeamPeople(w.Context(), sales.ID, after, 1)
			w.check(err)
			for _, p := range list {
				people = append(people, fmt.Sprintf("%s<%s %d", p.Manager.Name, p.Person.Name, len(p.Seats)))
			}
			if more = next != nil; more {
				after = *next
			}
		}
		if got := strings.Join(people, ", "); got != "<bob 1, mia<ann 1, mia<cat 1" {
			t.Errorf("people %s", got)
		}
		if _, err := w.ledger.TeamRow(w.Context(), "none"); !errors.Is(err, usher.ErrNotFound) {
			t.Error(err)
		}
	})
}
