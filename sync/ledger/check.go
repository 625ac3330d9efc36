package ledger

import (
	"context"
	"fmt"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

const (
	// maxUnsealed is how long an event may wait for its seal.
	maxUnsealed = time.Hour
	// maxStuck is how long an account may be not in line without a reason.
	maxStuck = 24 * time.Hour
	// maxUnvisited is that at portals which somebody visits: once a week at least, as the times of visits are told.
	maxUnvisited = 8 * 24 * time.Hour
	// checkPage is how many rows a check looks at in one go.
	checkPage = 500
)

// Finding is one thing in the store that must never be so.
type Finding struct {
	// Invariant is which promise is broken: I1 no oversell, I2 no double seat, I4 no half
	// change, I7 convergence, I17 every change recorded and the record whole.
	Invariant string `json:"invariant"`
	Subject   string `json:"subject"` // the noun and its name or id
	Detail    string `json:"detail"`
}

// Check looks for breaches of what must always be true, on one snapshot of a store that
// may be in use; it changes nothing. Of each kind it lists the first hundred. key is that
// of the seals.
func (l *Ledger) Check(ctx context.Context, key []byte) ([]Finding, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	var c *checker
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		c = &checker{ctx: ctx, tx: tx, key: key}
		for _, check := range []func() error{
			c.checkPools, c.checkDoubles, c.checkRecords, c.checkPeople, c.checkAccounts, c.checkHoldings, c.checkStuck, c.checkEvents, c.checkSeals,
		} {
			if err := check(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	return c.findings, nil
}

type checker struct {
	ctx      context.Context
	tx       *store.Tx
	key      []byte
	findings []Finding
	found    map[string]int // by kind
	lists    map[usher.ID]lists
}

// find notes a finding, unless there are enough of its kind.
func (c *checker) find(invariant, noun string, id any, detail string, args ...any) {
	if c.found == nil {
		c.found = map[string]int{}
	}
	kind := invariant + noun + detail
	if c.found[kind]++; c.found[kind] <= maxFindings {
		c.findings = append(c.findings, Finding{invariant, fmt.Sprintf("%s %v", noun, id), fmt.Sprintf(detail, args...)})
	}
}

// checkPools: I1, and the count on which it rests.
func (c *checker) checkPools() error {
	subs, err := c.tx.AllSubscriptions(c.ctx)
	if err != nil {
		return err
	}
	for _, s := range subs {
		occupied, err := c.tx.CountOccupied(c.ctx, s.ID)
		if err != nil {
			return err
		}
		if s.Used != occupied {
			c.find("I1", "subscription", s.Name, "%d seats are counted as used, and %d are occupied", s.Used, occupied)
		}
		if s.Used > s.Cap || occupied > s.Cap {
			c.find("I1", "subscription", s.Name, "%d seats are occupied, and there are %d", max(s.Used, occupied), s.Cap)
		}
		if s.Cap > max(s.Purchased, s.Used) {
			c.find("I1", "subscription", s.Name, "up to %d seats could be given, and %d were purchased", s.Cap, s.Purchased)
		}
	}
	return nil
}

// checkDoubles: I2.
func (c *checker) checkDoubles() error {
	seats, err := c.tx.DoubleSeats(c.ctx, maxFindings)
	if err != nil {
		return err
	}
	for _, d := range seats {
		c.find("I2", "person", d.Key, "has %d live seats in subscription %s", d.Rows, d.Scope)
	}
	identifiers, err := c.tx.DoubleIdentifiers(c.ctx, maxFindings)
	if err != nil {
		return err
	}
	for _, d := range identifiers {
		c.find("I2", "identifier", "in space "+d.Scope, "one key finds %d people", d.Rows)
	}
	return nil
}

// checkEvents: I17, that everything has its event.
func (c *checker) checkEvents() error {
	for noun, list := range map[string]func(context.Context, int) ([]usher.ID, error){
		"seat": c.tx.UnrecordedSeats, "record": c.tx.UnrecordedRecords, "person": c.tx.UnrecordedPeople,
	} {
		ids, err := list(c.ctx, maxFindings)
		if err != nil {
			return err
		}
		for _, id := range ids {
			c.find("I17", noun, id, "no event tells of it")
		}
	}
	return nil
}

// checkSeals: I17, that the events are whole.
func (c *checker) checkSeals() error {
	v := &verifier{ctx: c.ctx, tx: c.tx, key: c.key}
	if err := v.run(); err != nil {
		return err
	}
	for _, b := range v.report.Breaches {
		c.find("I17", "event", b.Event, "seal %d: %s", b.Number, b.Problem)
	}
	if oldest := v.report.OldestUnsealed; oldest != 0 && c.tx.Now().Sub(oldest) > maxUnsealed {
		c.find("I17", "events", "not sealed", "%d wait for a seal, since %s: no process seals events", v.report.Unsealed, oldest.RFC3339())
	}
	return nil
}
