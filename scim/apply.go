package scim

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"usher/internal/usher"
)

// applyTo carries the operation out on a document, as far as w allows.
func (o patchOp) applyTo(doc map[string]any, w *work) error {
	a := o.path.attribute
	holder, key := doc, a.name
	if a.parent != nil {
		urn := foreignKey(doc, a.parent.name)
		holder = objectAt(doc, urn)
		if holder == nil {
			holder = map[string]any{}
		}
		defer func() { setOrDelete(doc, urn, holder) }()
	}
	if a.typ == typeAny || a.extension {
		key = foreignKey(holder, key)
	}
	if err := w.spend(o, holder[key]); err != nil {
		return err
	}
	v, err := o.result(holder[key], w)
	if err == nil {
		setOrDelete(holder, key, v)
	}
	return err
}

// setOrDelete keeps documents free of null, empty lists and empty objects, which all
// mean "unassigned" (RFC 7643 section 2.5).
func setOrDelete(object map[string]any, key string, v any) {
	if object[key] = v; unassigned(v) {
		delete(object, key)
	}
}

func unassigned(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return v == nil
}

// result is what becomes of the attribute's value.
func (o patchOp) result(old any, w *work) (any, error) {
	list, isList := old.([]any)
	switch {
	case !o.path.whole() && o.path.attribute.multiValued:
		return o.inElements(list, w)
	case o.path.sub != nil:
		object, _ := old.(map[string]any)
		return o.inObject(object), nil
	case o.op == opRemove && isList && o.value != nil:
		return withoutElements(list, o.value.([]any)), nil
	case o.op == opRemove:
		return nil, nil
	}
	value := clone(o.value)
	if more, ok := value.([]any); ok && o.op == opAdd {
		return withElements(o.path.attribute, list, more)
	}
	if by, ok := value.(map[string]any); ok && o.path.attribute.typ == typeComplex {
		object, _ := old.(map[string]any)
		return merge(object, by), nil
	}
	return value, nil
}

// inObject sets or removes a sub-attribute of a complex value.
func (o patchOp) inObject(object map[string]any) map[string]any {
	if o.op == opRemove {
		delete(object, o.path.sub.name)
		return object
	}
	return merge(object, map[string]any{o.path.sub.name: clone(o.value)})
}

// merge sets sub-attributes and leaves those that are not named (RFC 7644 section
// 3.5.2.3). A $ref belongs to the value that it came with.
func merge(object, by map[string]any) map[string]any {
	if object == nil {
		return by
	}
	if v, ok := by["value"]; ok && v != object["value"] {
		delete(object, "$ref")
	}
	maps.Copy(object, by)
	return object
}

// inElements carries the operation out on the elements that the path selects.
func (o patchOp) inElements(list []any, w *work) (any, error) {
	var kept []any
	var touched []int
	for _, e := range list {
		object, ok := e.(map[string]any)
		if !ok || !o.path.selects(object, w) {
			kept = append(kept, e)
			continue
		}
		if object = o.inElement(object); len(object) > 0 {
			touched = append(touched, len(kept))
			kept = append(kept, object)
		}
	}
	if o.op != opRemove && len(touched) == 0 {
		created, err := o.create()
		if err != nil {
			return nil, err
		}
		touched = append(touched, len(kept))
		kept = append(kept, created)
	}
	onePrimary(kept, touched)
	return kept, checkElements(o.path.attribute, kept)
}

// inElement is what becomes of one selected element.
func (o patchOp) inElement(object map[string]any) map[string]any {
	switch {
	case o.path.sub != nil:
		return o.inObject(object)
	case o.op == opRemove:
		return nil
	}
	return merge(object, clone(o.value).(map[string]any))
}

// selects says whether the path's filter holds for an element.
func (t path) selects(object map[string]any, w *work) bool {
	return t.filter == nil || w.holds(t.attribute, t.filter, object)
}

// create makes the element that the path asks for and the list lacks. An add may
// always do that. A replace must have a target (RFC 7644 section 3.5.2.3), except for
// the elements that Entra replaces without having added them: those of a canonical
// type, and the primary one.
func (o patchOp) create() (map[string]any, error) {
	seed := o.path.seed
	if o.path.filter != nil && (seed == nil || o.op == opReplace && !o.path.conventional()) {
		return nil, &problem{http.StatusBadRequest, noTarget, o.path.attribute.path + ": no value is selected by the filter"}
	}
	object := maps.Clone(seed)
	if object == nil {
		object = map[string]any{}
	}
	return o.inElement(object), nil
}

// conventional says that the path selects by a canonical type or by being primary.
func (t path) conventional() bool {
	if len(t.seed) != 1 {
		return false
	}
	kind, _ := t.seed["type"].(string)
	known := []string{"work", "home", "other", "mobile", "fax", "pager"}
	if s := t.attribute.sub("type"); s != nil {
		known = append(known, s.canonical...)
	}
	return t.seed["primary"] == true || slices.ContainsFunc(known, func(s string) bool { return strings.EqualFold(s, kind) })
}

// withElements adds the elements that the list lacks; of one that it has, it only takes
// over whether it is primary.
func withElements(a *attribute, list, more []any) (any, error) {
	var touched []int
	for _, e := range more {
		i := slices.IndexFunc(list, func(have any) bool { return sameElement(have, e) })
		if i < 0 {
			i = len(list)
			list = append(list, e)
		} else if primary(e) {
			list[i] = e
		}
		touched = append(touched, i)
	}
	onePrimary(list, touched)
	return list, checkElements(a, list)
}

// sameElement compares two elements without regard to which is primary.
func sameElement(a, b any) bool {
	x, okX := a.(map[string]any)
	y, okY := b.(map[string]any)
	if !okX || !okY {
		return sameJSON(a, b)
	}
	return sameJSON(x["value"], y["value"]) && covers(x, y) && covers(y, x)
}

// covers says that b has all that a has, without regard to which is primary.
func covers(a, b map[string]any) bool {
	for key, v := range a {
		if key != "primary" && !sameJSON(v, b[key]) {
			return false
		}
	}
	return true
}

// sameJSON compares two decoded JSON values; most are texts, for which reflection is slow.
func sameJSON(a, b any) bool {
	switch a.(type) {
	case map[string]any, []any:
		return reflect.DeepEqual(a, b)
	}
	return a == b
}

// withoutElements removes the elements that a remove names: by their value, or else by
// all that it says of them.
func withoutElements(list, named []any) []any {
	return slices.DeleteFunc(list, func(e any) bool {
		return slices.ContainsFunc(named, func(n any) bool { return designates(n, e) })
	})
}

// designates says whether n, from a remove, means the element e.
func designates(n, e any) bool {
	name, okName := n.(map[string]any)
	element, okElement := e.(map[string]any)
	if !okName || !okElement {
		return sameJSON(n, e)
	}
	if value := name["value"]; value != nil {
		return value == element["value"]
	}
	return covers(name, element)
}

func checkElements(a *attribute, list []any) error {
	if len(list) > maxElements {
		return tooLarge("%s: would have more than %d values", a.path, maxElements)
	}
	return nil
}

func compares(have string, op usher.Op, text string) bool {
	switch op {
	case usher.Equal:
		return have == text
	case usher.Contains:
		return strings.Contains(have, text)
	case usher.StartsWith:
		return strings.HasPrefix(have, text)
	case usher.EndsWith:
		return strings.HasSuffix(have, text)
	case usher.Greater:
		return have > text
	case usher.GreaterOrEqual:
		return have >= text
	case usher.Less:
		return have < text
	case usher.LessOrEqual:
		return have <= text
	}
	return op == usher.Present
}
