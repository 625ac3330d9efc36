package scim

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"usher/internal/usher"
)

const errorSchema = "urn:ietf:params:scim:api:messages:2.0:Error"

// refused is a problem that is told with a header besides its body.
type refused struct {
	*problem
	header, value string
}

// Unwrap shows the problem to errors.As.
func (e *refused) Unwrap() error { return e.problem }

// refusal turns any error into what goes over the wire. It is the only place that
// does: what is not a known kind of failure is reported, and the client hears a fixed
// text.
func (s *server) refusal(r *http.Request, err error) answer {
	p := problemOf(err)
	if p.status == http.StatusInternalServerError {
		s.OnError(r, err)
	}
	a := answer{status: p.status, header: http.Header{}, body: p.body()}
	if p.status == http.StatusServiceUnavailable {
		a.header.Set("Retry-After", "1")
	}
	if e, ok := errors.AsType[*refused](err); ok {
		a.header.Set(e.header, e.value)
	}
	return a
}

func problemOf(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if e, ok := errors.AsType[*usher.InvalidError](err); ok {
		return badRequest(invalidValue, "%s", e.Error())
	}
	switch {
	case errors.Is(err, usher.ErrInvalid):
		return badRequest(invalidValue, "the resource holds a value that cannot be accepted")
	case errors.Is(err, usher.ErrNotFound):
		return notFound()
	case errors.Is(err, usher.ErrConflict):
		return &problem{http.StatusConflict, "uniqueness", "another resource of this directory already has this userName, externalId or displayName"}
	case errors.Is(err, usher.ErrStale):
		return stale()
	case errors.Is(err, usher.ErrBusy), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &problem{status: http.StatusServiceUnavailable, detail: "the server is busy; try again"}
	}
	return &problem{status: http.StatusInternalServerError, detail: "the server could not complete the request; its log says why"}
}

// body is the error response of RFC 7644 section 3.12. Strict clients refuse members
// that it does not name.
func (p *problem) body() map[string]any {
	body := map[string]any{
		"schemas": []string{errorSchema},
		"status":  strconv.Itoa(p.status),
		"detail":  p.detail,
	}
	if p.scimType != "" {
		body["scimType"] = p.scimType
	}
	return body
}

func notFound() *problem {
	return &problem{status: http.StatusNotFound, detail: "there is no such resource"}
}

func notImplemented() *problem {
	return &problem{status: http.StatusNotImplemented, detail: "this endpoint is not supported; /ServiceProviderConfig says what is"}
}

func stale() *problem {
	return &problem{status: http.StatusPreconditionFailed, detail: "the resource has another version than If-Match names; read it again"}
}
