// Package usher holds the nouns of the product and what must always be true of
// them. It is the leaf that everything else imports; it imports nothing of ours,
// reads no clock and reaches no disk or network, so that every rule in it can be
// read and tested as plain values.
package usher

import (
	"errors"
	"time"
)

// ID names one thing of ours. Only usher makes IDs (UUIDv7 text); nothing that a
// client sends is ever used as one.
type ID string

// Time is an instant in microseconds since 1970 UTC, the form in which both
// stores keep time. Zero means "not set".
type Time int64

// TimeOf turns a time.Time into a Time; the zero time.Time becomes zero.
func TimeOf(t time.Time) Time {
	if t.IsZero() {
		return 0
	}
	return Time(t.UnixMicro())
}

// Std turns t into a time.Time in UTC; zero becomes the zero time.Time.
func (t Time) Std() time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(t)).UTC()
}

// Add moves t by d.
func (t Time) Add(d time.Duration) Time { return t + Time(d.Microseconds()) }

// Sub is the time from u to t.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t-u) * time.Microsecond }

// RFC3339 is t as text in UTC; empty for zero.
func (t Time) RFC3339() string {
	if t == 0 {
		return ""
	}
	return t.Std().Format("2006-01-02T15:04:05.000000Z07:00")
}

// The kinds of failure that callers tell apart. Everything else is internal: only
// the operator sees it. They are wrapped with the noun and its id.
var (
	// ErrNotFound: no such thing, or not this caller's.
	ErrNotFound = errors.New("not found")
	// ErrConflict: the thing exists already, or its uniqueness would break.
	ErrConflict = errors.New("conflict")
	// ErrStale: the caller's precondition (version, plan, generation) no longer holds.
	ErrStale = errors.New("changed meanwhile")
	// ErrInvalid: the caller's input cannot be accepted as it is.
	ErrInvalid = errors.New("invalid")
	// ErrBusy: not now; the caller may try again.
	ErrBusy = errors.New("busy")
)

// InvalidError is an ErrInvalid that says which attribute is wrong and how to mend it.
type InvalidError struct {
	// Attribute is the name that the caller used, such as "members.value".
	Attribute string
	// Problem says what is wrong with it and how to mend it.
	Problem string
}

// Error implements error.
func (e *InvalidError) Error() string { return e.Attribute + ": " + e.Problem }

// Unwrap makes errors.Is(err, ErrInvalid) hold.
func (e *InvalidError) Unwrap() error { return ErrInvalid }
