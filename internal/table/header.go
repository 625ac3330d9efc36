package table

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// FoldHeader makes names of columns comparable: two that a person would read as one name fold alike. It ignores case,
// space at the ends and the length of space inside, and how accents are composed.
func FoldHeader(name string) string {
	spaced := strings.Join(strings.Fields(name), " ")
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(spaced)))
}

// twins finds the columns that are named like one before them. Columns without a name are nobody's twin.
func twins(header []string) []Twin {
	var found []Twin
	first := make(map[string]int, len(header))
	for i, name := range header {
		folded := FoldHeader(name)
		if at, taken := first[folded]; !taken {
			first[folded] = i + 1
		} else if folded != "" {
			found = append(found, Twin{First: at, Column: i + 1})
		}
	}
	return found
}
