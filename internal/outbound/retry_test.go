package outbound

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	const limit = 10 * time.Minute
	for value, want := range map[string]time.Duration{
		"0": 0, "1": time.Second, " 120 ": 2 * time.Minute, "600": limit, "601": limit, "99999999999999999999999": limit,
		"9223372037":                     limit,
		"Sun, 01 Mar 2026 12:00:30 GMT":  30 * time.Second,
		"Sun, 01 Mar 2026 11:00:00 GMT":  0,
		"Mon, 02 Mar 2026 12:00:00 GMT":  limit,
		"Sunday, 01-Mar-26 12:00:05 GMT": 5 * time.Second,
		"Sun Mar  1 12:00:07 2026":       7 * time.Second,
	} {
		if got, ok := RetryAfter(http.Header{"Retry-After": {value}}, now, limit); !ok || got != want {
			t.Errorf("%q: %v, %v; want %v", value, got, ok, want)
		}
	}
	for _, value := range []string{"", "-1", "1.5", "soon", "1h", "+3", "\u0663"} {
		if got, ok := RetryAfter(http.Header{"Retry-After": {value}}, now, limit); ok {
			t.Errorf("%q: %v, want none", value, got)
		}
	}
	if _, ok := RetryAfter(http.Header{}, now, limit); ok {
		t.Error("a header that is not there")
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"1", "99999999999999999999", "Sun, 01 Mar 2026 12:00:30 GMT", "-1", "0001-01-01"} {
		f.Add(seed)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		if wait, ok := RetryAfter(http.Header{"Retry-After": {value}}, now, time.Minute); wait < 0 || wait > time.Minute || !ok && wait != 0 {
			t.Errorf("%q: %v, %v", value, wait, ok)
		}
	})
}

// TestWait holds a date against the clock of whoever sent it.
func TestWait(t *testing.T) {
	const now = "Sat, 21 Nov 2026 10:00:00 GMT"
	for _, v := range []struct {
		value, date string
		want        time.Duration
	}{
		{"", now, 0},
		{"0", now, 0},
		{" 12 ", now, 12 * time.Second},
		{"-12", now, 0},
		{"1.5", now, 0},
		{"99999999", now, 24 * time.Hour},
		{"99999999999999999999", now, 24 * time.Hour},
		{"Sat, 21 Nov 2026 10:01:30 GMT", now, 90 * time.Second},
		{"Sat, 21 Nov 2026 09:00:00 GMT", now, 0},
		{"Sat, 21 Nov 2027 09:00:00 GMT", now, 24 * time.Hour},
		{"soon", now, 0},
	} {
		if got := Wait(http.Header{"Retry-After": {v.value}, "Date": {v.date}}, 24*time.Hour); got != v.want {
			t.Errorf("%q at %q: %s, want %s", v.value, v.date, got, v.want)
		}
	}
}
