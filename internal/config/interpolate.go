package config

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// reference finds ${...} and its escape $${.
var reference = regexp.MustCompile(`\$\$\{|\$\{[^}]*\}?`)

// variable is the name of an environment variable that may be shown.
var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand replaces ${env:NAME} and ${file:/path} in a scalar's text. It reports
// every reference that leads nowhere and then gives false.
func (d *decoder) expand(path string, n *node) (text string, ok bool) {
	var b strings.Builder
	ok = true
	end := 0
	for _, span := range reference.FindAllStringIndex(n.text, -1) {
		b.WriteString(n.text[end:span[0]])
		end = span[1]
		value, message, hint := d.resolve(n.text[span[0]:span[1]])
		if message != "" {
			d.fail(n.at(utf8.RuneCountInString(n.text[:span[0]])), path, message, hint)
			ok = false
		}
		b.WriteString(value)
	}
	b.WriteString(n.text[end:])
	return b.String(), ok
}

// resolve gives the value of one reference, or what is wrong with it.
func (d *decoder) resolve(ref string) (value, message, hint string) {
	if ref == "$${" {
		return "${", "", ""
	}
	inner, closed := strings.CutSuffix(strings.TrimPrefix(ref, "${"), "}")
	scheme, name, _ := strings.Cut(inner, ":")
	switch {
	case closed && scheme == "env" && variable.MatchString(name):
		value, found := d.env(name)
		if !found {
			return "", fmt.Sprintf("environment variable %s is not set", name), ""
		}
		return value, badText(value, "environment variable "+name), ""
	case closed && scheme == "file" && filepath.IsAbs(name) && !strings.ContainsFunc(name, unicode.IsControl):
		value, err := readSmall(name)
		if err != nil {
			return "", err.Error(), "the path is read by the user that runs usher"
		}
		value = strings.TrimSuffix(strings.TrimSuffix(value, "\n"), "\r")
		return value, badText(value, "file "+name), ""
	}
	return "", "holds a ${ that is no reference", "write ${env:NAME}, ${file:/absolute/path}, or $${ for the two characters"
}

// badText says why text from elsewhere cannot be taken; empty when it can.
func badText(text, origin string) string {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return origin + " is not UTF-8 text"
	}
	return ""
}

// readSmall reads a regular file of at most 1 MiB: a device or a pipe could
// block the start or never end.
func readSmall(name string) (string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", fmt.Errorf("read file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("read file: %s is not a regular file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("read file: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return "", fmt.Errorf("read file: %w", err)
	}
	if len(text) > maxSize {
		return "", fmt.Errorf("read file: %s is larger than 1 MiB", name)
	}
	return string(text), nil
}
