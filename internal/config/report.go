package config

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/token"
)

// report collects the problems of one file.
type report struct {
	file     string
	problems Problems
}

func (r *report) add(pos Pos, path, message, hint string) {
	r.problems = append(r.problems, Problem{Pos: pos, Path: path, Message: message, Hint: hint})
}

func (r *report) pos(line, column int) Pos {
	return Pos{File: r.file, Line: line, Column: column}
}

func (r *report) at(t *token.Token) Pos {
	return r.pos(max(1, t.Position.Line), max(1, t.Position.Column))
}

// plainKey is what a key must look like to be shown: anything else may be a
// value that slipped into a key's place.
var plainKey = regexp.MustCompile(`^[A-Za-z0-9_-]{1,63}$`)

// join gives the path of a key below path.
func join(path, key string) string {
	if !plainKey.MatchString(key) {
		key = "?"
	}
	return strings.TrimPrefix(path+"."+key, ".")
}

// item gives the path of an item of the list at path.
func item(path string, index int) string {
	return fmt.Sprintf("%s[%d]", path, index)
}
