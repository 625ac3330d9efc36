package daemon

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"usher/internal/api"
)

// uploadPace bounds how many files a directory uploads: each is copied into the archive and read,
// and a client that repeats itself would fill the disk.
type uploadPace struct {
	perHour int // 0: no bound
	now     func() time.Time

	mu      sync.Mutex
	buckets map[string]*rate.Limiter // by directory, of which there are as many as are configured
}

func newUploadPace(perHour int, now func() time.Time) *uploadPace {
	return &uploadPace{perHour: perHour, now: now, buckets: map[string]*rate.Limiter{}}
}

// take counts a file of a directory; the error is *api.TooManyError where it is one too many.
func (p *uploadPace) take(directory string) error {
	if p.perHour == 0 {
		return nil
	}
	now := p.now()
	reservation := p.bucket(directory).ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	reservation.CancelAt(now)
	return &api.TooManyError{After: wait}
}

func (p *uploadPace) bucket(directory string) *rate.Limiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.buckets[directory] == nil {
		p.buckets[directory] = rate.NewLimiter(rate.Every(time.Hour/time.Duration(p.perHour)), p.perHour)
	}
	return p.buckets[directory]
}
