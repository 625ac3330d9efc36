package config

import (
	"cmp"
	"fmt"
	"reflect"
)

// Default gives the configuration without a file: SQLite, loopback, one SCIM
// directory, one for files that are planned by hand, and no portal.
func Default() *Config {
	c := &Config{
		Directories:   []Directory{{Name: "default"}, {Name: "roster", Kind: "file"}},
		Notifications: Notifications{SeatsLow: Guard{Min: 1, Percent: 5}},
		Guards: Guards{
			Releases:    Guard{Min: 3, Percent: 10},
			Invitations: Guard{Min: 20, Percent: 25},
			Addresses:   Guard{Min: 3, Percent: 5},
			Managers:    Guard{Min: 3, Percent: 25},
			Rows:        Swing{Percent: 20},
			ArmedFrom:   5,
		},
	}
	setDefaults(reflect.ValueOf(c).Elem())
	for i := range c.Directories {
		kind := c.Directories[i].Kind
		setDefaults(reflect.ValueOf(&c.Directories[i]).Elem())
		c.Directories[i].Kind = cmp.Or(kind, c.Directories[i].Kind)
	}
	return c
}

// setDefaults sets every field below v that has a default tag.
func setDefaults(v reflect.Value) {
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		text, tagged := field.Tag.Lookup("default")
		_, scalar := scalarOf(value)
		switch {
		case tagged:
			mustSet(field.Name, value, text)
		case !scalar && value.Kind() == reflect.Struct && field.Tag.Get("yaml") != "-":
			setDefaults(value)
		}
	}
}

// mustSet sets v from a tag of this package. A tag that does not fit its field
// is a mistake of ours, which every test finds.
func mustSet(name string, v reflect.Value, text string) {
	if s, ok := scalarOf(v); !ok || !s.set(text) {
		panic(fmt.Sprintf("config: field %s: its tag %q does not fit", name, text))
	}
}
