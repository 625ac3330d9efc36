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
	"usher/sync/ledger"
)

// carry makes a visit of what is due, whose files are in their place, and one minute pass.
func (w *world) carry(want ...string) []usher.Batch {
	w.Helper()
	batches := w.visit(want...)
	for _, b := range batches {
		w.check(w.ledger.BatchWritten(w.Context(), b.ID))
	}
	w.clock.add(time.Minute)
	return batches
}

// sellOnly is sell without teams, of which an export says nothing.
func (w *world) sellOnly(subs ...ledger.SubscriptionPolicy) {
	w.Helper()
	w.policy(ledger.Policy{Subscriptions: subs, Guards: wideGuards()})
}

// listed is an account as an export shows it; subs starts with - for one that is off.
func listed(address string, subs ...string) usher.Seen {
	s := usher.Seen{RemoteID: address, Active: true, Subscriptions: append([]string{}, subs...)}
	if len(subs) == 1 && subs[0] == "-" {
		s.Active, s.Status, s.Subscriptions = false, "Inactive", nil
	}
	return s
}

func (w *world) exported(complete bool, seen ...usher.Seen) ledger.ExportFile {
	w.Helper()
	f := ledger.ExportFile{Seen: seen}
	f.Name, f.Complete, f.AsOf = "users.csv", complete, usher.TimeOf(w.clock.now())
	f.SHA256 = fmt.Sprint(f.AsOf, complete, seen)
	return f
}

// imports takes an export of now, and a minute passes.
func (w *world) imports(complete bool, seen ...usher.Seen) ledger.ExportReport {
	w.Helper()
	r, err := w.ledger.TakeExport(w.Context(), w.ann, w.portal().ID, w.exported(complete, seen...))
	w.check(err)
	w.clock.add(time.Minute)
	w.sweep()
	return r
}

// drifts are the open differences, as "code address".
func (w *world) drifts(want ...string) {
	w.Helper()
	open, err := w.store.Look().OpenDrift(w.Context(), w.portal().ID)
	w.check(err)
	var got []string
	for _, d := range open {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s", d.Code, d.Address)))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.Fatalf("drift %q, want %q", got, want)
	}
}

func (w *world) row(b usher.Batch, row int) usher.BatchRow {
	w.Helper()
	rows, err := w.store.Look().BatchRows(w.Context(), b.ID)
	w.check(err)
	return rows[row-1]
}

func TestExportConfirmsWhatItShows(t *testing.T) {
	eachWorld(t, func(w *world) {
		two(w, 2, 2)
		ann := w.push(user("ann"))
		v := w.carry("2-give-adkar 1", "2-give-prosci 1")
		r := w.imports(true, listed("Ann@example.com", "adkar"))
		if r.Matched != 1 || r.Confirmed != 1 || r.Open != 1 {
			w.Fatalf("report %+v", r)
		}
		w.in(ann, "adkar", usher.Active)
		w.in(ann, "prosci", usher.Invited)
		if a := w.account(ann); a.RemoteID != "Ann@example.com" || a.Seen == nil || a.SeenAt != r.Export.AsOf {
			w.Fatalf("account %+v", a)
		}
		if row := w.row(v[0], 1); row.State != usher.RowConfirmed || row.SettledBy != "ann" || !strings.HasPrefix(row.Note, "export users.csv as of 2026-03-02 09:01 UTC") {
			w.Fatalf("row %+v", row)
		}
		w.drifts("email_case Ann@example.com") // the row that is not shown may not have been carried
		w.imports(true, listed("Ann@example.com", "adkar", "prosci"))
		w.in(ann, "prosci", usher.Active)
		w.openVisits(0)
		w.drifts("email_case Ann@example.com")
		if due := w.collect(); len(due) != 0 {
			w.Fatalf("due: %+v", due)
		}
	})
}

// TestOwnFileIsNoExport: what usher wrote says what was asked for. Brought back in place of the
// portal's list it would confirm itself.
func TestOwnFileIsNoExport(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sellOnly(w.seats(1))
		ann := w.push(user("ann"))
		batch := w.carry("2-give-adkar 1")[0]
		file := w.exported(true, listed("ann@example.com", "adkar"))
		file.SHA256 = batch.SHA256
		_, err := w.ledger.TakeExport(w.Context(), w.ann, w.portal().ID, file)
		if !errors.Is(err, usher.ErrInvalid) || !strings.Contains(err.Error(), batch.Name) {
			w.Fatalf("taken: %v", err)
		}
		if _, err = w.ledger.Adopt(w.Context(), w.ann, w.portal().ID, file, false); !errors.Is(err, usher.ErrInvalid) {
			w.Fatalf("adopted: %v", err)
		}
		w.in(ann, "adkar", usher.Invited)
	})
}

func TestExportFreesWhatIsGone(t *testing.T) {
	tests := []struct {
		name     string
		complete bool
		seen     []usher.Seen
		freed    bool
	}{
		{"absent from a complete list", true, []usher.Seen{listed("bob@example.com", "-")}, true},
		{"absent from a part", false, []usher.Seen{listed("x@example.com")}, false},
		{"off", false, []usher.Seen{listed("ann@example.com", "-")}, true},
		{"still there", true, []usher.Seen{listed("ann@example.com", "adkar")}, false},
		{"another seat", false, []usher.Seen{listed("ann@example.com", "other")}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.sellOnly(w.seats(1))
				r := w.pushAll("ann", "bob")
				w.carry("2-give-adkar 1")
				w.imports(true, listed("ann@example.com", "adkar"))
				w.change(w.okta, r["ann"].ID, leaves)
				w.want(r["ann"], usher.Releasing)
				w.carry("1-take-adkar 1")
				got := w.imports(tt.complete, tt.seen...)
				if tt.freed {
					w.want(r["ann"], "")
					w.want(r["bob"], usher.Invited)
				} else {
					w.want(r["ann"], usher.Releasing)
				}
				if freed := got.Confirmed == 1; freed != tt.freed {
					w.Fatalf("report %+v", got)
				}
			})
		})
	}
}

// What was carried after the list was made is left alone, and so is what somebody said since.
func TestExportSaysNothingOfWhatCameLater(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sellOnly(w.seats(1))
		ann := w.push(user("ann"))
		early := w.exported(true, listed("x@example.com", "-"))
		w.clock.add(time.Minute)
		b := w.carry("2-give-adkar 1")
		early.Seen = []usher.Seen{listed("ann@example.com", "adkar")}
		r, err := w.ledger.TakeExport(w.Context(), w.ann, w.portal().ID, early)
		w.check(err)
		if w.want(ann, usher.Invited); r.Confirmed+r.Open != 0 {
			w.Fatalf("a row was judged by a list from before: %+v", r)
		}
		later := w.exported(true, listed("bob@example.com", "-"))
		w.clock.add(time.Minute)
		w.check(w.ledger.ConfirmBatchRow(w.Context(), w.ann, b[0].Name, 1, true, ""))
		_, err = w.ledger.TakeExport(w.Context(), w.ann, w.portal().ID, later)
		w.check(err)
		w.want(ann, usher.Active)
		w.drifts()
		if a := w.account(ann); a.RemoteID == "" || a.Confirmed != a.Generation {
			w.Fatalf("account %+v", a)
		}
	})
}

func TestExportIsTakenOnceAndInOrder(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sellOnly(w.seats(1))
		w.push(user("ann"))
		old := w.exported(false, listed("old@example.com"))
		w.clock.add(time.Minute)
		file := w.exported(true, listed("walk.in@example.com", "adkar"))
		first, err := w.ledger.TakeExport(w.Context(), w.ann, w.portal().ID, file)
		w.check(err)
		w.drifts("unknown_at_portal walk.in@example.com")
		w.clock.add(time.Minute)
		again, err := w.ledger.TakeExport(w.Context(), w.ann, w.portal().ID, file)
		w.check(err)
		if !again.Again || again.Export.ID != first.Export.ID || again.Export.Number != 1 {
			w.Fatalf("again %+v", again)
		}
		_, err = w.ledger.TakeExport(w.Context(), w.ann, w.portal().ID, old)
		if !errors.Is(err, usher.ErrStale) || !strings.Contains(err.Error(), "09:00 UTC") || !strings.Contains(err.Error(), "09:01 UTC") {
			w.Fatalf("an older one: %v", err)
		}
		future := w.exported(true)
		future.AsOf = future.AsOf.Add(time.Hour)
		if _, err = w.ledger.TakeExport(w.Context(), w.ann, w.portal().ID, future); !errors.Is(err, usher.ErrInvalid) {
			w.Fatalf("one of the future: %v", err)
		}
		open, err := w.store.Look().OpenDrift(w.Context(), "")
		w.check(err)
		since := open[0].SinceAt
		w.imports(true, listed("walk.in@example.com", "adkar"), listed("Walk.In@example.com", "adkar"))
		open, err = w.store.Look().OpenDrift(w.Context(), "")
		w.check(err)
		if i := slices.IndexFunc(open, func(d usher.Drift) bool { return d.Code == usher.DriftUnknown }); open[i].SinceAt != since {
			w.Fatalf("since %d, was %d", open[i].SinceAt, since)
		}
		w.drifts("unknown_at_portal walk.in@example.com", "over_allocated", "count_differs")
		w.imports(true)
		w.drifts()
	})
}

// A list that is filtered, or somebody else's, is refused whole.
func TestExportThatCannotBeWhole(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(20)}, Guards: usher.Guards{
			Releases: usher.Limit{Min: 2, Percent: 10}, Invitations: usher.Limit{Min: 1000}, ArmedFrom: 5}})
		var all, few, others []usher.Seen
		for i := range 10 {
			name := fmt.Sprintf("p%d", i)
			w.push(user(name))
			all = append(all, listed(name+"@example.com", "adkar"))
			others = append(others, listed(name+"@elsewhere.example", "adkar"))
		}
		few = all[:7]
		w.carry("2-give-adkar 10")
		w.imports(true, all...)
		for name, file := range map[string]ledger.ExportFile{"filtered": w.exported(true, few...), "another's": w.exported(false, others...)} {
			before := w.accounts()
			_, err := w.ledger.TakeExport(w.Context(), w.ann, w.portal().ID, file)
			if !errors.Is(err, usher.ErrInvalid) || !strings.Contains(err.Error(), "--despite-guard") {
				w.Fatalf("%s: %v", name, err)
			}
			if after := w.accounts(); after != before {
				w.Fatalf("%s: accounts were changed:\n%s\n%s", name, before, after)
			}
		}
		w.imports(false, few...)
		w.drifts()
		file := w.exported(true, few...)
		file.DespiteGuard = true
		r, err := w.ledger.TakeExport(w.Context(), w.ann, w.portal().ID, file)
		w.check(err)
		if r.Absent != 3 || len(w.collect()) != 3 {
			w.Fatalf("report %+v", r)
		}
		events, err := w.store.Look().Events(w.Context(), store.EventQuery{Kind: usher.EventExportTaken})
		w.check(err)
		if last := events[len(events)-1]; !strings.Contains(last.Why, "despite the guard") {
			w.Fatalf("event %+v", last)
		}
	})
}

func (w *world) accounts() string {
	w.Helper()
	list, err := w.store.Look().Accounts(w.Context(), w.portal().ID, "", 1000)
	w.check(err)
	var b strings.Builder
	for _, a := range list {
		fmt.Fprintf(&b, "%s %s %d %d %+v\n", a.ID, a.RemoteID, a.Confirmed, a.SeenAt, a.Seen)
	}
	return b.String()
}

// A preview finds the same and writes nothing.
func TestPreviewOfAnExport(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sellOnly(w.seats(3))
		w.pushAll("ann", "bob")
		w.carry("2-give-adkar 2")
		file := w.exported(true, listed("ann@example.com", "adkar"), listed("walk.in@example.com", "adkar"))
		before := w.accounts()
		p, err := w.ledger.PreviewExport(w.Context(), w.ann, w.portal().ID, file)
		w.check(err)
		if after := w.accounts(); after != before {
			w.Fatalf("accounts were changed:\n%s\n%s", before, after)
		}
		w.drifts()
		r, err := w.ledger.TakeExport(w.Context(), w.ann, w.portal().ID, file)
		w.check(err)
		if p.Matched != r.Matched || p.Strangers != r.Strangers || p.Confirmed != r.Confirmed || len(p.Drift) != len(r.Drift) || p.Pools[0].There != 2 || r.Pools[0].Here != 2 {
			w.Fatalf("preview %+v\ntaken %+v", p, r)
		}
	})
}

// Of a portal that is not live nothing is seated, released or asked for.
func TestExportOfAPortalThatIsNotLive(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.setUp(ledger.Setup{
			Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true}},
			Portals:     []usher.Portal{{Name: "other", Kind: "worklist"}},
		})
		p, err := w.store.Look().PortalNamed(w.Context(), "other")
		w.check(err)
		w.sellOnly(ledger.SubscriptionPolicy{Name: "basic", Portal: "other", Seats: 1, Rule: `department == "Sales"`})
		ann := w.push(user("ann"))
		w.push(user("bob", func(a *usher.Attributes) { a.Department = "R&D" }))
		r, err := w.ledger.TakeExport(w.Context(), w.ann, p.ID, w.exported(true, usher.Seen{RemoteID: "ann@example.com", Active: true}, usher.Seen{RemoteID: "bob@example.com", Active: true}))
		w.check(err)
		if w.seatIn("basic", ann) != usher.Queued {
			w.Fatalf("ann is %q", w.seatIn("basic", ann))
		}
		var codes []string
		for _, d := range r.Drift {
			codes = append(codes, string(d.Code))
		}
		if got := strings.Join(codes, " "); got != "tool_extra no_rule over_allocated" && got != "no_rule tool_extra over_allocated" {
			w.Fatalf("drift %q", got)
		}
		changes, err := w.ledger.Collect(w.Context(), p.ID, 10)
		w.check(err)
		if len(changes) != 0 {
			w.Fatalf("due %+v", changes)
		}
	})
}

// Somebody who is to be gone, and whom nobody has handed over yet, may be gone already.
func TestExportWithoutSomebodyWhoIsToBeGone(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sellOnly(w.seats(1))
		r := w.pushAll("ann", "bob")
		w.carry("2-give-adkar 1")
		w.imports(true, listed("ann@example.com", "adkar"))
		w.change(w.okta, r["ann"].ID, leaves)
		w.want(r["ann"], usher.Releasing)
		w.imports(false, listed("x@example.com"))
		w.want(r["ann"], usher.Releasing)
		w.imports(true, listed("x@example.com"))
		w.want(r["ann"], "")
		w.want(r["bob"], usher.Invited)
		w.carry("2-give-adkar 1")
	})
}

func TestAListWithUnreadableRowsSaysNothingOfAbsence(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sellOnly(w.seats(2))
		r := w.pushAll("ann", "bob")
		w.carry("2-give-adkar 2")
		w.imports(true, listed("ann@example.com", "adkar"), listed("bob@example.com", "adkar"))
		f := w.exported(true, listed("ann@example.com", "adkar"))
		f.Findings = []usher.Finding{{Row: 3, Code: "row.width", Severity: usher.SeverityError, Text: "has five cells"}}
		got, err := w.ledger.TakeExport(w.Context(), w.ann, w.portal().ID, f)
		w.check(err)
		if got.Absent != 0 || got.Export.Complete || !slices.ContainsFunc(got.Findings, func(f usher.Finding) bool { return f.Code == "export.incomplete" }) {
			w.Errorf("%+v", got)
		}
		if a := w.account(r["bob"]); a.Seen == nil || a.RemoteID == "" {
			w.Errorf("bob's account is gone: %+v", a)
		}
	})
}
