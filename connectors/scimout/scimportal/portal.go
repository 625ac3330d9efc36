// Package scimportal is a small portal that speaks SCIM 2.0 and keeps everything in
// memory: a real HTTP server for the demo and for tests, with a seat limit, with faults on
// demand, and with a memory of all that was done to it. It shares no code with what it
// tests.
//
// Its invariant: a request takes effect wholly or not at all, even when nobody waits for
// the answer any more, as at a real portal.
package scimportal

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
)

// Options shape a portal; the zero value is one by the book without a seat limit.
type Options struct {
	// Token is the bearer token that every request must carry; empty for none.
	Token string
	// Seats is how many users can be active at once; 0 means no limit.
	Seats int
	// NoSeatsStatus is answered when all seats are taken; 0 means 403. NoSeatsDetail is what
	// is said with it; empty means a usual wording.
	NoSeatsStatus int
	NoSeatsDetail string
	// Full is what else becomes of a new user when all seats are taken.
	Full Full
	// Lower are the attributes that FullGivesLower puts in the place of those asked for.
	Lower map[string]any
	// SignIn lets users take their seats at the first sign-in and not before.
	SignIn bool
	// NoPatch answers PATCH with 501 and says so in the ServiceProviderConfig.
	NoPatch bool
	// NoVersions shows no ETag and ignores If-Match.
	NoVersions bool
	// EmptyAnswers answers writes without a body: 201 with a Location, and 204.
	EmptyAnswers bool
	// Hide names attributes that are kept but never shown, such as "title", "name" or an
	// extension's URN.
	Hide []string
	// NoFilter names attributes that cannot be filtered by.
	NoFilter []string
	// Normalise is run on everything that is written before it is kept.
	Normalise func(resource map[string]any)
	// PageSize is the largest page; 0 means 100.
	PageSize int
}

// Full is what a portal does with a new user when all seats are taken.
type Full string

// What portals do.
const (
	FullRefuses      Full = "" // with NoSeatsStatus
	FullMakesNothing Full = "nothing"
	FullGivesLower   Full = "lower"
	FullGoesOver     Full = "over"
)

// Portal is the server. All methods may be called at any time from anywhere.
type Portal struct {
	mu      sync.Mutex
	options Options
	fault   func(*http.Request) Fault
	users   shelf
	groups  shelf
	stats   Stats
	audit   []Write
	arrived int64
}

// New makes an empty portal.
func New(o Options) *Portal {
	if o.NoSeatsStatus == 0 {
		o.NoSeatsStatus = http.StatusForbidden
	}
	if o.PageSize == 0 {
		o.PageSize = 100
	}
	return &Portal{options: o, users: newShelf("User"), groups: newShelf("Group")}
}

// SetSeats changes the seat limit; nobody who is active loses the seat.
func (p *Portal) SetSeats(seats int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.options.Seats = seats
}

// ServeHTTP implements http.Handler. The base is any path that ends before /Users.
func (p *Portal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call, ok := p.arrive(w, r)
	if !ok {
		return
	}
	fault := p.faultFor(r)
	wait(fault.Before)
	reply := reply{status: fault.Status}
	if !fault.instead() || fault.Effect {
		reply = p.handle(call)
	}
	wait(fault.After)
	fault.send(w, reply)
}

// call is one request and when it arrived.
type call struct {
	*http.Request
	seq  int64
	path []string
	body map[string]any
}

// write says whether the call may change something.
func (c call) write() bool { return c.Method != http.MethodGet }

// arrive lets a request in, or answers it.
func (p *Portal) arrive(w http.ResponseWriter, r *http.Request) (call, bool) {
	c := call{Request: r, path: resourcePath(r.URL.Path)}
	var body bytes.Buffer
	if _, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, 8<<20)); err != nil {
		problem(http.StatusRequestEntityTooLarge, "", "the body is larger than 8 MB").send(w)
		return c, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.options.Token != "" && r.Header.Get("Authorization") != "Bearer "+p.options.Token {
		problem(http.StatusUnauthorized, "", "token missing or wrong").send(w)
		return c, false
	}
	p.arrived++
	c.seq = p.arrived
	p.stats.Requests++
	if c.write() {
		p.stats.Writes++
		if err := json.Unmarshal(body.Bytes(), &c.body); err != nil && r.Method != http.MethodDelete {
			problem(http.StatusBadRequest, "invalidSyntax", "the body is not a JSON object").send(w)
			return c, false
		}
	}
	return c, true
}

// resourcePath is what follows the base.
func resourcePath(path string) []string {
	steps := strings.Split(strings.Trim(path, "/"), "/")
	for i, step := range steps {
		switch step {
		case "Users", "Groups", "ServiceProviderConfig":
			return steps[i:]
		}
	}
	return nil
}

// handle carries out one call.
func (p *Portal) handle(c call) reply {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(c.path) == 0 || len(c.path) > 2 {
		return problem(http.StatusNotFound, "", "no such endpoint")
	}
	switch c.path[0] {
	case "Users":
		return p.serve(&p.users, c)
	case "Groups":
		return p.serve(&p.groups, c)
	}
	return reply{status: http.StatusOK, body: map[string]any{
		"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"},
		"patch":   map[string]any{"supported": !p.options.NoPatch},
		"filter":  map[string]any{"supported": true, "maxResults": p.options.PageSize},
		"etag":    map[string]any{"supported": !p.options.NoVersions},
	}}
}

// serve carries out one call about users or groups.
func (p *Portal) serve(s *shelf, c call) reply {
	if len(c.path) == 1 {
		switch c.Method {
		case http.MethodGet:
			return p.list(s, c)
		case http.MethodPost:
			return p.create(s, c)
		}
		return problem(http.StatusMethodNotAllowed, "", "only GET and POST here")
	}
	a := s.byID[c.path[1]]
	if a == nil {
		return problem(http.StatusNotFound, "", "no such resource")
	}
	switch c.Method {
	case http.MethodGet:
		return p.answer(http.StatusOK, a, c)
	case http.MethodPut, http.MethodPatch:
		return p.change(s, a, c)
	case http.MethodDelete:
		return p.remove(s, a, c)
	}
	return problem(http.StatusMethodNotAllowed, "", "only GET, PUT, PATCH and DELETE here")
}
