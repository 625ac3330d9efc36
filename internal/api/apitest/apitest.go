// Package apitest holds answers against an OpenAPI document, strictly: what an answer has is documented,
// and what is required is there. It knows as much of JSON Schema as our own document uses, and refuses
// the rest.
package apitest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// object is a mapping of the document.
type object = map[string]any

// Document is an OpenAPI document.
type Document struct{ root object }

// Operation is one operation of the document.
type Operation struct {
	Path, Method string // the method in capitals
	Scopes       []string
	// Query and InPath are the names of its parameters.
	Query, InPath []string
	// Body are the properties of its JSON body; nil: none. Required are those that have to be there.
	Body, Required []string
	// File says that the body is a file.
	File bool
	// Statuses are those of its answers.
	Statuses []string
	ID       string
}

// Parse reads a document.
func Parse(text string) (*Document, error) {
	d := &Document{}
	if err := yaml.UnmarshalWithOptions([]byte(text), &d.root, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("OpenAPI document: %w", err)
	}
	return d, nil
}

// at is a value below others; nil where there is none.
func at(v any, names ...string) any {
	for _, n := range names {
		m, ok := v.(object)
		if !ok {
			return nil
		}
		v = m[n]
	}
	return v
}

func texts(v any) (all []string) {
	list, _ := v.([]any)
	for _, item := range list {
		all = append(all, fmt.Sprint(item))
	}
	return all
}

// follow is what a reference means, or v itself.
func (d *Document) follow(v any) any {
	ref, ok := at(v, "$ref").(string)
	if !ok {
		return v
	}
	return at(d.root, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
}

// References are all references of the document that mean nothing.
func (d *Document) References() (broken []string) {
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case object:
			if ref, ok := v["$ref"].(string); ok && d.follow(v) == nil {
				broken = append(broken, ref)
			}
			for _, child := range v {
				walk(child)
			}
		case []any:
			for _, child := range v {
				walk(child)
			}
		}
	}
	walk(d.root)
	return broken
}

// Operations are all operations of the document.
func (d *Document) Operations() (all []Operation) {
	paths, _ := at(d.root, "paths").(object)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		methods, _ := paths[path].(object)
		for _, method := range slices.Sorted(maps.Keys(methods)) {
			all = append(all, d.operation(path, method, methods[method]))
		}
	}
	return all
}

func (d *Document) operation(path, method string, v any) Operation {
	o := Operation{Path: path, Method: strings.ToUpper(method)}
	o.ID, _ = at(v, "operationId").(string)
	security, _ := at(v, "security").([]any)
	for _, s := range security {
		o.Scopes = append(o.Scopes, texts(at(s, "token"))...)
	}
	parameters, _ := at(v, "parameters").([]any)
	for _, p := range parameters {
		p = d.follow(p)
		name := fmt.Sprint(at(p, "name"))
		if at(p, "in") == "query" {
			o.Query = append(o.Query, name)
		} else {
			o.InPath = append(o.InPath, name)
		}
	}
	content := at(v, "requestBody", "content")
	if schema := at(content, "application/json", "schema"); schema != nil {
		properties, required, _ := d.properties(schema)
		o.Body, o.Required = slices.Sorted(maps.Keys(properties)), slices.Sorted(slices.Values(required))
	}
	o.File = at(content, "application/octet-stream") != nil
	responses, _ := at(v, "responses").(object)
	o.Statuses = slices.Sorted(maps.Keys(responses))
	return o
}

// properties are those of an object's schema, with those of all that it is made of.
func (d *Document) properties(schema any) (object, []string, error) {
	schema = d.follow(schema)
	found, required := object{}, texts(at(schema, "required"))
	own, _ := at(schema, "properties").(object)
	maps.Copy(found, own)
	parts, _ := at(schema, "allOf").([]any)
	for _, part := range parts {
		more, needed, err := d.properties(part)
		if err != nil {
			return nil, nil, err
		}
		maps.Copy(found, more)
		required = append(required, needed...)
	}
	if len(parts) == 0 && at(schema, "type") != "object" {
		return nil, nil, fmt.Errorf("%v is no object", schema)
	}
	return found, required, nil
}

// Check says how an answer of an operation differs from what is documented.
func (d *Document) Check(method, path string, status int, mediaType string, body []byte) (wrong []string) {
	response := d.follow(at(d.root, "paths", path, strings.ToLower(method), "responses", fmt.Sprint(status)))
	schema := at(response, "content", mediaType, "schema")
	if schema == nil {
		return []string{fmt.Sprintf("%s %s: an answer %d of type %q is not documented", method, path, status, mediaType)}
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return []string{fmt.Sprintf("%s %s: %v", method, path, err)}
	}
	c := checker{document: d}
	c.check(fmt.Sprintf("%s %s %d", method, path, status), schema, v)
	return c.wrong
}

// checker gathers what is wrong with one answer.
type checker struct {
	document *Document
	wrong    []string
}

func (c *checker) report(where, format string, args ...any) {
	c.wrong = append(c.wrong, where+": "+fmt.Sprintf(format, args...))
}

func (c *checker) check(where string, schema, v any) {
	schema = c.document.follow(schema)
	if m, ok := schema.(object); ok && len(m) == 0 {
		return // anything
	}
	kind, _ := at(schema, "type").(string)
	if at(schema, "allOf") != nil {
		kind = "object"
	}
	switch v := v.(type) {
	case object:
		c.object(where, kind, schema, v)
	case []any:
		if kind != "array" {
			c.report(where, "is a list, documented as %s", kind)
		}
		for i, item := range v {
			c.check(fmt.Sprintf("%s[%d]", where, i), at(schema, "items"), item)
		}
	case string:
		c.text(where, kind, schema, v)
	case bool:
		if kind != "boolean" {
			c.report(where, "is true or false, documented as %s", kind)
		}
	case float64:
		if kind != "integer" || v != float64(int64(v)) {
			c.report(where, "is the number %v, documented as %s", v, kind)
		}
	default:
		c.report(where, "is %v, documented as %s", v, kind)
	}
}

func (c *checker) object(where, kind string, schema any, v object) {
	properties, required, err := c.document.properties(schema)
	if err != nil || kind != "object" {
		c.report(where, "is an object, documented as %s: %v", kind, err)
		return
	}
	for name, value := range v {
		if properties[name] == nil {
			c.report(where, "%s is not documented", name)
			continue
		}
		c.check(where+"."+name, properties[name], value)
	}
	for _, name := range required {
		if _, ok := v[name]; !ok {
			c.report(where, "%s is missing", name)
		}
	}
}

func (c *checker) text(where, kind string, schema any, v string) {
	if kind != "string" {
		c.report(where, "is the text %q, documented as %s", v, kind)
	}
	if among := texts(at(schema, "enum")); among != nil && !slices.Contains(among, v) {
		c.report(where, "is %q, and none of %s", v, strings.Join(among, ", "))
	}
	if _, err := time.Parse(time.RFC3339Nano, v); at(schema, "format") == "date-time" && err != nil {
		c.report(where, "%q is no instant", v)
	}
}
