package scim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"usher/internal/usher"
)

const listSchema = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

// answer is a response before it is written.
type answer struct {
	status int
	header http.Header // may be nil
	body   any         // JSON; nil for none
}

func (a answer) write(w http.ResponseWriter) error {
	maps.Copy(w.Header(), a.header)
	if a.body == nil {
		w.WriteHeader(a.status)
		return nil
	}
	body, err := json.Marshal(a.body)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return fmt.Errorf("write response: %w", err)
	}
	w.Header().Set("Content-Type", "application/scim+json")
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // the client may be gone; nothing is left to do for it
	return nil
}

// etag is a version as an entity tag. It is weak: groups, seats and members stay
// outside it.
func etag(version int64) string { return fmt.Sprintf(`W/"%d"`, version) }

// namesVersion says whether the header, a list of entity tags or *, names the version; both
// sides are compared weakly, because ours are (RFC 7644 section 3.14).
func namesVersion(header []string, version int64) bool {
	want := strings.TrimPrefix(etag(version), "W/")
	for tag := range strings.SplitSeq(strings.Join(header, ","), ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == want {
			return true
		}
	}
	return false
}

// precondition is a 412 unless If-Match is absent or names the version.
func (x *exchange) precondition(version int64) error {
	if match := x.header.Values("If-Match"); len(match) > 0 && !namesVersion(match, version) {
		return stale()
	}
	return nil
}

// unchanged says that the client already has the version.
func (x *exchange) unchanged(version int64) bool {
	return namesVersion(x.header.Values("If-None-Match"), version)
}

// shape is what a client wants to see of a resource (RFC 7644 section 3.9).
type shape struct{ attributes, excluded []string }

// wants says whether any of a multi-valued attribute would be shown, so that what is
// not shown is never loaded. It asks the projection itself, about a specimen.
func (c *collection) wants(s shape, name string, subs ...string) bool {
	element := map[string]any{}
	for _, sub := range subs {
		element[sub] = ""
	}
	_, shown := c.kind.project(map[string]any{name: []any{element}}, s.attributes, s.excluded)[name]
	return shown
}

// meta is what is common to our resources.
type meta struct {
	id                usher.ID
	version           int64
	created, modified usher.Time
}

// resource is a stored document as the client sees it; beside is what is kept beside
// the document.
func (c *collection) resource(document []byte, m meta, beside map[string]any, s shape) (map[string]any, error) {
	resource, err := decode(document, c.kind.name, m.id)
	if err != nil {
		return nil, err
	}
	maps.Copy(resource, beside)
	c.kind.finish(resource)
	resource["id"] = string(m.id)
	resource["meta"] = map[string]any{
		"resourceType": c.kind.name,
		"created":      m.created.RFC3339(),
		"lastModified": m.modified.RFC3339(),
		"location":     c.location(c.endpoint, m.id),
		"version":      etag(m.version),
	}
	return c.kind.project(resource, s.attributes, s.excluded), nil
}

// found answers with one resource.
func (c *collection) found(status int, id usher.ID, version int64, resource map[string]any) answer {
	a := versioned(status, version)
	a.body = resource
	if status == http.StatusCreated {
		a.header.Set("Location", c.location(c.endpoint, id))
	}
	return a
}

// versioned answers with a version and no body.
func versioned(status int, version int64) answer {
	return answer{status: status, header: http.Header{"Etag": {etag(version)}}}
}

// list is a ListResponse (RFC 7644 section 3.4.2): itemsPerPage is what it holds.
func list(start, total int, resources []map[string]any) map[string]any {
	return map[string]any{
		"schemas":      []string{listSchema},
		"totalResults": total,
		"startIndex":   start,
		"itemsPerPage": len(resources),
		"Resources":    resources,
	}
}

// listed answers with one page of a query.
func listed(q usher.Query, total int, resources []map[string]any) answer {
	return answer{status: http.StatusOK, body: list(q.Offset+1, total, resources)}
}

// decode reads a stored document.
func decode(document []byte, noun string, id usher.ID) (map[string]any, error) {
	var out map[string]any
	if err := json.Unmarshal(document, &out); err != nil {
		return nil, fmt.Errorf("document of %s %s: %w", noun, id, err)
	}
	return out, nil
}
