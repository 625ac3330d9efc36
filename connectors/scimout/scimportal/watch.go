package scimportal

import (
	"fmt"
	"slices"
)

// Stats are what the portal counted.
type Stats struct {
	Requests int // let in
	Writes   int // of those, the ones that ask for a change, whether they got it or not
	Made     int // users and groups ever made
	// Duplicates are users made although one with the same externalId or address was there.
	Duplicates int
	// Inversions are requests that took effect on an account after one that had arrived
	// later.
	Inversions int
	// Active is how many users are active, which is how many seats are taken.
	Active int
}

// User is a user as the portal holds it.
type User struct {
	ID, UserName, ExternalID string
	Active                   bool
	DisplayName              string
	GivenName, FamilyName    string
	Title, Department        string
	Manager                  string // id
	Addresses                []string
}

// Group is a group as the portal holds it.
type Group struct {
	ID, DisplayName, ExternalID string
	Members                     []string // ids
}

// Write is one request that took effect.
type Write struct {
	Seq      int64 // order of arrival
	Method   string
	ID       string
	UserName string // or displayName
	Active   bool   // afterwards
}

// Stats gives the counts of this moment.
func (p *Portal) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Active = p.used()
	return s
}

// Audit gives every write that took effect, oldest effect first; those on one account
// when id is not empty.
func (p *Portal) Audit(id string) []Write {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.audit), func(w Write) bool { return id != "" && w.ID != id })
}

// Users gives all users in the order of their making.
func (p *Portal) Users() []User {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]User, len(p.users.order))
	for i, a := range p.users.order {
		enterprise, _ := a.doc[enterpriseURN].(map[string]any)
		manager, _ := enterprise["manager"].(map[string]any)
		name, _ := a.doc["name"].(map[string]any)
		out[i] = User{
			ID: a.id, UserName: str(a.doc["userName"]), ExternalID: str(a.doc["externalId"]), Active: active(a.doc),
			DisplayName: str(a.doc["displayName"]), GivenName: str(name["givenName"]), FamilyName: str(name["familyName"]),
			Title:      str(a.doc["title"]),
			Department: str(enterprise["department"]), Manager: str(manager["value"]), Addresses: addresses(a.doc),
		}
	}
	return out
}

// Groups gives all groups in the order of their making.
func (p *Portal) Groups() []Group {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Group, len(p.groups.order))
	for i, a := range p.groups.order {
		out[i] = Group{ID: a.id, DisplayName: str(a.doc["displayName"]), ExternalID: str(a.doc["externalId"]), Members: memberIDs(a.doc)}
	}
	return out
}

// memberIDs are the ids of a group's members.
func memberIDs(doc map[string]any) []string {
	var out []string
	list, _ := doc["members"].([]any)
	for _, v := range list {
		member, _ := v.(map[string]any)
		out = append(out, str(member["value"]))
	}
	return out
}

// str is v as a text; empty when it is nothing.
func str(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// touch records a write on an account that was there, and notices one that came late.
func (p *Portal) touch(a *account, c call) {
	if c.seq < a.last {
		p.stats.Inversions++
	}
	a.last = max(a.last, c.seq)
	p.record(a, c)
}

// record adds to the audit list.
func (p *Portal) record(a *account, c call) {
	name := str(a.doc["userName"])
	if name == "" {
		name = str(a.doc["displayName"])
	}
	p.audit = append(p.audit, Write{Seq: c.seq, Method: c.Method, ID: a.id, UserName: name, Active: active(a.doc)})
}
