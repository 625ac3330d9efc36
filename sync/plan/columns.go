package plan

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"usher/internal/usher"
)

// The columns that every portal has, by the names under which they can be corrected.
const (
	FirstName = "first name"
	LastName  = "last name"
)

// CheckAttribute says what is wrong with an attribute that a portal's column is to be filled from: it is one of the facts
// that rules know, and one value of the person. The error is a *RuleError.
func CheckAttribute(name string) error {
	e := &RuleError{Line: 1, Column: 1}
	known := attributes()
	switch key, custom := customKey(name); {
	case slices.Contains(known, name) || custom && key != "":
		return nil
	case slices.Contains(names(), name) && name != "custom":
		e.Message, e.Hint = fmt.Sprintf("%q is not one value of a person", name), "known: "+strings.Join(known, ", ")
	default:
		e.Message, e.Hint = fmt.Sprintf("%q is no attribute of a person", name), attributeHint(name, known)
	}
	return e
}

func attributeHint(name string, known []string) string {
	for _, k := range known {
		if distance(strings.ToLower(name), strings.ToLower(k)) <= min(near, len(name)/2) {
			return "did you mean " + k + "?"
		}
	}
	return `one that usher does not know is written custom["urn:attribute"]; known: ` + strings.Join(known, ", ")
}

// attributes are the facts that are one value of the person alone.
func attributes() []string {
	many := []string{"emails", "groups", "managers", "custom", "directory", "inGroup", "reportsTo"}
	return slices.DeleteFunc(names(), func(name string) bool { return slices.Contains(many, name) })
}

// customKey is the x of custom["x"].
func customKey(name string) (key string, ok bool) {
	quoted, ok := strings.CutPrefix(name, "custom[")
	if !ok || !strings.HasSuffix(quoted, "]") {
		return "", false
	}
	key, err := strconv.Unquote(strings.TrimSuffix(quoted, "]"))
	return key, err == nil
}

// Cell is what one column of a portal says of a person, and why.
type Cell struct {
	Column string
	// Source is what the directories say: the attribute as it is.
	Source string
	// Value is what the portal's column should say; empty: nothing is said of it.
	Value string
	// Unmapped says in words why the source has no value at the portal; empty when it has.
	Unmapped string
	// Corrected says that a human decided it.
	Corrected bool
}

// Cells are the columns of a portal for p, in their order; corrections win over attributes and tables.
func Cells(columns []usher.Column, p usher.Person, corrections []usher.Correction) []Cell {
	facts := FactsOf(p, nil, nil, "")
	cells := make([]Cell, 0, len(columns))
	for _, column := range columns {
		cell := Cell{Column: column.Name, Source: facts.attribute(column.From)}
		if corrected, ok := correction(corrections, column.Name); ok {
			cell.Value, cell.Corrected = corrected, true
		} else {
			cell.Value, cell.Unmapped = mapped(column, cell.Source)
		}
		cells = append(cells, cell)
	}
	return cells
}

// attribute is the fact of a name that CheckAttribute takes, as text; empty when nothing is known.
func (f *Facts) attribute(name string) string {
	if key, custom := customKey(name); custom {
		switch v := f.Custom[key].(type) {
		case float64:
			return strconv.FormatFloat(v, 'f', -1, 64)
		case string:
			return strings.TrimSpace(v)
		case bool:
			return strconv.FormatBool(v)
		}
		return "" // a list is not one value
	}
	if values := f.fact(name).Values; len(values) > 0 {
		return strings.TrimSpace(values[0])
	}
	return ""
}

// mapped is the portal's word for what the directories say. Of two spellings that differ in case, the exact one counts.
func mapped(column usher.Column, source string) (value, unmapped string) {
	if source == "" || len(column.Values) == 0 {
		return source, ""
	}
	if word, ok := column.Values[source]; ok {
		return word, ""
	}
	for _, from := range slices.Sorted(maps.Keys(column.Values)) {
		if usher.FoldText(strings.TrimSpace(from)) == usher.FoldText(source) {
			return column.Values[from], ""
		}
	}
	return "", fmt.Sprintf("%s: nothing for %s %q", column.Name, Fact{Name: column.From}.Noun(), source)
}

func correction(list []usher.Correction, column string) (value string, ok bool) {
	i := slices.IndexFunc(list, func(c usher.Correction) bool { return c.Column == column })
	if i < 0 {
		return "", false
	}
	return list[i].Value, true
}
