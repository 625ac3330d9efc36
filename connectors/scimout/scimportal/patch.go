package scimportal

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// pathPattern is attr, attr.sub, attr[sub eq "value"] and attr[sub eq "value"].sub, with
// or without a URN before it.
var pathPattern = regexp.MustCompile(`^(?:(urn:.+):)?([A-Za-z]+)(?:\[([A-Za-z]+) eq ("(?:[^"\\]|\\.)*")\])?(?:\.([A-Za-z]+))?$`)

// patched is doc with the operations of a PatchOp (RFC 7644 3.5.2).
func patched(doc, body map[string]any) (map[string]any, error) {
	doc = clone(doc)
	operations, _ := body["Operations"].([]any)
	if len(operations) == 0 {
		return nil, fmt.Errorf("there are no Operations")
	}
	for i, v := range operations {
		o, _ := v.(map[string]any)
		op, _ := o["op"].(string)
		path, _ := o["path"].(string)
		if err := apply(doc, strings.ToLower(op), path, o["value"]); err != nil {
			return nil, fmt.Errorf("operation %d: %w", i, err)
		}
	}
	return doc, nil
}

// apply carries out one operation on doc.
func apply(doc map[string]any, op, path string, value any) error {
	if op != "add" && op != "replace" && op != "remove" {
		return fmt.Errorf("op is none of add, replace, remove")
	}
	if path == "" {
		object, ok := value.(map[string]any)
		if !ok || op == "remove" {
			return fmt.Errorf("without path, value must be an object to add or replace")
		}
		for name, v := range object {
			if err := apply(doc, op, name, v); err != nil {
				return err
			}
		}
		return nil
	}
	m := pathPattern.FindStringSubmatch(path)
	if m == nil {
		return fmt.Errorf("the path is not supported")
	}
	urn, name, by, literal, sub := m[1], m[2], m[3], m[4], m[5]
	if urn != "" && !strings.HasPrefix(urn, "urn:ietf:params:scim:schemas:core:") {
		doc = inner(doc, urn)
	}
	if by != "" {
		return applyFiltered(doc, name, by, literal, sub, op, value)
	}
	if sub != "" {
		doc, name = inner(doc, name), sub
	}
	have, multi := doc[name].([]any)
	more, list := value.([]any)
	switch {
	case op == "remove":
		delete(doc, name)
	case op == "add" && (multi || list):
		doc[name] = union(have, more)
	default:
		doc[name] = value
	}
	return nil
}

// applyFiltered carries out one operation on the values that a filter picks.
func applyFiltered(doc map[string]any, name, by, literal, sub, op string, value any) error {
	var want string
	if err := json.Unmarshal([]byte(literal), &want); err != nil {
		return fmt.Errorf("the path's filter is broken")
	}
	list, _ := doc[name].([]any)
	picked := func(v any) bool {
		object, _ := v.(map[string]any)
		return object[by] == want
	}
	if !slices.ContainsFunc(list, picked) {
		return fmt.Errorf("the path's filter picks nothing")
	}
	if op == "remove" && sub == "" {
		doc[name] = slices.DeleteFunc(list, picked)
		return nil
	}
	for _, v := range list {
		if picked(v) && sub != "" {
			v.(map[string]any)[sub] = value
		}
	}
	return nil
}

// inner is the object of that name inside doc, made if needed.
func inner(doc map[string]any, name string) map[string]any {
	object, ok := doc[name].(map[string]any)
	if !ok {
		object = map[string]any{}
		doc[name] = object
	}
	return object
}

// union adds values that are not there yet; objects are the same when their value is.
func union(have, more []any) []any {
	for _, v := range more {
		if !slices.ContainsFunc(have, func(h any) bool { return identity(h) == identity(v) }) {
			have = append(have, v)
		}
	}
	return have
}

// identity is what tells one value of a list from another.
func identity(v any) string {
	if object, ok := v.(map[string]any); ok {
		return fmt.Sprint(object["value"])
	}
	return fmt.Sprint(v)
}

// clone copies a document deeply.
func clone(doc map[string]any) map[string]any {
	var out map[string]any
	encoded, err := json.Marshal(doc)
	if err == nil {
		err = json.Unmarshal(encoded, &out)
	}
	if err != nil {
		panic("scimportal: a document that came from JSON cannot go back: " + err.Error())
	}
	return out
}
