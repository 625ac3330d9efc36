package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Setting is one key of the configuration and what it says, for people.
type Setting struct {
	// Path is the key with those above it: limits.rate, portals.prosci.kind.
	Path  string
	Value string
	// Default says that the file does not say so, or says what counts without it.
	Default bool
}

// secretSet is shown in place of a secret.
const secretSet = "set; never shown"

// Describe lists what a configuration says, in the order of its keys. Keys that are empty are left out, and secrets are not shown.
func Describe(c *Config) []Setting {
	d := &describing{}
	d.fields("", reflect.ValueOf(*c), reflect.ValueOf(*Default()))
	return d.found
}

type describing struct{ found []Setting }

// fields describes the fields of a struct, beside those that count where nothing is said.
func (d *describing) fields(path string, v, usual reflect.Value) {
	for i := range v.NumField() {
		key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if key == "" || key == "-" {
			continue
		}
		d.value(join(path, key), v.Field(i), usual.Field(i))
	}
}

func (d *describing) value(path string, v, usual reflect.Value) {
	if text, is := inOneText(v); is {
		if text != "" {
			d.found = append(d.found, Setting{path, text, reflect.DeepEqual(v.Interface(), usual.Interface())})
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.fields(path, v, usual)
	case reflect.Slice:
		for i := range v.Len() {
			d.value(itemPath(path, i, v.Index(i)), v.Index(i), reflect.Zero(v.Type().Elem()))
		}
	case reflect.Map:
		for at := v.MapRange(); at.Next(); {
			d.value(join(path, at.Key().String()), at.Value(), reflect.Zero(v.Type().Elem()))
		}
	}
}

// itemPath is the path of an item by its name, where it has one.
func itemPath(path string, i int, v reflect.Value) string {
	if v.Kind() == reflect.Struct {
		if name := v.FieldByName("Name"); name.IsValid() && name.Kind() == reflect.String {
			return path + "." + name.String()
		}
	}
	return item(path, i)
}

// inOneText is a value that is no more than a text, and whether it is.
func inOneText(v reflect.Value) (text string, is bool) {
	switch one := v.Interface().(type) {
	case Secret:
		if one == "" {
			return "", true
		}
		return secretSet, true
	case Text:
		return one.Value, true
	case time.Duration:
		return one.String(), true
	case encoding.TextMarshaler:
		text, err := one.MarshalText()
		return string(text), err == nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return "", true
		}
		return inOneText(v.Elem())
	case reflect.String:
		return v.String(), true
	case reflect.Bool:
		if v.Bool() {
			return "yes", true
		}
		return "no", true
	case reflect.Int, reflect.Int64:
		return fmt.Sprint(v.Int()), true
	case reflect.Slice:
		return listInText(v)
	}
	return "", false
}

// listInText is a list of plain texts in one.
func listInText(v reflect.Value) (text string, is bool) {
	var texts []string
	for i := range v.Len() {
		one, is := inOneText(v.Index(i))
		if !is {
			return "", false
		}
		texts = append(texts, one)
	}
	if kind := v.Type().Elem().Kind(); len(texts) == 0 && kind == reflect.Struct {
		return "", false
	}
	return strings.Join(texts, ", "), true
}
