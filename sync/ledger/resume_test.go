package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// roundsVariable sets how many backups are made under load on each engine.
const roundsVariable = "USHER_BACKUP_ROUNDS"

func rounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv(roundsVariable)
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q, want a number", roundsVariable, text)
	}
	return n
}

// restored is a world in the store that a backup was restored into.
func (w *world) restored(to store.Options, archive []byte) *world {
	w.Helper()
	to.Clock = w.clock.now
	w.check(ledger.Restore(w.Context(), to, w.ann, bytes.NewReader(archive)))
	r := &world{T: w.T, clock: w.clock, ann: w.ann, okta: w.okta}
	r.store = storetest.Open(w.T, to)
	r.ledger = ledger.New(r.store, ledger.Options{})
	return r
}

func (w *world) backup() []byte {
	w.Helper()
	var b bytes.Buffer
	w.check(w.store.Backup(w.Context(), &b))
	return b.Bytes()
}

// elsewhere is a new place on each engine.
func elsewhere(t *testing.T) map[string]store.Options {
	return map[string]store.Options{"sqlite": {Folder: t.TempDir()}, "postgres": {URL: storetest.Postgres(t)}}
}

// load pushes people and lets them leave until stop is called, which says how many.
func (w *world) load() (stop func() int) {
	ctx, cancel := context.WithCancel(w.Context())
	var group sync.WaitGroup
	pushed := make([]int, 4)
	for n := range pushed {
		group.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				r, err := w.ledger.CreateRecord(w.Context(), w.okta, user(fmt.Sprintf("load%d-%d", n, i)))
				if err == nil && i%3 == 0 {
					_, err = w.ledger.ChangeRecord(w.Context(), w.okta, r.ID, func(r usher.Record) (usher.Record, error) {
						a := r.Attributes
						a.Active = false
						return withAttributes(r, a), nil
					})
				}
				if err != nil {
					w.Error(err)
					return
				}
				pushed[n]++
			}
		})
	}
	return func() int {
		cancel()
		group.Wait()
		total := 0
		for _, n := range pushed {
			total += n
		}
		return total
	}
}

func TestBackupUnderLoadIsSound(t *testing.T) {
	for round := range rounds(t) {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.longer()
				w.sell(w.seats(20))
				stop := w.load()
				waitFor(t, "some load", func() bool { _, all, err := w.store.Look().CountPeople(t.Context()); return err == nil && all > 30 })
				archive := w.backup()
				_, after, err := w.store.Look().CountPeople(t.Context())
				w.check(err)
				if total := stop(); total == 0 {
					t.Fatal("nothing was written meanwhile")
				}
				for engine, to := range elsewhere(t) {
					r := w.restored(to, archive)
					r.sound()
					r.seal()
					r.sound()
					if _, all, err := r.store.Look().CountPeople(t.Context()); err != nil || all < 30 || all > after {
						t.Errorf("%s: %d people, %v; want 30 to %d", engine, all, err, after)
					}
				}
			})
		})
	}
}

// waitFor polls until what holds.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("no %s within 30 s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestResume(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(2))
		w.pushAll("ann", "bob")
		w.deliver()
		w.change(w.okta, w.push(user("cy")).ID, leaves)
		if at, restored, err := w.ledger.Restored(w.Context()); at != "" || restored || err != nil {
			w.Fatalf("never restored: %q, %v, %v", at, restored, err)
		}
		if err := w.ledger.Resume(w.Context(), w.ann); !errors.Is(err, usher.ErrStale) {
			w.Fatalf("resume without a restore: %v", err)
		}
		w.differences()
		ann := w.person(w.find("ann"))
		w.change(w.okta, w.find("ann").ID, func(a *usher.Attributes) { a.Title = "Lead" })

		r := w.restored(store.Options{Folder: w.TempDir()}, w.backup())
		if _, restored, err := r.ledger.Restored(w.Context()); !restored || err != nil {
			w.Fatalf("restored: %v, %v", restored, err)
		}
		r.differences("ann")
		account, err := r.store.Look().AccountsOf(w.Context(), ann.ID)
		w.check(err)
		if len(account) != 1 || account[0].Generation <= account[0].Confirmed {
			w.Errorf("accounts of ann: %+v", account)
		}
		r.check(r.ledger.Resume(w.Context(), w.ann))
		if _, restored, err := r.ledger.Restored(w.Context()); restored || err != nil {
			w.Errorf("resumed: %v, %v", restored, err)
		}
		for _, kind := range []usher.EventKind{usher.EventRestored, usher.EventResumed} {
			events, err := r.store.Look().Events(w.Context(), store.EventQuery{Kind: kind})
			if err != nil || len(events) != 1 || events[0].Actor != "operator ann" {
				w.Errorf("%s: %v, %v", kind, events, err)
			}
		}
	})
}

func (w *world) find(name string) usher.Record {
	w.Helper()
	r, err := w.store.Look().FindRecord(w.Context(), w.okta.Directory, name+"@example.com", "")
	w.check(err)
	return r
}

// differences compares the names of the accounts of people that are not in line.
func (w *world) differences(want ...string) {
	w.Helper()
	var got []string
	w.check(w.ledger.Differences(w.Context(), func(d ledger.Difference) error {
		if d.Portal != "learning" || !d.Active {
			w.Errorf("%+v", d)
		}
		if d.Kind == usher.AccountPerson {
			got = append(got, d.Name)
		}
		return nil
	}))
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.Errorf("not in line: %v, want %v", got, want)
	}
}

func TestDifferencesSayWhatThePortalShows(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		r := w.push(user("ann"))
		w.deliver()
		portal, err := w.store.Look().PortalNamed(w.Context(), "learning")
		w.check(err)
		a, err := w.store.Look().AccountOf(w.Context(), portal.ID, usher.AccountPerson, w.person(r).ID)
		w.check(err)
		w.check(w.ledger.Observe(w.Context(), w.lease, portal.ID, usher.AccountPerson, []usher.Seen{{RemoteID: a.RemoteID, Active: true, Department: "Marketing"}}))
		var all []ledger.Difference
		w.check(w.ledger.Differences(w.Context(), func(d ledger.Difference) error {
			all = append(all, d)
			return nil
		}))
		if len(all) != 1 || all[0].Name != "ann" || len(all[0].Differs) == 0 || all[0].SeenAt == 0 {
			w.Errorf("%+v", all)
		}
	})
}
