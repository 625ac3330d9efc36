package ledger_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// whole puts the parts of a list together.
func whole[T any](t *testing.T, at func(after int64) (usher.Listed[T], error)) (all []T) {
	t.Helper()
	for after := int64(0); ; {
		part, err := at(after)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, part.Items...)
		if part.Next == nil {
			return all
		}
		if after = int64(part.Next.At); len(all) > 10_000 {
			t.Fatal("it has no end")
		}
	}
}

// TestPlansInParts: put together, the parts of a plan are the plan.
func TestPlansInParts(t *testing.T) {
	eachFiling(t, func(w *filing) {
		w.plan(people(60))
		paper := mixed(60, 20, func(a *usher.Attributes) { a.Active = false })
		for i := range 15 {
			paper.add("new"+string(rune('a'+i)), "IT")
		}
		paper.refuse("x1").refuse("x2").refuse("x3")
		made, err := w.ledger.ProposeRoster(w.Context(), w.hr, paper.feed(w.hr.Directory, true))
		w.check(err)
		found := whole(t, func(after int64) (usher.Listed[usher.Finding], error) {
			return w.ledger.PlanFindings(w.Context(), made.Number, usher.FindingQuery{Severity: usher.SeverityError, After: after, Limit: 2})
		})
		if len(found) != 3 || found[0].Row != 77 || found[2].Row != 79 || found[0].Column != "email" {
			t.Errorf("findings: %+v", found)
		}
		review, err := w.ledger.PlanReview(w.Context(), made.Number)
		w.check(err)
		if review.Counts.Leavers != 20 || review.Counts.Joiners != 15 || review.Counts.Held != int(review.Steps) || !review.UndoUntil.IsZero() || review.Undoes != 0 || review.State != usher.PlanOpen {
			t.Errorf("%+v", review)
		}
		if want := usher.CountSeats(made.Seats); len(want) == 0 || !reflect.DeepEqual(review.Counts.Seats, want) {
			t.Errorf("seats %+v, want %+v", review.Counts.Seats, want)
		}
		all, err := w.store.Look().Changes(w.Context(), made.ID, 0, 1000)
		w.check(err)
		classes := map[usher.ChangeClass][]int64{}
		for _, c := range all {
			classes[c.Class] = append(classes[c.Class], c.Seq)
		}
		for class, want := range classes {
			for _, state := range []usher.ChangeState{"", usher.ChangeHeld} {
				var got []int64
				for _, c := range whole(t, func(after int64) (usher.Listed[usher.ChangeView], error) {
					return w.ledger.PlanChanges(w.Context(), made.Number, usher.ChangeQuery{Class: class, State: state, After: after, Limit: 7})
				}) {
					if got = append(got, c.Seq); len(c.Fields) == 0 {
						t.Errorf("%s %s: nothing is said of it", class, c.Name)
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s %q: %v, want %v", class, state, got, want)
				}
			}
		}
		if list, err := w.ledger.PlanChanges(w.Context(), made.Number, usher.ChangeQuery{Class: usher.ClassJoiner, State: usher.ChangeApplied, Limit: 7}); err != nil || len(list.Items) != 0 || list.Next != nil {
			t.Errorf("applied: %+v, %v", list, err)
		}
		seats := whole(t, func(after int64) (usher.Listed[usher.PlannedSeat], error) {
			return w.ledger.PlanSeats(w.Context(), made.Number, usher.SeatQuery{Skip: int(after), Limit: 3})
		})
		if !slices.Equal(seats, made.Seats) {
			t.Errorf("%+v, want %+v", seats, made.Seats)
		}
		waiting, err := w.ledger.WaitingPlans(w.Context(), "hr")
		if w.check(err); len(waiting) != 1 || waiting[0].Number != made.Number {
			t.Errorf("waiting: %+v", waiting)
		}
		if none, err := w.ledger.WaitingPlans(w.Context(), "okta"); err != nil || len(none) != 0 {
			t.Errorf("of another directory: %+v, %v", none, err)
		}
		past, err := w.ledger.PastPlans(w.Context(), "hr", made.Number+1, 10)
		if w.check(err); len(past.Items) != 1 || past.Items[0].Number == made.Number {
			t.Errorf("past: %+v", past)
		}
		before, err := w.ledger.PlanReview(w.Context(), past.Items[0].Number)
		if w.check(err); before.UndoUntil.IsZero() || before.Step != before.Steps {
			t.Errorf("the one before: %+v", before)
		}
	})
}

// TestConfirmByNumber: single changes go, and others than those that were seen do not.
func TestConfirmByNumber(t *testing.T) {
	eachFiling(t, func(w *filing) {
		made, err := w.ledger.ProposeRoster(w.Context(), w.hr, people(9).feed(w.hr.Directory, true))
		w.check(err)
		if _, err := w.ledger.ConfirmPlan(w.Context(), w.ann, made.Number, ledger.Selection{Seqs: []int64{1, 99}}); !errors.Is(err, usher.ErrStale) {
			t.Errorf("a number that there is not: %v", err)
		}
		if p := w.confirm(made.Number, ledger.Selection{Seqs: []int64{2, 5}, Held: 9}); p.State != usher.PlanOpen || p.Counts.Applied != 2 || p.Counts.Held != 7 || len(w.active()) != 2 {
			t.Errorf("%+v, %q", p, w.active())
		}
		if _, err := w.ledger.ConfirmPlan(w.Context(), w.ann, made.Number, ledger.Selection{Seqs: []int64{5, 6}}); !errors.Is(err, usher.ErrStale) {
			t.Errorf("one that went already: %v", err)
		}
	})
}

// TestAMendedFile takes the place of the plan whose file it mends, though nobody asked for that one; a look by hand
// alone does not.
func TestAMendedFile(t *testing.T) {
	eachFiling(t, func(w *filing) {
		w.plan(people(30))
		held := w.plan(mixed(30, 12, func(a *usher.Attributes) { a.Active = false }))
		state := func() usher.PlanState {
			p, err := w.store.Look().Plan(w.Context(), held.Number)
			w.check(err)
			return p.State
		}
		look := people(31).feed(w.hr.Directory, true)
		_, err := w.ledger.ProposeRoster(w.Context(), w.hr, look)
		if w.check(err); state() != usher.PlanOpen {
			t.Fatalf("a look by hand: %s", state())
		}
		look.Instead = held.Number
		mended, err := w.ledger.ProposeRoster(w.Context(), w.hr, look)
		if w.check(err); state() != usher.PlanSuperseded || mended.State != usher.PlanOpen {
			t.Errorf("mended: %s, and %s", state(), mended.State)
		}
	})
}

// TestPlannedSeatsAreFoundInText: whatever people are called, the seats that are picked out of the text are those that a decoder finds.
func TestPlannedSeatsAreFoundInText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{`"kind":"release"`, `\`, `\"`, `{}`, `}{"`, `","kind":"release"},{"`, "<b>&", "\u2028"}))
		seats := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) usher.PlannedSeat {
			return usher.PlannedSeat{Subscription: rapid.SampledFrom([]string{"adkar", "a<b", `a"b`}).Draw(t, "subscription"), Name: name.Draw(t, "name"), Why: name.Draw(t, "why"),
				Kind: rapid.SampledFrom([]usher.PlanChange{usher.PlanSeat, usher.PlanRelease}).Draw(t, "kind")}
		}), 0, 12).Draw(t, "seats")
		text, err := json.Marshal(seats)
		if err == nil {
			err = json.Unmarshal(text, &seats) // as they are kept
		}
		if err != nil {
			t.Fatal(err)
		}
		q := usher.SeatQuery{Subscription: rapid.SampledFrom([]string{"", "adkar", "a<b", `a"b`}).Draw(t, "of"), Kind: rapid.SampledFrom([]usher.PlanChange{"", usher.PlanRelease}).Draw(t, "which"), Limit: 3}
		var want, got []usher.PlannedSeat
		for _, s := range seats {
			if (q.Subscription == "" || s.Subscription == q.Subscription) && (q.Kind == "" || s.Kind == q.Kind) {
				want = append(want, s)
			}
		}
		for {
			part, err := ledger.PlannedIn(string(text), q)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, part.Items...)
			if part.Next == nil {
				break
			}
			q.Skip = int(part.Next.At)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%+v in %s: %+v, want %+v", q, text, got, want)
		}
	})
}
