package scimportal

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// shelf holds the resources of one type in the order of their making.
type shelf struct {
	name  string
	byID  map[string]*account
	order []*account
}

func newShelf(name string) shelf { return shelf{name: name, byID: map[string]*account{}} }

// account is one resource.
type account struct {
	id      string
	doc     map[string]any
	version int
	// last is when the last request that took effect on it had arrived.
	last     int64
	signedIn bool
}

// tag is the account's version as an ETag.
func (a *account) tag() string { return fmt.Sprintf(`W/"%d"`, a.version) }

// put adds an account under a new id.
func (s *shelf) put(doc map[string]any, seq int64, n int) *account {
	a := &account{id: fmt.Sprintf("%s-%d", strings.ToLower(s.name), n), doc: doc, version: 1, last: seq}
	s.byID[a.id] = a
	s.order = append(s.order, a)
	return a
}

// drop takes an account away.
func (s *shelf) drop(a *account) {
	delete(s.byID, a.id)
	s.order = slices.DeleteFunc(s.order, func(b *account) bool { return a == b })
}

// show is the account as the portal answers with it.
func (p *Portal) show(a *account, c call) map[string]any {
	doc := maps.Clone(a.doc)
	delete(doc, "lower")
	for _, name := range append(slices.Clone(p.options.Hide), strings.Split(c.URL.Query().Get("excludedAttributes"), ",")...) {
		delete(doc, name)
	}
	doc["id"] = a.id
	meta := map[string]any{"resourceType": strings.TrimSuffix(c.path[0], "s"), "location": c.path[0] + "/" + a.id}
	if !p.options.NoVersions {
		meta["version"] = a.tag()
	}
	doc["meta"] = meta
	return doc
}

// answer is a reply that shows one account.
func (p *Portal) answer(status int, a *account, c call) reply {
	r := reply{status: status}
	if !p.options.NoVersions {
		r.version = a.tag()
	}
	if status == http.StatusCreated {
		r.location = strings.TrimRight(c.URL.Path, "/") + "/" + a.id
	}
	if c.write() && p.options.EmptyAnswers {
		if status == http.StatusOK {
			r.status = http.StatusNoContent
		}
		return r
	}
	r.body = p.show(a, c)
	return r
}

// filterPattern is the one form of filter that the portal knows.
var filterPattern = regexp.MustCompile(`^\s*([A-Za-z.]+)\s+(?i:eq)\s+("(?:[^"\\]|\\.)*")\s*$`)

// list answers with one page of what the filter lets through.
func (p *Portal) list(s *shelf, c call) reply {
	query := c.URL.Query()
	found := s.order
	if text := query.Get("filter"); text != "" {
		m := filterPattern.FindStringSubmatch(text)
		if m == nil || slices.Contains(p.options.NoFilter, m[1]) {
			return problem(http.StatusBadRequest, "invalidFilter", "this filter is not supported")
		}
		var want string
		if json.Unmarshal([]byte(m[2]), &want) != nil {
			return problem(http.StatusBadRequest, "invalidFilter", "the filter's text is broken")
		}
		found = slices.DeleteFunc(slices.Clone(found), func(a *account) bool { return !matches(a.doc, m[1], want) })
	}
	start := max(number(query.Get("startIndex"), 1), 1)
	count := min(max(number(query.Get("count"), p.options.PageSize), 0), p.options.PageSize)
	resources := []any{}
	for _, a := range found[min(start-1, len(found)):min(start-1+count, len(found))] {
		resources = append(resources, p.show(a, c))
	}
	return reply{status: http.StatusOK, body: map[string]any{
		"schemas":      []string{"urn:ietf:params:scim:api:messages:2.0:ListResponse"},
		"totalResults": len(found), "startIndex": start, "itemsPerPage": len(resources), "Resources": resources,
	}}
}

// number reads a query parameter.
func number(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return otherwise
}

// matches says whether the attribute has the value; only externalId minds the case.
func matches(doc map[string]any, attribute, want string) bool {
	switch attribute {
	case "emails", "emails.value":
		return slices.ContainsFunc(addresses(doc), func(have string) bool { return strings.EqualFold(have, want) })
	case "externalId":
		return doc["externalId"] == want
	}
	have, _ := doc[attribute].(string)
	return strings.EqualFold(have, want)
}

// addresses are a user's e-mail addresses.
func addresses(doc map[string]any) []string {
	var out []string
	list, _ := doc["emails"].([]any)
	for _, v := range list {
		if email, ok := v.(map[string]any); ok {
			if address, ok := email["value"].(string); ok {
				out = append(out, address)
			}
		}
	}
	return out
}
