package scimout

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"usher/internal/usher"
)

// extras are the fields of an active account that portals have beside the standard ones.
// What would be empty is left out: there are portals that ignore an empty list, and a
// portal's own default is not for usher to undo.
func (o Options) extras(want usher.Desired) []field {
	var out []field
	for _, path := range slices.Sorted(maps.Keys(o.Attributes)) {
		out = append(out, field{path, o.Attributes[path]})
	}
	if words := o.words(want.Subscriptions); len(words) > 0 {
		f := field{path: o.ProductsPath, want: words[0]}
		if f.many() {
			f.want = strings.Join(words, "\n")
		}
		out = append(out, f)
	}
	return out
}

// words are what subscriptions put into the products' attribute: sorted where it is a list;
// where it is one text, that of the first subscription in the order of their names.
func (o Options) words(subscriptions []string) []string {
	var out []string
	for _, name := range sorted(subscriptions) {
		out = append(out, o.Products[name]...)
	}
	if (field{path: o.ProductsPath}).many() {
		return sorted(out)
	}
	return out
}

// checkPaths says which of the paths cannot work.
func (o Options) checkPaths() error {
	if len(o.Products) > 0 && o.ProductsPath == "" {
		return errors.New("scimout: Products need ProductsPath, the attribute that they go into")
	}
	for _, path := range append(slices.Collect(maps.Keys(o.Attributes)), o.ProductsPath) {
		if slices.Contains([]string{"id", "meta", "schemas", "active", "userName", "externalId", "emails", "groups", "members"}, path) {
			return errors.New("scimout: Attributes and ProductsPath cannot name what usher itself sets, such as active or userName")
		}
	}
	return nil
}
