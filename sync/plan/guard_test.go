package plan_test

import (
	"testing"

	"pgregory.net/rapid"

	"usher/internal/usher"
	"usher/sync/plan"
)

func TestTrips(t *testing.T) {
	releases := usher.Limit{Min: 3, Percent: 10}
	for _, c := range []struct {
		name                string
		population, started int
		want                bool
	}{
		{"not armed: everybody of four", 4, 4, false},
		{"armed from five: as many as the minimum", 5, 3, false},
		{"armed from five: one more", 5, 4, true},
		{"below the minimum a percentage does not count", 20, 3, false},
		{"one more than the minimum", 20, 4, true},
		{"ten percent of 39 is 3", 39, 4, true},
		{"ten percent of 40 is 4", 40, 4, false},
		{"ten percent of 1,000", 1000, 100, false},
		{"and one more", 1000, 101, true},
		{"nothing started", 1000, 0, false},
	} {
		if got := plan.Trips(releases, 5, plan.Count{Population: c.population, Started: c.started}); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}

// More changes never release a guard that tripped; neither a wider limit nor, once armed, a larger population trips one
// that did not.
func TestTripsIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := func(name string, most int) int { return rapid.IntRange(0, most).Draw(t, name) }
		limit := usher.Limit{Min: number("min", 30), Percent: number("percent", 100)}
		wider := usher.Limit{Min: limit.Min + number("wider min", 5), Percent: limit.Percent + number("wider percent", 5)}
		armed, count := number("armed", 10), plan.Count{Population: number("population", 300), Started: number("started", 300)}
		more := plan.Count{Population: count.Population, Started: count.Started + number("more", 5)}
		trips := plan.Trips(limit, armed, count)
		switch {
		case trips && !plan.Trips(limit, armed, more):
			t.Fatalf("%+v trips, %+v does not", count, more)
		case !trips && plan.Trips(wider, armed, count):
			t.Fatalf("%+v does not trip, the wider %+v does", limit, wider)
		case !trips && count.Population >= armed && plan.Trips(limit, armed, plan.Count{Population: count.Population + 1, Started: count.Started}):
			t.Fatalf("%+v does not trip, but one person more does", count)
		}
	})
}
