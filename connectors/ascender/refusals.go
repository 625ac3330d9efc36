package ascender

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"usher/connectors"
	"usher/internal/table"
	"usher/internal/usher"
)

// errNoRefusals says what ReadRefusals takes.
var errNoRefusals = errors.New("no list of errors of Ascender: download it in the review, and bring it as it came")

// ReadRefusals implements [connectors.RefusalReader]. The layout of the portal's list is not
// published: it is read as the upload with further columns for what is wrong, or as any table
// with an address of the upload in each row, or as the bare text of what the portal said.
func (a *Ascender) ReadRefusals(answer []byte, b usher.Batch) ([]connectors.Refusal, error) {
	if said := bareMessages(answer); said != nil {
		return said, nil
	}
	written, err := readUpload(b)
	if err != nil {
		return nil, err
	}
	sheet, err := table.Open(bytes.NewReader(answer), int64(len(answer)), table.ReadOptions{KeyColumns: emailNames, Limits: limits})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoRefusals, err)
	}
	list := answerList{sheet: sheet, written: written}
	list.bind()
	for row, err := range sheet.Rows {
		if rowError, spoiled := errors.AsType[*table.RowError](err); spoiled {
			return nil, fmt.Errorf("%w: %w", errNoRefusals, rowError)
		} else if err != nil {
			return nil, fmt.Errorf("%w: %w", errNoRefusals, err)
		}
		list.take(row)
	}
	return list.refusals()
}

// bareMessages are the lines of a text, where each of them is a message that the vendor publishes.
func bareMessages(answer []byte) []connectors.Refusal {
	var out []connectors.Refusal
	for line := range strings.Lines(string(bytes.TrimPrefix(answer, []byte("\ufeff")))) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		m := understand(line)
		if !m.known {
			return nil
		}
		out = append(out, connectors.Refusal{Message: line, Known: true, Hint: m.hint})
	}
	return out
}

// sentRows are the rows of an upload, as its file has them.
type sentRows struct {
	header []string
	email  int
	lines  []int // of the sheet, by row
	cells  [][]string
	byKey  map[string][]int // rows from 0, by address
}

func readUpload(b usher.Batch) (sentRows, error) {
	sheet, err := table.Open(bytes.NewReader(b.Content), int64(len(b.Content)), table.ReadOptions{KeyColumns: emailNames, Limits: limits})
	if err != nil || b.Kind == usher.BatchTasks {
		return sentRows{}, fmt.Errorf("batch %s is no upload: errors can be read for upload files alone", b.Name)
	}
	sent := sentRows{header: sheet.Header, email: columnsOf(sheet.Header).find(email), byKey: map[string][]int{}}
	for row, err := range sheet.Rows {
		if err != nil {
			return sent, fmt.Errorf("batch %s cannot be read again: %w", b.Name, err)
		}
		if sent.email >= 0 && strings.TrimSpace(row.Cells[sent.email]) != "" {
			key := fold(row.Cells[sent.email])
			sent.byKey[key] = append(sent.byKey[key], len(sent.cells))
		}
		sent.lines = append(sent.lines, row.Line)
		sent.cells = append(sent.cells, slices.Clone(row.Cells))
	}
	return sent, nil
}
