package daemon

import (
	"context"
	"sync"
	"time"
)

// uses is when the use of each token was last noted. Only what was noted counts: a request that comes while another
// notes it waits for that, because until then a file may stand in for their directory. The others, nearly all, pass.
type uses struct {
	mu     sync.Mutex
	noted  map[string]time.Time
	noting map[string]*noting
}

// noting is that a request notes the use of a token.
type noting struct {
	done chan struct{}
	cut  bool // the request itself ended before, so nothing is known; to be read after done
}

// note calls write unless it was done less than touchEvery ago. Whoever waited for another one that failed is let
// through without an error, which that one has.
func (u *uses) note(ctx context.Context, token string, now time.Time, write func(context.Context) error) error {
	for {
		n, mine := u.begin(token, now)
		switch {
		case n == nil:
			return nil
		case mine:
			return u.write(ctx, token, now, n, write)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-n.done:
			if !n.cut {
				return nil
			}
		}
	}
}

// begin is what is under way, which may be the caller's to do from here on; nil when nothing is to be done.
func (u *uses) begin(token string, now time.Time) (n *noting, mine bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if n := u.noting[token]; n != nil {
		return n, false
	}
	if last, known := u.noted[token]; known && now.Sub(last) < touchEvery {
		return nil, false
	}
	if u.noting == nil {
		u.noted, u.noting = map[string]time.Time{}, map[string]*noting{}
	}
	n = &noting{done: make(chan struct{}), cut: true}
	u.noting[token] = n
	return n, true
}

func (u *uses) write(ctx context.Context, token string, now time.Time, n *noting, write func(context.Context) error) error {
	noted := false
	defer func() { u.end(token, now, n, noted) }() // also when write panics: nobody may wait for ever
	err := write(ctx)
	noted, n.cut = err == nil, err != nil && ctx.Err() != nil
	return err
}

// end lets go who waits. What could not be noted is for the next request to note: a directory may be taken to be silent.
func (u *uses) end(token string, now time.Time, n *noting, noted bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if noted {
		u.noted[token] = now
	}
	delete(u.noting, token)
	close(n.done)
}
