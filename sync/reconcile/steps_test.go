package reconcile_test

import (
	"context"
	"sync/atomic"
	"time"

	"usher/internal/store"
	"usher/internal/table"
	"usher/internal/usher"
	"usher/sync/ledger"
	"usher/sync/reconcile"
)

// stepped is an engine that works only when the test lets it: one round at a time. A round
// begins with a look at a setting, and there it waits.
type stepped struct {
	turn, ended chan struct{}
	told        atomic.Int64 // outcomes
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

// newStepped starts an engine that waits for its first turn.
func newStepped(ctx context.Context, l *ledger.Ledger, st *store.Store, c reconcile.Connector, log func(portal, what string, err error)) (*stepped, error) {
	s := &stepped{turn: make(chan struct{}), ended: make(chan struct{})}
	look := func() reconcile.Reads { return st.Look() }
	e, err := reconcile.New(reconcile.Options{
		Ledger: l, Look: func() reconcile.Reads { return gated{look(), look, s} },
		Connectors: map[string]reconcile.Connector{portalName: c}, Owner: "test", LeaseLength: 12 * time.Hour,
		Poll: time.Millisecond, WriteFile: table.WriteFileAtomic, Log: log, Observer: s,
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	s.stop = func() error { cancel(); return <-done }
	<-s.ended
	return s, nil
}

// step lets the engine play one round, and says whether it told anybody anything.
func (s *stepped) step() bool {
	before := s.told.Load()
	<-s.turn
	<-s.ended
	return s.told.Load() > before
}
