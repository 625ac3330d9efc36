package reconcile_test

import (
	"context"
	"sync/atomic"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/ledger"
	"usher/sync/reconcile"
)

// stepped is an engine that works only when the test lets it: one round at a time. A round
// begins with a look at a setting, and there it waits.
type stepped struct {
	turn, ended chan struct{}
	gone        chan struct{} // closed when it works no more
	told        atomic.Int64  // outcomes
	stop        func() error
}

// gated are Reads that wait for the test where a round begins.
type gated struct {
	reconcile.Reads

	look func() reconcile.Reads
	*stepped
}

// Setting is what a round asks for first.
func (g gated) Setting(ctx context.Context, name string) (string, error) {
	for _, c := range []chan struct{}{g.ended, g.turn} {
		select {
		case c <- struct{}{}:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	return g.look().Setting(ctx, name)
}

func (s *stepped) Told(string, usher.OutcomeResult, time.Duration) { s.told.Add(1) }
func (s *stepped) Paused(string, time.Duration)                    {}
func (s *stepped) Read(string, error)                              {}

// newStepped starts an engine that waits for its first turn. o says the rest of it.
func newStepped(ctx context.Context, l *ledger.Ledger, st *store.Store, c reconcile.Connector, o reconcile.Options) (*stepped, error) {
	s := &stepped{turn: make(chan struct{}), ended: make(chan struct{}), gone: make(chan struct{})}
	look := func() reconcile.Reads { return st.Look() }
	o.Ledger, o.Look, o.Connectors = l, func() reconcile.Reads { return gated{look(), look, s} }, map[string]reconcile.Connector{portalName: c}
	o.Observer, o.LeaseLength, o.Poll = s, 12*time.Hour, time.Millisecond
	e, err := reconcile.New(o)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	go func() { err = e.Run(ctx); close(s.gone) }()
	s.stop = func() error { cancel(); <-s.gone; return err }
	s.wait()
	return s, nil
}

// wait waits until a round has ended.
func (s *stepped) wait() {
	select {
	case <-s.ended:
	case <-s.gone:
	}
}

// step lets the engine play one round, and says whether it told anybody anything.
func (s *stepped) step() bool {
	before := s.told.Load()
	select {
	case <-s.turn:
	case <-s.gone:
	}
	s.wait()
	return s.told.Load() > before
}
