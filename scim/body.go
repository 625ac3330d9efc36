package scim

import (
	"maps"
	"slices"
	"strings"

	"usher/internal/usher"
)

// The limits on what one attribute of a body may hold; members are the exception.
const (
	maxElements = 500
	maxMembers  = 50_000
)

// canonicalBody turns the body of a POST or PUT into the document that is stored: names
// in the case of the schemas, values of the right types and otherwise untouched, and
// nothing that a client cannot set (RFC 7644 section 3.3: readOnly attributes are
// ignored). A password is checked and dropped. Attributes of extensions that usher does
// not know are kept. Members of a group stay in it until takeMembers.
func (k *kind) canonicalBody(body map[string]any) (map[string]any, error) {
	if err := k.checkSchemas(body); err != nil {
		return nil, err
	}
	c := canonicaliser{}
	doc, err := c.object(k.attributes, body)
	if err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(body)) {
		if err := c.keepForeign(k, doc, key, body[key]); err != nil {
			return nil, err
		}
	}
	if name := k.missing(doc); name != "" {
		return nil, badRequest(invalidValue, "%s: required and missing", name)
	}
	return k.finish(doc), nil
}

// checkSchemas requires that the body names the schema of this resource type.
func (k *kind) checkSchemas(body map[string]any) error {
	named, ok := field(body, "schemas").([]any)
	if !ok || !slices.ContainsFunc(named, func(s any) bool { return sameText(s, k.core.ID) }) {
		return badRequest(invalidSyntax, "schemas: must be an array that holds %q", k.core.ID)
	}
	return nil
}

// field is the member of that name, in any case; nil when there is none.
func field(object map[string]any, name string) any {
	if v, ok := object[name]; ok {
		return v
	}
	for key, v := range object {
		if strings.EqualFold(key, name) {
			return v
		}
	}
	return nil
}

func sameText(v any, text string) bool {
	s, ok := v.(string)
	return ok && strings.EqualFold(s, text)
}

// missing is the name of a required attribute that the document lacks.
func (k *kind) missing(doc map[string]any) string {
	for _, a := range k.attributes {
		if a.required && a.mutability != readOnly && doc[a.name] == nil {
			return a.name
		}
	}
	return ""
}

// finish sets what follows from the rest of the document: active, which is true unless
// said otherwise, and schemas.
func (k *kind) finish(doc map[string]any) map[string]any {
	if k.core.ID == userSchema && doc["active"] == nil {
		doc["active"] = true
	}
	doc["schemas"] = k.schemasOf(doc)
	return doc
}

// schemasOf names the schemas that a document uses.
func (k *kind) schemasOf(doc map[string]any) []any {
	schemas := []any{k.core.ID}
	for _, key := range slices.Sorted(maps.Keys(doc)) {
		if isURN(key) {
			schemas = append(schemas, key)
		}
	}
	return schemas
}

// isURN tells the name of an extension from that of an attribute.
func isURN(name string) bool { return len(name) > 4 && strings.EqualFold(name[:4], "urn:") }

// takeMembers removes a group's members from its canonical body; nil when the body did
// not name any, empty when it named none.
func takeMembers(doc map[string]any) ([]usher.ID, error) {
	members, ok := doc[membersName].([]any)
	if !ok {
		return nil, nil
	}
	delete(doc, membersName)
	return memberIDs(members)
}

// memberIDs are the ids in a canonical list of members, each once.
func memberIDs(members []any) ([]usher.ID, error) {
	ids, seen := make([]usher.ID, 0, len(members)), make(map[usher.ID]bool, len(members))
	for i, m := range members {
		value := stringAt(m.(map[string]any), "value")
		if value == "" {
			return nil, badRequest(invalidValue, "members[%d]: value, the id of a user or group, is missing", i)
		}
		if id := usher.ID(value); !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// keepForeign keeps an extension that the schemas do not know as it was pushed.
func (c canonicaliser) keepForeign(k *kind, doc map[string]any, key string, v any) error {
	object, ok := v.(map[string]any)
	if !ok || !isURN(key) || strings.EqualFold(key, k.core.ID) || k.find(key) != nil {
		return nil
	}
	if err := checkForeign("extensions", map[string]any{key: object}); err != nil {
		return err
	}
	if other := foreignKey(doc, key); other != key {
		return badRequest(invalidSyntax, "%s: given twice", other)
	}
	kept := map[string]any{}
	for name, v := range object {
		if v != nil {
			kept[name] = v
		}
	}
	if len(kept) > 0 {
		doc[key] = kept
	}
	return nil
}

// foreignKey is the spelling under which object already has key, or key itself.
func foreignKey(object map[string]any, key string) string {
	if _, ok := object[key]; ok {
		return key
	}
	for have := range object {
		if strings.EqualFold(have, key) {
			return have
		}
	}
	return key
}

// checkForeign checks that every text in a value, names too, can be stored.
func checkForeign(where string, v any) error {
	switch v := v.(type) {
	case string:
		if err := usher.ValidText(v); err != nil {
			return badRequest(invalidValue, "%s: %v", where, err)
		}
	case []any:
		for _, e := range v {
			if err := checkForeign(where, e); err != nil {
				return err
			}
		}
	case map[string]any:
		for key, e := range v {
			if err := checkForeign(where, key); err != nil {
				return err
			}
			if err := checkForeign(where, e); err != nil {
				return err
			}
		}
	}
	return nil
}
