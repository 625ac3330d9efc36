package scim

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
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

// canonicaliser brings values into the form that the schemas ask for. A lenient one, as
// PATCH needs it, also takes a single value where a list is meant.
type canonicaliser struct{ lenient bool }

// object brings the members of a complex value, or of a whole document, into canonical
// form. Members that are null, empty, unknown or not the client's to set are left out.
func (c canonicaliser) object(attributes []*attribute, from map[string]any) (map[string]any, error) {
	out, given := make(map[string]any, len(from)), make(map[*attribute]bool, len(from))
	for _, key := range slices.Sorted(maps.Keys(from)) {
		i := slices.IndexFunc(attributes, func(a *attribute) bool { return strings.EqualFold(a.name, key) })
		if i < 0 {
			continue
		}
		a := attributes[i]
		if given[a] {
			return nil, badRequest(invalidSyntax, "%s: given twice", a.path)
		}
		given[a] = true
		if a.mutability == readOnly || from[key] == nil {
			continue
		}
		v, err := c.value(a, from[key])
		if err != nil {
			return nil, err
		}
		if v != nil && a.returned != returnedNever {
			out[a.name] = v
		}
	}
	return out, nil
}

// value brings the whole value of an attribute into canonical form; nil means that the
// attribute is unassigned. Only the empty list of members is kept: it empties a group.
func (c canonicaliser) value(a *attribute, v any) (any, error) {
	if !a.multiValued {
		return c.single(a, v)
	}
	list, ok := v.([]any)
	if !ok {
		if !c.lenient {
			return nil, badRequest(invalidValue, "%s: must be an array, not %s", a.path, jsonType(v))
		}
		list = []any{v}
	}
	out, err := c.list(a, list)
	if err != nil || len(out) == 0 && a.path != membersName {
		return nil, err
	}
	return out, nil
}

// list brings the elements of a multi-valued attribute into canonical form.
func (c canonicaliser) list(a *attribute, from []any) ([]any, error) {
	limit := maxElements
	if a.path == membersName {
		limit = maxMembers
	}
	if len(from) > limit {
		return nil, tooLarge("%s: has more than %d values", a.path, limit)
	}
	out, all := make([]any, 0, len(from)), make([]int, 0, len(from))
	for _, e := range from {
		v, err := c.single(a, e)
		if err != nil {
			return nil, err
		}
		if v != nil {
			all = append(all, len(out))
			out = append(out, v)
		}
	}
	onePrimary(out, all)
	return out, nil
}

// single brings one value into canonical form.
func (c canonicaliser) single(a *attribute, v any) (any, error) {
	switch {
	case v == nil:
		return nil, nil
	case a.typ == typeComplex:
		return c.complex(a, v)
	case a.typ == typeBoolean:
		return boolean(a, v)
	case a.typ == typeAny:
		return v, checkForeign(a.path, v)
	}
	return text(a, v)
}

// complex takes an object; for an attribute with a "value" such as manager also the
// bare value, and for a singular one a list of one. An empty "value" means unassigned.
func (c canonicaliser) complex(a *attribute, v any) (any, error) {
	if list, ok := v.([]any); ok && !a.multiValued && len(list) <= 1 {
		if len(list) == 0 {
			return nil, nil
		}
		v = list[0]
	}
	value := a.sub("value")
	object, ok := v.(map[string]any)
	if !ok {
		_, isList := v.([]any)
		if value == nil || isList || a.multiValued && !c.lenient {
			return nil, badRequest(invalidValue, "%s: must be an object, not %s", a.path, jsonType(v))
		}
		object = map[string]any{value.name: v}
	}
	out, err := c.object(a.subs, object)
	if err != nil || len(out) == 0 || !a.multiValued && value != nil && out[value.name] == "" {
		return nil, err
	}
	return out, nil
}

// boolean takes true, false and, because Entra sends them, "True" and "False".
func boolean(a *attribute, v any) (any, error) {
	switch v := v.(type) {
	case bool:
		return v, nil
	case string:
		if strings.EqualFold(v, "true") || strings.EqualFold(v, "false") {
			return strings.EqualFold(v, "true"), nil
		}
	}
	return nil, badRequest(invalidValue, "%s: must be true or false", a.path)
}

// text takes a string; a number is taken as its digits, because employee numbers are
// sent as numbers.
func text(a *attribute, v any) (any, error) {
	var s string
	switch v := v.(type) {
	case string:
		s = v
	case json.Number, float64, int:
		s = numberText(v)
	default:
		return nil, badRequest(invalidValue, "%s: must be a string, not %s", a.path, jsonType(v))
	}
	if err := usher.ValidText(s); err != nil {
		return nil, badRequest(invalidValue, "%s: %v", a.path, err)
	}
	if a.required && strings.TrimSpace(s) == "" {
		return nil, badRequest(invalidValue, "%s: must not be empty", a.path)
	}
	if a.typ == typeBinary {
		if _, err := base64.StdEncoding.Strict().DecodeString(s); err != nil {
			return nil, badRequest(invalidValue, "%s: must be base64 text", a.path)
		}
	}
	return s, nil
}

// numberText is a JSON number as it is written in JSON.
func numberText(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // not a finite number; no JSON document holds one
		return fmt.Sprint(v)
	}
	return string(b)
}

// jsonType is the JSON type of a decoded value, for messages.
func jsonType(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case map[string]any:
		return "an object"
	case []any:
		return "an array"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	}
	return "a number"
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

// onePrimary leaves at most one element primary (RFC 7643 section 2.4): the last of
// those that were touched, if one of them is.
func onePrimary(list []any, touched []int) {
	winner := -1
	for _, i := range touched {
		if primary(list[i]) {
			winner = i
		}
	}
	for i := range list {
		if winner >= 0 && i != winner && primary(list[i]) {
			list[i].(map[string]any)["primary"] = false
		}
	}
}

func primary(element any) bool {
	object, _ := element.(map[string]any)
	return object["primary"] == true
}
