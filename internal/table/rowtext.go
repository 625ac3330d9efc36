package table

import "bytes"

// rowText collects the cells of a row in one piece of memory, which is used again for the next row.
type rowText struct {
	text  []byte
	ends  []int // of the cells, in text
	cells []string
}

func (t *rowText) reset() {
	t.text, t.ends = t.text[:0], t.ends[:0]
}

// endCell makes a cell of what was added to text since the last one.
func (t *rowText) endCell() {
	t.ends = append(t.ends, len(t.text))
}

func (t *rowText) width() int { return len(t.ends) }

// beyond returns the first cell, from 1, of more than limit bytes, or 0.
func (t *rowText) beyond(limit int) int {
	start := 0
	for i, end := range t.ends {
		if end-start > limit {
			return i + 1
		}
		start = end
	}
	return 0
}

// blank reports whether no cell holds anything but spaces.
func (t *rowText) blank() bool { return isBlank(t.text) }

func isBlank(text []byte) bool {
	return len(bytes.TrimLeft(text, " ")) == 0
}

// trim takes off the cells at the end that hold nothing but spaces, and leaves least of them.
func (t *rowText) trim(least int) {
	for n := len(t.ends) - 1; n >= least && isBlank(t.text[t.start(n):]); n-- {
		t.text, t.ends = t.text[:t.start(n)], t.ends[:n]
	}
}

// start returns where the text of a cell starts.
func (t *rowText) start(cell int) int {
	if cell == 0 {
		return 0
	}
	return t.ends[cell-1]
}

// strings returns the cells, in a slice that is valid until the next call; the strings stay.
func (t *rowText) strings() []string {
	text, start := string(t.text), 0
	t.cells = t.cells[:0]
	for _, end := range t.ends {
		t.cells = append(t.cells, text[start:end])
		start = end
	}
	return t.cells
}
