package ledger_test

import (
	"slices"
	"testing"
	"time"

	"usher/internal/usher"
)

func endsOn(day string) func(*usher.Attributes) {
	return func(a *usher.Attributes) { a.Ends = day }
}

func startsOn(day string) func(*usher.Attributes) {
	return func(a *usher.Attributes) { a.Starts = day }
}

// outlook is that of adkar.
func (w *world) outlook() usher.PoolOutlook {
	w.Helper()
	all, err := w.ledger.Outlooks(w.Context())
	w.check(err)
	i := slices.IndexFunc(all.Pools, func(p usher.PoolOutlook) bool { return p.Name == "adkar" })
	if i < 0 {
		w.Fatal("adkar is not among the subscriptions")
	}
	return all.Pools[i]
}

// TestOutlookIsWhatComes: what is foretold of dates is what happens when they come, and the past is what was.
func TestOutlookIsWhatComes(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(3))
		w.push(user("cat"))
		w.deliver()
		w.later(4 * 24 * time.Hour) // Mar 6
		w.push(user("bob", endsOn("2026-03-20")))
		w.push(user("una", startsOn("2026-03-10")))
		w.push(user("vic", startsOn("2026-03-12")))
		ida := w.push(user("ida", func(a *usher.Attributes) { a.Department = "Legal" }))
		w.check(w.ledger.Grant(w.Context(), w.ann, w.subscription("adkar").ID, w.person(ida).ID, usher.TimeOf(time.Date(2026, 3, 25, 0, 0, 0, 0, time.UTC))))
		w.deliver()
		w.later(24 * time.Hour) // Mar 7, 9:00

		o := w.outlook()
		if len(o.Past) != 91 || len(o.Ahead) != 91 {
			t.Fatalf("%d days of the past and %d ahead", len(o.Past), len(o.Ahead))
		}
		var past []int
		for _, d := range o.Past[84:] {
			past = append(past, d.Occupied)
		}
		if want := []int{0, 1, 1, 1, 1, 3, 3}; !slices.Equal(past, want) {
			t.Errorf("a week of the past %v, want %v", past, want)
		}
		if o.Used != 3 || o.Free != 0 || o.EmptyIn != 0 || o.Queued != 0 {
			t.Errorf("now %+v", o.PoolView)
		}
		for day := range 24 {
			foretold := o.Ahead[day]
			now := w.outlook()
			if now.Ahead[0].Occupied != foretold.Occupied || now.Ahead[0].Queued != foretold.Queued {
				t.Errorf("after %d days %+v, foretold was %+v", day, now.Ahead[0], foretold)
			}
			for w.deliver() > 0 { // the portal takes a day to confirm
				w.sweep()
			}
			w.later(24 * time.Hour)
		}
		if last := o.Ahead[23]; last.Occupied != 3 || last.Queued != 0 || o.Ahead[6].Queued != 2 {
			t.Errorf("foretold for the end %+v, and in between %+v", last, o.Ahead[6])
		}
		w.later(24 * time.Hour)
		if end := w.outlook(); end.Used != 3 || end.EmptyIn != 0 {
			t.Errorf("at the end %+v", end.PoolView)
		}
	})
}

// TestOutlookOfATerm: its end is said beforehand and takes nobody's seat.
func TestOutlookOfATerm(t *testing.T) {
	eachWorld(t, func(w *world) {
		sub := w.seats(5)
		sub.EndsAt = usher.TimeOf(w.clock.now().Add(20 * 24 * time.Hour))
		w.sell(sub)
		w.push(user("bob"))
		w.push(user("una", startsOn("2026-03-30")))
		w.deliver()
		o := w.outlook()
		if o.EndsInDays != 30 || o.TermNote == "" || o.Ahead[90].Occupied != 1 || o.Ahead[90].Queued != 1 || o.EmptyIn != -1 {
			t.Errorf("ends in %d days (%s), at last %+v, empty in %d", o.EndsInDays, o.TermNote, o.Ahead[90], o.EmptyIn)
		}
	})
}
