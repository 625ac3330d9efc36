package ledger_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"usher/internal/usher"
)

// TestEventsBefore: the newest first, in parts that miss none and repeat none, whatever is filtered; and what is new in the chain.
func TestEventsBefore(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		people := w.pushAll("ann", "bob", "cat")
		w.sweep()
		w.change(w.okta, people["ann"].ID, func(a *usher.Attributes) { a.Title, a.Department = "Lead", "Sales" })
		key := []byte(strings.Repeat("k", 32))
		_, err := w.ledger.Seal(w.Context(), key, "test")
		w.check(err)
		every := func(f usher.EventFilter) (lines []usher.EventLine) {
			for before := (usher.Mark{}); ; {
				list, err := w.ledger.EventsBefore(w.Context(), f, before, 3)
				w.check(err)
				lines = append(lines, list.Items...)
				if list.Next == nil {
					return lines
				}
				before = *list.Next
			}
		}
		all := every(usher.EventFilter{})
		seen := map[usher.ID]bool{}
		for i, e := range all {
			if seen[e.ID] || i > 0 && e.At.After(all[i-1].At) || e.Number == 0 {
				t.Fatalf("event %d: %+v", i, e)
			}
			seen[e.ID] = true
		}
		annID := w.person(people["ann"]).ID
		sub := w.subscription("adkar").ID
		for name, f := range map[string]usher.EventFilter{
			"a bulk kind": {Kind: usher.EventSeatGiven}, "a rare kind": {Kind: usher.EventRevisionActive}, "a person": {Person: annID}, "an actor": {Actor: all[0].Actor},
			"a subscription": {Subscription: sub}, "a portal": {Portal: w.portal().ID}, "a time": {From: usher.TimeOf(all[0].At)}, "before a time": {Until: usher.TimeOf(all[0].At)},
			"all at once": {Person: annID, Kind: usher.EventSeatGiven, Subscription: sub, From: 1, Until: usher.TimeOf(all[0].At) + 1},
		} {
			want := slices.DeleteFunc(slices.Clone(all), func(e usher.EventLine) bool {
				return f.Kind != "" && e.Kind != f.Kind || f.Person != "" && e.Person != f.Person || f.Actor != "" && e.Actor != f.Actor || f.Subscription != "" && e.Subscription != "adkar" ||
					f.Portal != "" && e.Portal != "learning" || f.From != 0 && usher.TimeOf(e.At) < f.From || f.Until != 0 && usher.TimeOf(e.At) >= f.Until
			})
			got := every(f)
			if fmt.Sprint(idsOf(got)) != fmt.Sprint(idsOf(want)) || name != "a portal" && len(want) == 0 {
				t.Errorf("%s: %v, want %v", name, idsOf(got), idsOf(want))
			}
		}
		moved := every(usher.EventFilter{Person: annID, Kind: usher.EventRecordChanged})
		if len(moved) != 1 || moved[0].Name != "ann" || !slices.Contains(moved[0].Fields, usher.ChangedField{Name: "title", To: "Lead"}) {
			t.Errorf("%+v", moved)
		}

		chain, err := w.ledger.Chain(w.Context())
		w.check(err)
		if int(chain.Number) != len(all) || chain.Unsealed != 0 || chain.SealedAt == 0 {
			t.Fatalf("%+v, %d events", chain, len(all))
		}
		w.push(user("dan"))
		chain2, err := w.ledger.Chain(w.Context())
		w.check(err)
		if chain2.Unsealed == 0 {
			t.Errorf("%+v", chain2)
		}
		lines, last, err := w.ledger.EventsAfter(w.Context(), usher.EventFilter{}, chain.Number, 100)
		if err != nil || len(lines) != 0 || last != chain.Number {
			t.Errorf("before they are sealed: %d %d %v", len(lines), last, err)
		}
		_, err = w.ledger.Seal(w.Context(), key, "test")
		w.check(err)
		lines, last, err = w.ledger.EventsAfter(w.Context(), usher.EventFilter{}, chain.Number, 1)
		if err != nil || len(lines) != 1 || last != chain.Number+1 {
			t.Errorf("one at a time: %d %d %v", len(lines), last, err)
		}
		lines, _, err = w.ledger.EventsAfter(w.Context(), usher.EventFilter{Kind: usher.EventPersonJoined}, chain.Number, 100)
		if err != nil || len(lines) != 1 || lines[0].Name != "dan" {
			t.Errorf("of a kind: %+v %v", lines, err)
		}
	})
}

func idsOf(lines []usher.EventLine) (list []usher.ID) {
	for _, e := range lines {
		list = append(list, e.ID)
	}
	return list
}
