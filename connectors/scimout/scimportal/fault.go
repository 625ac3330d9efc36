package scimportal

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// Fault is what goes wrong with one request. The zero value is nothing.
type Fault struct {
	// Before is waited before the effect, After between effect and answer.
	Before, After time.Duration
	// Status answers instead of the portal; RetryAfter is sent with it.
	Status     int
	RetryAfter string
	// Body replaces what is answered, with ContentType.
	Body        string
	ContentType string
	// Drop closes the connection without an answer.
	Drop bool
	// Effect lets the request take effect although it is answered by the fault.
	Effect bool
}

// SetFault asks f about every request from now on; nil ends that. f runs before the
// request takes effect and may be called concurrently.
func (p *Portal) SetFault(f func(*http.Request) Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
}

// faultFor is the fault of one request.
func (p *Portal) faultFor(r *http.Request) Fault {
	p.mu.Lock()
	f := p.fault
	p.mu.Unlock()
	if f == nil {
		return Fault{}
	}
	return f(r)
}

// instead says whether the fault answers in the portal's place.
func (f Fault) instead() bool { return f.Status != 0 || f.Drop || f.Body != "" }

// wait stands for a slow portal. Like one, it does not notice that the client left.
func wait(d time.Duration) {
	if d > 0 {
		time.Sleep(d)
	}
}

// send answers as the fault wants it.
func (f Fault) send(w http.ResponseWriter, r reply) {
	if f.Drop {
		panic(http.ErrAbortHandler)
	}
	if f.Status != 0 {
		r = problem(f.Status, "", "fault on demand")
	}
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	if f.Body == "" {
		r.send(w)
		return
	}
	if r.status == 0 {
		r.status = http.StatusOK
	}
	w.Header().Set("Content-Type", f.ContentType)
	w.WriteHeader(r.status)
	_, _ = w.Write([]byte(f.Body)) // who is gone does not read
}

// reply is an answer.
type reply struct {
	status   int
	location string
	version  string
	body     any
}

// problem is an error answer (RFC 7644 3.12).
func problem(status int, scimType, detail string) reply {
	body := map[string]any{
		"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:Error"},
		"status":  strconv.Itoa(status),
		"detail":  detail,
	}
	if scimType != "" {
		body["scimType"] = scimType
	}
	return reply{status: status, body: body}
}

// send writes the answer.
func (r reply) send(w http.ResponseWriter) {
	if r.location != "" {
		w.Header().Set("Location", r.location)
	}
	if r.version != "" {
		w.Header().Set("ETag", r.version)
	}
	if r.body == nil {
		w.WriteHeader(r.status)
		return
	}
	w.Header().Set("Content-Type", "application/scim+json")
	w.WriteHeader(r.status)
	_ = json.NewEncoder(w).Encode(r.body) // who is gone does not read
}
