package scimout

import (
	"net/http"
	"slices"
	"time"

	"usher/connectors"
	"usher/internal/outbound"
	"usher/internal/usher"
)

// failed classifies an answer that is not 2xx.
func (c *Connector) failed(r request, a answer) *connectors.Failure {
	f := connectors.Answered(a.status, outbound.Wait(a.header, 24*time.Hour), a.header.Get("Retry-After") != "", r.write(), "token")
	f.Detail = a.detail()
	switch {
	case a.status == http.StatusPreconditionFailed, a.status == http.StatusLocked, gone(f) && r.method != http.MethodPost && r.write():
		f.Result = usher.Retry // somebody changed it since it was read
	case f.Result == usher.Refused && a.status >= 400 && r.write():
		f.NoSeats = slices.Contains(c.options.NoSeatsStatus, a.status) && c.options.NoSeatsPattern.Match(a.body)
	}
	return f
}
