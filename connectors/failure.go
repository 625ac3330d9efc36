package connectors

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"usher/internal/usher"
)

// Failure is what a call over HTTP came to, where that is not that the portal did it: an answer,
// or the lack of one, as the engine has to take it.
type Failure struct {
	Result usher.OutcomeResult // [usher.Refused], [usher.Retry] or [usher.Unknown]
	Status int                 // of the answer; 0 without one
	// Cause names what went wrong without personal data: it may be logged.
	Cause string
	// Detail is what the portal said: for outcomes only.
	Detail     string
	RetryAfter time.Duration
	// Portal says that every other call would fail the same way.
	Portal  bool
	NoSeats bool
}

// Error implements error.
func (f *Failure) Error() string { return f.Cause }

// Reason is cause and detail, for an admin.
func (f *Failure) Reason() string {
	if f.Detail == "" {
		return f.Cause
	}
	return f.Cause + ": " + f.Detail
}

// Seconds is RetryAfter, rounded up.
func (f *Failure) Seconds() int { return int((f.RetryAfter + time.Second - 1) / time.Second) }

// Down is f as the failure of the portal as a whole.
func (f *Failure) Down() error { return &Down{RetryAfter: f.RetryAfter, Err: f} }

// Refuse is a failure that only a person or a change can mend.
func Refuse(cause, detail string) *Failure {
	return &Failure{Result: usher.Refused, Cause: cause, Detail: detail}
}

// Unclear is an answer that says nothing: a write may have taken effect, after anything else
// nothing happened.
func Unclear(write bool, cause string) *Failure {
	if write {
		return &Failure{Result: usher.Unknown, Cause: cause}
	}
	return &Failure{Result: usher.Retry, Cause: cause}
}

// NoAnswer is the failure of a request without an answer. Only when no connection came about is
// it certain that a write had no effect.
func NoAnswer(write bool, err error) *Failure {
	if address, ok := errors.AsType[*url.Error](err); ok {
		err = address.Err // the URL can hold a filter, and that holds an address
	}
	f := Unclear(write, "no answer from the portal: "+err.Error())
	var op *net.OpError
	var certificate *tls.CertificateVerificationError
	if (errors.As(err, &op) && op.Op == "dial") || errors.As(err, &certificate) {
		f.Result, f.Portal = usher.Retry, true
	}
	return f
}

// Answered classifies an answer that is not 2xx by what every portal means by its status; wait is
// how long it asks to be left alone, and said that it names a time at all. secret is what signs
// usher in there, for the admin whose token ran out.
func Answered(status int, wait time.Duration, said, write bool, secret string) *Failure {
	f := Refuse("the portal answered "+strings.TrimSpace(strconv.Itoa(status)+" "+http.StatusText(status)), "")
	f.Status, f.RetryAfter = status, wait
	switch {
	case status == http.StatusUnauthorized:
		f.Result, f.Portal = usher.Retry, true
		f.Cause += " (is the " + secret + " still valid?)"
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable && said:
		f.Result, f.Portal = usher.Retry, true
	case status == http.StatusRequestTimeout, status >= 500 && status != http.StatusNotImplemented:
		f.Result, f.Portal = Unclear(write, "").Result, status == http.StatusServiceUnavailable
	case status < 400:
		f.Cause += " (a redirect: does the URL name the right place?)"
	}
	return f
}

// Words makes what a portal says fit to be stored and shown: valid text, one line, short.
func Words(text string) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	if runes := []rune(text); len(runes) > 300 {
		return string(runes[:300]) + "…"
	}
	return text
}
