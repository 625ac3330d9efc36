package scim

import (
	"strings"

	"usher/internal/usher"
)

// path is the target of a PATCH operation (RFC 7644 figure 7), resolved.
type path struct {
	// attribute stands at the top of the document or of an extension, or is an
	// extension itself.
	attribute *attribute
	// filter selects elements of a multi-valued attribute; nil selects all.
	filter usher.Filter
	// comparisons is how many filter makes.
	comparisons int
	// seed is the element that fulfils filter when that is a conjunction of
	// equalities; nil when it is not.
	seed map[string]any
	// sub is the sub-attribute that is meant; nil for the whole value.
	sub *attribute
}

// parsePath reads a PATCH path: attr, attr.sub, attr[filter], attr[filter].sub, each
// with or without its schema's URN, in any case.
func (k *kind) parsePath(text string) (path, error) {
	p := &parser{kind: k, text: text, scimType: invalidPath, patch: true}
	if err := p.check(); err != nil {
		return path{}, err
	}
	p.blanks()
	target, err := p.target()
	if err != nil {
		return path{}, err
	}
	if p.symbol('[') {
		if target.sub != nil {
			return path{}, p.fail("a value filter stands after the attribute, before its sub-attribute")
		}
		if err := p.selected(&target); err != nil {
			return path{}, err
		}
	}
	return target, p.end()
}

// target reads the attribute that the path begins with.
func (p *parser) target() (path, error) {
	start := p.at
	name := p.name()
	a := p.kind.find(name)
	if a == nil {
		a = p.kind.foreign(name)
	}
	if a == nil {
		p.at = start
		return path{}, p.fail("%s has no attribute of this name; see /Schemas", p.kind.name)
	}
	if a.parent != nil && !a.parent.extension {
		return path{attribute: a.parent, sub: a}, nil
	}
	return path{attribute: a}, nil
}

// selected reads the value filter and the sub-attribute after it.
func (p *parser) selected(target *path) (err error) {
	if target.filter, err = p.selection(target.attribute); err != nil {
		return err
	}
	target.comparisons = p.comparisons
	if !p.vague {
		target.seed = p.seed
	}
	if p.at < len(p.text) && p.text[p.at] == '.' {
		p.at++
		p.within = target.attribute
		target.sub, err = p.attribute()
	}
	return err
}

// foreign is the attribute of an extension that usher does not know, or such an
// extension itself (its URN ends in the name of the resource type, as RFC 7643 section
// 10.3 builds them); nil when the path names neither.
func (k *kind) foreign(name string) *attribute {
	if !isURN(name) || strings.EqualFold(name, k.core.ID) {
		return nil
	}
	colon := strings.LastIndexByte(name, ':')
	urn, last := name[:colon], name[colon+1:]
	if strings.EqualFold(last, k.name) {
		return &attribute{name: name, path: name, typ: typeComplex, extension: true}
	}
	if last == "" || strings.Contains(last, ".") || !isURN(urn) || strings.EqualFold(urn, k.core.ID) || k.find(urn) != nil {
		return nil
	}
	e := &attribute{name: urn, path: urn, typ: typeComplex, extension: true}
	return &attribute{name: last, path: name, typ: typeAny, parent: e}
}

// sortPath resolves a sortBy parameter (RFC 7644 section 3.4.2.3).
func (k *kind) sortPath(text string) (string, error) {
	p := &parser{kind: k, text: strings.TrimSpace(text), scimType: invalidPath}
	if err := p.check(); err != nil {
		return "", err
	}
	a, err := p.attribute()
	if err == nil {
		err = p.end()
	}
	if err != nil {
		return "", err
	}
	leaf := a.value()
	if leaf == nil || !p.filterable(leaf) || leaf.path == usher.PathMembers || leaf.path == usher.PathGroups {
		return "", p.fail("%s cannot be sorted by", a.path)
	}
	return leaf.path, nil
}
