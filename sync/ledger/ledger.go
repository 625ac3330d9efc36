// Package ledger is the one writer of people, records, seats, accounts, plans and
// events. Whatever the source, a change takes one road: observe the record, find and
// merge the person, compute what each rule wishes, give or take seats under the
// subscription's lock, mark the accounts, write the events; all in one transaction.
//
// Invariants: a seat is written only while its subscription is locked; locks are taken
// in the order join links, records, persons, subscriptions, directories, accounts, visits, each by id;
// no file or network is touched inside a transaction.
package ledger

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

// Ledger writes. It is safe for concurrent use, also by several processes on one
// PostgreSQL.
type Ledger struct {
	store       *store.Store
	onDue       func()
	onPortal    func(usher.ID)
	onStandIn   func(StandInChange)
	onOwnerLeft func()
	indexes     planIndexes
	planned     atomic.Pointer[plannedSeats] // of the plan whose seats were looked at last
	people      *peopleIndex
	behind      behindCounts

	mu      sync.Mutex
	policy  *policy       // the newest that was compiled
	running map[int64]int // how often this process is at the run of a plan, by its number
	termsAt usher.Time    // when this process looks at the ends of terms again

	showFor   time.Duration // how long a forecast that took its time is shown again
	foresight foresight
}

// Options are who wants to hear, after a commit, of work to be done. Each may be nil and
// must not block.
type Options struct {
	// OnDue hears that people or seats are due: call Sweep soon.
	OnDue func()
	// OnPortal hears that accounts of a portal are not in line.
	OnPortal func(portal usher.ID)
	// OnStandIn hears, once in all processes, that a directory begins or ends to stand in.
	OnStandIn func(StandInChange)
	// OnOwnerLeft hears that somebody has left who was an owner, or whom the configuration gives roles.
	OnOwnerLeft func()
	// ShowForecast is how long a forecast that took its time to make is shown again before it is made anew; zero: each is made anew.
	ShowForecast time.Duration
}

// New makes the ledger of a store.
func New(s *store.Store, o Options) *Ledger {
	l := &Ledger{store: s, onDue: o.OnDue, onPortal: o.OnPortal, onStandIn: o.OnStandIn, onOwnerLeft: o.OnOwnerLeft, people: newPeopleIndex(s), showFor: o.ShowForecast, running: map[int64]int{}}
	if l.onDue == nil {
		l.onDue = func() {}
	}
	if l.onPortal == nil {
		l.onPortal = func(usher.ID) {}
	}
	if l.onStandIn == nil {
		l.onStandIn = func(StandInChange) {}
	}
	if l.onOwnerLeft == nil {
		l.onOwnerLeft = func() {}
	}
	return l
}

// write runs f in one transaction and then does what f's changes call for.
func (l *Ledger) write(ctx context.Context, by usher.Principal, f func(*change) error) error {
	return l.store.Write(ctx, func(tx *store.Tx) error {
		p, err := l.policyFor(ctx, tx)
		if err != nil {
			return err
		}
		c := newChange(ctx, l, tx, p, by)
		if err := f(c); err != nil {
			return err
		}
		return c.finish()
	})
}
