package daemon

import (
	"context"
	"sync"
	"time"
)

// keptFor is how many times as long as a reading took it is kept, where it took longer than quick: what is quick is always fresh, and what is
// slow is read for at most a hundredth of the time, however many ask.
const (
	keptFor = 100
	quick   = 100 * time.Millisecond
)

// kept is a reading of everybody that is kept for a while. While it is read anew, whoever asks waits for it.
type kept[T any] struct {
	read func(context.Context) (T, error)
	now  func() time.Time

	mu    sync.Mutex
	value T
	until time.Time
}

func newKept[T any](now func() time.Time, read func(context.Context) (T, error)) *kept[T] {
	return &kept[T]{read: read, now: now}
}

// get is the reading, or why there is none. That somebody who asked has gone stops nobody else's.
func (k *kept[T]) get(ctx context.Context) (T, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	began := k.now()
	if began.Before(k.until) {
		return k.value, nil
	}
	value, err := k.read(context.WithoutCancel(ctx))
	if err != nil {
		return value, err
	}
	if took := k.now().Sub(began); took > quick {
		k.value, k.until = value, began.Add(keptFor*took)
	}
	return value, nil
}
