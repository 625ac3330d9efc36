package reconcile_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"usher/internal/store"
	"usher/internal/store/storetest"
)

// What a process is about to do when it dies: of the store, and of a file. That something was
// committed and nobody heard of it is the step that comes next.
const (
	stepLook      = "looks"
	stepID        = "gives ids"
	stepUnwritten = "before the file"
	stepBegun     = "at the first byte of the file"
	stepHalf      = "in the middle of the file"
	stepBeside    = "with the whole file beside its place"
	stepPlaced    = "with the file in its place"
)

// onward is how a process lives that does not die.
func onward(string) {}

// lifeOfABatch are steps that a batch goes through at every portal; taken are those where the
// portal gives out a list.
var (
	lifeOfABatch = []string{
		"TakeLease begins", "Sweep begins", "due reads", "Collect reads", "handover reads", "CommitVisit begins", "CommitVisit gives id 1", "CommitVisit gives id 2",
		"writeFiles reads", "place " + stepUnwritten, "place " + stepBegun, "place " + stepHalf, "place " + stepBeside, "place " + stepPlaced,
		"BatchWritten begins", "CarryVisit begins", "CarryVisit gives id 1", "ConfirmBatchRow begins", "ConfirmBatchRow gives id 1",
	}
	taken = []string{"TakeExport begins", "TakeExport gives id 1", "TakeExport gives id 2", "TakeExport reads"}
)

// TestBatchCrashesAtEveryStep walks through the life of batches, at each portal that takes files:
// at each step that no process has died at yet, one dies. Another takes over, and the same is asked
// as in TestBatchCrashes. On PostgreSQL every portal has its turn where the campaign is asked for.
func TestBatchCrashesAtEveryStep(t *testing.T) {
	whole := os.Getenv(crashesVariable) != ""
	for _, kind := range append(dayKinds(), worklistKind()) {
		t.Run(kind.name, func(t *testing.T) {
			storetest.EachPlace(t, func(t *testing.T, place store.Options) {
				if !whole && place.URL != "" && kind.name != "prosci hard" {
					return
				}
				t.Parallel()
				c := newCompany(t, place, kind, 1)
				c.adopt()
				c.walk()
			})
		})
	}
}

// walk lets processes die until none takes a step that is new, for some days.
func (c *company) walk() {
	c.Helper()
	const most, quiet = 60, 4
	steps, deaths := map[string]bool{}, 0
	for still := 0; c.day < most && !c.Failed() && (still < quiet || len(c.missed(steps)) > 0); still++ {
		c.day++
		for range 2 {
			c.happens()
		}
		if died := c.dieAnew(steps); died > 0 {
			still, deaths = -1, deaths+died
		}
		c.unscathed()
	}
	c.sound()
	c.Logf("%s: %d deaths, each at a step of its own, %s", c.kind.name, deaths, c.figures())
	c.Logf("%q", slices.Sorted(maps.Keys(steps)))
	if missed := c.missed(steps); len(missed) > 0 {
		c.Errorf("nobody died at %q", missed)
	}
}

// missed are steps of a batch that nobody died at.
func (c *company) missed(steps map[string]bool) (list []string) {
	want := lifeOfABatch
	if c.reader != nil {
		want = slices.Concat(want, taken)
	}
	for _, name := range want {
		if !steps[name] {
			list = append(list, name)
		}
	}
	return list
}

// dieAnew lets things come to rest. At each step that is not among those, the process dies, and the
// step is one of them.
func (c *company) dieAnew(steps map[string]bool) (deaths int) {
	c.Helper()
	for quiet := 0; quiet < 2 && !c.Failed(); quiet++ {
		ids := 0
		c.step = func(what string) {
			if what == stepID {
				ids++
			} else {
				ids = 0
			}
			if name := stepNamed(what, ids); !steps[name] && c.alive.Err() == nil {
				steps[name] = true
				c.die()
			}
		}
		busy, dead := c.survives(c.calmDay)
		if dead {
			deaths++
			c.restart()
		}
		if busy || dead {
			quiet = -1
		}
	}
	c.step = onward
	return deaths
}

// manyIDs is how many ids of one transaction are told apart.
const manyIDs = 3

// stepNamed says who is about to do what.
func stepNamed(what string, ids int) string {
	at := storetest.StepOf()
	switch {
	case what == stepID:
		what = fmt.Sprintf("gives id %d", min(ids, manyIDs))
	case what == stepLook && at.Writes:
		what = "begins"
	case what == stepLook:
		what = "reads"
	}
	return cmp.Or(at.Who, "test") + " " + what
}

// TestCrashesFindPlantedBreaches: a file that is not what was committed, and one that nobody
// committed, are found; so is a row that is asked for twice.
func TestCrashesFindPlantedBreaches(t *testing.T) {
	place := store.Options{Folder: t.TempDir()}
	c := newCompany(t, place, worklistKind(), 1)
	c.adopt()
	c.calmDay()
	c.calmDay()
	c.unscathed()
	if t.Failed() {
		return
	}
	batches, err := c.store.Look().Batches(c.Context(), c.at.ID)
	c.check(err)
	heard := &deaf{TB: t}
	c.TB = heard
	for i, breach := range []func(){
		func() { c.check(os.WriteFile(filepath.Join(c.folder, "stray.csv"), nil, 0o600)) },
		func() { c.check(os.WriteFile(filepath.Join(c.folder, batches[0].Name), nil, 0o600)) },
		func() {
			storetest.Exec(t, place, `insert into batch_row (batch_id, row_number, account_id, generation, action, text, told, gives, takes, state, note, settled_at, settled_by)
				select batch_id, 1000, account_id, generation, action, text, told, gives, takes, state, note, settled_at, settled_by from batch_row where row_number = 1`)
		},
	} {
		heard.errors = 0
		breach()
		c.unscathed()
		if heard.errors <= i {
			t.Errorf("breach %d was not found", i)
		}
	}
}
