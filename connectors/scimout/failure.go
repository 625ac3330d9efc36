package scimout

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"usher/connectors"
	"usher/internal/outbound"
	"usher/internal/usher"
)

// failure is an answer, or the lack of one, as the engine has to take it.
type failure struct {
	result usher.OutcomeResult
	status int
	// cause names what went wrong without personal data: it may be logged.
	cause string
	// detail is what the portal said: for the outcome only.
	detail     string
	retryAfter time.Duration
	// portal says that every other call would fail the same way.
	portal  bool
	noSeats bool
}

// Error implements error.
func (f *failure) Error() string { return f.cause }

// reason is cause and detail, for an admin.
func (f *failure) reason() string {
	if f.detail == "" {
		return f.cause
	}
	return f.cause + ": " + f.detail
}

// seconds is retryAfter, rounded up.
func (f *failure) seconds() int { return int((f.retryAfter + time.Second - 1) / time.Second) }

// down is f as the failure of the portal as a whole.
func (f *failure) down() error { return &connectors.Down{RetryAfter: f.retryAfter, Err: f} }

// refused is a failure that only a person or a change can mend.
func refused(cause, detail string) *failure {
	return &failure{result: usher.Refused, cause: cause, detail: detail}
}

// unclear is an answer that says nothing.
func unclear(write bool, cause string) *failure {
	return &failure{result: undecided(write), cause: cause}
}

// undecided is what is known without an answer: a write may have taken effect, after a
// read nothing happened.
func undecided(write bool) usher.OutcomeResult {
	if write {
		return usher.Unknown
	}
	return usher.Retry
}

// noAnswer is the failure of a request without an answer. Only when no connection came
// about is it certain that a write had no effect.
func noAnswer(write bool, err error) *failure {
	if address, ok := errors.AsType[*url.Error](err); ok {
		err = address.Err // the URL holds a filter, and that holds an address
	}
	f := unclear(write, "no answer from the portal: "+err.Error())
	var op *net.OpError
	var certificate *tls.CertificateVerificationError
	if (errors.As(err, &op) && op.Op == "dial") || errors.As(err, &certificate) {
		f.result, f.portal = usher.Retry, true
	}
	return f
}

// failed classifies an answer that is not 2xx.
func (c *Connector) failed(r request, a answer) *failure {
	f := &failure{result: usher.Refused, status: a.status, cause: "the portal answered " + statusText(a.status), detail: a.detail()}
	switch {
	case a.status == http.StatusUnauthorized:
		f.result, f.portal = usher.Retry, true
		f.cause += " (is the token still valid?)"
	case a.status == http.StatusTooManyRequests:
		f.result, f.portal = usher.Retry, true
	case a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != "":
		f.result, f.portal = usher.Retry, true
	case a.status == http.StatusPreconditionFailed, a.status == http.StatusLocked, gone(f) && r.method != http.MethodPost && r.write():
		f.result = usher.Retry // somebody changed it since it was read
	case a.status == http.StatusRequestTimeout, a.status >= 500 && a.status != http.StatusNotImplemented:
		f.result = undecided(r.write())
		f.portal = a.status == http.StatusServiceUnavailable
	case a.status < 400:
		f.cause += " (a redirect: does the base URL name the right place?)"
	case r.write():
		f.noSeats = slices.Contains(c.options.NoSeatsStatus, a.status) && c.options.NoSeatsPattern.Match(a.body)
	}
	f.retryAfter = retryAfter(a.header)
	return f
}

// retryAfter is how long the portal asks to be left alone, by its own clock; at most a day.
func retryAfter(header http.Header) time.Duration {
	now, _ := http.ParseTime(header.Get("Date"))
	wait, _ := outbound.RetryAfter(header, now, 24*time.Hour)
	return wait
}

// statusText is such as "409 Conflict".
func statusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}

// clean makes a portal's words fit to be stored and shown: valid text, one line, short.
func clean(text string) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	if runes := []rune(text); len(runes) > 300 {
		return string(runes[:300]) + "…"
	}
	return text
}
