package config

import (
	"unicode"
	"unicode/utf8"
)

// Text is text that is compiled elsewhere, such as a rule, with its place in
// the file, so that the compiler's mistakes can be shown where they are.
type Text struct {
	Value string
	Pos   Pos // the first character of the text itself, behind quotes and block markers

	marks []mark
}

// mark says that a run of characters starts at a place: the runs of a text are
// broken by line ends and by escapes.
type mark struct{ offset, line, column int }

// At gives the place in the file of the character at offset, counted in
// characters from 0. It gives Pos where places are not known: for a text that
// came from the environment, from another file or from a stored revision.
func (t Text) At(offset int) Pos {
	pos := t.Pos
	for _, m := range t.marks {
		if m.offset > offset {
			break
		}
		pos.Line, pos.Column = m.line, m.column+offset-m.offset
	}
	return pos
}

// align finds the characters of value in source, the scalar as written, which
// starts at line and column. Blanks may have been folded and quotes and
// escapes dropped, so it skips what is in source only.
func align(value, source string, line, column int) []mark {
	var marks []mark
	next := mark{offset: -1}
	rest := source
	advance := func(r rune, size int) {
		rest = rest[size:]
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	for offset, want := range []rune(value) {
		r, size := utf8.DecodeRuneInString(rest)
		for !unicode.IsSpace(want) && r != want && rest != "" {
			advance(r, size)
			r, size = utf8.DecodeRuneInString(rest)
		}
		if rest == "" {
			break
		}
		here := mark{offset, line, column}
		if here != next {
			marks = append(marks, here)
		}
		next = mark{offset + 1, line, column + 1}
		if r == want {
			advance(r, size)
		}
	}
	return marks
}
