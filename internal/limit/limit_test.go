package limit

import (
	"strconv"
	"testing"
	"time"
)

// TestOneNetworkIsOneClient: whoever has an IPv6 network has 2^64 addresses, and the tokens of one.
func TestOneNetworkIsOneClient(t *testing.T) {
	now := time.Now()
	l := New(1, 2, func() time.Time { return now })
	for _, c := range []struct {
		key  string
		want bool
	}{
		{"2001:db8:0:1::1", true}, {"2001:db8:0:1::2", true}, {"2001:db8:0:1:ffff::3", false}, {"2001:db8:0:2::1", true},
		{"192.0.2.1", true}, {"192.0.2.1", true}, {"192.0.2.1", false}, {"192.0.2.2", true}, {"no address", true},
	} {
		if got := l.Take(Network(c.key)) == 0; got != c.want {
			t.Errorf("%s: %v", c.key, got)
		}
	}
}

// TestTake spends nothing where it refuses, so that whoever waits as long as they are told is let in.
func TestTake(t *testing.T) {
	now := time.Now()
	l := New(0.5, 1, func() time.Time { return now })
	if l.Take("a") != 0 {
		t.Fatal("the first is refused")
	}
	for range 3 {
		if wait := l.Take("a"); RetryAfter(wait) != "2" {
			t.Fatalf("to wait: %s, Retry-After %s", wait, RetryAfter(wait))
		}
	}
	if l.Take("b") != 0 {
		t.Error("one key is held against another")
	}
	now = now.Add(2 * time.Second)
	if l.Take("a") != 0 {
		t.Error("refused after the wait that was named")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	l := New(1, 1, time.Now)
	for i := range 5 * maxKeys {
		l.Take(strconv.Itoa(i))
	}
	if n := len(l.young) + len(l.old); n > 2*maxKeys {
		t.Errorf("%d keys are remembered", n)
	}
}
