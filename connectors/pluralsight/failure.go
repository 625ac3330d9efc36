package pluralsight

import (
	"net/http"
	"time"

	"usher/connectors"
	"usher/internal/outbound"
	"usher/internal/usher"
)

// failed classifies an answer that is not 2xx and no objection to a record.
func failed(resp *http.Response, a answer, write bool) *connectors.Failure {
	f := connectors.Answered(resp.StatusCode, outbound.Wait(resp.Header, 24*time.Hour), resp.Header.Get("Retry-After") != "", write, "key")
	f.Detail = a.words
	if f.Result == usher.Refused && noFiles.MatchString(a.status) {
		f.Cause += " (the portal found no file in the request: does something between change it?)"
	}
	return f
}
