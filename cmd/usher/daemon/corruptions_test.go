package daemon_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/roster/rostertest"
)

const (
	// onRoster is how many people the good roster names, most of whom have a seat.
	onRoster = 300
	// oneTenth of those that it says are there is what guards let go by itself in a day.
	oneTenth = (onRoster - onRoster/20) / 10
)

// fileDirectory is a directory whose files have the columns of package rostertest.
func fileDirectory(name string, rank int) config.Directory {
	d := config.Default().Directories[1] // of kind file, with every default
	d.Name, d.Rank, d.Columns = name, rank, rostertest.Columns()
	return d
}

// seatsFor gives everybody in a department a seat at a portal that believes what it is told.
func seatsFor(c *config.Config, seats int, rule string) {
	c.Portals = []config.Portal{{Name: "learning", Kind: "worklist", Live: true, Pool: "soft"}}
	c.Subscriptions = []config.Subscription{{Name: "adkar", Portal: "learning", Seats: seats, Rule: config.Text{Value: rule}}}
	c.Guards.Invitations.Min = 1_000_000
}

// office is an installation that gets a file each night. It is offline: the test itself
// does what would happen by and by.
type office struct {
	*testing.T
	*daemon.Daemon
	now *time.Time
}

// openOffice opens the installation in a folder.
func openOffice(t *testing.T, folder string, now time.Time) *office {
	t.Helper()
	c := configAt(t, store.Options{Folder: folder})
	c.Directories = []config.Directory{fileDirectory("hr", 1)}
	seatsFor(c, onRoster, `department in ["Sales", "IT", "Finance", "People"]`)
	o := &office{T: t, now: &now}
	d, err := daemon.Open(t.Context(), daemon.Options{Config: c, Offline: true, Clock: func() time.Time { return *o.now }})
	if err != nil {
		t.Fatal(err)
	}
	o.Daemon = d
	return o
}

func (o *office) check(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// night brings a file, and lets a day and more go by, so that whatever would happen by
// itself has happened.
func (o *office) night(content []byte) usher.Plan {
	o.Helper()
	file, err := o.Archive(o.Context(), "hr", "people", "test", bytes.NewReader(content))
	o.check(err)
	p, err := o.PlanRoster(o.Context(), usher.Principal{Kind: usher.PrincipalDirectory, Name: "hr", Directory: o.directory()}, "hr", file, daemon.Planning{})
	o.check(err)
	for range 4 {
		o.check(o.Ledger().Sweep(o.Context()))
		*o.now = o.now.Add(7 * time.Hour)
	}
	return p
}

func (o *office) directory() usher.ID {
	o.Helper()
	known, err := o.Store().Look().DirectoryNamed(o.Context(), "hr")
	o.check(err)
	return known.ID
}

// seated are the people who hold a seat.
func (o *office) seated() map[usher.ID]bool {
	o.Helper()
	subs, err := o.Store().Look().Subscriptions(o.Context())
	o.check(err)
	people := map[usher.ID]bool{}
	for _, sub := range subs {
		seats, err := o.Store().Look().LiveSeats(o.Context(), sub.ID)
		o.check(err)
		for _, s := range seats {
			if s.State == usher.Invited || s.State == usher.Active {
				people[s.Person] = true
			}
		}
	}
	return people
}

// prepared makes a folder with an installation that got the same good roster twice, so
// that it would believe in absences. It gives the time as well.
func prepared(t *testing.T) (folder string, now time.Time) {
	t.Helper()
	folder = t.TempDir()
	o := openOffice(t, folder, time.Date(2026, 7, 1, 2, 30, 0, 0, time.UTC))
	first, second := o.night(rostertest.Good(onRoster)), o.night(rostertest.GoodWorkbook(onRoster))
	seats := len(o.seated())
	o.check(o.Close())
	there := onRoster - onRoster/20
	if first.Counts.Applied != there || second.State != usher.PlanUnchanged || seats < 200 {
		t.Fatalf("%d people have %d seats; first %+v, then %s %+v", there, seats, first.Counts, second.State, second.Counts)
	}
	return folder, *o.now
}

// TestCorruptions brings every kind of damaged roster two nights running, each to an
// installation that knows the good one, and confirms nothing: nobody may lose a seat
// beyond what guards let go in a day, and whatever is refused or held must say why.
func TestCorruptions(t *testing.T) {
	folder, now := prepared(t)
	csv, workbook := rostertest.Good(onRoster), rostertest.GoodWorkbook(onRoster)
	kinds := rostertest.Corruptions(1)
	n := min(count(t, "USHER_CORRUPTIONS", 30), len(kinds))
	var sum verdicts
	for i := range n {
		kind := kinds[i*len(kinds)/n] // a spread
		t.Run(kind.Name, func(t *testing.T) {
			to := t.TempDir()
			if err := os.CopyFS(to, withoutArchive(os.DirFS(folder))); err != nil {
				t.Fatal(err)
			}
			content := csv
			if kind.Workbook {
				content = workbook
			}
			o := openOffice(t, to, now)
			sum.add(o.judge(kind.Damage(slices.Clone(content))))
			o.check(o.Close())
		})
	}
	t.Logf("corruptions=%d refused=%d held=%d went=%d seats lost within guards=%d released past a guard=%d", n, sum.refused, sum.held, sum.went, sum.lost, sum.past)
	if sum.refused+sum.held+sum.went != n || sum.refused < n/3 || sum.past != 0 {
		t.Errorf("not what was asked for: %+v", sum)
	}
}

// withoutArchive hides the copies of files that came before.
func withoutArchive(f fs.FS) fs.FS { return hiding{f} }

type hiding struct{ fs.FS }

// ReadDir implements fs.ReadDirFS.
func (h hiding) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(h.FS, name)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return e.Name() == "archive" }), err
}

// verdicts count files by what became of them, and people.
type verdicts struct{ refused, held, went, lost, past int }

func (v *verdicts) add(w verdicts) {
	v.refused += w.refused
	v.held += w.held
	v.went += w.went
	v.lost += w.lost
	v.past += w.past
}

// judge brings a damaged file two nights running.
func (o *office) judge(damaged []byte) (v verdicts) {
	o.Helper()
	for night := range 2 {
		before := o.seated()
		p := o.night(damaged)
		after := o.seated()
		lost := 0
		for person := range before {
			if !after[person] {
				lost++
			}
		}
		o.check(o.saysWhy(p))
		limit := max(3, oneTenth)
		if lost > limit || lost > 0 && p.State == usher.PlanRefused {
			v.past += lost
			o.Errorf("night %d: %d people lost their seats, %d may by themselves: %s %+v, %v", night+1, lost, limit, p.State, p.Counts, p.Reasons)
		}
		v.lost += lost
		if lost > 0 {
			o.Logf("night %d: %d lost their seats, %d may: %s %+v, %v", night+1, lost, limit, p.State, p.Counts, p.Reasons)
		}
		if night == 0 {
			holds, err := o.Store().Look().Holds(o.Context(), true)
			o.check(err)
			switch {
			case p.State == usher.PlanRefused:
				v.refused = 1
			case p.Counts.Held > 0 || len(holds) > 0:
				v.held = 1
			default:
				v.went = 1
			}
		}
	}
	return v
}

// saysWhy is an error where something was refused or held without a word.
func (o *office) saysWhy(p usher.Plan) error {
	findings, err := o.Store().Look().Findings(o.Context(), p.ID, 10_000)
	if err != nil {
		return err
	}
	file, rows := 0, map[int]bool{}
	for _, f := range findings {
		if f.Code == "" || f.Text == "" {
			return fmt.Errorf("a finding says nothing: %+v", f)
		}
		if f.Severity == usher.SeverityError && f.Row == 0 {
			file++
		} else if f.Severity == usher.SeverityError {
			rows[f.Row] = true
		}
	}
	switch {
	case p.State == usher.PlanRefused && file == 0:
		return errors.New("the file is refused, and no finding says why")
	case p.State != usher.PlanRefused && len(rows) < p.Counts.Refused:
		return fmt.Errorf("%d rows are refused, and findings are about %d", p.Counts.Refused, len(rows))
	case p.Counts.Held > 0 && strings.TrimSpace(strings.Join(p.Reasons, "")) == "":
		return fmt.Errorf("%d changes are held, and no reason says why", p.Counts.Held)
	}
	holds, err := o.Store().Look().Holds(o.Context(), true)
	for _, h := range holds {
		if h.Why == "" {
			return fmt.Errorf("hold %d does not say why", h.Number)
		}
	}
	return err
}
