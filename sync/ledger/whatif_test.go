package ledger_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

// assumed is what would come of an assumption about adkar, in a line for each list.
func (w *world) assumed(a usher.Assumption) (seated, released, queued, first string) {
	w.Helper()
	v, err := w.ledger.WhatIf(w.Context(), "adkar", a)
	w.check(err)
	lines := func(list []usher.AssumedPerson) string {
		var parts []string
		for _, p := range list {
			text := p.Name + " " + p.At.Format("Jan 2")
			if p.Place > 0 {
				text = fmt.Sprintf("%d %s", p.Place, p.Name)
			}
			if p.Otherwise {
				text += "*"
			}
			parts = append(parts, text)
		}
		return strings.Join(parts, ", ")
	}
	var asked []string
	for _, p := range v.First {
		asked = append(asked, p.Name)
	}
	return lines(v.Seated), lines(v.Released), lines(v.Queued), strings.Join(asked, ", ")
}

// TestWhatIfByName: an assumption is answered with names, and what would be without it is told apart.
func TestWhatIfByName(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(3))
		w.pushAll("ann", "bob")
		w.push(user("cat", endsOn("2026-03-10")))
		w.clock.add(time.Second)
		w.pushAll("dan", "eve")
		w.deliver()
		day := func(d int) time.Time { return time.Date(2026, 3, d, 0, 0, 0, 0, time.UTC) }
		seats := func(n int) *int { return &n }
		for name, c := range map[string]struct {
			assumed                         usher.Assumption
			seated, released, queued, first string
		}{
			"nothing":         {usher.Assumption{}, "dan Mar 12", "cat Mar 12", "1 eve", ""},
			"one seat more":   {usher.Assumption{Purchased: seats(4), PurchasedFrom: day(5)}, "dan Mar 5, eve Mar 12*", "cat Mar 12", "", ""},
			"two fewer":       {usher.Assumption{Purchased: seats(1), PurchasedFrom: day(5)}, "", "cat Mar 12", "1 dan*, 2 eve", "bob"},
			"two hires":       {usher.Assumption{Hires: 1, Hired: []string{"Ida Lang", "eve@example.com"}, HiredOn: day(6)}, "dan Mar 12", "cat Mar 12", "1 eve, 2 Ida Lang*, 3 Hire 1*", ""},
			"somebody leaves": {usher.Assumption{Leavers: []string{"bob@example.com", "Ann", "nobody@example.com"}, LeaveOn: day(4)}, "dan Mar 5, eve Mar 5*", "ann Mar 5*, bob Mar 5*, cat Mar 12", "", ""},
		} {
			c.assumed.Days = 30
			seated, released, queued, first := w.assumed(c.assumed)
			// Of two who come or go at once the id decides, which no test can know.
			if got, want := []string{sortedParts(seated), sortedParts(released), queued, first}, []string{sortedParts(c.seated), sortedParts(c.released), c.queued, c.first}; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s:\n%q, want\n%q", name, got, want)
			}
		}
		v, err := w.ledger.WhatIf(w.Context(), "adkar", usher.Assumption{Leavers: []string{"nobody@example.com"}, Days: 9999})
		w.check(err)
		if len(v.Unknown) != 1 || len(v.Ahead) != 367 || v.Pool.Used != 3 {
			t.Errorf("%q are unknown, %d days, %+v", v.Unknown, len(v.Ahead), v.Pool.PoolView)
		}
		if _, err := w.ledger.WhatIf(w.Context(), "none", usher.Assumption{}); !errors.Is(err, usher.ErrNotFound) {
			t.Errorf("of a subscription that is not there: %v", err)
		}
	})
}

// TestFirstToGo: whom the portal never saw comes first, then who is idle longest; who is pinned comes last.
func TestFirstToGo(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(9))
		records := w.pushAll("ann", "bob", "cat", "dan", "eve")
		w.deliver()
		portal, err := w.store.Look().PortalNamed(w.Context(), "learning")
		w.check(err)
		for name, day := range map[string]int{"ann": 20, "bob": 10} {
			w.seenActive(portal.ID, records[name], usher.TimeOf(time.Date(2026, 2, day, 0, 0, 0, 0, time.UTC)))
		}
		w.check(w.ledger.Grant(w.Context(), w.ann, w.subscription("adkar").ID, w.person(records["dan"]).ID, 0))
		w.change(w.okta, records["eve"].ID, leaves)
		list, err := w.ledger.FirstToGo(w.Context(), "adkar", 0, 10)
		w.check(err)
		var names []string
		for _, p := range list {
			names = append(names, p.Name)
		}
		if got := strings.Join(names, " "); got != "cat bob ann dan" || !list[3].Pinned || list[0].LastActive != (time.Time{}) {
			t.Errorf("%s: %+v", got, list)
		}
	})
}

func sortedParts(line string) string {
	parts := strings.Split(line, ", ")
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// seenActive has the portal show when somebody was last active.
func (w *world) seenActive(portal usher.ID, r usher.Record, at usher.Time) {
	w.Helper()
	w.check(w.store.Write(w.Context(), func(tx *store.Tx) error {
		a, err := tx.AccountOf(w.Context(), portal, usher.AccountPerson, w.person(r).ID)
		if err != nil {
			return err
		}
		a.Seen = &usher.Seen{LastActiveAt: at}
		return tx.UpdateAccount(w.Context(), a)
	}))
}
