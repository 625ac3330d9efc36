package config

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

// Load reads the configuration file and resolves its references; env looks an
// environment variable up, as [os.LookupEnv] does. The error is [Problems]
// where the file is at fault. The checks in also see whatever could be read, so that
// what they find is reported in the same go. Of a problem whose place they do not know, they
// leave Pos empty: it is that of its path.
func Load(file string, env func(string) (string, bool), also ...func(*Config) Problems) (*Config, error) {
	text, err := readSmall(file)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return Parse(file, []byte(text), env, also...)
}

// Parse reads a configuration that is in memory; name is what problems call it.
// What the text leaves out is as in [Default]. The error is always [Problems]. The checks
// in also are as in [Load].
func Parse(name string, text []byte, env func(string) (string, bool), also ...func(*Config) Problems) (*Config, error) {
	d := &decoder{
		report: report{file: name},
		env:    env,
		places: map[string]Pos{},
		failed: map[string]bool{},
	}
	c := Default()
	if d.readable(text) {
		if root := parseTree(lineEnds.Replace(strings.TrimPrefix(string(text), "\ufeff")), &d.report); root != nil {
			d.value("", root, reflect.ValueOf(c).Elem(), "")
			d.check(c)
			for _, check := range also {
				d.found(check(c))
			}
		}
	}
	if len(d.problems) > 0 {
		return nil, d.problems.sorted()
	}
	c.complete()
	return c, nil
}

// lineEnds turns every line end that YAML knows into one: the parser miscounts others.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// complete fills what follows from other keys.
func (c *Config) complete() {
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	for i := range c.Portals {
		if p := &c.Portals[i]; p.Kind != "scim" && p.Kind != "pluralsight" && p.Folder == "" {
			p.Folder = "outbox/" + p.Name
		}
	}
}

// readable refuses what no parser should see.
func (d *decoder) readable(text []byte) bool {
	switch {
	case len(text) > maxSize:
		d.add(d.pos(1, 1), "", "is larger than 1 MiB", "")
	case !utf8.Valid(text):
		d.add(d.pos(1, 1), "", "is not UTF-8 text", "save it as UTF-8")
	case bytes.ContainsRune(text, 0):
		d.add(d.pos(1, 1), "", "holds a NUL character", "save it as UTF-8")
	default:
		return true
	}
	return false
}
