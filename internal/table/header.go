package table

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// FoldHeader makes names of columns comparable: two that a person would read as one name fold alike. It ignores case,
// space at the ends and the length of space inside, and how accents are composed.
func FoldHeader(name string) string {
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(strings.Join(strings.Fields(name), " "))))
}
