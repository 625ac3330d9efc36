package saml

import (
	"strings"
	"time"

	"github.com/beevik/etree"

	"usher/internal/usher"
)

// attribute gives the value of an attribute without prefix.
func attribute(el *etree.Element, name string) (string, bool) {
	for _, a := range el.Attr {
		if a.Space == "" && a.Key == name {
			return a.Value, true
		}
	}
	return "", false
}

// children gives the direct children of a name.
func children(el *etree.Element, n named) []*etree.Element {
	var found []*etree.Element
	for _, child := range el.ChildElements() {
		if n.is(child) {
			found = append(found, child)
		}
	}
	return found
}

// only gives the one child of a name.
func only(el *etree.Element, n named) (*etree.Element, error) {
	found := children(el, n)
	if len(found) != 1 {
		return nil, refuse(Shape, "%s has %d elements %s instead of one", el.Tag, len(found), n.tag)
	}
	return found[0], nil
}

// text gives what stands in an element, without the white space around it; false if there are elements in it.
func text(el *etree.Element) (string, bool) {
	var b strings.Builder
	for _, child := range el.Child {
		switch c := child.(type) {
		case *etree.CharData:
			b.WriteString(c.Data)
		case *etree.Element:
			return "", false
		}
	}
	return strings.TrimSpace(b.String()), true
}

// moment reads a time of SAML, which is UTC (saml-core 1.3.3); zero where there is none.
func moment(el *etree.Element, name string) (usher.Time, error) {
	value, there := attribute(el, name)
	if !there {
		return 0, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(layout, value); err == nil {
			return usher.TimeOf(t), nil
		}
	}
	return 0, refuse(Shape, "%s of %s is %s, which is no time", name, el.Tag, quoted(value))
}
