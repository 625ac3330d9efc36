package ascender

import (
	"fmt"
	"slices"
	"strings"

	"usher/connectors"
	"usher/internal/table"
)

// answerList is the portal's list while it is read.
type answerList struct {
	sheet   *table.Sheet
	written sentRows
	shared  map[int]int // column of the upload, by column of the answer
	says    []int       // columns with what is wrong
	rows    int
	// bare are the rows that nothing is said of.
	bare []connectors.Refusal
	out  []connectors.Refusal
}

// bind finds out which columns are those of the upload. What is wrong stands in the others.
func (l *answerList) bind() {
	l.shared = map[int]int{}
	for i, name := range l.sheet.Header {
		at := slices.IndexFunc(l.written.header, func(sent string) bool { return sameName(sent, name) })
		if at >= 0 && clean(name) != "" {
			l.shared[i] = at
		} else {
			l.says = append(l.says, i)
		}
	}
	named := slices.DeleteFunc(slices.Clone(l.says), func(i int) bool { return !saysWrong(l.sheet.Header[i]) })
	if len(named) > 0 {
		l.says = named
	}
}

// saysWrong says that a column is named like one of messages. Without any, all are read.
func saysWrong(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"error", "message", "reason", "problem"}, func(word string) bool { return strings.Contains(name, word) })
}

// take reads one row of the answer.
func (l *answerList) take(row table.Row) {
	l.rows++
	at, addressed := l.find(row)
	var said []string
	for _, i := range l.says {
		if i == addressed {
			continue
		}
		for line := range strings.Lines(row.Cells[i]) {
			if text := strings.TrimSpace(line); text != "" {
				said = append(said, text)
			}
		}
	}
	if len(said) == 0 {
		l.bare = append(l.bare, connectors.Refusal{Row: at, Hint: "the portal's list names this row and says no reason: look at it in the review"})
		return
	}
	for _, text := range said {
		m := understand(text)
		refusal := connectors.Refusal{Row: at, Message: text, Known: m.known, Hint: m.hint}
		if m.whole {
			refusal.Row = 0
		}
		l.out = append(l.out, refusal)
	}
}

// find tells which row of the batch one of the answer is about, 0 where nobody knows, and in
// which further column the address stood: by address wherever it is, and where the row has
// none, by its place, if the cells there are the same.
func (l *answerList) find(row table.Row) (at, addressed int) {
	same := slices.Index(l.written.lines, row.Line)
	for i, cell := range row.Cells {
		if column, ok := l.shared[i]; ok && column != l.written.email || !strings.Contains(cell, "@") {
			continue
		}
		if rows := l.written.byKey[fold(cell)]; len(rows) > 0 {
			if slices.Contains(rows, same) {
				return same + 1, i
			}
			return rows[0] + 1, i
		}
	}
	if same >= 0 && len(l.shared) > 1 && l.equal(row, same) {
		return same + 1, -1
	}
	for i := range l.written.cells {
		if len(l.shared) > 1 && l.equal(row, i) {
			return i + 1, -1
		}
	}
	return 0, -1
}

// equal says that a row of the answer is the one that was sent.
func (l *answerList) equal(row table.Row, sent int) bool {
	for i, column := range l.shared {
		if clean(row.Cells[i]) != clean(l.written.cells[sent][column]) {
			return false
		}
	}
	return true
}

// refusals are what came of it. Of a list without any reason every row is refused, unless it is
// the upload itself.
func (l *answerList) refusals() ([]connectors.Refusal, error) {
	if len(l.out) > 0 {
		return l.out, nil
	}
	known := slices.DeleteFunc(l.bare, func(r connectors.Refusal) bool { return r.Row == 0 })
	switch {
	case len(known) == 0:
		return nil, fmt.Errorf("%w: it has no message and no address of this upload", errNoRefusals)
	case len(l.says) == 0 && l.rows == len(l.written.cells):
		return nil, fmt.Errorf("%w: this is the upload itself", errNoRefusals)
	case len(l.says) > 0 && len(l.shared) > 1:
		return nil, nil // the portal's own layout, and it says nothing of anybody
	}
	return known, nil
}
