package plan

import (
	"fmt"
	"reflect"
	"strings"
)

// near is how many letters a name may be off to be suggested; a short one may be off by half of it.
const near = 2

// hint says how to mend what message complains of; empty when nothing helpful is known.
func hint(message string) string {
	name, unknown := strings.CutPrefix(message, "unknown name ")
	switch {
	case unknown:
		return hintName(name)
	case strings.Contains(message, `unexpected token Operator("=")`):
		return "compare with =="
	case strings.HasPrefix(message, "unexpected token Identifier("):
		return "join conditions with and, or, not, in lower case"
	case strings.Contains(message, "[]string"):
		return `it is a list: ask "Sales" in groups, or inGroup("Sales")`
	case strings.HasPrefix(message, "expected bool"):
		return `a rule is true or false: compare with something, as in department == "Sales"`
	case strings.HasPrefix(message, "expected float64"):
		return `a priority is a number, as in title startsWith "Head" ? 10 : 0`
	}
	return ""
}

func hintName(name string) string {
	known := append(names(), functions()...)
	var alike []string
	for _, k := range known {
		if distance(strings.ToLower(name), strings.ToLower(k)) <= min(near, len(name)/2) {
			alike = append(alike, k)
		}
	}
	if len(alike) > 0 {
		return "did you mean " + strings.Join(alike, " or ") + "?"
	}
	return fmt.Sprintf("text stands in quotes: %q; the names are %s", name, strings.Join(names(), ", "))
}

// names are what rules can name, in the order of the facts.
func names() []string {
	var all []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[environment]()) {
		if name := field.Tag.Get("expr"); name != "-" {
			all = append(all, name)
		}
	}
	return all
}

// distance is how many letters must be put in, taken out or changed to turn a into b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
