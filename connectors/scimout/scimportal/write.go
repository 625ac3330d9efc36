package scimportal

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

const enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

// create makes an account.
func (p *Portal) create(s *shelf, c call) reply {
	doc := p.prepare(c.body)
	if r, ok := p.check(s, nil, doc); !ok {
		return r
	}
	if s == &p.users && p.full(doc) {
		switch p.options.Full {
		case FullMakesNothing:
			a := &account{id: "user-0", doc: doc, version: 1}
			return p.answer(http.StatusCreated, a, c)
		case FullGivesLower:
			doc["lower"] = true
			maps.Copy(doc, p.options.Lower)
		case FullRefuses, FullGoesOver:
		}
	}
	p.stats.Made++
	if s == &p.users && p.twin(doc) {
		p.stats.Duplicates++
	}
	a := s.put(doc, c.seq, p.stats.Made)
	p.record(a, c)
	return p.answer(http.StatusCreated, a, c)
}

// change replaces or patches an account.
func (p *Portal) change(s *shelf, a *account, c call) reply {
	if tag := c.Header.Get("If-Match"); tag != "" && tag != a.tag() && !p.options.NoVersions {
		return problem(http.StatusPreconditionFailed, "", "the resource has changed")
	}
	doc := c.body
	if c.Method == http.MethodPatch {
		if p.options.NoPatch {
			return problem(http.StatusNotImplemented, "", "PATCH is not supported")
		}
		var err error
		if doc, err = patched(a.doc, c.body); err != nil {
			return problem(http.StatusBadRequest, "invalidValue", err.Error())
		}
	}
	doc = p.prepare(doc)
	if r, ok := p.check(s, a, doc); !ok {
		return r
	}
	a.doc = doc
	a.version++
	p.touch(a, c)
	return p.answer(http.StatusOK, a, c)
}

// remove deletes an account.
func (p *Portal) remove(s *shelf, a *account, c call) reply {
	s.drop(a)
	a.doc["active"] = false
	p.touch(a, c)
	return reply{status: http.StatusNoContent}
}

// prepare is a document as the portal keeps it.
func (p *Portal) prepare(body map[string]any) map[string]any {
	doc := clone(body)
	delete(doc, "id")
	delete(doc, "meta")
	if active, ok := doc["active"].(string); ok {
		doc["active"] = strings.EqualFold(active, "true")
	}
	if p.options.Normalise != nil {
		p.options.Normalise(doc)
	}
	return doc
}

// check refuses what the portal does not take; a is nil for a new account.
func (p *Portal) check(s *shelf, a *account, doc map[string]any) (reply, bool) {
	if s == &p.groups {
		return p.checkGroup(doc)
	}
	name, _ := doc["userName"].(string)
	if name == "" {
		return problem(http.StatusBadRequest, "invalidValue", "userName is required"), false
	}
	if slices.ContainsFunc(s.order, func(b *account) bool { return a != b && matches(b.doc, "userName", name) }) {
		return problem(http.StatusConflict, "uniqueness", "userName is taken"), false
	}
	if enterprise, ok := doc[enterpriseURN].(map[string]any); ok {
		if manager, ok := enterprise["manager"].(map[string]any); ok && p.users.byID[fmt.Sprint(manager["value"])] == nil {
			return problem(http.StatusBadRequest, "invalidValue", "no such manager"), false
		}
	}
	if (a == nil || !active(a.doc)) && p.options.Full == FullRefuses && p.full(doc) {
		return p.noSeats(), false
	}
	return reply{}, true
}

// full says whether a user who is to be active finds all seats taken.
func (p *Portal) full(doc map[string]any) bool {
	return active(doc) && !p.options.SignIn && p.options.Seats > 0 && p.used() >= p.options.Seats
}

// noSeats is the refusal for want of seats.
func (p *Portal) noSeats() reply {
	detail := p.options.NoSeatsDetail
	if detail == "" {
		detail = fmt.Sprintf("No seats left: %d of %d licenses are in use", p.used(), p.options.Seats)
	}
	return problem(p.options.NoSeatsStatus, "", detail)
}

// SignIn is a user's first sign-in, and says whether there was a seat for them.
func (p *Portal) SignIn(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.users.byID[id]
	if a == nil || !active(a.doc) || p.options.Seats > 0 && !a.signedIn && p.used() >= p.options.Seats {
		return false
	}
	a.signedIn = true
	return true
}

// checkGroup refuses groups without a name or with members that do not exist.
func (p *Portal) checkGroup(doc map[string]any) (reply, bool) {
	if name, _ := doc["displayName"].(string); name == "" {
		return problem(http.StatusBadRequest, "invalidValue", "displayName is required"), false
	}
	for _, id := range memberIDs(doc) {
		if p.users.byID[id] == nil {
			return problem(http.StatusBadRequest, "invalidValue", "no such member"), false
		}
	}
	return reply{}, true
}

// twin says whether an account of the same human is there already.
func (p *Portal) twin(doc map[string]any) bool {
	key, _ := doc["externalId"].(string)
	return slices.ContainsFunc(p.users.order, func(a *account) bool {
		return key != "" && matches(a.doc, "externalId", key) || slices.ContainsFunc(addresses(doc), func(address string) bool {
			return matches(a.doc, "emails", address)
		})
	})
}

// active says whether a user is active; one that does not say so is.
func active(doc map[string]any) bool { return doc["active"] != false }

// used is how many seats are taken.
func (p *Portal) used() int {
	n := 0
	for _, a := range p.users.order {
		if active(a.doc) && a.doc["lower"] == nil && (a.signedIn || !p.options.SignIn) {
			n++
		}
	}
	return n
}
