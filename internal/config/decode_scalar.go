package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// scalar fills v from one scalar and checks it against its tags.
func (d *decoder) scalar(path string, n *node, v reflect.Value, s scalar, tag reflect.StructTag) {
	text, expanded := n.text, false
	if n.kind == textKind && strings.Contains(n.text, "${") {
		var ok bool
		if text, ok = d.expand(path, n); !ok {
			return
		}
		expanded = true
	}
	switch {
	case n.kind == nullKind:
		d.fail(n.pos, path, "has no value", "give one, or remove the key for the default")
	case n.kind&(mappingKind|sequenceKind) != 0:
		d.fail(n.pos, path, "must be "+s.what, "one value, no list and no mapping")
	case n.kind&s.kinds == 0 && !expanded, !s.set(text):
		d.fail(n.pos, path, "must be "+s.what, s.hint)
	default:
		d.place(n, v, expanded)
		d.oneOf(path, n, text, tag.Get("oneof"))
		d.bounds(path, n, v, tag)
	}
}

// place tells a Text where it is.
func (d *decoder) place(n *node, v reflect.Value, expanded bool) {
	if t, ok := reflect.TypeAssert[*Text](v.Addr()); ok {
		t.Pos = n.at(0)
		if !expanded {
			t.marks = n.marks
		}
	}
}

func (d *decoder) oneOf(path string, n *node, text, allowed string) {
	words := strings.Fields(allowed)
	if len(words) > 0 && !slices.Contains(words, text) {
		d.fail(n.pos, path, "must be one of "+strings.Join(words, ", "), didYouMean(text, words))
	}
}

func (d *decoder) bounds(path string, n *node, v reflect.Value, tag reflect.StructTag) {
	low, bounded := tag.Lookup("min")
	if !bounded {
		return
	}
	high := tag.Get("max")
	least, most := reflect.New(v.Type()).Elem(), reflect.New(v.Type()).Elem()
	mustSet(path, least, low)
	mustSet(path, most, high)
	if v.Int() < least.Int() || v.Int() > most.Int() {
		d.fail(n.pos, path, fmt.Sprintf("must be between %s and %s", low, high), "")
	}
}
