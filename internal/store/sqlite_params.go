package store

import (
	"regexp"
	"strconv"
)

var numbered = regexp.MustCompile(`\$[0-9]+`)

// positional is a statement with ? for $1, $2, ... where each of them stands once and in
// order. To SQLite $1 is a name, and binding looks for names one after the other, which for
// an insert of many rows costs more than the insert. Any other statement stays as it is.
func positional(text string) string {
	n := 0
	ordered := true
	plain := numbered.ReplaceAllStringFunc(text, func(mark string) string {
		n++
		ordered = ordered && mark == "$"+strconv.Itoa(n)
		return "?"
	})
	if !ordered {
		return text
	}
	return plain
}
