package ledger_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// two are two subscriptions of one portal, for one rule.
func two(w *world, first, second int) {
	w.Helper()
	other := w.seats(second)
	other.Name = "prosci"
	w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(first), other}, Guards: wideGuards()})
}

// files are what a portal with a file for each tool makes of changes: what is taken first.
func files(changes []usher.AccountChange) []usher.Batch {
	made := map[string]*usher.Batch{}
	add := func(name string, c usher.AccountChange, r usher.BatchRow) {
		if made[name] == nil {
			made[name] = &usher.Batch{Name: name + ".csv", Kind: usher.BatchUpload, Content: []byte(name)}
		}
		r.Row, r.Account, r.Generation, r.State = len(made[name].Rows)+1, c.Account, c.Generation, usher.RowOpen
		made[name].Rows = append(made[name].Rows, r)
	}
	for _, c := range changes {
		gives, takes := c.Moves()
		for _, name := range takes {
			add("1-take-"+name, c, usher.BatchRow{Action: "take", Takes: []string{name}})
		}
		for _, name := range gives {
			add("2-give-"+name, c, usher.BatchRow{Action: "give", Gives: []string{name}})
		}
		if len(gives)+len(takes) == 0 {
			add("3-change", c, usher.BatchRow{Action: "change"})
		}
	}
	var list []usher.Batch
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range made {
			if !yield(name) {
				return
			}
		}
	}) {
		list = append(list, *made[name])
	}
	return list
}

func (w *world) collect() []usher.AccountChange {
	w.Helper()
	changes, err := w.ledger.Collect(w.Context(), w.portal().ID, 100)
	w.check(err)
	return changes
}

func (w *world) visit(want ...string) []usher.Batch {
	w.Helper()
	_, batches, err := w.ledger.CommitVisit(w.Context(), w.lease, w.portal(), files(w.collect()), false)
	w.check(err)
	var names []string
	for _, b := range batches {
		names = append(names, fmt.Sprintf("%s %d", b.Name[len("learning-0000-"):len(b.Name)-len(".csv")], len(b.Rows)))
	}
	if !slices.Equal(names, want) {
		w.Fatalf("files %q, want %q", names, want)
	}
	return batches
}

func (w *world) settles(b usher.Batch, done bool, note string) {
	w.Helper()
	w.check(w.ledger.ConfirmBatchRow(w.Context(), w.ann, b.Name, 1, done, note))
}

// in checks the state of a person's seat in one subscription; empty for none.
func (w *world) in(r usher.Record, subscription string, want usher.SeatState) {
	w.Helper()
	seats, err := w.store.Look().SeatsAt(w.Context(), w.portal().ID, w.person(r).ID)
	w.check(err)
	for _, s := range seats {
		if s.Subscription == subscription {
			if s.State != want {
				w.Fatalf("%s in %s is %q, want %q", r.Attributes.UserName, subscription, s.State, want)
			}
			return
		}
	}
	if want != "" {
		w.Fatalf("%s has no seat in %s, want %q", r.Attributes.UserName, subscription, want)
	}
}

func (w *world) openVisits(want int) {
	w.Helper()
	open, err := w.store.Look().OpenVisits(w.Context(), w.portal().ID)
	w.check(err)
	if len(open) != want {
		w.Fatalf("%d visits are open, want %d: %+v", len(open), want, open)
	}
}

func TestRowsMoveSeatsInWhateverOrder(t *testing.T) {
	for _, order := range [][]int{{0, 1}, {1, 0}} {
		eachWorld(t, func(w *world) {
			two(w, 1, 1)
			ann := w.push(user("ann"))
			v := w.visit("2-give-adkar 1", "2-give-prosci 1")
			tools := []string{"adkar", "prosci"}
			w.settles(v[order[0]], true, "")
			w.in(ann, tools[order[0]], usher.Active)
			w.in(ann, tools[order[1]], usher.Invited)
			a := w.account(ann)
			if a.Confirmed == a.Generation || !slices.Equal(a.Seen.Subscriptions, []string{tools[order[0]]}) || a.RemoteID != "ann@example.com" {
				w.Fatalf("half confirmed: %+v, seen %+v", a, a.Seen)
			}
			w.openVisits(1)
			w.settles(v[order[1]], true, "")
			w.in(ann, tools[order[1]], usher.Active)
			a = w.account(ann)
			if a.Confirmed != a.Generation || !slices.Equal(a.Seen.Subscriptions, tools) || a.Seen.DisplayName != "ann" {
				w.Fatalf("confirmed: %+v, seen %+v", a, a.Seen)
			}
			w.openVisits(0)
			if due := w.collect(); len(due) != 0 {
				w.Fatalf("still due: %+v", due)
			}
		})
	}
}

func TestOneRowOfTwoIsRefused(t *testing.T) {
	for _, refused := range []int{0, 1} {
		eachWorld(t, func(w *world) {
			two(w, 1, 1)
			ann := w.push(user("ann"))
			v := w.visit("2-give-adkar 1", "2-give-prosci 1")
			w.settles(v[0], refused != 0, "no such tool")
			w.settles(v[1], refused != 1, "no such tool")
			a := w.account(ann)
			if !a.Refused || a.LastError != "refused at the portal: no such tool" {
				w.Fatalf("account %+v", a)
			}
			w.openVisits(0)
			tools := []string{"adkar", "prosci"}
			w.in(ann, tools[refused], usher.Invited)
			w.in(ann, tools[1-refused], usher.Active)
			// Tried again, it is told what is still missing, and as somebody whom the portal knows.
			_, err := w.ledger.RetryRefused(w.Context(), w.ann, w.portal().ID)
			w.check(err)
			if c := w.collect(); len(c) != 1 || c[0].RemoteID != "ann@example.com" {
				w.Fatalf("changes %+v", c)
			}
			w.settles(w.visit("2-give-" + tools[refused] + " 1")[0], true, "")
			w.in(ann, tools[refused], usher.Active)
		})
	}
}

func TestANewerWishWhileRowsAreOpen(t *testing.T) {
	eachWorld(t, func(w *world) {
		two(w, 1, 1)
		ann := w.push(user("ann"))
		v := w.visit("2-give-adkar 1", "2-give-prosci 1")
		w.settles(v[0], true, "")
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.DisplayName = "Ann Lee" })
		w.settles(v[1], true, "")
		w.in(ann, "prosci", usher.Active)
		if a := w.account(ann); a.Confirmed >= a.Generation {
			w.Fatalf("the old success hides the newer wish: %+v", a)
		}
		w.settles(w.visit("3-change 1")[0], true, "")
		if a := w.account(ann); a.Confirmed != a.Generation || a.Seen.DisplayName != "Ann Lee" {
			w.Fatalf("account %+v, seen %+v", a, a.Seen)
		}
	})
}

// An invitation that the portal refused left nothing there: of whoever leaves, before or after
// somebody said so, nothing is asked, and the seat is free at once. A row of which nobody said
// what became of it may have made an account.
func TestALeaverWhoseInvitationWasRefused(t *testing.T) {
	refuse := func(w *world, v []usher.Batch, _ usher.Record) { w.settles(v[0], false, "Mandatory: Region") }
	leave := func(w *world, _ []usher.Batch, r usher.Record) { w.change(w.okta, r.ID, leaves) }
	type step func(w *world, v []usher.Batch, r usher.Record)
	for name, steps := range map[string][]step{
		"refused, then left": {refuse, leave},
		"left, then refused": {leave, refuse},
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.sell(w.seats(1))
				r := w.pushAll("ann", "bob")
				v := w.visit("2-give-adkar 1")
				for _, do := range steps {
					do(w, v, r["ann"])
				}
				w.in(r["ann"], "adkar", "")
				w.in(r["bob"], "adkar", usher.Invited)
				if a := w.account(r["ann"]); a.Generation != a.Confirmed || a.Refused || a.LastError != "" || a.Sent != 0 {
					w.Fatalf("account %+v", a)
				}
				w.visit("2-give-adkar 1") // bob's alone
				w.change(w.okta, r["ann"].ID, returns)
				w.in(r["ann"], "adkar", usher.Queued)
			})
		})
	}
	t.Run("asked for before, and nobody knows", func(t *testing.T) {
		eachWorld(t, func(w *world) {
			w.sell(w.seats(1))
			ann := w.push(user("ann"))
			w.visit("2-give-adkar 1")
			w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.Title = "Lead" })
			v := w.visit("2-give-adkar 1")
			w.settles(v[0], false, "Mandatory: Region")
			w.change(w.okta, ann.ID, leaves)
			w.in(ann, "adkar", usher.Releasing)
			w.visit("1-take-adkar 1")
		})
	})
}

func TestALeaverBetweenTwoRows(t *testing.T) {
	eachWorld(t, func(w *world) {
		two(w, 1, 1)
		r := w.pushAll("ann", "bob")
		v := w.visit("2-give-adkar 1", "2-give-prosci 1")
		w.settles(v[0], true, "")
		w.change(w.okta, r["ann"].ID, leaves)
		c := w.collect()
		if len(c) != 1 || !slices.Equal(c[0].Releasing, []string{"adkar", "prosci"}) || c[0].Why != "left" {
			w.Fatalf("changes %+v", c)
		}
		// What nobody confirmed is taken as well, because the portal may hold it by now.
		v2 := w.visit("1-take-adkar 1", "1-take-prosci 1")
		if err := w.ledger.ConfirmBatchRow(w.Context(), w.ann, v[1].Name, 1, true, ""); !errors.Is(err, usher.ErrStale) {
			w.Fatalf("a row that was superseded: %v", err)
		}
		w.openVisits(1)
		w.settles(v2[1], true, "")
		w.in(r["ann"], "prosci", "")
		w.in(r["bob"], "prosci", usher.Invited) // at once
		w.in(r["ann"], "adkar", usher.Releasing)
		w.in(r["bob"], "adkar", usher.Queued)
		w.settles(v2[0], true, "")
		w.in(r["bob"], "adkar", usher.Invited)
		if a := w.account(r["ann"]); a.Confirmed != a.Generation || a.Seen.Active {
			w.Fatalf("account %+v, seen %+v", a, a.Seen)
		}
	})
}

// In a soft pool no seat remembers what a visit was to give.
func TestASoftPoolTakesWhatPerhapsWasGiven(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.setUp(ledger.Setup{
			Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true}},
			Portals:     []usher.Portal{{Name: "learning", Kind: "worklist", Live: true}},
		})
		w.sell(w.seats(1))
		ann := w.push(user("ann"))
		w.visit("2-give-adkar 1")
		w.change(w.okta, ann.ID, leaves)
		w.in(ann, "adkar", "")
		v := w.visit("1-take-adkar 1")
		w.settles(v[0], true, "")
		if due := w.collect(); len(due) != 0 {
			w.Fatalf("still due: %+v", due)
		}
	})
}

// A visit is kept as a whole or not at all.
func TestAVisitIsNeverHalfKept(t *testing.T) {
	eachWorld(t, func(w *world) {
		two(w, 2, 2)
		r := w.pushAll("ann", "bob")
		collected := files(w.collect())
		w.change(w.okta, r["bob"].ID, leaves)
		_, _, err := w.ledger.CommitVisit(w.Context(), w.lease, w.portal(), collected, false)
		if !errors.Is(err, usher.ErrStale) {
			w.Fatalf("err %v", err)
		}
		w.openVisits(0)
		if open, err := w.store.Look().OpenBatches(w.Context(), w.portal().ID); open != 0 || err != nil {
			w.Fatalf("%d batches, %v", open, err)
		}
		w.visit("2-give-adkar 1", "2-give-prosci 1")
		unwritten, err := w.store.Look().UnwrittenBatches(w.Context(), w.portal().ID)
		w.check(err)
		if len(unwritten) != 2 { // whoever comes after a crash writes them
			w.Fatalf("%d batches to write", len(unwritten))
		}
	})
}

// Two that settle the last two rows of a visit at once must not each see the other's as
// open. Rows of teams have no seats whose lock would part them.
func TestTheLastRowsSettleAtOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		const n = 16
		all := w.seats(n)
		all.Rule = "true"
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{all}, Teams: ledger.TeamPolicy{ByDepartment: true}, Guards: wideGuards()})
		for i := range n {
			w.push(user(fmt.Sprint("p", i), func(a *usher.Attributes) { a.Department = fmt.Sprint("D", i) }))
		}
		people := w.visit("2-give-adkar 16")[0]
		w.confirm(people)
		w.sweep()
		teams := w.visit("3-change 16")[0]
		var wg sync.WaitGroup
		for _, r := range teams.Rows {
			wg.Go(func() {
				if err := w.ledger.ConfirmBatchRow(w.Context(), w.ann, teams.Name, r.Row, true, ""); err != nil {
					w.Error(err)
				}
			})
		}
		wg.Wait()
		w.openVisits(0)
		if open, err := w.store.Look().OpenBatches(w.Context(), w.portal().ID); open != 0 || err != nil {
			w.Fatalf("%d batches are open, %v", open, err)
		}
	})
}

// TestTheAddressOfTheFileCounts: a connector that writes an address in another form says so,
// and that form is the account's id at the portal.
func TestTheAddressOfTheFileCounts(t *testing.T) {
	eachWorld(t, func(w *world) {
		two(w, 1, 1)
		ann := w.push(user("Ann"))
		made := files(w.collect())
		told := w.collect()[0].Desired
		told.Address = "ann@example.com"
		for _, b := range made {
			for i := range b.Rows {
				b.Rows[i].Told = &told
			}
		}
		_, batches, err := w.ledger.CommitVisit(w.Context(), w.lease, w.portal(), made, false)
		w.check(err)
		for _, b := range batches {
			w.settles(b, true, "")
		}
		if a := w.account(ann); a.RemoteID != "ann@example.com" || a.Desired.Address != "Ann@example.com" || a.Confirmed != a.Generation {
			w.Errorf("%+v", a)
		}
		if due := w.collect(); len(due) > 0 {
			w.Errorf("due: %+v", due)
		}
	})
}
