package scim

import (
	"strconv"
	"strings"
	"time"

	"usher/internal/usher"
)

// condition reads the operator and value that follow an attribute.
func (p *parser) condition(a *attribute) (usher.Filter, error) {
	p.blanks()
	start := p.at
	op := usher.Op(strings.ToLower(p.name()))
	switch op {
	case usher.Present:
		p.vague = true
		return p.present(a)
	case usher.Equal, usher.NotEqual, usher.Contains, usher.StartsWith, usher.EndsWith,
		usher.Greater, usher.GreaterOrEqual, usher.Less, usher.LessOrEqual:
	default:
		p.at = start
		return nil, p.fail("an operator is missing: eq, ne, co, sw, ew, pr, gt, ge, lt or le")
	}
	v, err := p.literal()
	if err != nil {
		return nil, err
	}
	return p.compare(a, op, v)
}

// compare resolves one comparison with a value.
func (p *parser) compare(a *attribute, op usher.Op, v literal) (usher.Filter, error) {
	if a.path == "schemas" || a.path == "meta.resourceType" {
		return p.constant(a, op, v)
	}
	target := a.value()
	if target == nil {
		return nil, p.fail("%s cannot be compared with a value; compare one of its sub-attributes", a.path)
	}
	if !p.filterable(target) {
		return nil, p.fail("%s cannot be filtered by", target.path)
	}
	if v.form == 0 || v.form == 's' && v.text == "" {
		return p.compareUnset(target, op)
	}
	text, err := p.comparable(target, op, v)
	if err != nil {
		return nil, err
	}
	p.note(target, op, v, text)
	return usher.Compare{Path: target.path, Op: op, Text: text}, nil
}

// compareUnset resolves a comparison with null or the empty string: neither is a value
// (RFC 7643 section 2.5), and every value contains the empty string.
func (p *parser) compareUnset(a *attribute, op usher.Op) (usher.Filter, error) {
	p.vague = true
	set := usher.Compare{Path: a.path, Op: usher.Present}
	switch op {
	case usher.Equal:
		return usher.Not{Filter: set}, nil
	case usher.NotEqual, usher.Contains, usher.StartsWith, usher.EndsWith:
		return set, nil
	}
	return nil, p.fail("nothing is greater or less than null or an empty string; use pr")
}

// comparable is the value in the form in which the store keeps the attribute's values.
func (p *parser) comparable(a *attribute, op usher.Op, v literal) (string, error) {
	switch a.typ {
	case typeBoolean:
		text := strings.ToLower(v.text)
		if op != usher.Equal && op != usher.NotEqual || text != "true" && text != "false" {
			return "", p.fail("%s is true or false and can be compared by eq and ne", a.path)
		}
		return text, nil
	case typeDateTime:
		return p.instant(a, op, v)
	case typeBinary:
		if ordering(op) {
			return "", p.fail("%s is binary and has no order", a.path)
		}
	}
	if v.form == 'b' {
		return "", p.fail("%s is a string; quote the value", a.path)
	}
	return a.fold(v.text), nil
}

func (p *parser) instant(a *attribute, op usher.Op, v literal) (string, error) {
	t, err := time.Parse(time.RFC3339, v.text)
	if err != nil || op == usher.Contains || op == usher.StartsWith || op == usher.EndsWith {
		return "", p.fail(`%s is an instant: compare by eq, ne, gt, ge, lt or le with text such as "2026-01-31T08:00:00Z"`, a.path)
	}
	return strconv.FormatInt(t.UnixMicro(), 10), nil
}

func ordering(op usher.Op) bool {
	return op == usher.Greater || op == usher.GreaterOrEqual || op == usher.Less || op == usher.LessOrEqual
}

// fold is the comparable form of one text of the attribute.
func (a *attribute) fold(text string) string {
	if a.caseExact {
		return text
	}
	return usher.FoldText(text)
}

// note remembers what an equality of a PATCH path asks of an element.
func (p *parser) note(a *attribute, op usher.Op, v literal, text string) {
	if !p.patch {
		return
	}
	if op != usher.Equal {
		p.vague = true
		return
	}
	if p.seed == nil {
		p.seed = map[string]any{}
	}
	p.seed[a.name] = v.text
	if a.typ == typeBoolean {
		p.seed[a.name] = text == "true"
	}
}

// constant resolves comparisons that the schemas alone decide. "id pr" always holds.
func (p *parser) constant(a *attribute, op usher.Op, v literal) (usher.Filter, error) {
	var f usher.Filter = usher.Compare{Path: usher.PathID, Op: usher.Present}
	switch {
	case v.form != 's' || op != usher.Equal && op != usher.NotEqual:
		return nil, p.fail("%s can be compared by eq and ne with a quoted string", a.path)
	case a.path == "schemas" && strings.EqualFold(v.text, p.kind.core.ID):
	case a.path != "schemas" && strings.EqualFold(v.text, p.kind.name):
	case a.path == "schemas" && p.kind.find(v.text) != nil && p.kind.find(v.text).extension:
		var err error
		if f, err = p.present(p.kind.find(v.text)); err != nil {
			return nil, err
		}
	default:
		f = usher.Not{Filter: f}
	}
	if op == usher.NotEqual {
		f = usher.Not{Filter: f}
	}
	return f, nil
}

// present resolves "pr": of a complex attribute it holds when any of its
// sub-attributes does.
func (p *parser) present(a *attribute) (usher.Filter, error) {
	if a.path == "schemas" || a.path == "meta.resourceType" {
		return usher.Compare{Path: usher.PathID, Op: usher.Present}, nil
	}
	var f usher.Filter
	for _, leaf := range a.leaves() {
		if !p.filterable(leaf) {
			continue
		}
		one := usher.Compare{Path: leaf.path, Op: usher.Present}
		if f == nil {
			f = one
		} else {
			f = usher.Or{Left: f, Right: one}
		}
	}
	if f == nil {
		return nil, p.fail("%s cannot be filtered by", a.path)
	}
	return f, nil
}

// leaves are the simple attributes at and below a.
func (a *attribute) leaves() []*attribute {
	if a.typ != typeComplex {
		return []*attribute{a}
	}
	var out []*attribute
	for _, s := range a.subs {
		out = append(out, s.leaves()...)
	}
	return out
}

// filterable says whether the store can compare the attribute: it holds what
// documents hold, and a few columns.
func (p *parser) filterable(a *attribute) bool {
	if p.patch {
		return a.typ != typeComplex
	}
	return a.column() || a.stored()
}

// column says that the store keeps the attribute beside the documents.
func (a *attribute) column() bool {
	switch a.path {
	case usher.PathID, usher.PathCreated, usher.PathLastModified, usher.PathGroups, usher.PathMembers:
		return true
	}
	return false
}

// stored says that the attribute stands in documents as a simple value.
func (a *attribute) stored() bool {
	top := a
	for top.parent != nil && !top.parent.extension {
		top = top.parent
	}
	return a.typ != typeComplex && a.returned != returnedNever && a.mutability != readOnly &&
		top.mutability != readOnly && top.path != membersName
}
