package scim

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxKeys bounds the memory of a limiter: it remembers between one and two times as
// many keys, and a key that is forgotten starts afresh.
const maxKeys = 10_000

// limiter is a token bucket for each key.
type limiter struct {
	rate  rate.Limit
	burst int
	now   func() time.Time

	mu         sync.Mutex
	young, old map[string]*rate.Limiter
}

func newLimiter(perSecond float64, burst int, now func() time.Time) *limiter {
	return &limiter{rate: rate.Limit(perSecond), burst: burst, now: now, young: map[string]*rate.Limiter{}}
}

// take spends one of key's tokens; when there is none it is a 429 that says in whole
// seconds when to come back, the only form that Okta understands.
func (l *limiter) take(key string) error {
	now := l.now()
	reservation := l.bucket(key).ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	reservation.CancelAt(now)
	return &refused{
		problem: &problem{status: http.StatusTooManyRequests, detail: "too many requests; wait as long as Retry-After says"},
		header:  "Retry-After",
		value:   strconv.Itoa(int(math.Ceil(wait.Seconds()))),
	}
}

func (l *limiter) bucket(key string) *rate.Limiter {
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
