package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in a configuration file. Line and Column count from 1, Column
// in characters; a zero Line means that the place is not known.
type Pos struct {
	File         string
	Line, Column int
}

// String gives file:line:column, the form that editors jump to.
func (p Pos) String() string {
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Problem is one mistake in a configuration file.
type Problem struct {
	Pos     Pos
	Path    string // keys from the root, such as subscriptions.adkar.rule; empty for the whole file
	Message string // what is wrong, without any value of the file
	Hint    string // how to mend it; may be empty
}

// String gives file:line:column: path: message (hint).
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.Pos.String())
	if p.Path != "" {
		b.WriteString(": " + p.Path)
	}
	b.WriteString(": " + p.Message)
	if p.Hint != "" {
		b.WriteString(" (" + p.Hint + ")")
	}
	return b.String()
}

// Problems is every mistake found in one file, in the order of the file.
type Problems []Problem

// Error gives one line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// sorted orders the problems by place, then by path and message.
func (ps Problems) sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.Path, b.Path),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return ps
}
