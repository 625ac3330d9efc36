package reconcile_test

import (
	"slices"
	"strings"
	"testing"

	"usher/connectors"
	"usher/connectors/ascender"
	"usher/internal/store"
	"usher/internal/usher"
)

// TestDaysFindPlantedBreaches: each sort of breach that the days look for is found within 100 days where
// somebody plants it.
func TestDaysFindPlantedBreaches(t *testing.T) {
	for name, breach := range map[string]struct {
		plant func(*planted)
		says  string
	}{
		"one seat more is counted than was bought": {func(p *planted) { p.fewer = 1 }, "asks for seats that there are not"},
		"a seat counts as confirmed that no list shows": {func(p *planted) {
			p.reads = func(s usher.Seen) (usher.Seen, bool) {
				if !s.Active {
					s.Active, s.Status, s.Subscriptions, s.Kept = true, "Active", []string{"method", "seats"}, nil
				}
				return s, true
			}
		}, "usher counts"},
		"a reader loses somebody": {func(p *planted) {
			p.reads = func(s usher.Seen) (usher.Seen, bool) { return s, !strings.HasPrefix(s.RemoteID, "ann.") }
		}, "and there are"},
		"whoever has another address is invited again": {func(p *planted) {
			p.tells = func(c *usher.AccountChange) {
				if c.Desired.Active && !strings.EqualFold(c.RemoteID, c.Desired.Address) {
					c.RemoteID, c.Seen = "", nil
				}
			}
		}, "was invited twice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			heard := &deaf{TB: t}
			kind := dayKinds()[2]
			open := kind.open
			kind.open = func(c *company) dayPortal {
				p := &planted{}
				breach.plant(p)
				bought := c.kind.subs
				c.kind.subs = slices.Clone(bought)
				c.kind.subs[0].Seats -= p.fewer
				p.dayPortal = open(c)
				c.kind.subs = bought
				return p
			}
			c := newCompany(heard, store.Options{Folder: t.TempDir()}, kind, 1)
			func() {
				defer func() {
					if problem := recover(); problem != nil && problem != (fatal{}) {
						panic(problem)
					}
				}()
				c.play(100)
			}()
			if !strings.Contains(heard.said.String(), breach.says) {
				t.Errorf("in %d days nobody said %q, only:\n%s", c.day, breach.says, heard.said.String())
			}
			t.Logf("found on day %d", c.day)
		})
	}
}

// planted is an Ascender about which usher is misled.
type planted struct {
	dayPortal

	fewer int // seats that the portal has not, and usher thinks it has
	reads func(usher.Seen) (usher.Seen, bool)
	tells func(*usher.AccountChange)
}

func (p *planted) connector() connectors.Whole {
	return misled{p.dayPortal.connector().(*ascender.Ascender), p}
}

// misled is the connector of a planted breach.
type misled struct {
	*ascender.Ascender

	by *planted
}

func (m misled) ReadExport(export []byte, each func(usher.Seen) error) ([]usher.Finding, error) {
	return m.Ascender.ReadExport(export, func(s usher.Seen) error {
		if m.by.reads != nil {
			var there bool
			if s, there = m.by.reads(s); !there {
				return nil
			}
		}
		return each(s)
	})
}

func (m misled) Render(h connectors.Handover) ([]connectors.File, []usher.Outcome, error) {
	h.Changes = slices.Clone(h.Changes)
	for i := range h.Changes {
		if m.by.tells != nil {
			m.by.tells(&h.Changes[i])
		}
	}
	return m.Ascender.Render(h)
}
