package scim

import (
	"slices"
	"strings"

	"usher/internal/usher"
)

// matches says whether a filter holds for a resource with these values and columns (by
// path; an absent one has no value). It is written straight from RFC 7644 section
// 3.4.2.2, apart from the code it checks: SQL and PATCH must agree with it.
func matches(f usher.Filter, values []usher.Value, columns map[string]string) bool {
	switch f := f.(type) {
	case usher.And:
		return matches(f.Left, values, columns) && matches(f.Right, values, columns)
	case usher.Or:
		return matches(f.Left, values, columns) || matches(f.Right, values, columns)
	case usher.Not:
		return !matches(f.Filter, values, columns)
	case usher.Element:
		elements := map[int][]usher.Value{}
		for _, v := range values {
			if strings.HasPrefix(v.Path, f.Path+".") {
				elements[v.Element] = append(elements[v.Element], v)
			}
		}
		for _, element := range elements {
			if matches(f.Filter, element, nil) {
				return true
			}
		}
		return false
	case usher.Compare:
		var texts []string
		if text, ok := columns[f.Path]; ok {
			texts = append(texts, text)
		}
		for _, v := range values {
			if v.Path == f.Path {
				texts = append(texts, v.Text)
			}
		}
		if f.Op == usher.NotEqual {
			return !slices.Contains(texts, f.Text)
		}
		return slices.ContainsFunc(texts, func(text string) bool { return oracleCompares(text, f) })
	}
	panic("matches: no such filter")
}

func oracleCompares(text string, f usher.Compare) bool {
	order := strings.Compare(text, f.Text)
	if f.Path == usher.PathCreated || f.Path == usher.PathLastModified { // decimal microseconds
		if d := len(text) - len(f.Text); d != 0 {
			order = d
		}
	}
	return map[usher.Op]bool{
		usher.Present:        true,
		usher.Equal:          text == f.Text,
		usher.Contains:       strings.Contains(text, f.Text),
		usher.StartsWith:     strings.HasPrefix(text, f.Text),
		usher.EndsWith:       strings.HasSuffix(text, f.Text),
		usher.Greater:        order > 0,
		usher.GreaterOrEqual: order >= 0,
		usher.Less:           order < 0,
		usher.LessOrEqual:    order <= 0,
	}[f.Op]
}
