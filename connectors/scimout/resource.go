package scimout

import (
	"cmp"
	"encoding/json"
	"maps"
	"strings"

	"usher/connectors"
	"usher/internal/usher"
)

// The URNs of RFC 7643 and 7644 that are sent or read.
const (
	userURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupURN      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	patchURN      = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
)

// resource is a User or Group as the portal showed it. It is kept whole, so that a PUT
// gives back what usher knows nothing of.
type resource map[string]any

// id is the portal's name for r.
func (r resource) id() string { return text(r, "id") }

// version is r's ETag, empty when the portal shows none.
func (r resource) version() string { return text(r, "meta", "version") }

// spelled is the name under which object has an attribute: names are case-insensitive
// (RFC 7643 2.1). The exact one counts before another, and the first in order among others.
func spelled(object map[string]any, name string) string {
	if _, ok := object[name]; ok {
		return name
	}
	found := ""
	for other := range object {
		if strings.EqualFold(other, name) && (found == "" || other < found) {
			found = other
		}
	}
	return cmp.Or(found, name)
}

// put writes an attribute under the name that object has for it, nil takes it away. Other
// spellings of the name go, so that what is read afterwards is what was written.
func put(object map[string]any, name string, value any) {
	own := spelled(object, name)
	maps.DeleteFunc(object, func(other string, _ any) bool { return strings.EqualFold(other, name) })
	if value != nil {
		object[own] = value
	}
}

// attribute walks down the names.
func attribute(object map[string]any, path ...string) any {
	value := object[spelled(object, path[0])]
	if len(path) == 1 {
		return value
	}
	inner, _ := value.(map[string]any)
	return attribute(inner, path[1:]...)
}

// text reads a text, tolerating numbers and booleans in its place. NUL, which no store
// takes, is left out.
func text(object map[string]any, path ...string) string {
	switch v := attribute(object, path...).(type) {
	case string:
		return strings.ReplaceAll(v, "\x00", "")
	case bool, float64:
		encoded, _ := json.Marshal(v)
		return string(encoded)
	}
	return ""
}

// values reads the objects of a multi-valued attribute.
func values(object map[string]any, name string) []map[string]any {
	list, _ := attribute(object, name).([]any)
	var out []map[string]any
	for _, v := range list {
		if value, ok := v.(map[string]any); ok {
			out = append(out, value)
		}
	}
	return out
}

// manager reads the manager's id: an object by the book, a bare text at some portals.
func (r resource) manager() string {
	if id := text(r, enterpriseURN, "manager", "value"); id != "" {
		return id
	}
	return text(r, enterpriseURN, "manager")
}

// mail is the e-mail that counts: the work one, else the primary, else the first.
func (r resource) mail() map[string]any {
	var best map[string]any
	rank := -1
	for _, email := range values(r, "emails") {
		score := 0
		if strings.EqualFold(text(email, "primary"), "true") {
			score = 1
		}
		if strings.EqualFold(text(email, "type"), "work") {
			score = 2
		}
		if score > rank {
			best, rank = email, score
		}
	}
	return best
}

// members are the ids of a group's members.
func (r resource) members() []string {
	var out []string
	for _, m := range values(r, "members") {
		if id := text(m, "value"); id != "" {
			out = append(out, id)
		}
	}
	return out
}

// seenUser is r as the engine knows accounts. A portal that does not show active has no
// inactive accounts to show.
func (r resource) seenUser() usher.Seen {
	return usher.Seen{
		RemoteID:    r.id(),
		Key:         text(r, "externalId"),
		Active:      r.at("active") != "false",
		UserName:    text(r, "userName"),
		Address:     r.at("emails"),
		DisplayName: text(r, "displayName"),
		GivenName:   text(r, "name", "givenName"),
		FamilyName:  text(r, "name", "familyName"),
		Title:       text(r, "title"),
		Department:  text(r, enterpriseURN, "department"),
		Manager:     r.manager(),
		Version:     r.version(),
	}
}

// seenGroup is r as the engine knows teams.
func (r resource) seenGroup() usher.Seen {
	return usher.Seen{
		RemoteID:    r.id(),
		Key:         text(r, "externalId"),
		Active:      true,
		DisplayName: text(r, "displayName"),
		Members:     r.members(),
		Version:     r.version(),
	}
}

// resource reads the one resource that a call about id was answered with; an empty id
// stands for a new one. A resource without id, or with another's, is no answer.
func (a answer) resource(write bool, id string) (resource, error) {
	object, ok := a.object()
	if !ok {
		return nil, connectors.Unclear(write, "the portal's answer is not the JSON of an account")
	}
	r := resource(object)
	if r.id() == "" || (id != "" && r.id() != id) {
		return nil, connectors.Unclear(write, "the portal's answer shows no account or another one")
	}
	r.take(a)
	return r, nil
}

// take notes the version that came as a header only.
func (r resource) take(a answer) {
	if tag := a.header.Get("ETag"); tag != "" && r.version() == "" {
		r["meta"] = map[string]any{"version": tag}
	}
}
