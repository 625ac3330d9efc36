package reconcile_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/table"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// crashesVariable raises how many processes die in TestBatchCrashes at each portal.
const crashesVariable = "USHER_BATCH_CRASHES"

// errDead is why nothing is done any more.
var errDead = errors.New("the process is dead")

// TestBatchCrashes lets the process die at steps drawn by lot between the rendering of a visit and its end:
// at each transaction and each id that one gives out, at bytes of each file, beside its place, in it and
// before it is noted there, when somebody says that it was carried and what became of its rows.
// Another process takes over. No change is lost and none asked for twice, every file is there with
// the bytes that were committed, and none is half there.
func TestBatchCrashes(t *testing.T) {
	deaths := 10
	if n, err := strconv.Atoi(os.Getenv(crashesVariable)); err == nil && n > 0 {
		deaths = n
	}
	kinds := slices.DeleteFunc(dayKinds(), func(k dayKind) bool { return k.name != "prosci hard" && k.name != "ascender" })
	for _, kind := range append(kinds, worklistKind()) {
		t.Run(kind.name, func(t *testing.T) {
			storetest.EachPlace(t, func(t *testing.T, place store.Options) {
				t.Parallel()
				c := newCompany(t, place, kind, 1)
				c.adopt()
				c.crashAll(deaths)
			})
		})
	}
}

// crashAll lets so many processes die, each at a step of its work that is drawn by lot.
func (c *company) crashAll(deaths int) {
	c.Helper()
	steps, died := 40, 0
	for c.day = 1; died < deaths && c.day <= 3*deaths && !c.Failed(); c.day++ {
		for range 2 {
			c.happens()
		}
		crashed, took := c.crash(1 + c.IntN(steps))
		if steps = max(40, took); crashed {
			died++
		}
		c.unscathed()
	}
	c.sound()
	c.Logf("%s: %d deaths, %s", c.kind.name, died, c.figures())
	if died < deaths {
		c.Errorf("%d deaths of %d", died, deaths)
	}
}

// crash lets things come to rest, in a process that dies at its step n, and says whether it did,
// and how many steps it took.
func (c *company) crash(n int) (crashed bool, steps int) {
	c.Helper()
	c.step = func(string) {
		if steps++; steps == n {
			c.die()
		}
	}
	for quiet := 0; quiet < 2; quiet++ {
		busy, dead := c.survives(c.calmDay)
		if dead {
			crashed = true
			c.restart()
		}
		if busy || dead {
			quiet = -1
		}
		if c.Failed() {
			return crashed, steps
		}
	}
	c.step = onward
	return crashed, steps
}

// survives does something, and says whether the process died of it.
func (c *company) survives(f func() bool) (busy, dead bool) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(died); !ok {
				panic(r)
			}
			dead = true
		}
	}()
	return f(), false
}

// restart has another process take over.
func (c *company) restart() {
	c.Helper()
	<-c.engine.gone
	c.step = onward
	c.mu.Lock()
	c.said = nil
	c.mu.Unlock()
	c.alive, c.die = context.WithCancel(c.TB.Context())
	c.ledger = ledger.New(c.store, ledger.Options{})
	c.pass(time.Hour) // the portal was left alone for a while
	c.start()
}

// writeFile is table.WriteFileAtomic, in a process that may die at some bytes and between its steps.
func (c *company) writeFile(path string, perm fs.FileMode, write func(io.Writer) error) error {
	beside := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".dead.tmp")
	dead := func(what, content string) bool {
		if c.step(what); c.alive.Err() == nil {
			return false
		}
		if content != "" {
			_ = os.WriteFile(beside, []byte(content), perm) // what a process leaves that dies while it writes
		}
		return true
	}
	var all strings.Builder
	if err := write(&all); err != nil {
		return err
	}
	content := all.String()
	for _, at := range []struct {
		what string
		part int
	}{{stepUnwritten, 0}, {stepBegun, 1}, {stepHalf, len(content) / 2}, {stepBeside, len(content)}} {
		if dead(at.what, content[:at.part]) {
			return errDead
		}
	}
	if err := table.WriteFileAtomic(path, perm, write); err != nil {
		return err
	}
	if dead(stepPlaced, "") {
		return errDead
	}
	return nil
}

// toldAgain says that a row was asked for once more as it should be: it is about details alone, somebody
// had said that it was done, and a whole reissue after it was written the lists still showed them
// otherwise. A death makes no such row: what it doubles is there at once, or gives or takes a seat.
func (c *company) toldAgain(first usher.BatchRow, in, again usher.Batch) bool {
	return len(first.Gives)+len(first.Takes) == 0 && first.State == usher.RowConfirmed && again.CreatedAt >= in.WrittenAt.Add(c.at.Profile.Reissue)
}

// unscathed wants each change to be asked for once, and the files to be those that were committed.
func (c *company) unscathed() {
	c.Helper()
	c.rested()
	batches, err := c.store.Look().Batches(c.Context(), c.at.ID)
	c.check(err)
	names := map[string]bool{}
	type ask struct {
		row usher.BatchRow
		in  usher.Batch
	}
	asked := map[string]ask{}
	for _, b := range slices.Backward(batches) { // oldest first
		names[b.Name] = true
		content, err := os.ReadFile(filepath.Join(c.folder, b.Name))
		if err != nil || sumOf(content) != b.SHA256 || b.WrittenAt == 0 || b.ClosedAt == 0 {
			c.Errorf("cycle %d: %s is not what was committed, or is open: %+v, %v", c.day, b.Name, b, err)
		}
		rows, err := c.store.Look().BatchRows(c.Context(), b.ID)
		c.check(err)
		for _, r := range rows {
			if r.State == usher.RowSuperseded || r.State == usher.RowUnconfirmed || r.State == usher.RowRefused {
				continue
			}
			what := string(r.Account) + " " + r.Action + " " + r.Text + " " + string(rune(r.Generation))
			if first, twice := asked[what]; twice && !c.toldAgain(first.row, first.in, b) {
				c.Errorf("cycle %d: %s asks again for %s, which was %s", c.day, b.Name, r.Text, first.row.State)
			}
			asked[what] = ask{r, b}
		}
	}
	entries, err := os.ReadDir(c.folder)
	c.check(err)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !names[e.Name()] {
			c.Errorf("cycle %d: nobody committed %s", c.day, e.Name())
		}
	}
}
