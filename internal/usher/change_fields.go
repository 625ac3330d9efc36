package usher

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// ChangedField is an attribute that a change makes another, in words.
type ChangedField struct {
	Name string `json:"name"`
	From string `json:"from"`
	To   string `json:"to"`
}

// Fields says what a change makes another of, attribute by attribute.
func (c Change) Fields() ([]ChangedField, error) {
	if c.Class != ClassMover && c.Class != ClassRejoiner && c.Class != ClassLeaver || len(c.Before) == 0 {
		return nil, nil
	}
	var before, after Image
	if err := errors.Join(json.Unmarshal(c.Before, &before), json.Unmarshal(c.After, &after)); err != nil {
		return nil, fmt.Errorf("change %d: %w", c.Seq, err)
	}
	return changed(before.Attributes, after.Attributes), nil
}

// Said are the attributes that are there, in words.
func (a Attributes) Said() []ChangedField { return changed(Attributes{}, a) }

func changed(before, after Attributes) (fields []ChangedField) {
	from, to := reflect.ValueOf(before), reflect.ValueOf(after)
	for i := range from.NumField() {
		a, b := from.Field(i).Interface(), to.Field(i).Interface()
		if !reflect.DeepEqual(a, b) {
			name, _, _ := strings.Cut(from.Type().Field(i).Tag.Get("json"), ",")
			fields = append(fields, ChangedField{name, inText(a), inText(b)})
		}
	}
	return fields
}

// inText shows the value of an attribute to a person.
func inText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case []Email:
		var all []string
		for _, e := range v {
			all = append(all, e.Value)
		}
		return strings.Join(all, " ")
	case map[string]any:
		b, err := json.Marshal(v)
		if err != nil || v == nil {
			return ""
		}
		return string(b)
	}
	return fmt.Sprint(v)
}
