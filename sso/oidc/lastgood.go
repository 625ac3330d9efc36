package oidc

import (
	"context"
	"sync/atomic"
	"time"

	"usher/internal/usher"
)

const (
	// cooldown is the least time between a healthy answer and the next request for the same document. Whoever sends
	// us tokens with keys that nobody has costs the provider one request in this time.
	cooldown = 10 * time.Second
	// maxBackoff is the longest that a provider which does not answer is left alone.
	maxBackoff = time.Minute
)

// lastGood keeps the last good copy of one document of the provider, and decides when it is asked for again. One
// caller fetches while the others wait for the outcome. A failure never takes away a copy that was good.
type lastGood[T any] struct {
	life    time.Duration // after which the document is asked for again
	fetch   func(context.Context, usher.Time) (T, error)
	turn    chan struct{} // holds one: whoever put it there has the fields below
	doubted atomic.Bool   // something suggests that the provider has changed it

	value     T
	version   int // counts healthy answers
	fetched   usher.Time
	notBefore usher.Time
	failures  int // since the last healthy answer
	err       error
}

func newLastGood[T any](life time.Duration, fetch func(context.Context, usher.Time) (T, error)) *lastGood[T] {
	return &lastGood[T]{life: life, fetch: fetch, turn: make(chan struct{}, 1)}
}

// newer returns a copy of a version above than, if it is here or may be fetched now, else the last good one. An error
// means that there never was one.
func (g *lastGood[T]) newer(ctx context.Context, now usher.Time, than int) (T, int, error) {
	var none T
	select {
	case g.turn <- struct{}{}:
	case <-ctx.Done():
		return none, 0, unavailable(CodeUnavailable, ctx.Err())
	}
	defer func() { <-g.turn }()
	if (g.version <= than || g.old(now)) && g.mayAsk(now) {
		g.ask(ctx, now)
	}
	if g.version == 0 {
		return none, 0, g.err
	}
	return g.value, g.version, nil
}

func (g *lastGood[T]) old(now usher.Time) bool {
	return g.doubted.Load() || now.Sub(g.fetched) >= g.life
}

// mayAsk says whether cooldown and back-off are over. A clock that was put back ends them.
func (g *lastGood[T]) mayAsk(now usher.Time) bool {
	left := g.notBefore.Sub(now)
	return left <= 0 || left > maxBackoff
}

// ask fetches, beyond the caller's own time: a browser that goes away must not count as a provider that is down.
func (g *lastGood[T]) ask(ctx context.Context, now usher.Time) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	value, err := g.fetch(ctx, now)
	if err != nil {
		g.err = err
		g.notBefore = now.Add(min(time.Second<<min(g.failures, 10), maxBackoff))
		g.failures++
		return
	}
	g.value, g.err, g.failures = value, nil, 0
	g.version++
	g.fetched, g.notBefore = now, now.Add(cooldown)
	g.doubted.Store(false)
}
