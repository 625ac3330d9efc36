package scim

import (
	"net/http"

	"usher/internal/limit"
)

// within counts a request of key; one too many is a 429 that says when to come back.
func within(l *limit.Limiter, key string) error {
	wait := l.Take(key)
	if wait == 0 {
		return nil
	}
	return &refused{
		problem: &problem{status: http.StatusTooManyRequests, detail: "too many requests; wait as long as Retry-After says"},
		header:  "Retry-After",
		value:   limit.RetryAfter(wait),
	}
}
