package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// paper is a roster as rows: number, given name, department and what the status says.
type paper struct {
	rows    []usher.RosterRow
	summary usher.RosterSummary
}

func (p *paper) add(key, department string, change ...func(*usher.Attributes)) *paper {
	a := usher.Attributes{
		UserName: key + "@example.com", ExternalID: key, Active: true, DisplayName: strings.ToUpper(key[:1]) + key[1:], Department: department,
		Emails: []usher.Email{{Value: key + "@example.com", Primary: true}},
	}
	for _, f := range change {
		f(&a)
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%+v", a)
	p.rows = append(p.rows, usher.RosterRow{Number: len(p.rows) + 2, Key: key, Hash: int64(h.Sum64()), Record: usher.Record{Attributes: a}})
	return p
}

func (p *paper) refuse(key string) *paper {
	p.rows = append(p.rows, usher.RosterRow{Number: len(p.rows) + 2, Key: key, Findings: []usher.Finding{
		{Row: len(p.rows) + 2, Column: "email", Code: "field.required", Severity: usher.SeverityError, Text: "is empty"},
	}})
	return p
}

// people is a paper that names so many people of Sales.
func people(n int) *paper {
	p := &paper{}
	for i := range n {
		p.add(fmt.Sprintf("p%02d", i), "Sales")
	}
	return p
}

// without leaves the first n rows out.
func (p *paper) without(n int) *paper { return &paper{rows: slices.Clone(p.rows[n:])} }

func (p *paper) feed(directory usher.ID, byHand bool) ledger.Feed {
	origin := "test"
	if byHand {
		origin = usher.OriginByHand
	}
	h := fnv.New64a()
	for _, r := range p.rows {
		fmt.Fprint(h, r.Key, r.Hash)
	}
	return ledger.Feed{
		Directory: directory, Mapping: "m1", Full: true, ByHand: byHand,
		File: usher.RosterFile{Name: "people.csv", Origin: origin, SHA256: fmt.Sprint(h.Sum64())},
		Read: func(_ context.Context, same func(string, int64) bool, each func(usher.RosterRow) error) (usher.RosterSummary, error) {
			s := p.summary
			s.Records = len(p.rows)
			for _, r := range p.rows {
				if !r.Refused() && same(r.Key, r.Hash) {
					r.Same, r.Record = true, usher.Record{}
				}
				if r.Refused() {
					s.Refused++
				}
				if err := each(r); err != nil {
					return s, err
				}
			}
			return s, nil
		},
	}
}

// filing is a world with a directory of files.
type filing struct {
	*world
	hr usher.Principal
}

func eachFiling(t *testing.T, f func(w *filing)) {
	t.Helper()
	eachWorld(t, func(w *world) {
		filed := newFiling(w)
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(10)}, Guards: usher.Guards{
			Releases: usher.Limit{Min: 3, Percent: 10}, Invitations: usher.Limit{Min: 1000}, Addresses: usher.Limit{Min: 3, Percent: 5},
			Managers: usher.Limit{Min: 3, Percent: 25}, Rows: 20, ArmedFrom: 5,
		}})
		f(filed)
	})
}

// newFiling gives a world the directory.
func newFiling(w *world) *filing {
	w.Helper()
	w.setUp(filingSetup())
	return &filing{w, w.directory("hr")}
}

func filingSetup() ledger.Setup {
	return ledger.Setup{
		Directories: []usher.Directory{
			{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true},
			{Name: "hr", Kind: usher.DirectoryFile, Rank: 2, EmployeeNumbers: "hr", Owner: true},
		},
		Portals: []usher.Portal{{Name: "learning", Kind: "scim", Live: true, Hard: true, Teams: true}},
	}
}

// plan plans a paper and applies what goes by itself.
func (w *filing) plan(p *paper) usher.Plan {
	w.Helper()
	made, err := w.ledger.ProposeRoster(w.Context(), w.hr, p.feed(w.hr.Directory, false))
	w.check(err)
	return w.apply(made)
}

func (w *filing) apply(p usher.Plan) usher.Plan {
	w.Helper()
	done, err := w.ledger.ApplyPlan(w.Context(), p.Number)
	w.check(err)
	w.sweep()
	return done
}

func (w *filing) confirm(number int64, s ledger.Selection) usher.Plan {
	w.Helper()
	p, err := w.ledger.ConfirmPlan(w.Context(), w.ann, number, s)
	w.check(err)
	return w.apply(p)
}

func (w *filing) active() (names []string) {
	w.Helper()
	list, err := w.store.Look().People(w.Context(), usher.Person{}, 1000)
	w.check(err)
	for _, p := range list {
		if p.Active {
			names = append(names, p.Attributes.DisplayName)
		}
	}
	slices.Sort(names)
	return names
}

func TestRosterIsAppliedOnce(t *testing.T) {
	eachFiling(t, func(w *filing) {
		p := w.plan(people(12).refuse("broken"))
		if p.State != usher.PlanApplied || p.Counts.Joiners != 12 || p.Counts.Applied != 12 || p.Counts.Refused != 1 || p.Counts.Rows != 13 {
			t.Fatalf("%+v", p)
		}
		seated := 0
		for _, s := range p.Seats {
			if s.Kind == usher.PlanSeat {
				seated++
			}
		}
		if seated != 10 || len(p.Seats) != 12 {
			t.Errorf("planned seats: %+v", p.Seats)
		}
		if got := w.active(); len(got) != 12 {
			t.Errorf("active: %v", got)
		}
		again := w.plan(people(12).refuse("broken"))
		if again.State != usher.PlanUnchanged || again.Counts.Unchanged != 12 {
			t.Errorf("%+v", again)
		}
		findings, err := w.store.Look().Findings(t.Context(), p.ID, 10)
		w.check(err)
		if len(findings) != 1 || findings[0].Code != "field.required" {
			t.Errorf("findings %+v", findings)
		}
	})
}

func TestRosterMoversAndLeavers(t *testing.T) {
	eachFiling(t, func(w *filing) {
		w.plan(people(12))
		next := people(12)
		next.rows = next.rows[3:]
		next.add("p00", "R&D").add("p01", "Sales", func(a *usher.Attributes) { a.Active = false }).add("p02", "Sales").add("new", "Sales")
		p := w.plan(next)
		if p.Counts.Movers != 1 || p.Counts.Leavers != 1 || p.Counts.Joiners != 1 || p.Counts.Unchanged != 10 || p.State != usher.PlanApplied {
			t.Fatalf("%+v", p)
		}
		if got := w.active(); slices.Contains(got, "P01") || !slices.Contains(got, "New") || len(got) != 12 {
			t.Errorf("active: %v", got)
		}
		back := w.plan(people(12).add("new", "Sales"))
		if back.Counts.Rejoiners != 1 || back.Counts.Movers != 1 {
			t.Errorf("%+v", back.Counts)
		}
	})
}

// TestAbsenceTakesTwoFiles: absent once is noted, absent twice has left.
func TestAbsenceTakesTwoFiles(t *testing.T) {
	eachFiling(t, func(w *filing) {
		all := people(12)
		w.plan(all)
		first := w.plan(all.without(1))
		if first.Counts.Missing != 1 || first.Counts.Absent != 0 || len(w.active()) != 12 {
			t.Fatalf("%+v, active %v", first, w.active())
		}
		if again := w.plan(all.without(1)); again.Counts.Absent != 0 || len(w.active()) != 12 {
			t.Fatalf("sent again at once: %+v, active %v", again, w.active())
		}
		w.later(24 * time.Hour)
		second := w.plan(all.without(1))
		if second.Counts.Absent != 1 || len(w.active()) != 11 {
			t.Fatalf("%+v, active %v", second, w.active())
		}
		third := w.plan(all.without(1))
		if third.State != usher.PlanUnchanged {
			t.Errorf("%+v", third)
		}
		back := w.plan(all)
		if back.Counts.Rejoiners != 1 || len(w.active()) != 12 {
			t.Errorf("%+v, active %v", back, w.active())
		}
	})
}

func TestWhoIsBackBeforeTheSecondFileWasNeverGone(t *testing.T) {
	eachFiling(t, func(w *filing) {
		all := people(12)
		w.plan(all)
		w.plan(all.without(2))
		back := w.plan(all)
		if back.Counts.Unchanged != 12 || back.Counts.Rejoiners != 0 {
			t.Errorf("%+v", back.Counts)
		}
		if p := w.plan(all.without(1)); p.Counts.Missing != 1 || p.Counts.Absent != 0 {
			t.Errorf("the count of absences went on: %+v", p.Counts)
		}
	})
}

func TestGuardsOfRosters(t *testing.T) {
	left := func(a *usher.Attributes) { a.Active = false }
	eachFiling(t, func(w *filing) {
		w.plan(people(30))
		for _, c := range []struct {
			name  string
			next  *paper
			held  int
			state usher.PlanState
			says  string
		}{
			{"a third is missing", people(30).without(10), 10, usher.PlanOpen, "rows"},
			{"too many leavers", mixed(30, 4, left).add("new1", "Sales"), 4, usher.PlanOpen, "leavers"},
			{"one is missing once", mixed(30, 0, left), 0, usher.PlanApplied, ""},
			{"changed addresses", mixed(30, 4, func(a *usher.Attributes) { a.Emails[0].Value = "x" + a.Emails[0].Value; a.UserName = a.Emails[0].Value }), 4, usher.PlanOpen, "addresses"},
			{"the file is refused", &paper{summary: usher.RosterSummary{Findings: []usher.Finding{{Code: "file.empty", Severity: usher.SeverityError}}}}, 0, usher.PlanRefused, ""},
		} {
			p, err := w.ledger.ProposeRoster(w.Context(), w.hr, c.next.feed(w.hr.Directory, false))
			w.check(err)
			if p.Counts.Held != c.held || !strings.Contains(strings.Join(p.Reasons, "\n"), c.says) {
				t.Errorf("%s: %+v", c.name, p)
			}
			done := w.apply(p)
			if done.State != c.state {
				t.Errorf("%s: then %s", c.name, done.State)
			}
			if got := w.active(); len(got) < 30 {
				t.Fatalf("%s: %d are active", c.name, len(got))
			}
		}
	})
}

// mixed is a paper of n people of whom the first few are changed.
func mixed(n, few int, change func(*usher.Attributes)) *paper {
	p := &paper{}
	for i := range n {
		if i < few {
			p.add(fmt.Sprintf("p%02d", i), "Sales", change)
		} else {
			p.add(fmt.Sprintf("p%02d", i), "Sales")
		}
	}
	return p
}

func TestConfirmAndDiscard(t *testing.T) {
	left := func(a *usher.Attributes) { a.Active = false }
	eachFiling(t, func(w *filing) {
		w.plan(people(30))
		p := w.plan(mixed(30, 6, left))
		if p.State != usher.PlanOpen || len(w.active()) != 30 {
			t.Fatalf("%+v", p)
		}
		p = w.confirm(p.Number, ledger.Selection{Keys: []string{"p00", "p01@example.com"}})
		if p.State != usher.PlanOpen || p.Counts.Held != 4 || len(w.active()) != 28 {
			t.Fatalf("two confirmed: %+v, %d active", p, len(w.active()))
		}
		p = w.confirm(p.Number, ledger.Selection{})
		if p.State != usher.PlanApplied || len(w.active()) != 24 {
			t.Errorf("all confirmed: %+v, %d active", p, len(w.active()))
		}
		if _, err := w.ledger.ConfirmPlan(w.Context(), w.ann, p.Number, ledger.Selection{}); !errors.Is(err, usher.ErrStale) {
			t.Errorf("confirmed twice: %v", err)
		}
		if _, err := w.ledger.ConfirmPlan(w.Context(), w.ann, w.plan(mixed(30, 11, left)).Number, ledger.Selection{Keys: []string{"nobody"}}); !errors.Is(err, usher.ErrInvalid) {
			t.Errorf("nobody of that name: %v", err)
		}
		q := w.plan(mixed(30, 12, left))
		q, err := w.ledger.DiscardPlan(w.Context(), w.ann, q.Number)
		w.check(err)
		if q.State != usher.PlanDiscarded || len(w.active()) != 24 {
			t.Errorf("discarded: %+v, %d active", q, len(w.active()))
		}
	})
}

func TestPlansAreBound(t *testing.T) {
	eachFiling(t, func(w *filing) {
		byHand := func(p *paper) usher.Plan {
			made, err := w.ledger.ProposeRoster(w.Context(), w.ann, p.feed(w.hr.Directory, true))
			w.check(err)
			if made.State != usher.PlanOpen {
				t.Fatalf("%+v", made)
			}
			return made
		}
		first := byHand(people(5))
		if len(w.active()) != 0 {
			t.Fatal("a plan by hand was applied")
		}
		second := byHand(people(6))
		if _, err := w.ledger.ConfirmPlan(w.Context(), w.ann, first.Number, ledger.Selection{}); !errors.Is(err, usher.ErrStale) {
			t.Errorf("a superseded plan: %v", err)
		}
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(11)}, Guards: wideGuards()})
		if _, err := w.ledger.ConfirmPlan(w.Context(), w.ann, second.Number, ledger.Selection{}); !errors.Is(err, usher.ErrStale) {
			t.Errorf("with another configuration: %v", err)
		}
		third := byHand(people(7))
		w.later(ledger.PlanLife + time.Hour)
		w.sweep()
		if _, err := w.ledger.ConfirmPlan(w.Context(), w.ann, third.Number, ledger.Selection{}); !errors.Is(err, usher.ErrStale) {
			t.Errorf("an expired plan: %v", err)
		}
		w.confirm(byHand(people(8)).Number, ledger.Selection{})
		if len(w.active()) != 8 {
			t.Errorf("active: %v", w.active())
		}
	})
}

func TestUndo(t *testing.T) {
	eachFiling(t, func(w *filing) {
		w.plan(people(12))
		next := people(12).without(2)
		next.add("p00", "R&D").add("p01", "Sales", func(a *usher.Attributes) { a.Active = false }).add("new", "Sales")
		run := w.plan(next)
		if run.State != usher.PlanApplied || run.Counts.Applied != 3 {
			t.Fatalf("%+v", run)
		}
		back, err := w.ledger.UndoPlan(w.Context(), w.ann, run.Number)
		w.check(err)
		if back.State != usher.PlanOpen || back.Counts.Held != 3 {
			t.Fatalf("%+v", back)
		}
		back = w.confirm(back.Number, ledger.Selection{})
		if got := w.active(); back.Counts.Applied != 3 || len(got) != 12 || slices.Contains(got, "New") {
			t.Errorf("undone: %+v, active %v", back, got)
		}
		again, err := w.ledger.UndoPlan(w.Context(), w.ann, back.Number)
		w.check(err)
		w.confirm(again.Number, ledger.Selection{})
		if got := w.active(); len(got) != 12 || !slices.Contains(got, "New") || slices.Contains(got, "P01") {
			t.Errorf("undo of the undo: active %v", got)
		}
		if p := w.plan(next); p.State != usher.PlanUnchanged {
			t.Errorf("the file again: %+v", p)
		}
	})
}

// TestManagersByAddress: a file calls managers by their address, whoever knows them and in
// whatever order they come.
func TestManagersByAddress(t *testing.T) {
	eachFiling(t, func(w *filing) {
		under := func(address string) func(*usher.Attributes) {
			return func(a *usher.Attributes) { a.UserName, a.Manager = "upn-"+a.UserName, address }
		}
		w.plan((&paper{}).add("ann", "Sales", under("Bob@example.com")).add("bob", "Sales", under("cio@example.com")))
		manager := func(name string) string {
			list, err := w.store.Look().PeopleNamed(t.Context(), name)
			w.check(err)
			if len(list) != 1 || list[0].Manager == "" {
				return ""
			}
			m, err := w.store.Look().Person(t.Context(), list[0].Manager)
			w.check(err)
			return m.Attributes.DisplayName
		}
		if got := manager("Ann"); got != "Bob" {
			t.Errorf("Ann reports to %q", got)
		}
		if got := manager("Bob"); got != "" {
			t.Errorf("Bob reports to %q, who is not there yet", got)
		}
		boss := user("cio", func(a *usher.Attributes) { a.UserName = "chief"; a.DisplayName = "Cio" })
		_, err := w.ledger.CreateRecord(t.Context(), w.okta, boss)
		w.check(err)
		w.sweep()
		if got := manager("Bob"); got != "Cio" {
			t.Errorf("Bob reports to %q, want the one whom okta knows", got)
		}
	})
}

// TestAnotherKeyIsNoticed: as many rows as before, and nobody in them who is known.
func TestAnotherKeyIsNoticed(t *testing.T) {
	eachFiling(t, func(w *filing) {
		w.plan(people(30))
		other := &paper{}
		for i := range 30 {
			other.add(fmt.Sprintf("q%02d", i), "Sales")
		}
		p := w.plan(other)
		if p.State != usher.PlanOpen || p.Counts.Held != 60 || len(p.Reasons) != 1 || !strings.Contains(p.Reasons[0], "leaves out 30 of 30") {
			t.Errorf("%+v", p)
		}
	})
}

// TestALookDropsNothing: a plan by hand leaves what a drop holds alone, until it is confirmed.
func TestALookDropsNothing(t *testing.T) {
	left := func(a *usher.Attributes) { a.Active = false }
	eachFiling(t, func(w *filing) {
		w.plan(people(30))
		held := w.plan(mixed(30, 6, left))
		look, err := w.ledger.ProposeRoster(w.Context(), w.ann, people(31).feed(w.hr.Directory, true))
		w.check(err)
		if p, err := w.store.Look().Plan(t.Context(), held.Number); err != nil || p.State != usher.PlanOpen {
			t.Fatalf("%s %v", p.State, err)
		}
		w.confirm(look.Number, ledger.Selection{})
		if p, err := w.store.Look().Plan(t.Context(), held.Number); err != nil || p.State != usher.PlanSuperseded {
			t.Errorf("%s %v", p.State, err)
		}
	})
}

// TestAnotherNumber: whoever comes with a new key and the user name they had is taken for the
// same person once a human says so, and is not absent meanwhile.
func TestAnotherNumber(t *testing.T) {
	eachFiling(t, func(w *filing) {
		w.plan(people(12))
		before := w.records()
		next := people(12).without(1)
		next.add("p00", "R&D")
		next.rows[11].Key = "n77"
		for range 3 {
			p := w.plan(next)
			if p.State != usher.PlanOpen || p.Counts.Movers != 1 || p.Counts.Held != 1 || p.Counts.Missing+p.Counts.Absent+p.Counts.Joiners != 0 {
				t.Fatalf("%+v", p)
			}
			w.later(24 * time.Hour)
		}
		plans, err := w.store.Look().Plans(t.Context(), w.hr.Directory, 1)
		w.check(err)
		done := w.confirm(plans[0].Number, ledger.Selection{})
		if done.State != usher.PlanApplied || len(w.active()) != 12 || len(w.records()) != len(before) {
			t.Fatalf("%+v, active %v", done, w.active())
		}
		if p := w.plan(next); p.State != usher.PlanUnchanged || p.Counts.Unchanged != 12 {
			t.Errorf("the file again: %+v", p)
		}
		undo, err := w.ledger.UndoPlan(t.Context(), w.ann, done.Number)
		w.check(err)
		w.confirm(undo.Number, ledger.Selection{})
		if p := w.plan(people(12)); p.State != usher.PlanUnchanged {
			t.Errorf("the first file after the undo: %+v", p)
		}
	})
}

// records are the keys of the directory's live records.
func (w *filing) records() []string {
	w.Helper()
	page, err := w.store.Records(w.Context(), usher.Query{Directory: w.hr.Directory, Limit: 200})
	w.check(err)
	var keys []string
	for _, r := range page.Items {
		keys = append(keys, r.Attributes.ExternalID)
	}
	slices.Sort(keys)
	return keys
}

// TestRefusedRowsAndAbsence: a refused row names its person all the same, unless nobody can
// say whom it means; then absence waits for a human.
func TestRefusedRowsAndAbsence(t *testing.T) {
	eachFiling(t, func(w *filing) {
		all := people(12)
		w.plan(all)
		w.plan(all.without(1))
		w.later(24 * time.Hour)
		if p := w.plan(all.without(1).refuse("p00")); p.Counts.Refused != 1 || p.Counts.Absent != 0 {
			t.Errorf("named by a refused row: %+v", p)
		}
		w.later(24 * time.Hour)
		if p := w.plan(all.without(1)); p.Counts.Missing != 1 || p.Counts.Absent != 0 {
			t.Errorf("the count went on: %+v", p)
		}
		doubtful := all.without(2).refuse("p05")
		doubtful.rows[10].Findings[0].Code = "row.duplicate_id"
		w.later(24 * time.Hour)
		if p := w.plan(doubtful); p.Counts.Held != 2 || p.State != usher.PlanOpen {
			t.Errorf("a row that may be anybody's: %+v", p)
		}
	})
}

// TestTheSameFileAfterAnotherRun: what was applied since makes a file that was planned
// before news again.
func TestTheSameFileAfterAnotherRun(t *testing.T) {
	left := func(a *usher.Attributes) { a.Active = false }
	eachFiling(t, func(w *filing) {
		w.plan(people(30))
		held := w.plan(mixed(30, 6, left))
		look, err := w.ledger.ProposeRoster(w.Context(), w.ann, people(30).feed(w.hr.Directory, true))
		w.check(err)
		if look.State != usher.PlanUnchanged {
			t.Fatalf("%+v", look)
		}
		w.confirm(held.Number, ledger.Selection{})
		if p := w.plan(people(30)); p.Counts.Rejoiners != 6 || len(w.active()) != 30 {
			t.Errorf("%+v, %d active", p, len(w.active()))
		}
	})
}

// TestOnePlanAtATime: a plan is not kept beside one that is being applied, and a start that
// changes nothing leaves waiting plans valid.
func TestOnePlanAtATime(t *testing.T) {
	left := func(a *usher.Attributes) { a.Active = false }
	eachFiling(t, func(w *filing) {
		w.plan(people(30))
		began, err := w.ledger.ProposeRoster(w.Context(), w.hr, people(31).feed(w.hr.Directory, false))
		w.check(err)
		beside := mixed(30, 2, left).feed(w.hr.Directory, false)
		read := beside.Read
		beside.Read = func(ctx context.Context, same func(string, int64) bool, each func(usher.RosterRow) error) (usher.RosterSummary, error) {
			other, err := w.ledger.ProposeRoster(ctx, w.hr, people(32).feed(w.hr.Directory, false))
			w.check(err)
			if other.State != usher.PlanApplying {
				t.Errorf("the other: %+v", other)
			}
			return read(ctx, same, each)
		}
		if p, err := w.ledger.ProposeRoster(w.Context(), w.hr, beside); !errors.Is(err, usher.ErrStale) {
			t.Errorf("kept beside another: %+v %v", p, err)
		}
		w.check(w.ledger.ResumePlans(w.Context()))
		if p, err := w.store.Look().Plan(t.Context(), began.Number); err != nil || p.State != usher.PlanApplied {
			t.Errorf("%s %v", p.State, err)
		}
		held := w.plan(mixed(32, 6, left))
		w.setUp(filingSetup())
		w.confirm(held.Number, ledger.Selection{})
		if got := len(w.active()); got != 26 {
			t.Errorf("%d active after confirming over a restart", got)
		}
		wrong := filingSetup()
		wrong.Directories[1].Kind = usher.DirectorySCIM
		if err := w.ledger.SetUp(t.Context(), w.ann, wrong); !errors.Is(err, usher.ErrInvalid) {
			t.Errorf("another kind: %v", err)
		}
	})
}
