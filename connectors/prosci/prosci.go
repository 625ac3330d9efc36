// Package prosci fills the batch upload templates of the Prosci Portal, lists what a person
// has to do there by hand, and reads the portal's report of users.
//
// Its invariant: an uploaded file says Y or N in every tool column of every row, under the
// header that the portal itself gave out, and never a new address for somebody whom the
// portal knows. What cannot be said so is held back, and no part of it is written.
//
// No tool is known here by its code: the codes are those in the headings, such as
// Proxima [P410], and the settings name the subscription that each stands for.
package prosci

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"usher/connectors"
)

// Options say what is known of a company's portal besides its templates.
type Options struct {
	// Subscriptions are the portal's, by name, with the code of the tool that each stands
	// for, such as P410. They are what an export is read by.
	Subscriptions map[string]string
	// Columns are the portal's own columns that are filled from attributes, by name: Access
	// Expires, 3 day graduation date, or any other in a template. "Access Expires [P410]" is
	// that of one tool. Dates are ISO 8601; all others stay blank.
	Columns []string
	// Export names columns of the report that are not called as expected, by email, firstName,
	// lastName, access, lastLogin, or the code of a tool in brackets: [P410].
	Export map[string]string
	// NoBOM leaves out the byte order mark, and LF ends lines by it alone, whatever the
	// template has: both are as Excel's CSV UTF-8 has them, which the vendor recommends.
	NoBOM, LF bool
	// KeepProfiles asks nobody to delete the profile of a person whose tools were taken away.
	KeepProfiles bool
}

// Portal is the [connectors.Whole] of the Prosci Portal.
type Portal struct {
	options Options
	names   map[string]string // of subscriptions, by code
}

// New makes the connector. It fails on settings that name one tool twice, or columns of the
// export by a key that there is not.
func New(o Options) (*Portal, error) {
	p := &Portal{options: o, names: map[string]string{}}
	for _, name := range slices.Sorted(maps.Keys(o.Subscriptions)) {
		code := canonical(o.Subscriptions[name])
		if code == "" {
			continue // of a portal with one tool; Render and ReadExport say what they lack
		}
		if other, twice := p.names[code]; twice {
			return nil, fmt.Errorf("prosci: subscriptions %q and %q have the same code %s: a tool is one subscription", other, name, code)
		}
		p.names[code] = name
	}
	for _, key := range slices.Sorted(maps.Keys(o.Export)) {
		if !slices.Contains(exportKeys, key) && codeIn(key) == "" {
			return nil, fmt.Errorf("prosci: export: no column %q; there are %s and the codes of tools, such as [P410]", key, strings.Join(exportKeys, ", "))
		}
	}
	return p, nil
}

// inBrackets is the code in a heading such as Proxima [P410].
var inBrackets = regexp.MustCompile(`\[\s*([Pp][0-9]+)\s*\]`)

// codeIn is the code of the tool that a heading names; empty for none.
func codeIn(heading string) string {
	if found := inBrackets.FindStringSubmatch(heading); found != nil {
		return canonical(found[1])
	}
	return ""
}

// canonical is the form in which codes are compared.
func canonical(code string) string { return strings.ToUpper(strings.Trim(code, "[] \t")) }

// byNumber puts P34 before P410 before P1432.
func byNumber(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

var (
	_ connectors.Whole        = (*Portal)(nil)
	_ connectors.Learner      = (*Portal)(nil)
	_ connectors.CellChecker  = (*Portal)(nil)
	_ connectors.ExportReader = (*Portal)(nil)
)
