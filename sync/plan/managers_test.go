package plan_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"usher/internal/usher"
	"usher/sync/plan"
)

// line is who reports to whom.
type line map[usher.ID]usher.ID

func (l line) managerOf(p usher.ID) usher.ID { return l[p] }

func TestManagers(t *testing.T) {
	//	a -> b -> c        d <-> e <- f        g -> g
	l := line{"a": "b", "b": "c", "d": "e", "e": "d", "f": "e", "g": "g"}
	for _, c := range []struct {
		start usher.ID
		cycle []usher.ID
		chain []usher.ID
	}{
		{"a", nil, []usher.ID{"b", "c"}},
		{"c", nil, nil},
		{"d", []usher.ID{"d", "e"}, []usher.ID{"e"}},
		{"e", []usher.ID{"e", "d"}, []usher.ID{"d"}},
		{"f", nil, []usher.ID{"e", "d"}}, // the cycle is above, and not f's
		{"g", []usher.ID{"g"}, nil},
		{"unknown", nil, nil},
	} {
		if got := plan.Cycle(c.start, l.managerOf); !slices.Equal(got, c.cycle) {
			t.Errorf("cycle of %s: got %v, want %v", c.start, got, c.cycle)
		}
		if got := plan.Chain(c.start, l.managerOf, 10); !slices.Equal(got, c.chain) {
			t.Errorf("chain of %s: got %v, want %v", c.start, got, c.chain)
		}
	}
	if got := plan.Chain("a", l.managerOf, 1); !slices.Equal(got, []usher.ID{"b"}) {
		t.Errorf("limited chain: got %v", got)
	}
	if got := plan.Chain("a", l.managerOf, 0); got != nil {
		t.Errorf("chain of none: got %v", got)
	}
}

// Any graph: both end, a cycle really is one, and every member of it finds the same.
func TestCycleInAnyGraph(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := line{}
		n := rapid.IntRange(1, 8).Draw(t, "people")
		for i := range n {
			if to := rapid.IntRange(-1, n-1).Draw(t, "manager"); to >= 0 {
				l[usher.ID(fmt.Sprint(i))] = usher.ID(fmt.Sprint(to))
			}
		}
		for i := range n {
			start := usher.ID(fmt.Sprint(i))
			chain := plan.Chain(start, l.managerOf, 100)
			if len(chain) > n || slices.Contains(chain, start) {
				t.Fatalf("chain of %s: %v", start, chain)
			}
			cycle := plan.Cycle(start, l.managerOf)
			last := start
			for range n {
				last = l[last]
				if last == start {
					break
				}
			}
			if (cycle != nil) != (last == start) {
				t.Fatalf("cycle of %s in %v: %v", start, l, cycle)
			}
			for k, member := range cycle {
				if l[member] != cycle[(k+1)%len(cycle)] || len(plan.Cycle(member, l.managerOf)) != len(cycle) {
					t.Fatalf("%v is no cycle of %v", cycle, l)
				}
			}
		}
	})
}
