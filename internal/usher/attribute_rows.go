package usher

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// AttributeRow is one attribute of somebody: what counts, and what each record says.
type AttributeRow struct {
	Name  string
	Value string
	Named *PersonName     // whom the value means; nil where it means nobody that is known
	Cells []AttributeCell // one for each record
}

// AttributeCell is what one record says of an attribute. Counts says that it is the first record, of those that are heard,
// whose word is what counts.
type AttributeCell struct {
	Value  string
	Named  *PersonName // as in the row
	Counts bool
}

// CompareAttributes sets records side by side with what they make together, the first being whose word counts most.
// Attributes of which nobody says anything are left out.
func CompareAttributes(merged Attributes, records []Attributes) []AttributeRow {
	made := attributeTexts(merged)
	said := make([]map[string]string, len(records))
	for i, r := range records {
		said[i] = attributeTexts(r)
	}
	var rows []AttributeRow
	for _, name := range attributeNames(merged, records) {
		row, known, decided := AttributeRow{Name: name, Value: made[name]}, made[name] != "", false
		for _, record := range said {
			cell := AttributeCell{Value: record[name]}
			cell.Counts = !decided && cell.Value != "" && cell.Value == row.Value
			decided, known = decided || cell.Counts, known || cell.Value != ""
			row.Cells = append(row.Cells, cell)
		}
		if known {
			rows = append(rows, row)
		}
	}
	return rows
}

// attributeTexts are the values in words, by name. Whether somebody is active is no attribute that is merged.
func attributeTexts(a Attributes) map[string]string {
	texts := map[string]string{}
	v := reflect.ValueOf(a)
	for i := range v.NumField() {
		if name := attributeName(v.Type().Field(i)); name != "" {
			texts[name] = inText(v.Field(i).Interface())
		}
	}
	for key, value := range a.Custom {
		texts[customName(key)] = inText(value)
	}
	if !a.OnLeave {
		delete(texts, "on leave")
	}
	return texts
}

func attributeNames(merged Attributes, records []Attributes) []string {
	var names []string
	t := reflect.TypeFor[Attributes]()
	for i := range t.NumField() {
		if name := attributeName(t.Field(i)); name != "" {
			names = append(names, name)
		}
	}
	custom := map[string]bool{}
	for _, a := range append([]Attributes{merged}, records...) {
		for key := range a.Custom {
			custom[customName(key)] = true
		}
	}
	return append(names, slices.Sorted(maps.Keys(custom))...)
}

func customName(key string) string { return "custom: " + key }

// attributeName is a field's name in words; empty for those that are no attribute of their own.
func attributeName(f reflect.StructField) string {
	if f.Name == "Active" || f.Name == "Custom" {
		return ""
	}
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return inWords(name)
}
