// Package limit bounds how often somebody may ask.
//
// Its invariant: what it remembers is bounded, however many ask: a key that is forgotten
// starts afresh.
package limit

import (
	"math"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxKeys bounds the memory of a limiter: it remembers between one and two times as many.
const maxKeys = 10_000

// Limiter is a token bucket for each key. It is safe for concurrent use.
type Limiter struct {
	rate  rate.Limit
	burst int
	now   func() time.Time

	mu         sync.Mutex
	young, old map[string]*rate.Limiter
}

// New makes a limiter that allows so many requests a second for each key, and burst at once.
func New(perSecond float64, burst int, now func() time.Time) *Limiter {
	return &Limiter{rate: rate.Limit(perSecond), burst: burst, now: now, young: map[string]*rate.Limiter{}}
}

// Take spends one of key's tokens. Where there is none it spends nothing, and says how long it
// is until there is one.
func (l *Limiter) Take(key string) (wait time.Duration) {
	now := l.now()
	reservation := l.bucket(key).ReserveN(now, 1)
	if wait = reservation.DelayFrom(now); wait > 0 {
		reservation.CancelAt(now)
	}
	return wait
}

func (l *Limiter) bucket(key string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b, ok := l.young[key]; ok {
		return b
	}
	b, ok := l.old[key]
	if !ok {
		b = rate.NewLimiter(l.rate, l.burst)
	}
	if len(l.young) == maxKeys {
		l.old, l.young = l.young, map[string]*rate.Limiter{}
	}
	l.young[key] = b
	return b
}

// RetryAfter is a wait as the header of that name says it: in whole seconds, the only form
// that Okta understands.
func RetryAfter(wait time.Duration) string { return strconv.Itoa(int(math.Ceil(wait.Seconds()))) }

// Network is the part of an address that somebody cannot choose: of IPv6 everybody has at
// least 64 bits to themselves.
func Network(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil || addr.Is4() || addr.Is4In6() {
		return address
	}
	return netip.PrefixFrom(addr, 64).Masked().String()
}
