package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// validName is what directories, portals and subscriptions may be called.
var validName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// maxName bounds, in bytes, the names of what others have named.
const maxName = 200

const nameHint = "use a-z, 0-9, _ and -, at most 63, starting with a letter or digit"

// decoder fills the struct tree from nodes and remembers where each path is.
type decoder struct {
	report
	env    func(string) (string, bool)
	places map[string]Pos  // every path that the file gives
	failed map[string]bool // paths that have a problem already
}

// fail reports a problem and marks its path, so that no check piles upon it.
func (d *decoder) fail(pos Pos, path, message, hint string) {
	d.failed[path] = true
	d.add(pos, path, message, hint)
}

// value fills v from n.
func (d *decoder) value(path string, n *node, v reflect.Value, tag reflect.StructTag) {
	s, isScalar := scalarOf(v)
	switch {
	case n.kind == brokenKind:
		d.failed[path] = true
	case isScalar:
		d.scalar(path, n, v, s, tag)
	case n.kind == nullKind: // an empty section
	case n.kind == textKind && short(v) >= 0:
		i := short(v)
		child := join(path, v.Type().Field(i).Tag.Get("yaml"))
		d.places[child] = n.pos
		d.value(child, n, v.Field(i), v.Type().Field(i).Tag)
	case v.Kind() == reflect.Struct:
		if d.want(path, n, mappingKind, "a mapping", "keys and values, one per line") {
			d.fields(path, n, v)
		}
	case v.Kind() == reflect.Map:
		if d.want(path, n, mappingKind, "a mapping", "keys and values, one per line") {
			d.texts(path, n, v)
		}
	case named(v.Type()):
		if d.want(path, n, mappingKind, "a mapping of names", "a name and a colon, its keys below") {
			d.named(path, n, v, tag)
		}
	default:
		if d.want(path, n, sequenceKind, "a list", "such as [a, b]") {
			d.list(path, n, v, tag)
		}
	}
}

// short is the field that a text in place of the whole mapping is for; -1: there is none.
func short(v reflect.Value) int {
	if v.Kind() != reflect.Struct {
		return -1
	}
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("short") != "" {
			return i
		}
	}
	return -1
}

func (d *decoder) want(path string, n *node, want kind, what, hint string) bool {
	if n.kind != want {
		d.fail(n.pos, path, "must be "+what, hint)
	}
	return n.kind == want
}

// named reports whether t is a list of structs that the file gives by name.
func named(t reflect.Type) bool {
	if t.Kind() != reflect.Slice || t.Elem().Kind() != reflect.Struct {
		return false
	}
	_, found := t.Elem().FieldByName("Name")
	return found
}

// fields fills a struct from a mapping, key by key.
func (d *decoder) fields(path string, n *node, v reflect.Value) {
	index := keys(v.Type())
	for _, e := range n.entries {
		child := join(path, e.key)
		i, known := index[e.key]
		if !known {
			d.fail(e.pos, child, "unknown key", suggest(e.key, names(index)))
			continue
		}
		d.places[child] = e.pos
		if e.value.kind&(mappingKind|sequenceKind|nullKind) == 0 {
			d.places[child] = e.value.pos
		}
		d.value(child, e.value, v.Field(i), v.Type().Field(i).Tag)
	}
	d.required(path, n, v.Type(), index)
}

// required reports the keys that a mapping lacks.
func (d *decoder) required(path string, n *node, t reflect.Type, index map[string]int) {
	for _, key := range names(index) {
		child := join(path, key)
		if _, given := d.places[child]; given || t.Field(index[key]).Tag.Get("required") == "" {
			continue
		}
		pos, found := d.places[path]
		if !found {
			pos = n.pos
		}
		d.fail(pos, child, "is missing", "")
	}
}

// keys gives the fields of a struct by their key.
func keys(t reflect.Type) map[string]int {
	index := make(map[string]int, t.NumField())
	for i := range t.NumField() {
		if key := t.Field(i).Tag.Get("yaml"); key != "-" {
			index[key] = i
		}
	}
	return index
}

// names gives the keys of index in order.
func names(index map[string]int) []string {
	list := make([]string, 0, len(index))
	for name := range index {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// named fills a list from a mapping of names, in the order of the file. An
// empty mapping leaves the default.
func (d *decoder) named(path string, n *node, v reflect.Value, tag reflect.StructTag) {
	list := reflect.MakeSlice(v.Type(), 0, len(n.entries))
	for i, e := range n.entries {
		child := join(path, e.key)
		switch {
		case tag.Get("names") == "any":
			child = d.anyName(path, i, e)
		case !validName.MatchString(e.key):
			d.add(e.pos, child, "is not a valid name", nameHint)
		}
		d.places[child] = e.pos
		element := reflect.New(v.Type().Elem()).Elem()
		setDefaults(element)
		element.FieldByName("Name").SetString(e.key)
		element.FieldByName("Pos").Set(reflect.ValueOf(e.pos))
		if e.value.kind == nullKind {
			d.fields(child, e.value, element) // says what is missing
		} else {
			d.value(child, e.value, element, "")
		}
		list = reflect.Append(list, element)
	}
	if list.Len() > 0 {
		v.Set(list)
	}
}

// anyName gives the path of an entry whose name is somebody else's: by its place, because
// the name is not shown before it is known to be one.
func (d *decoder) anyName(path string, i int, e entry) string {
	d.places[path+"."+e.key] = e.pos // further checks know it by its whole name
	if child := join(path, e.key); plainKey.MatchString(e.key) {
		return child
	}
	child := item(path, i)
	if strings.TrimSpace(e.key) == "" || len(e.key) > maxName || strings.ContainsFunc(e.key, unicode.IsControl) {
		d.add(e.pos, child, "is not a valid name", fmt.Sprintf("at most %d bytes, not empty, on one line", maxName))
	}
	return child
}

// texts fills a map from a mapping whose keys are anybody's and whose values are texts.
func (d *decoder) texts(path string, n *node, v reflect.Value) {
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.entries)))
	for _, e := range n.entries {
		child := join(path, e.key)
		d.places[child] = e.pos
		d.places[path+"."+e.key] = e.pos // further checks know it by its whole name
		text := reflect.New(v.Type().Elem()).Elem()
		d.value(child, e.value, text, "")
		v.SetMapIndex(reflect.ValueOf(e.key), text)
	}
}

// list fills a list from a sequence.
func (d *decoder) list(path string, n *node, v reflect.Value, tag reflect.StructTag) {
	list := reflect.MakeSlice(v.Type(), len(n.items), len(n.items))
	for i, from := range n.items {
		child := item(path, i)
		d.places[child] = from.pos
		d.value(child, from, list.Index(i), tag)
	}
	v.Set(list)
}
