package ledger_test

import (
	"errors"
	"fmt"
	"testing"

	"usher/internal/usher"
	"usher/sync/ledger"
)

func named(name string) func(*usher.Attributes) {
	return func(a *usher.Attributes) { a.UserName = name + "@example.com" }
}

// bearer is the key of whoever is found by a user name; empty for nobody.
func (w *filing) bearer(name string) string {
	w.Helper()
	r, err := w.store.Look().FindRecord(w.Context(), w.hr.Directory, name+"@example.com", "")
	if errors.Is(err, usher.ErrNotFound) {
		return ""
	}
	w.check(err)
	return r.Attributes.ExternalID
}

// renamed is a paper in which everybody is in another department, and some have other user names.
func renamed(n int, names map[int]string) *paper {
	p := &paper{}
	for i := range n {
		key := fmt.Sprintf("p%02d", i)
		name := key
		if other, ok := names[i]; ok {
			name = other
		}
		p.add(key, "Ops", named(name))
	}
	return p
}

// TestStopBetweenTwoNames: the name that a run gives to one record it has taken from another, however far behind that one
// is; so wherever the run is stopped, everybody is found by the name that their record says.
func TestStopBetweenTwoNames(t *testing.T) {
	const rows = 300
	for name, given := range map[string]map[int]string{
		"passed on": {0: "p299", 299: "fresh"},
		"swapped":   {0: "p299", 299: "p00"},
		"a ring":    {0: "p150", 150: "p299", 299: "p00"},
	} {
		t.Run(name, func(t *testing.T) {
			eachFiling(t, func(w *filing) {
				w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(10)}, Guards: wideGuards()})
				w.plan(people(rows))
				stopped := w.stop(renamed(rows, given))
				for i, name := range given {
					if got, want := w.bearer(name), fmt.Sprintf("p%02d", i); got != want {
						t.Errorf("%s finds %q, want %q", name, got, want)
					}
				}
				w.sound()
				if back := w.undo(stopped.Number); back.Counts.Applied != stopped.Counts.Applied || w.bearer("p299") != "p299" || w.bearer("p00") != "p00" {
					t.Errorf("undone: %+v, p299 finds %q", back.Counts, w.bearer("p299"))
				}
				if p := w.plan(renamed(rows, given)); p.Counts.Applied != rows || p.Counts.Stale != 0 || w.bearer("p299") != "p00" && w.bearer("p299") != "p150" {
					t.Errorf("the file again: %+v", p.Counts)
				}
				w.sound()
			})
		})
	}
}

// TestBearerWhoStays: where the bearer of a name does not give it up after all, whoever was to have it keeps their own.
func TestBearerWhoStays(t *testing.T) {
	for name, given := range map[string]map[int]string{
		"passed on": {0: "p04", 4: "taken"},
		"at an end": {0: "p02", 2: "p04", 4: "taken"},
	} {
		t.Run(name, func(t *testing.T) {
			eachFiling(t, func(w *filing) {
				w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(10)}, Guards: wideGuards()})
				w.plan(people(9))
				made, err := w.ledger.ProposeRoster(w.Context(), w.hr, renamed(9, given).feed(w.hr.Directory, false))
				w.check(err)
				taker := user("taken")
				taker.Attributes.ExternalID = "other"
				_, err = w.ledger.CreateRecord(w.Context(), w.hr, withAttributes(taker, taker.Attributes))
				w.check(err)
				p := w.apply(made)
				if p.Counts.Stale != len(given) || p.Counts.Applied != 9-len(given) {
					t.Errorf("%+v", p.Counts)
				}
				for i := range 9 {
					if key := fmt.Sprintf("p%02d", i); w.bearer(key) != key {
						t.Errorf("%s finds %q", key, w.bearer(key))
					}
				}
				w.sound()
			})
		})
	}
}
