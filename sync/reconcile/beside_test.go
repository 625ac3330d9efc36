package reconcile_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"usher/connectors/scimout"
	"usher/internal/usher"
)

// clocked is the way to a portal, and knows when somebody came to be active there, or not.
type clocked struct {
	*scimout.Connector

	mu  sync.Mutex
	at  map[string]time.Time
	any chan struct{} // closed at the next
}

func clock(t testing.TB, url string) *clocked {
	return &clocked{Connector: scimConnector(t, url).Each.(*scimout.Connector), at: map[string]time.Time{}, any: make(chan struct{})}
}

// Deliver implements connectors.Each.
func (c *clocked) Deliver(ctx context.Context, changes []usher.AccountChange) ([]usher.Outcome, error) {
	outcomes, err := c.Connector.Deliver(ctx, changes)
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, o := range outcomes {
		if o.Result == usher.Done {
			c.at[moment(usher.ID(changes[i].Desired.Key), changes[i].Desired.Active)] = time.Now()
		}
	}
	close(c.any)
	c.any = make(chan struct{})
	return outcomes, err
}

func moment(person usher.ID, active bool) string { return fmt.Sprint(person, active) }

// done is when somebody was made active at the portal, or no longer was; it waits for that.
func (c *clocked) done(t testing.TB, person usher.ID, active bool) time.Time {
	t.Helper()
	for limit := time.After(time.Minute); ; {
		c.mu.Lock()
		at, there := c.at[moment(person, active)]
		any := c.any
		c.mu.Unlock()
		if there {
			return at
		}
		select {
		case <-any:
		case <-limit:
			t.Fatal("the other portal was not told within a minute")
		}
	}
}

// beside is how long it took until a portal was told of each change: while its neighbour was well,
// in the turns with an even number and in the others, and while it was sick.
type beside struct {
	well [2][]time.Duration
	sick []time.Duration
}

// within is the time in which so many of a hundred were told.
func within(percent int, lists ...[]time.Duration) time.Duration {
	all := slices.Sorted(slices.Values(slices.Concat(lists...)))
	return all[min(len(all)*percent/100, len(all)-1)]
}

// slower is how many times as long it took beside a sick neighbour as beside a well one.
func (b beside) slower(percent int) float64 {
	return within(percent, b.sick).Seconds() / within(percent, b.well[:]...).Seconds()
}

// spread is by how much two halves differ between which nothing differs, in times from 1 on.
func (b beside) spread(percent int) float64 {
	r := within(percent, b.well[0]).Seconds() / within(percent, b.well[1]).Seconds()
	return max(r, 1/r)
}

func (b beside) String() string {
	return fmt.Sprintf("half within %.1f ms beside a sick one, %.1f beside a well one (%.2f times; well against well %.2f), 99 of 100 within %.1f and %.1f (%.2f; %.2f), %d and %d changes",
		milli(within(50, b.sick)), milli(within(50, b.well[:]...)), b.slower(50), b.spread(50),
		milli(within(99, b.sick)), milli(within(99, b.well[:]...)), b.slower(99), b.spread(99), len(b.sick), len(b.well[0])+len(b.well[1]))
}

func milli(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// times are those of all runs.
type times struct {
	mu   sync.Mutex
	runs []beside
}

func (s *times) add(b beside) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs = append(s.runs, b)
}

// unchanged is by how much the half of all changes may take longer, in the run in the middle.
const unchanged = 1.1

// judge wants the well portal to be told as soon beside a sick neighbour as beside a well one. In the
// run in the middle, half of the changes may take a tenth longer, and for the slowest of a hundred
// it may differ by no more than it does between turns in which the neighbour was well, in nine of
// ten runs. Runs of a few people, several at a time, disturb each other too much for that: there
// only what is twice as slow is found.
func (s *times) judge(t testing.TB, whole bool) {
	t.Helper()
	if len(s.runs) == 0 {
		return // none was asked for
	}
	var half, tail, halves, tails []float64
	for _, b := range s.runs {
		half, tail = append(half, b.slower(50)), append(tail, b.slower(99))
		halves, tails = append(halves, b.spread(50)), append(tails, b.spread(99))
	}
	for _, list := range [][]float64{half, tail, halves, tails} {
		slices.Sort(list)
	}
	middle, ninth := len(s.runs)/2, len(s.runs)*9/10
	t.Logf("%d runs: beside a sick portal half of the changes took %.2f times as long as beside a well one (%.2f to %.2f; well against well up to %.2f in nine of ten runs), the slowest of a hundred %.2f times (%.2f to %.2f; up to %.2f)",
		len(s.runs), half[middle], half[0], half[len(half)-1], halves[ninth], tail[middle], tail[0], tail[len(tail)-1], tails[ninth])
	limit := 2.0
	if whole {
		limit = unchanged
	}
	if half[middle] > limit {
		t.Errorf("portals had to wait for sick ones: half of the changes took more than %.1f times as long", limit)
	}
	if whole && tail[middle] > tails[ninth] {
		t.Error("some changes had to wait for sick portals longer than for well ones")
	}
}

// TestTimesFindAPortalThatHasToWait: half of the changes, or a few, that wait for a sick neighbour
// are found, and that turns differ is not.
func TestTimesFindAPortalThatHasToWait(t *testing.T) {
	const fast, slow = 10 * time.Millisecond, 15 * time.Millisecond
	calls := func(usual, slowest time.Duration) []time.Duration {
		return append(slices.Repeat([]time.Duration{usual}, 97), slices.Repeat([]time.Duration{slowest}, 3)...)
	}
	even := [2][]time.Duration{calls(fast, 10*fast), calls(fast, 12*fast)}
	for name, c := range map[string]struct {
		sick  []time.Duration
		wrong int
	}{
		"as beside a well one":      {calls(fast, 11*fast), 0},
		"half of them are slower":   {calls(slow, 11*fast), 1},
		"the slowest are slower":    {calls(fast, 20*fast), 1},
		"all of them are slower":    {calls(slow, 20*fast), 2},
		"it is faster, as if alone": {calls(fast/2, 5*fast), 0},
	} {
		heard, all := &deaf{TB: t}, &times{}
		for range 10 {
			all.add(beside{even, c.sick})
		}
		if all.judge(heard, true); heard.errors != c.wrong {
			t.Errorf("%s: %d complaints", name, heard.errors)
		}
	}
}
