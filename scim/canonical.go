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

// canonicaliser brings values into the form that the schemas ask for. A lenient one, as
// PATCH needs it, also takes a single value where a list is meant.
type canonicaliser struct{ lenient bool }

// object brings the members of a complex value, or of a whole document, into canonical
// form. Members that are null, empty, unknown or not the client's to set are left out.
func (c canonicaliser) object(attributes []*attribute, from map[string]any) (map[string]any, error) {
	return c.into(make(map[string]any, len(from)), attributes, from)
}

// into is object with the map to use, which may be from itself: a group's body can hold
// tens of thousands of objects, and one copy of them is enough.
func (c canonicaliser) into(out map[string]any, attributes []*attribute, from map[string]any) (map[string]any, error) {
	given := make([]bool, len(attributes))
	for _, key := range slices.Sorted(maps.Keys(from)) {
		v := from[key]
		delete(out, key)
		i := slices.IndexFunc(attributes, func(a *attribute) bool { return strings.EqualFold(a.name, key) })
		if i < 0 {
			continue
		}
		a := attributes[i]
		if given[i] {
			return nil, badRequest(invalidSyntax, "%s: given twice", a.path)
		}
		given[i] = true
		if a.mutability == readOnly || v == nil {
			continue
		}
		v, err := c.value(a, v)
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
	out, err := c.into(object, a.subs, object)
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
