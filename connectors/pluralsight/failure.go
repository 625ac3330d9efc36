package pluralsight

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"usher/connectors"
	"usher/internal/outbound"
	"usher/internal/usher"
)

// failure is what a file as a whole came to, where that is not that the portal took it.
type failure struct {
	result usher.OutcomeResult
	// cause names what went wrong without personal data: it may be logged.
	cause string
	// detail is what the portal said: for outcomes only.
	detail     string
	retryAfter time.Duration
	// portal says that every other call would fail the same way.
	portal bool
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

func refused(cause, detail string) *failure {
	return &failure{result: usher.Refused, cause: cause, detail: detail}
}

// unclear is an answer that says nothing: a write may have taken effect, after anything else
// nothing happened.
func unclear(write bool, cause string) *failure {
	if write {
		return &failure{result: usher.Unknown, cause: cause}
	}
	return &failure{result: usher.Retry, cause: cause}
}

// noAnswer is the failure of a request without an answer. Only when no connection came about
// is it certain that nothing happened.
func noAnswer(write bool, err error) *failure {
	if address, ok := errors.AsType[*url.Error](err); ok {
		err = address.Err
	}
	f := unclear(write, "no answer from the portal: "+err.Error())
	var op *net.OpError
	var certificate *tls.CertificateVerificationError
	if (errors.As(err, &op) && op.Op == "dial") || errors.As(err, &certificate) {
		f.result, f.portal = usher.Retry, true
	}
	return f
}

// failed classifies an answer that is not 2xx and no objection to a record.
func failed(resp *http.Response, a answer, write bool) *failure {
	status := strings.TrimSpace(strconv.Itoa(resp.StatusCode) + " " + http.StatusText(resp.StatusCode))
	f := refused("the portal answered "+status, a.words)
	now, _ := http.ParseTime(resp.Header.Get("Date"))
	f.retryAfter, _ = outbound.RetryAfter(resp.Header, now, 24*time.Hour)
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized:
		f.result, f.portal = usher.Retry, true
		f.cause += " (is the key still valid?)"
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable && f.retryAfter > 0:
		f.result, f.portal = usher.Retry, true
	case code == http.StatusRequestTimeout, code >= 500 && code != http.StatusNotImplemented:
		f.result, f.portal = unclear(write, "").result, code == http.StatusServiceUnavailable
	case code < 400:
		f.cause += " (a redirect: does the URL name the right place?)"
	case noFiles.MatchString(a.status):
		f.cause += " (the portal found no file in the request: does something between change it?)"
	}
	return f
}
