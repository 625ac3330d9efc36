package config

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const documentation = "../../docs/configuration.md"

// documented is what the documentation has to say of a key.
type documented struct {
	path string
	// says are texts that have to be in the row: the default and the bounds.
	says []string
}

func TestEveryKeyIsDocumented(t *testing.T) {
	text, err := os.ReadFile(documentation)
	if err != nil {
		t.Fatal(err)
	}
	c := Default()
	keys := documentedKeys("", reflect.ValueOf(c).Elem())
	if len(keys) < 40 {
		t.Fatalf("only %d keys were found in the struct tree", len(keys))
	}
	for _, problem := range undocumented(keys, string(text)) {
		t.Errorf("%s: %s", documentation, problem)
	}
}

func TestUndocumentedKeysAreFound(t *testing.T) {
	keys := []documented{{"log.level", []string{"`info`"}}, {"limits.rate", []string{"`50`", "1 to 9"}}, {"data", nil}}
	rows := "| `log.level` | word | `warn` | x |\n| `limits.rate` | number | `50` | 1 to 8 |\n| `old` | word | none | gone |\n"
	want := []string{"log.level does not say `info`", "limits.rate does not say 1 to 9", "data has no row", "old is no key"}
	if got := undocumented(keys, rows); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// documentedKeys are the keys below v, a name of a directory, portal or subscription
// being NAME.
func documentedKeys(path string, v reflect.Value) []documented {
	var found []documented
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		key := field.Tag.Get("yaml")
		if key == "-" {
			continue
		}
		at := join(path, key)
		_, scalar := scalarOf(value)
		switch {
		case !scalar && value.Kind() == reflect.Struct:
			found = append(found, documentedKeys(at, value)...)
		case named(value.Type()):
			found = append(found, documentedKeys(at+".NAME", reflect.New(value.Type().Elem()).Elem())...)
		case value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.Struct && !scalarElement(value.Type().Elem()):
			found = append(found, documentedKeys(at+"[]", reflect.New(value.Type().Elem()).Elem())...)
		default:
			found = append(found, documented{at, facts(field, value)})
		}
	}
	return found
}

// scalarElement says whether the elements of a list are scalars in the file.
func scalarElement(t reflect.Type) bool {
	_, scalar := scalarOf(reflect.New(t).Elem())
	return scalar
}

// facts are what the row of a field has to say.
func facts(field reflect.StructField, value reflect.Value) []string {
	var says []string
	tag := field.Tag
	switch {
	case tag.Get("required") != "", tag.Get("needs") != "":
		says = append(says, "required")
	case tag.Get("default") != "":
		says = append(says, "`"+tag.Get("default")+"`")
	case value.Kind() == reflect.Int:
		says = append(says, fmt.Sprintf("`%d`", value.Int()))
	}
	if low, bounded := tag.Lookup("min"); bounded {
		says = append(says, low+" to "+tag.Get("max"))
	}
	for word := range strings.FieldsSeq(tag.Get("oneof")) {
		says = append(says, "`"+word+"`")
	}
	return says
}

// undocumented compares the keys with the rows of the documentation's tables, both ways.
func undocumented(keys []documented, text string) []string {
	rows := rowsOf(text)
	var problems []string
	for _, k := range keys {
		row, found := rows[k.path]
		if !found {
			problems = append(problems, k.path+" has no row")
			continue
		}
		for _, fact := range k.says {
			if !strings.Contains(row, fact) {
				problems = append(problems, k.path+" does not say "+fact)
			}
		}
	}
	for line := range strings.Lines(text) {
		path, found := keyOf(line)
		known := slices.ContainsFunc(keys, func(k documented) bool { return k.path == path })
		if found && !known {
			problems = append(problems, path+" is no key")
		}
	}
	return problems
}

// rowsOf are the rows about keys, by key.
func rowsOf(text string) map[string]string {
	rows := map[string]string{}
	for line := range strings.Lines(text) {
		if path, found := keyOf(line); found {
			rows[path] = line
		}
	}
	return rows
}

// keyOf is the key that a row of four cells begins with.
func keyOf(line string) (path string, found bool) {
	rest, isRow := strings.CutPrefix(line, "| `")
	path, _, closed := strings.Cut(rest, "` |")
	return path, isRow && closed && strings.Count(line, " | ") >= 3
}
