package ledger

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
)

// change is one transaction on its way through the ledger: what it has learned and what
// is still to be done before it may commit.
type change struct {
	ctx    context.Context
	ledger *Ledger
	tx     *store.Tx
	policy *policy
	by     usher.Principal

	wishes   map[usher.ID][]wish     // by subscription
	touched  map[usher.ID]bool       // subscriptions to allocate although nobody's wish changed
	decided  map[usher.ID][]usher.ID // by subscription: people whom a human wants out, so that nothing is kept back for them
	accounts map[accountKey]bool     // accounts whose desired state must be computed again
	moved    map[usher.ID]bool       // people all of whose accounts must be
	turned   map[usher.ID]bool       // those of them who became active, or no longer are
	healing  map[usher.ID][]string   // by directory: names by which people may call their manager that mean somebody else now
	lost     []lostManager           // references that mean nobody
	told     map[usher.ID]bool       // portals to poke
	fresh    map[usher.ID]bool       // people made in this transaction
	due      bool                    // people or seats are due
	events   []usher.Event
	// regrouped are people whose teams changed.
	regrouped []usher.ID
	hosted    map[usher.ID]usher.Image // people who were guests or newcomers until a directory named them in this transaction
	begun     map[int64]bool           // by seq: changes of a plan that this transaction applies
	adopted   usher.ID                 // a person to whom a record was linked by address in this transaction
	keys      map[string]usher.ID      // accounts by portal and key that became somebody else's; nil: not read yet
	byName    bool                     // an admin saw by name who is seated now
}

type accountKey struct {
	portal  usher.ID
	kind    usher.AccountKind
	subject usher.ID
}

func newChange(ctx context.Context, l *Ledger, tx *store.Tx, p *policy, by usher.Principal) *change {
	return &change{
		ctx: ctx, ledger: l, tx: tx, policy: p, by: by,
		wishes: map[usher.ID][]wish{}, touched: map[usher.ID]bool{}, decided: map[usher.ID][]usher.ID{},
		accounts: map[accountKey]bool{}, moved: map[usher.ID]bool{}, turned: map[usher.ID]bool{}, healing: map[usher.ID][]string{}, told: map[usher.ID]bool{},
		fresh: map[usher.ID]bool{}, hosted: map[usher.ID]usher.Image{}, begun: map[int64]bool{},
	}
}

func (c *change) now() usher.Time { return c.tx.Now() }

// finish brings seats and accounts in line and writes the events. The order is that of
// the locks.
func (c *change) finish() error {
	if err := c.bringAbout(); err != nil {
		return err
	}
	return c.writeDown()
}

// bringAbout brings seats and accounts in line with what was learned.
func (c *change) bringAbout() error {
	if err := c.healManagers(); err != nil {
		return err
	}
	if err := c.tx.WriteLate(c.ctx); err != nil { // before the locks that others wait for
		return err
	}
	if err := c.settleSeats(); err != nil {
		return err
	}
	return c.refreshAccounts()
}

// writeDown writes the events, and has those poked after the commit who are to hear of it.
func (c *change) writeDown() error {
	if err := c.tx.InsertEvents(c.ctx, c.events); err != nil {
		return fmt.Errorf("events: %w", err)
	}
	c.tx.AfterCommit(func() { c.ledger.people.note(c.events, c.regrouped) })
	if c.due {
		c.tx.AfterCommit(c.ledger.onDue)
	}
	for portal := range c.told {
		c.tx.AfterCommit(func() { c.ledger.onPortal(portal) })
	}
	return nil
}

// record appends an event; who and when are the change's.
func (c *change) record(e usher.Event) {
	e.ID, e.At, e.Salt = c.tx.NewID(), c.now(), rand.Text()
	e.Actor = string(c.by.Kind) + " " + c.by.Name
	if e.Why == "" {
		e.Why = c.by.Reason
	}
	c.events = append(c.events, e)
}

// markDue has people computed again soon, in transactions of their own.
func (c *change) markDue(people []usher.ID, d store.DuePerson) error {
	if len(people) == 0 {
		return nil
	}
	c.due = true
	return c.tx.MarkDue(c.ctx, people, d)
}

// touch has an account's desired state computed again before the commit.
func (c *change) touch(portal usher.ID, kind usher.AccountKind, subject usher.ID) {
	c.accounts[accountKey{portal, kind, subject}] = true
}

// sorted are a map's keys in the order of locks.
func sorted[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// payload is v as the JSON of an event.
func payload(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte(`{}`) // only maps of plain values come here
	}
	return b
}
