package web

import (
	"net/http"

	"usher/internal/limit"
)

// perSecond and atOnce bound what one person may ask for: a search asks at each pause of whoever types.
const (
	perSecond = 10
	atOnce    = 120
)

// hurried answers whoever asks too often, and says whether it did.
func (v *visit) hurried() bool {
	if v.Person.ID == "" {
		return false
	}
	wait := v.people.Take(string(v.Person.ID))
	if wait == 0 {
		return false
	}
	v.w.Header().Set("Retry-After", limit.RetryAfter(wait))
	v.tell(http.StatusTooManyRequests, "That was too much at once. Wait a few seconds.")
	return true
}
