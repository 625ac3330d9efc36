package scim

import (
	"fmt"
	"net/http"
)

// The error keywords of RFC 7644 table 9 that this package answers with.
const (
	invalidFilter = "invalidFilter"
	invalidPath   = "invalidPath"
	invalidSyntax = "invalidSyntax"
	invalidValue  = "invalidValue"
	mutability    = "mutability"
	noTarget      = "noTarget"
)

// problem is what a client is told when its request cannot be served: the HTTP
// status, the keyword of RFC 7644 table 9 (empty when none fits) and, for a person,
// what is wrong, where, and how to mend it. The detail never repeats a value that the
// client sent, because values are personal data and details are logged.
type problem struct {
	status   int
	scimType string
	detail   string
}

// Error implements error.
func (p *problem) Error() string { return p.detail }

// badRequest is a problem of status 400.
func badRequest(scimType, format string, args ...any) *problem {
	return &problem{status: http.StatusBadRequest, scimType: scimType, detail: fmt.Sprintf(format, args...)}
}

// tooLarge is a problem of status 413, for which RFC 7644 has no keyword.
func tooLarge(format string, args ...any) *problem {
	return &problem{status: http.StatusRequestEntityTooLarge, detail: fmt.Sprintf(format, args...)}
}
