package ledger_test

import (
	"slices"
	"strings"
	"testing"

	"usher/internal/usher"
)

// off is an inactive account that keeps some seats.
func off(address string, kept ...string) usher.Seen {
	s := listed(address, "-")
	s.Kept = kept
	return s
}

// What an inactive account keeps stays taken: the row that was to take it back is refused with words,
// nobody is asked again, nobody else gets the seat, and its person has it when they are back.
func TestSeatsThatAnInactiveAccountKeeps(t *testing.T) {
	eachWorld(t, func(w *world) {
		two(w, 2, 1)
		w.filing(true, usher.Profile{})
		r := w.pushAll("ann", "bob")
		w.carry("2-give-adkar 2", "2-give-prosci 1")
		w.imports(true, listed("ann@example.com", "adkar", "prosci"), listed("bob@example.com", "adkar"))
		w.change(w.okta, r["ann"].ID, leaves)
		v := w.carry("1-take-adkar 1", "1-take-prosci 1")
		if got := w.imports(true, off("ann@example.com", "prosci"), listed("bob@example.com", "adkar")); got.Open != 0 || got.Confirmed != 1 || got.Pools[1].There != 1 {
			w.Fatalf("report %+v", got)
		}
		w.want(r["ann"], "")
		w.in(r["ann"], "prosci", usher.Releasing)
		w.in(r["bob"], "prosci", usher.Queued)
		w.drifts("release_confirmed ann@example.com", "not_released ann@example.com")
		if row := w.row(v[1], 1); row.State != usher.RowRefused || !strings.Contains(row.Note, "prosci stays taken although the account is inactive") {
			w.Errorf("row %+v", row)
		}
		if a := w.known(r["ann"]); !a.Refused || a.LastError == "" {
			w.Errorf("account %+v", a)
		}
		w.visit() // nobody is asked again
		w.imports(true, off("ann@example.com", "prosci"), listed("bob@example.com", "adkar"))
		w.visit()
		w.drifts("not_released ann@example.com")
		w.in(r["bob"], "prosci", usher.Queued)
		w.sound()
		w.change(w.okta, r["ann"].ID, returns)
		w.in(r["ann"], "prosci", usher.Invited) // it was hers all the time
		w.in(r["bob"], "prosci", usher.Queued)
		w.sound()
		w.imports(true, listed("ann@example.com", "adkar", "prosci"), listed("bob@example.com", "adkar"))
		w.in(r["ann"], "prosci", usher.Active)
		w.drifts()
		w.sound()
	})
}

// A stranger's seat that an inactive account keeps is taken as well, and named.
func TestSeatsThatAStrangerKeeps(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sellOnly(w.seats(1))
		w.filing(true, usher.Profile{})
		w.imports(true, off("x@example.com", "adkar"))
		w.drifts("unknown_at_portal x@example.com")
		w.taken(0, 1)
		r := w.push(user("ann"))
		w.want(r, usher.Queued)
		w.sound()
		w.imports(true, off("x@example.com"))
		w.want(r, usher.Invited)
		w.taken(1, 0)
		w.sound()
	})
}

// What comes back with an account is taken from when somebody says that it is active again.
func TestSeatsThatComeBackAreTaken(t *testing.T) {
	for name, kept := range map[string]bool{"kept": true, "returning": false} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				two(w, 2, 1)
				w.filing(true, usher.Profile{})
				r := w.push(user("ann"))
				w.carry("2-give-adkar 1", "2-give-prosci 1")
				prosci := w.subscription("prosci").ID
				w.check(w.ledger.Withhold(w.Context(), w.ann, prosci, w.person(r).ID, 0))
				w.imports(true, listed("ann@example.com", "adkar", "prosci"))
				seen := off("ann@example.com")
				if kept {
					seen.Kept = []string{"prosci"}
				} else {
					seen.Returning = []string{"prosci"}
				}
				w.imports(true, seen)
				batches := files(w.collect())
				for i, b := range batches {
					for j := range b.Rows { // as its connector says
						batches[i].Rows[j].Told = &usher.Desired{Active: true, Address: "ann@example.com", Subscriptions: []string{"adkar", "prosci"}}
					}
				}
				_, made, err := w.ledger.CommitVisit(w.Context(), w.lease, w.portal(), batches, false)
				w.check(err)
				taken, err := w.store.Look().TakenAt(w.Context(), w.portal().ID)
				w.check(err)
				if a := w.known(r); !slices.Contains(taken[prosci], a.ID) {
					t.Errorf("taken %v", taken)
				}
				for _, b := range made {
					w.settles(b, true, "")
				}
				if a := w.known(r); !a.Seen.Active || a.Seen.Kept != nil || a.Seen.Returning != nil || !a.Seen.Takes("prosci") {
					t.Errorf("seen %+v", a.Seen)
				}
				w.sound()
			})
		})
	}
}
