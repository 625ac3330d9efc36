package table

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// cutPlainly is cutRecord as a machine of three states, which takes one byte after the other.
func cutPlainly(text, separator string) (cells []string, problem flaw) {
	const (
		unquoted = iota
		quoted
		closed
	)
	cell, state, begin := "", unquoted, 0
	for i := 0; i < len(text); {
		switch separated := strings.HasPrefix(text[i:], separator); {
		case state == quoted && text[i] == '"' && strings.HasPrefix(text[i+1:], `"`):
			cell, i = cell+`"`, i+2
		case state == quoted && text[i] == '"':
			state, i = closed, i+1
		case state != quoted && separated:
			i += len(separator)
			cells, cell, state, begin = append(cells, cell), "", unquoted, i
		case state == closed:
			return cells, strayBehind
		case text[i] == '"' && state == unquoted && i == begin:
			state, i = quoted, i+1
		case text[i] == '"' && state == unquoted:
			return cells, strayInside
		default:
			cell, i = cell+text[i:i+1], i+1
		}
	}
	if state == quoted {
		return cells, neverClosing
	}
	return append(cells, cell), flawless
}

func TestCutRecordIsPlainCutting(t *testing.T) {
	var text rowText // used again, as by a reader
	rapid.Check(t, func(t *rapid.T) {
		separator := rapid.SampledFrom([]string{",", ";", "\t", "\u00a4"}).Draw(t, "separator")
		parts := rapid.SliceOf(rapid.SampledFrom([]string{`"`, `""`, separator, separator, "a", "Se\u00e1n", " ", "\n"})).Draw(t, "parts")
		record := strings.Join(parts, "")
		want, wrong := cutPlainly(record, separator)
		if got := cutRecord([]byte(record), []byte(separator), &text); got != wrong || !slices.Equal(text.strings(), want) {
			t.Fatalf("%q: %q, %q; want %q, %q", record, text.strings(), got, want, wrong)
		}
	})
}

func TestLineEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.SampledFrom([]string{"\r", "\n", "a", strings.Repeat("b", searchedAtOnce-1)})).Draw(t, "parts")
		text := strings.Join(parts, "")
		from := rapid.IntRange(0, len(text)).Draw(t, "from")
		want := len(text)
		if i := strings.IndexAny(text[from:], "\r\n"); i >= 0 {
			want = from + i
		}
		if got := lineEnd([]byte(text), from); got != want {
			t.Fatalf("%q from %d: %d, want %d", text, from, got, want)
		}
	})
}
