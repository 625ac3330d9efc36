package usher

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// FieldsOf says field by field what an event has before and after, which are JSON of objects or empty. What is the same is left out.
// A field inside another one has both names.
func FieldsOf(before, after []byte) []ChangedField {
	from, to := leaves(before), leaves(after)
	names := maps.Clone(from)
	maps.Copy(names, to)
	var fields []ChangedField
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if from[name] != to[name] {
			fields = append(fields, ChangedField{name, from[name], to[name]})
		}
	}
	return fields
}

// leaves are the values of a JSON object as texts, by their names in words. Anything else has none.
func leaves(content []byte) map[string]string {
	found := map[string]string{}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber() // a number as it stands there
	var object map[string]any
	if decoder.Decode(&object) == nil {
		gather(found, "", object)
	}
	return found
}

func gather(found map[string]string, prefix string, object map[string]any) {
	for name, value := range object {
		name = strings.TrimSpace(prefix + " " + inWords(name))
		if inner, is := value.(map[string]any); is {
			gather(found, name, inner)
			continue
		}
		found[name] = jsonText(value)
	}
}

// inWords is a name such as displayName or DisplayName for people.
func inWords(name string) string {
	var words strings.Builder
	letters := []rune(name)
	for i, r := range letters {
		switch begins := i == 0 || unicode.IsLower(letters[i-1]); {
		case !begins || !unicode.IsUpper(r):
		case i > 0:
			words.WriteByte(' ')
			if i+1 == len(letters) || !unicode.IsUpper(letters[i+1]) { // no abbreviation
				r = unicode.ToLower(r)
			}
		case len(letters) > 1 && unicode.IsLower(letters[1]):
			r = unicode.ToLower(r)
		}
		words.WriteRune(r)
	}
	return words.String()
}

func jsonText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case json.Number:
		return v.String()
	case []any:
		texts := make([]string, len(v))
		for i, one := range v {
			texts[i] = jsonText(one)
		}
		return strings.Join(texts, ", ")
	case map[string]any:
		return entryText(v)
	}
	return ""
}

// entryText is an entry of a list: its value, or what its fields say.
func entryText(entry map[string]any) string {
	if value, is := entry["value"].(string); is {
		return value
	}
	said := map[string]string{}
	gather(said, "", entry)
	texts := make([]string, 0, len(said))
	for _, name := range slices.Sorted(maps.Keys(said)) {
		if said[name] != "" {
			texts = append(texts, name+" "+said[name])
		}
	}
	return strings.Join(texts, "; ")
}
