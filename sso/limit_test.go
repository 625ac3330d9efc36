package sso

import (
	"testing"
	"time"
)

// TestOneNetworkIsOneClient: whoever has an IPv6 network has 2^64 addresses, and the tokens of one.
func TestOneNetworkIsOneClient(t *testing.T) {
	now := time.Now()
	l := newLimiter(1, 2, func() time.Time { return now })
	for _, c := range []struct {
		key  string
		want bool
	}{
		{"2001:db8:0:1::1", true}, {"2001:db8:0:1::2", true}, {"2001:db8:0:1:ffff::3", false}, {"2001:db8:0:2::1", true},
		{"192.0.2.1", true}, {"192.0.2.1", true}, {"192.0.2.1", false}, {"192.0.2.2", true}, {"no address", true},
	} {
		if got := l.allow(c.key); got != c.want {
			t.Errorf("%s: %v", c.key, got)
		}
	}
}
