package ledger_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// filePortal is a portal that takes files, and somebody who works at it. It knows accounts by
// address, as it was first given, and does what a row asks or leaves it.
type filePortal struct {
	accounts map[string]map[string]bool // by folded address: subscriptions
	spelled  map[string]string
	rand     *rand.Rand
}

func (f *filePortal) carry(address string, r usher.BatchRow) {
	key := strings.ToLower(address)
	if f.accounts[key] == nil {
		if len(r.Gives) == 0 {
			return
		}
		f.accounts[key] = map[string]bool{}
		f.spelled[key] = address
		if f.rand.IntN(3) == 0 {
			f.spelled[key] = strings.ToUpper(address[:1]) + address[1:] // as portals like it
		}
	}
	for _, name := range r.Takes {
		delete(f.accounts[key], name)
	}
	for _, name := range r.Gives {
		f.accounts[key][name] = true
	}
	if len(f.accounts[key]) == 0 && f.rand.IntN(2) == 0 {
		delete(f.accounts, key) // some portals forget who has nothing
	}
}

func (f *filePortal) export() []usher.Seen {
	var list []usher.Seen
	for _, key := range slices.Sorted(maps.Keys(f.accounts)) {
		subs := slices.Sorted(maps.Keys(f.accounts[key]))
		list = append(list, usher.Seen{RemoteID: f.spelled[key], Active: len(subs) > 0 || f.rand.IntN(2) == 0, Subscriptions: append([]string{}, subs...)})
	}
	return list
}

// TestLedgerAndPortalAgreeAfterEveryExport plays joiners, leavers and movers at a portal that takes
// files, with walk-ins, rows that are forgotten and lists that are filtered. After every complete
// export no seat is one that the portal does not show unless its row is still to be carried, and
// nobody's seat was taken away.
func TestLedgerAndPortalAgreeAfterEveryExport(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			place := store.Options{Folder: t.TempDir()}
			if seed == 2 {
				storetest.EachPlace(t, func(t *testing.T, place store.Options) { playExports(newWorld(t, place), seed) })
				return
			}
			playExports(newWorld(t, place), seed)
		})
	}
}

func playExports(w *world, seed uint64) {
	w.Helper()
	r := rand.New(rand.NewPCG(seed, 7))
	f := &filePortal{accounts: map[string]map[string]bool{}, spelled: map[string]string{}, rand: r}
	w.takesFiles()
	other := w.seats(3)
	other.Name, other.Rule = "prosci", `title == "Coach"`
	w.sellOnly(w.seats(4), other)
	records := map[string]usher.Record{}
	for day := range 40 {
		name := fmt.Sprintf("p%d", r.IntN(10))
		switch known, ok := records[name]; {
		case !ok:
			records[name] = w.push(user(name))
		default:
			w.change(w.okta, known.ID, func(a *usher.Attributes) {
				switch r.IntN(4) {
				case 0:
					a.Title = []string{"", "Coach"}[r.IntN(2)]
				case 1:
					a.Department = []string{"Sales", "R&D"}[r.IntN(2)]
				default:
					a.Active = !a.Active
				}
			})
		}
		if r.IntN(6) == 0 {
			walk := fmt.Sprintf("walk%d@home.example", r.IntN(3))
			f.accounts[walk], f.spelled[walk] = map[string]bool{"adkar": true}, walk
		}
		if gone := slices.Sorted(maps.Keys(f.accounts)); r.IntN(8) == 0 && len(gone) > 0 { // somebody tidies up there
			delete(f.accounts, gone[r.IntN(len(gone))])
		}
		w.clock.add(time.Hour)
		w.sweep()
		w.playVisit(f)
		w.clock.add(time.Hour)
		complete := r.IntN(3) > 0
		list := f.export()
		if !complete && len(list) > 0 {
			list = list[:r.IntN(len(list))]
		}
		file := w.exported(complete, list...)
		file.DespiteGuard = true
		report, err := w.ledger.TakeExport(w.Context(), w.ann, w.portal().ID, file)
		w.check(err)
		if complete {
			w.agrees(day, f, report)
		}
		w.sweep()
	}
	for walk := range f.accounts {
		if strings.HasPrefix(walk, "walk") && !f.accounts[walk]["adkar"] {
			w.Fatalf("the seat of %s was taken away", walk)
		}
	}
}

// playVisit carries what is due to the portal, all of it or some; what was left is carried with the next
// visit that asks for it.
func (w *world) playVisit(f *filePortal) {
	w.Helper()
	open, err := w.store.Look().OpenVisits(w.Context(), w.portal().ID)
	w.check(err)
	if changes := w.collect(); len(open) == 0 && len(changes) > 0 {
		_, batches, err := w.ledger.CommitVisit(w.Context(), w.lease, w.portal(), files(changes), false)
		w.check(err)
		for _, b := range batches {
			w.check(w.ledger.BatchWritten(w.Context(), b.ID))
		}
	}
	batches, err := w.store.Look().Batches(w.Context(), w.portal().ID)
	w.check(err)
	slices.Reverse(batches)
	for _, b := range batches {
		rows, err := w.store.Look().BatchRows(w.Context(), b.ID)
		w.check(err)
		for _, row := range rows {
			if row.State != usher.RowOpen || f.rand.IntN(5) == 0 {
				continue
			}
			if row.Action == "change" { // no list shows it: whoever did it says so
				w.check(w.ledger.ConfirmBatchRow(w.Context(), w.ann, b.Name, row.Row, true, ""))
				continue
			}
			a, err := w.store.Look().Account(w.Context(), row.Account)
			w.check(err)
			address := a.RemoteID
			if address == "" {
				address = row.Told.Address
			}
			f.carry(address, row)
		}
	}
}

// agrees compares seats with what the portal has: where they differ, a row is open or the account is due.
func (w *world) agrees(day int, f *filePortal, report ledger.ExportReport) {
	w.Helper()
	subs, err := w.store.Look().Subscriptions(w.Context())
	w.check(err)
	named := map[string]bool{}
	for _, d := range report.Drift {
		named[strings.ToLower(d.Address)] = true
	}
	for _, sub := range subs {
		seats, err := w.store.Look().LiveSeats(w.Context(), sub.ID)
		w.check(err)
		occupied := 0
		for _, s := range seats {
			if !s.State.Occupies() {
				continue
			}
			occupied++
			p, err := w.store.Look().Person(w.Context(), s.Person)
			w.check(err)
			there := f.accounts[p.Address][sub.Name]
			a, err := w.store.Look().AccountOf(w.Context(), sub.Portal, usher.AccountPerson, s.Person)
			if errors.Is(err, usher.ErrNotFound) {
				w.Fatalf("day %d: %s sits in %s without an account", day, p.Address, sub.Name)
			}
			w.check(err)
			if want := s.State == usher.Active || s.State == usher.Releasing; there != want && a.Confirmed >= a.Generation {
				w.Fatalf("day %d: %s is %s in %s, there %v, and nobody will mend it", day, p.Address, s.State, sub.Name, there)
			}
			if s.State == usher.Active && !there && !named[p.Address] {
				w.Fatalf("day %d: nobody says that %s is not in %s there: %+v", day, p.Address, sub.Name, report.Drift)
			}
		}
		if occupied > sub.Purchased || occupied != sub.Used {
			w.Fatalf("day %d: %d sit in %s, used %d of %d", day, occupied, sub.Name, sub.Used, sub.Purchased)
		}
	}
}
