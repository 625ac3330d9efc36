package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"usher/internal/limit"
	"usher/internal/usher"
)

// Problem is why a request was not served (RFC 9457).
type Problem struct {
	// Type is a name for programs: problemType and Code.
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	// Detail says what is wrong and how to mend it.
	Detail string `json:"detail"`
	// Field is the parameter or the field of the body that is at fault.
	Field string `json:"field,omitempty"`

	Code  string        `json:"-"`
	after time.Duration // until it is worth while to ask again
}

// problemType begins the names of all problems.
const problemType = "urn:usher:problem:"

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

func nothingHere() *Problem {
	return &Problem{Status: http.StatusNotFound, Code: "not-found", Detail: "nothing is here"}
}

// invalid is a problem with a parameter or a field.
func invalid(field, problem string) *Problem {
	return &Problem{Status: http.StatusBadRequest, Code: "invalid", Detail: field + " " + problem, Field: field}
}

// problemOf is the one place where errors become answers.
func problemOf(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	detail := inWords(err)
	if e, ok := errors.AsType[*usher.InvalidError](err); ok {
		return &Problem{Status: http.StatusBadRequest, Code: "invalid", Detail: detail, Field: e.Attribute}
	}
	if many, ok := errors.AsType[*TooManyError](err); ok {
		return &Problem{Status: http.StatusTooManyRequests, Code: "too-many-requests", Detail: many.Error(), after: many.After}
	}
	switch {
	case errors.Is(err, ErrTooLarge):
		return tooLarge()
	case errors.Is(err, usher.ErrNotFound):
		return &Problem{Status: http.StatusNotFound, Code: "not-found", Detail: detail}
	case errors.Is(err, usher.ErrStale):
		return &Problem{Status: http.StatusConflict, Code: "stale", Detail: detail}
	case errors.Is(err, usher.ErrConflict):
		return &Problem{Status: http.StatusConflict, Code: "conflict", Detail: detail}
	case errors.Is(err, usher.ErrBusy):
		return &Problem{Status: http.StatusServiceUnavailable, Code: "busy", Detail: detail, after: time.Minute}
	case errors.Is(err, usher.ErrInvalid):
		return &Problem{Status: http.StatusBadRequest, Code: "invalid", Detail: detail}
	}
	return nil
}

// inWords is an error without the kind that the problem's type says.
func inWords(err error) string {
	text := err.Error()
	for _, kind := range []error{usher.ErrStale, usher.ErrConflict, usher.ErrInvalid, usher.ErrBusy} {
		text = strings.TrimSuffix(strings.TrimPrefix(text, kind.Error()+": "), ": "+kind.Error())
	}
	return text
}

// refuse answers what could not be done. What is not the asker's to know is told to Failed alone.
func (a *api) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	if p == nil {
		a.Failed(r, err)
		p = &Problem{Status: http.StatusServiceUnavailable, Code: "unavailable", Detail: "something went wrong on our side; try again later", after: 10 * time.Second}
	}
	if p.after > 0 {
		w.Header().Set("Retry-After", limit.RetryAfter(p.after))
	}
	sent := *p
	sent.Type, sent.Title = problemType+p.Code, http.StatusText(p.Status)
	a.answer(w, r, p.Status, "application/problem+json", sent)
}

// answer sends a value whole, or says that it cannot be.
func (a *api) answer(w http.ResponseWriter, r *http.Request, status int, mediaType string, v any) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		a.refuse(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // a client that has gone misses its answer
}
