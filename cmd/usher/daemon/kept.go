package daemon

import (
	"context"
	"sync"
	"time"
)

const (
	// quick is how long a reading may take to be made for each who asks.
	quick = 25 * time.Millisecond
	// keptFor is how many times as long as a slower one took it is kept: what is slow is read for at most a hundredth of the time,
	// however many ask.
	keptFor = 100
	// keptAtMost is how many times as long as it took a reading is shown at most, while it is read anew.
	keptAtMost = 2 * keptFor
	// readAtMost is how long a reading may take.
	readAtMost = time.Minute
)

// kept is a reading of everybody that is kept for a while, and read anew beside where somebody asks after that. Who asks for the first
// time, or after long, waits for it.
type kept[T any] struct {
	read   func(context.Context) (T, error)
	now    func() time.Time
	failed func(error) // hears why there is no reading beside

	reading chan struct{} // full while somebody reads: others wait for the same
	mu      sync.Mutex
	last    readOnce[T]
	busy    bool // it is read anew beside
}

// readOnce is what was read once. Its zero value is none.
type readOnce[T any] struct {
	value T
	at    time.Time     // when it was begun
	took  time.Duration // 0: too quick to be kept
}

// newKept keeps what read gives, by the clock now.
func newKept[T any](now func() time.Time, failed func(error), read func(context.Context) (T, error)) *kept[T] {
	return &kept[T]{read: read, now: now, failed: failed, reading: make(chan struct{}, 1)}
}

// get is the reading, or why there is none. That somebody who asked has gone stops nobody else's.
func (k *kept[T]) get(ctx context.Context) (T, error) {
	last, age := k.known()
	if last.took == 0 || age >= keptAtMost*last.took {
		return k.readNow(ctx)
	}
	if age >= keptFor*last.took {
		k.readBeside(ctx)
	}
	return last.value, nil
}

// known is the last reading and its age.
func (k *kept[T]) known() (readOnce[T], time.Duration) {
	now := k.now()
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.last, now.Sub(k.last.at)
}

// readNow reads, unless somebody else did while this one waited for them.
func (k *kept[T]) readNow(ctx context.Context) (T, error) {
	select {
	case k.reading <- struct{}{}:
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
	defer func() { <-k.reading }()
	if last, age := k.known(); age < keptFor*last.took {
		return last.value, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readAtMost)
	defer cancel()
	began := k.now()
	value, err := k.read(ctx)
	if err != nil {
		return value, err
	}
	next := readOnce[T]{value: value, at: began, took: k.now().Sub(began)}
	if next.took <= quick {
		next = readOnce[T]{}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last = next
	return value, nil
}

// readBeside reads anew while the last reading is shown, unless somebody does already.
func (k *kept[T]) readBeside(ctx context.Context) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.busy {
		return
	}
	k.busy = true
	go func() {
		if _, err := k.readNow(context.WithoutCancel(ctx)); err != nil {
			k.failed(err)
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		k.busy = false
	}()
}

// readFailed logs why something is not read anew.
func (d *Daemon) readFailed(what string) func(error) {
	return func(err error) {
		d.log.Warn().Err(err).Msgf("the %s cannot be read anew, and is shown as it was", what)
	}
}
