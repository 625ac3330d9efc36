package scimout

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// managerPath is the path of the manager reference.
const managerPath = enterpriseURN + ":manager"

// field is one attribute, by its PATCH path, and what it should hold; empty means nothing.
// A path that ends with [] is a list of texts, which want has sorted, one to a line.
type field struct {
	path string
	want string
}

// wire is the field's path as a portal knows it.
func (f field) wire() string { return strings.TrimSuffix(f.path, "[]") }

// many says whether the field is a list of texts.
func (f field) many() bool { return f.wire() != f.path }

// names are the steps of the field's path. What belongs to an extension has its URN, which
// holds dots, before the last colon (RFC 7644 3.10).
func (f field) names() []string {
	path := f.wire()
	if i := strings.LastIndexByte(path, ':'); i >= 0 && isURN(path) {
		return []string{path[:i], path[i+1:]}
	}
	return strings.Split(path, ".")
}

// isURN says whether a name or path belongs to an extension.
func isURN(path string) bool { return len(path) > 4 && strings.EqualFold(path[:4], "urn:") }

// at is what r shows at a field's path, as text.
func (r resource) at(path string) string {
	switch path {
	case "emails":
		return text(r.mail(), "value")
	case managerPath:
		return r.manager()
	case "active":
		return strings.ToLower(text(r, "active"))
	case "members":
		return strings.Join(sorted(r.members()), "\n")
	}
	f := field{path: path}
	if list, ok := attribute(r, f.names()...).([]any); ok && f.many() {
		return strings.Join(sorted(words(list)), "\n")
	}
	return text(r, f.names()...)
}

// words are the texts of a list, whose items are texts, or objects with a value.
func words(list []any) []string {
	var out []string
	for _, item := range list {
		if word := text(map[string]any{"value": item}, "value"); word != "" {
			out = append(out, word)
		} else if object, ok := item.(map[string]any); ok {
			out = append(out, text(object, "value"))
		}
	}
	return out
}

// holds says whether r shows every field as wanted.
func (r resource) holds(fields []field) bool {
	return !slices.ContainsFunc(fields, func(f field) bool { return r.at(f.path) != f.want })
}

// clone copies r deeply.
func (r resource) clone() resource {
	var out resource
	encoded, err := json.Marshal(r)
	if err == nil {
		err = json.Unmarshal(encoded, &out)
	}
	if err != nil {
		panic("scimout: a resource that came from JSON cannot go back: " + err.Error())
	}
	return out
}

// set writes a field into r.
func (r resource) set(f field) {
	if f.path == "emails" {
		r.setMail(f.want)
		return
	}
	names := f.names()
	if f.want != "" && isURN(names[0]) {
		r.extend(names[0])
	}
	object := map[string]any(r)
	for _, name := range names[:len(names)-1] {
		inner, ok := attribute(object, name).(map[string]any)
		if !ok {
			inner = map[string]any{}
		}
		put(object, name, inner)
		object = inner
	}
	last := names[len(names)-1]
	switch {
	case f.want == "":
		put(object, last, nil)
	case f.path == "active":
		put(object, last, f.want == "true")
	case f.path == managerPath:
		put(object, last, map[string]any{"value": f.want})
	case f.many():
		put(object, last, strings.Split(f.want, "\n"))
	default:
		put(object, last, f.want)
	}
}

// setMail writes the address into the e-mail that counts and leaves the others.
func (r resource) setMail(address string) {
	if mail := r.mail(); mail != nil {
		put(mail, "value", address)
		return
	}
	put(r, "emails", []any{map[string]any{"value": address, "type": "work", "primary": true}})
}

// operation is one step of a PATCH (RFC 7644 3.5.2).
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// patchOf is the body of a PATCH.
func patchOf(operations []operation) any {
	return struct {
		Schemas    []string    `json:"schemas"`
		Operations []operation `json:"Operations"`
	}{[]string{patchURN}, operations}
}

// operations are the PATCH steps of the edits to r.
func (r resource) operations(edits []field) []operation {
	edited := r.clone()
	var out []operation
	for _, f := range edits {
		edited.set(f)
		o := operation{Op: "replace", Path: f.wire(), Value: attribute(edited, f.names()...)}
		switch {
		case f.want == "":
			o = operation{Op: "remove", Path: f.wire()}
		case r.at(f.path) == "" && f.path != "active":
			o.Op = "add"
		}
		out = append(out, o)
	}
	return out
}

// replacement is r with the edits, as a PUT wants it.
func (r resource) replacement(edits []field) resource {
	out := r.clone()
	for _, f := range edits {
		out.set(f)
	}
	maps.DeleteFunc(out, func(name string, _ any) bool {
		return strings.EqualFold(name, "meta") || strings.EqualFold(name, "groups")
	})
	out.declare()
	return out
}

// declare adds the enterprise extension to the schemas of a resource that has it.
func (r resource) declare() {
	if attribute(r, enterpriseURN) != nil {
		r.extend(enterpriseURN)
	}
}

// extend adds an extension to the schemas of r.
func (r resource) extend(urn string) {
	schemas, _ := attribute(r, "schemas").([]any)
	if !slices.Contains(schemas, any(urn)) {
		put(r, "schemas", append(schemas, urn))
	}
}

// edit is the call that brings the edits to the portal: a PATCH, or a PUT where the portal
// knows no PATCH.
func (d *delivery) edit(ctx context.Context, r resource, edits []field) (request, error) {
	patch, err := d.patches(ctx)
	if err != nil {
		return request{}, err
	}
	if patch {
		return d.patch(r.id(), r.version(), r.operations(edits)), nil
	}
	return request{method: http.MethodPut, path: d.path(r.id()), version: r.version(), body: r.replacement(edits)}, nil
}

// patch is the PATCH of one account.
func (d *delivery) patch(id, version string, operations []operation) request {
	return request{method: http.MethodPatch, path: d.path(id), version: version, body: patchOf(operations)}
}

// path is the path of one account.
func (d *delivery) path(id string) string { return d.endpoint() + "/" + url.PathEscape(id) }
