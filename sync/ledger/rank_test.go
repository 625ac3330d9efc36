package ledger_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
)

// line are the names of adkar's queue, in its order.
func (w *world) line() (names []string) {
	w.Helper()
	queue, err := w.store.Look().QueueHead(w.Context(), w.subscription("adkar").ID, 100)
	w.check(err)
	for _, s := range queue {
		p, err := w.store.Look().Person(w.Context(), s.Person)
		w.check(err)
		names = append(names, p.Name())
	}
	return names
}

func (w *world) inLine(names ...string) {
	w.Helper()
	if got := w.line(); !slices.Equal(got, names) {
		w.Fatalf("the queue is %q, want %q", got, names)
	}
}

// TestPriorityByHand: what a human says of a place in the queue counts, whatever the rule and the directories say later.
func TestPriorityByHand(t *testing.T) {
	eachWorld(t, func(w *world) {
		sub := w.seats(1)
		sub.Priority = `title == "Chief" ? 10 : 0`
		w.sell(sub)
		records := w.pushAll("ann", "bob", "cat", "dan")
		adkar := w.subscription("adkar").ID
		id := func(name string) usher.ID { return w.person(records[name]).ID }
		w.want(records["ann"], usher.Invited)
		w.inLine("bob", "cat", "dan")

		w.check(w.ledger.MoveTo(w.Context(), w.ann, adkar, id("dan"), usher.QueueMove{Front: true}))
		w.inLine("dan", "bob", "cat")
		w.check(w.ledger.MoveTo(w.Context(), w.ann, adkar, id("bob"), usher.QueueMove{Back: true}))
		w.inLine("dan", "cat", "bob")
		w.check(w.ledger.MoveTo(w.Context(), w.ann, adkar, id("bob"), usher.QueueMove{Before: 2}))
		w.inLine("bob", "dan", "cat") // before cat and everybody of cat's priority, and dan asked later
		w.check(w.ledger.Prioritise(w.Context(), w.ann, adkar, id("cat"), 5))
		w.inLine("cat", "bob", "dan")

		// Neither a directory nor a rule undoes it.
		w.change(w.okta, records["dan"].ID, func(a *usher.Attributes) { a.Title = "Chief" })
		w.inLine("cat", "bob", "dan")
		sub.Priority = `title == "Chief" ? 1000 : 500`
		w.sell(sub)
		w.inLine("cat", "bob", "dan")
		e, err := w.ledger.Explain(w.Context(), string(id("dan")))
		w.check(err)
		var text strings.Builder
		w.check(e.Text(&text))
		if len(e.Seats) != 1 || !strings.HasPrefix(e.Seats[0].Priority, "priority 1, given by ann on ") || !strings.Contains(text.String(), "by hand") {
			t.Errorf("explained as %+v", e.Seats)
		}
		w.check(w.ledger.ClearPriority(w.Context(), w.ann, adkar, id("dan")))
		w.inLine("dan", "cat", "bob")
		if err := w.ledger.ClearPriority(w.Context(), w.ann, adkar, id("dan")); !errors.Is(err, usher.ErrNotFound) {
			t.Errorf("taken back twice: %v", err)
		}

		// A decision comes and goes beside it.
		w.check(w.ledger.Grant(w.Context(), w.ann, adkar, id("cat"), 0))
		w.check(w.ledger.ClearDecision(w.Context(), w.ann, adkar, id("cat")))
		w.inLine("dan", "cat", "bob")

		// Whoever is first gets the seat.
		w.check(w.ledger.MoveTo(w.Context(), w.ann, adkar, id("bob"), usher.QueueMove{Front: true}))
		w.change(w.okta, records["ann"].ID, leaves)
		w.later(time.Hour)
		w.deliver()
		w.want(records["bob"], usher.Active)
		w.want(records["dan"], usher.Queued)
		w.seal()
		w.sound()
	})
}

func TestPriorityByHandIsRefused(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		records := w.pushAll("ann", "bob")
		adkar := w.subscription("adkar").ID
		for name, c := range map[string]struct {
			of string
			to usher.QueueMove
		}{
			"who sits":        {"ann", usher.QueueMove{Front: true}},
			"who is alone":    {"bob", usher.QueueMove{Front: true}},
			"no place at all": {"bob", usher.QueueMove{}},
		} {
			var invalid *usher.InvalidError
			if err := w.ledger.MoveTo(w.Context(), w.ann, adkar, w.person(records[c.of]).ID, c.to); !errors.As(err, &invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		var invalid *usher.InvalidError
		if err := w.ledger.Prioritise(w.Context(), w.ann, adkar, w.person(records["bob"]).ID, 1<<40); !errors.As(err, &invalid) {
			t.Errorf("a priority beyond all bounds: %v", err)
		}
		if len(w.line()) != 1 {
			t.Errorf("the queue is %q", w.line())
		}
	})
}
