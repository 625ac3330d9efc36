package reconcile_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"usher/internal/usher"
	"usher/sync/reconcile"
)

// crowd is an Each that takes many at once, and refuses and loses one.
type crowd struct {
	mu    sync.Mutex
	calls []int
	tries map[string]int // by key
	short bool           // the next call gives an outcome too few
}

func (c *crowd) Deliver(_ context.Context, changes []usher.AccountChange) ([]usher.Outcome, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, len(changes))
	outcomes := make([]usher.Outcome, len(changes))
	for i, change := range changes {
		c.tries[change.Desired.UserName]++
		switch name := change.Desired.UserName; {
		case name == "p3@example.com":
			outcomes[i] = usher.Outcome{Result: usher.Refused, Reason: "no " + name}
		case name == "p7@example.com" && c.tries[name] == 1:
			outcomes[i] = usher.Outcome{Result: usher.Unknown, Reason: "lost"}
		default:
			outcomes[i] = done(change)
		}
	}
	if c.short {
		c.short = false
		return outcomes[1:], nil
	}
	return outcomes, nil
}

// TestManyInOneCall: a portal that takes files gets many people in one, and each their own
// outcome. An answer for too few says nothing of anybody.
func TestManyInOneCall(t *testing.T) {
	for _, short := range []bool{false, true} {
		eachWorld(t, live(), func(w *world) {
			var records []usher.Record
			for i := range 25 {
				records = append(records, w.join(fmt.Sprintf("p%d", i)))
			}
			portal := &crowd{tries: map[string]int{}, short: short}
			w.run(reconcile.Connector{Each: portal, Workers: 1, Batch: 10})
			w.eventually(func() string {
				for i, r := range records {
					a := w.account(r)
					if i == 3 && !a.Refused || i != 3 && (a.Confirmed == 0 || a.Confirmed != a.Generation) {
						return fmt.Sprintf("p%d is %+v", i, a)
					}
				}
				return ""
			})
			portal.mu.Lock()
			defer portal.mu.Unlock()
			for i, n := range portal.calls {
				if n > 10 || i == 0 && n != 10 {
					w.Errorf("call %d was for %d people", i, n)
				}
			}
			for i := range 25 {
				name, want := fmt.Sprintf("p%d@example.com", i), 1
				if tries := portal.tries[name]; !short && i == 7 && tries != 2 || !short && i != 7 && tries != want || tries == 0 || tries > 3 {
					w.Errorf("%s was sent %d times", name, tries)
				}
			}
		})
	}
}
