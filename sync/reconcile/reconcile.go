// Package reconcile brings what portals hold in line with what the ledger wants.
//
// Four rules together make the end state right, whatever is late, lost or killed: one
// call at most is in flight for an account; no call has a deadline behind the end of the
// portal's lease; after an unknown outcome nothing is sent for a lease's length, and then
// the portal is read first; every portal is read as a whole from time to time. A call
// carries what is desired at its moment, so a change is only a hint that may get lost.
//
// No transaction is open while a portal is called or a file is written.
package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"

	"usher/connectors"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// Options are what an Engine works with. Durations of 0 mean the default in brackets.
type Options struct {
	Ledger *ledger.Ledger
	// Look gives single readings of the store as it is at the moment.
	Look func() Reads
	// Connectors are the ways to the portals, by the portal's name. Portals that are not
	// named are left alone.
	Connectors map[string]Connector
	// Owner names this process among all that share the store, also among past ones.
	Owner string
	// WriteFile makes a new file that is whole and durable once it can be seen; an
	// existing one is fs.ErrExist. Needed where a connector is a Whole.
	WriteFile func(path string, perm fs.FileMode, write func(io.Writer) error) error
	// Log is told what an operator should know of; nil is silence. Errors hold no secrets
	// and no personal data.
	Log func(portal, what string, err error)
	// Observer counts; nil is nobody.
	Observer Observer

	// LeaseLength is how long a portal's lease lasts without renewal [30 s]. A call takes
	// a third of it at most, and a quiet time lasts as long.
	LeaseLength time.Duration
	// Renew is the time between renewals, and between tries to get a lease [a third of
	// LeaseLength].
	Renew time.Duration
	// Poll is the time between looks at what is due [500 ms].
	Poll time.Duration
	// Grace is how long calls in flight are waited for at the end [a third of LeaseLength].
	Grace time.Duration
}

// Connector is the way to one portal: exactly one of Each and Whole, and how it is used.
type Connector struct {
	Each  connectors.Each
	Whole connectors.Whole

	// Workers is how many calls of Each may be in flight [8].
	Workers int
	// Batch is how many accounts one call of Each may be for [1]. More suit a portal that
	// takes files: what one of its calls comes to is then known for all of them together.
	Batch int
	// ObserveEvery is the time between full readings, where Each is a connectors.Reader
	// [24 h].
	ObserveEvery time.Duration

	// Folder is where the files of Whole are put; it is made when missing.
	Folder string
	// Outbox is where they are put instead of Folder; nil for there.
	Outbox Outbox
	// Gather is how long changes for Whole are waited for, so that those that belong
	// together come in one file [0]. Visit counts instead where it is not nil: it gives the
	// time of the portal's first visit after another time, and zero when none comes.
	Gather time.Duration
	Visit  func(after time.Time) time.Time
}

// Outbox is a place away from this machine to which files for a portal go.
type Outbox interface {
	// Put makes a file that is whole once it can be seen. One of that name with the same
	// content is the one that is wanted; with another it is fs.ErrExist and stays.
	Put(ctx context.Context, name string, content []byte) error
}

// Reads is what an Engine reads by itself. A *store.Tx is one.
type Reads interface {
	Now() usher.Time
	Setting(ctx context.Context, name string) (string, error)
	PortalNamed(ctx context.Context, name string) (usher.Portal, error)
	DueAccounts(ctx context.Context, portal usher.ID, limit int) ([]usher.Account, error)
	UrgentAccounts(ctx context.Context, portal usher.ID, limit int) ([]usher.Account, error)
	// SettledDueAccounts are those of the due ones of which no row is open.
	SettledDueAccounts(ctx context.Context, portal usher.ID, limit int) ([]usher.Account, error)
	// VisitsToCarry are the open visits of which something is still to be carried to the portal.
	VisitsToCarry(ctx context.Context, portal usher.ID) ([]usher.Visit, error)
	// AwaitedAt are the accounts of which a row is open, and whose they are.
	AwaitedAt(ctx context.Context, portal usher.ID) (map[usher.ID]usher.ID, error)
	UnwrittenBatches(ctx context.Context, portal usher.ID) ([]usher.Batch, error)
	Templates(ctx context.Context, portal usher.ID) ([]usher.Template, error)
	Subscriptions(ctx context.Context) ([]usher.Subscription, error)
	// TakenAt are, by subscription, the accounts that take a seat at the portal as far as is known.
	TakenAt(ctx context.Context, portal usher.ID) (map[usher.ID][]usher.ID, error)
	// HeldAccounts are the people that the portal was last seen to hold, by account.
	TeamsKeptAt(ctx context.Context, portal usher.ID) ([]string, error)
	HeldAccounts(ctx context.Context, portal usher.ID) (map[usher.ID]usher.Seen, error)
	// InvitedAt are the addresses of those whom an open row is to make, by account.
	InvitedAt(ctx context.Context, portal usher.ID) (map[usher.ID]string, error)
}

// Observer hears what happens, to count it. Its methods must not block.
type Observer interface {
	// Told: a portal was told of one account, or a batch was handed over for it.
	Told(portal string, result usher.OutcomeResult, took time.Duration)
	// Paused: a portal as a whole is left alone for so long.
	Paused(portal string, pause time.Duration)
	// Read: a full reading of a portal ended; err is nil when it was whole.
	Read(portal string, err error)
}

// Engine keeps the portals in line. Several processes on one store share the work.
type Engine struct {
	Options

	mu    sync.Mutex
	wakes map[usher.ID]chan struct{} // of the portals whose lease is ours
}

// New makes an engine, or says which option is wrong.
func New(o Options) (*Engine, error) {
	o.LeaseLength = cmp.Or(o.LeaseLength, 30*time.Second)
	o.Renew = cmp.Or(o.Renew, o.LeaseLength/3)
	o.Poll = cmp.Or(o.Poll, 500*time.Millisecond)
	o.Grace = cmp.Or(o.Grace, o.LeaseLength/3)
	if o.Log == nil {
		o.Log = func(string, string, error) {}
	}
	if o.Observer == nil {
		o.Observer = nobody{}
	}
	if o.Ledger == nil || o.Look == nil || o.Owner == "" {
		return nil, errors.New("reconcile: Ledger, Look and Owner are required")
	}
	for name, c := range o.Connectors {
		if (c.Each == nil) == (c.Whole == nil) {
			return nil, fmt.Errorf("reconcile: portal %s needs exactly one of Each and Whole", name)
		}
		if c.Whole != nil && c.Outbox == nil && (c.Folder == "" || o.WriteFile == nil) {
			return nil, fmt.Errorf("reconcile: portal %s takes files and needs Folder and WriteFile, or Outbox", name)
		}
	}
	return &Engine{Options: o, wakes: map[usher.ID]chan struct{}{}}, nil
}

// Run works until ctx is done, waits for the calls in flight, and gives the leases back.
// Its error says which could not be given back; they end by themselves, and one that did before is no error.
func (e *Engine) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	for name, c := range e.Connectors {
		wg.Go(func() {
			err := e.watch(ctx, name, c)
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Poke says that accounts of a portal are not in line. It never blocks, and is only a
// hint: without it they are found at the next look.
func (e *Engine) Poke(portal usher.ID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	wake(e.wakes[portal])
}

// wake makes whoever waits for c go on; nobody does for nil.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// watch works for one portal whenever its lease can be had.
func (e *Engine) watch(ctx context.Context, name string, c Connector) error {
	for {
		err := e.own(ctx, name, c)
		switch {
		case ctx.Err() != nil && errors.Is(err, errLost):
			return nil // there is nothing to give back
		case ctx.Err() != nil:
			return err
		}
		if err != nil {
			e.Log(name, "stopped, and will start again", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(e.Renew):
		}
	}
}

// own takes the portal's lease, and works until it is lost or ctx is done.
func (e *Engine) own(ctx context.Context, name string, c Connector) (err error) {
	portal, ok, err := e.open(ctx, name)
	var t *tenure
	if err == nil && ok {
		t, err = e.take(ctx, "portal/"+string(portal.ID))
	}
	switch {
	case ctx.Err() != nil && t == nil, errors.Is(err, usher.ErrBusy):
		return nil // the end, or another process works for the portal
	case err != nil || !ok:
		return err
	}
	o := newOwner(e, c, portal, t)
	e.enlist(portal.ID, o.wake)
	defer func() {
		e.enlist(portal.ID, nil)
		err = errors.Join(err, t.end())
	}()
	return o.run(ctx)
}

func (e *Engine) enlist(portal usher.ID, wake chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wakes[portal] = wake
}

// open says whether anything may be done at a portal: it is known and configured, and the
// store is not a restored one that nobody has resumed.
func (e *Engine) open(ctx context.Context, name string) (portal usher.Portal, ok bool, err error) {
	restored, err := e.Look().Setting(ctx, ledger.SettingRestored)
	if err != nil || restored != "" {
		return portal, false, err
	}
	portal, err = e.Look().PortalNamed(ctx, name)
	if errors.Is(err, usher.ErrNotFound) {
		return portal, false, nil
	}
	return portal, err == nil && portal.RetiredAt == 0, err
}

// nobody is the Observer that hears nothing.
type nobody struct{}

func (nobody) Told(string, usher.OutcomeResult, time.Duration) {}
func (nobody) Paused(string, time.Duration)                    {}
func (nobody) Read(string, error)                              {}
