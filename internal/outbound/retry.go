package outbound

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RetryAfter returns how long an answer asks to wait (RFC 9110, 10.2.3): whole seconds or an HTTP date, which is held
// against now. The wait is never negative nor longer than limit. It is false when the answer does not say or makes no
// sense.
func RetryAfter(header http.Header, now time.Time, limit time.Duration) (time.Duration, bool) {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if value != "" && strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseUint(value, 10, 64)
		if err != nil || seconds > uint64(limit/time.Second) {
			return limit, true
		}
		return time.Duration(seconds) * time.Second, true
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return min(max(date.Sub(now), 0), limit), true
}

// Wait is how long an answer asks to wait by the clock of whoever sent it, at most limit; 0 where it does not say.
func Wait(header http.Header, limit time.Duration) time.Duration {
	now, _ := http.ParseTime(header.Get("Date"))
	wait, _ := RetryAfter(header, now, limit)
	return wait
}
