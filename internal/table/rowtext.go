package table

import "bytes"

// rowText collects the texts of a row in one piece of memory, which is used again for the next row.
type rowText struct {
	text  []byte
	cells []span
	out   []string
}

// span is where in rowText.text the text of a cell stands.
type span struct{ start, end int }

func (t *rowText) reset() {
	t.text, t.cells = t.text[:0], t.cells[:0]
}

// endCell makes a cell of what was added to text since the last one.
func (t *rowText) endCell() {
	start := 0
	if n := len(t.cells); n > 0 {
		start = t.cells[n-1].end
	}
	t.cell(start, len(t.text))
}

// cell makes a cell of what stands in text from start to end.
func (t *rowText) cell(start, end int) {
	t.cells = append(t.cells, span{start, end})
}

func (t *rowText) width() int { return len(t.cells) }

// beyond returns the first cell, from 1, of more than limit bytes, or 0.
func (t *rowText) beyond(limit int) int {
	if len(t.text) <= limit {
		return 0
	}
	for i, c := range t.cells {
		if c.end-c.start > limit {
			return i + 1
		}
	}
	return 0
}

// blank reports whether no cell holds anything but spaces.
func (t *rowText) blank() bool {
	for _, c := range t.cells {
		if !isBlank(t.text[c.start:c.end]) {
			return false
		}
	}
	return true
}

func isBlank(text []byte) bool {
	return len(bytes.TrimLeft(text, " ")) == 0
}

// trim takes off the cells at the end that hold nothing but spaces, and leaves least of them.
func (t *rowText) trim(least int) {
	for n := len(t.cells) - 1; n >= least && isBlank(t.text[t.cells[n].start:t.cells[n].end]); n-- {
		t.cells = t.cells[:n]
	}
}

// strings returns the cells, in a slice that is valid until the next call; the strings stay.
func (t *rowText) strings() []string {
	text := string(t.text)
	t.out = t.out[:0]
	for _, c := range t.cells {
		t.out = append(t.out, text[c.start:c.end])
	}
	return t.out
}
