package scim

import (
	"slices"
	"strings"
)

// project is the resource as a client asked to see it (RFC 7644 section 3.9): with the
// attributes that it named, or without those that it excluded; what is always returned
// stays, what is never returned goes, and schemas names only the extensions that are
// left. Names that the schemas do not know are ignored. The resource itself stays as it
// is.
func (k *kind) project(resource map[string]any, attributes, excluded []string) map[string]any {
	p := projection{named: k.paths(attributes), excluded: k.paths(excluded), all: len(attributes) == 0}
	out := p.object(k.attributes, resource, p.all)
	for key, v := range resource {
		if isURN(key) && k.find(key) == nil && p.foreign(key) {
			out[key] = v
		}
	}
	out["schemas"] = k.schemasOf(out)
	return out
}

// projection is what a client asked for, by path in lower case.
type projection struct {
	named, excluded map[string]bool
	all             bool // no attributes were named
}

// paths resolves the names that a client gave.
func (k *kind) paths(names []string) map[string]bool {
	out := make(map[string]bool, len(names))
	for _, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		if a := k.find(name); a != nil {
			name = strings.ToLower(a.path)
		}
		out[name] = true
	}
	return out
}

// object picks from an object what is to be seen; shown says that the object was asked
// for as a whole.
func (p projection) object(attributes []*attribute, from map[string]any, shown bool) map[string]any {
	out := make(map[string]any, len(from))
	for _, a := range attributes {
		v, ok := from[a.name]
		if !ok {
			continue
		}
		if v := p.value(a, v, shown); v != nil {
			out[a.name] = v
		}
	}
	return out
}

// value is what is to be seen of a value; nil for nothing.
func (p projection) value(a *attribute, v any, shown bool) any {
	key := strings.ToLower(a.path)
	shown = shown && a.returned != returnedRequest || p.named[key]
	switch {
	case a.returned == returnedAlways:
		return v
	case a.returned == returnedNever || p.excluded[key]:
		return nil
	case a.typ != typeComplex:
		if !shown {
			return nil
		}
		return v
	}
	return p.complex(a, v, shown)
}

// complex picks from an object or a list of objects.
func (p projection) complex(a *attribute, v any, shown bool) any {
	if shown && !p.partly(a) {
		return v
	}
	switch v := v.(type) {
	case map[string]any:
		if out := p.object(a.subs, v, shown); len(out) > 0 {
			return out
		}
	case []any:
		var out []any
		for _, e := range v {
			if e := p.complex(a, e, shown); e != nil {
				out = append(out, e)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// partly says that something below a was excluded or is not shown by default.
func (p projection) partly(a *attribute) bool {
	return slices.ContainsFunc(a.subs, func(s *attribute) bool {
		return p.excluded[strings.ToLower(s.path)] || s.returned == returnedNever || s.returned == returnedRequest || p.partly(s)
	})
}

// foreign says whether an extension that the schemas do not know is to be seen: as a
// whole, because nothing is known of its parts.
func (p projection) foreign(urn string) bool {
	urn = strings.ToLower(urn)
	asked := p.all
	for name := range p.named {
		asked = asked || name == urn || strings.HasPrefix(name, urn+":")
	}
	return asked && !p.excluded[urn]
}
