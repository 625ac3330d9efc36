package daemon

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestKept: what is quick is read for each who asks; what is slow is kept, then read anew beside while it is shown once more, and
// waited for when it is too old for that. A reading that fails takes nothing away.
func TestKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var times atomic.Int64
		took, broken := quick, error(nil)
		var heard error
		k := newKept(time.Now, func(err error) { heard = err }, func(ctx context.Context) (int64, error) {
			select {
			case <-time.After(took):
			case <-ctx.Done():
				return 0, ctx.Err()
			}
			if broken != nil {
				return 0, broken
			}
			return times.Add(1), nil
		})
		want := func(what string, value int64) {
			t.Helper()
			if got, err := k.get(t.Context()); err != nil || got != value {
				t.Errorf("%s: %d, %v; want %d", what, got, err, value)
			}
			synctest.Wait()
		}
		want("first", 1)
		want("quick ones are not kept", 2)
		took = 3 * time.Second
		want("slow", 3)
		time.Sleep(keptFor*took - took - time.Second)
		want("kept", 3)
		time.Sleep(2 * time.Second)
		want("shown once more", 3)
		want("and again while it is read", 3)
		time.Sleep(2 * took)
		want("read beside, once", 4)
		time.Sleep(keptAtMost * took)
		broken = errors.New("away")
		if _, err := k.get(t.Context()); !errors.Is(err, broken) {
			t.Errorf("%v, want %v", err, broken)
		}
		broken = nil
		want("too old to be shown", 5)
		took, heard = 2*readAtMost, nil
		time.Sleep(keptFor * 3 * time.Second)
		want("shown while it hangs", 5)
		time.Sleep(readAtMost + time.Second)
		if synctest.Wait(); !errors.Is(heard, context.DeadlineExceeded) {
			t.Errorf("a reading that hangs: %v", heard)
		}
		took = 3 * time.Second
		time.Sleep(keptFor * took)
		want("read after it hung", 6)
		took = time.Millisecond
		time.Sleep(keptFor * 3 * time.Second)
		want("shown while it is read quickly", 6)
		time.Sleep(2 * took)
		want("quick again", 8)
	})
}

// TestKeptIsReadOnce: whoever asks while somebody reads waits for the same.
func TestKeptIsReadOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var times atomic.Int64
		k := newKept(time.Now, nil, func(context.Context) (int64, error) {
			time.Sleep(2 * quick)
			return times.Add(1), nil
		})
		for range 8 {
			go func() {
				if got, err := k.get(t.Context()); err != nil || got != 1 {
					t.Errorf("%d, %v", got, err)
				}
			}()
		}
		time.Sleep(3 * quick)
		synctest.Wait()
	})
}
