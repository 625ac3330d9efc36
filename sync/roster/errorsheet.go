package roster

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"usher/internal/table"
	"usher/internal/usher"
)

// SheetOptions say what goes on an error sheet.
type SheetOptions struct {
	// All takes every row of the file, not only those with a finding and those that they repeat: the corrected sheet
	// then is a whole file.
	All bool
}

// WriteErrors writes rows of a roster again with one more column, ProblemColumn, that says what is wrong with each and
// how to mend it. The corrected sheet can be read in place of the file, which is where the column is skipped and the
// apostrophes come off that keep cells from being run as formulas. A row that could not be taken apart comes with its
// text in the added column only, so that it is typed anew. The findings are those that Read gave, in any order.
func WriteErrors(w io.Writer, format table.Format, original io.ReaderAt, size int64, m *Mapper, findings []usher.Finding, o SheetOptions) error {
	sheet, err := table.Open(original, size, m.tableOptions())
	if err != nil {
		return fmt.Errorf("write error sheet: read the roster: %w", err)
	}
	e := errorSheet{sheet: sheet, problems: problemsByRow(findings), all: o.All}
	if !o.All {
		e.withRepeated(findings)
	}
	e.keep, e.header = withoutProblems(sheet.Header)
	err = table.Write(w, format, e.header, e.rows(), table.Options{Separator: sheet.Separator, BOM: true, CRLF: true, ForPeople: true})
	if err := errors.Join(e.failed, err); err != nil {
		return fmt.Errorf("write error sheet: %w", err)
	}
	return nil
}

type errorSheet struct {
	sheet    *table.Sheet
	header   []string
	keep     []int // the columns of the file that are written
	problems map[int][]usher.Finding
	all      bool
	failed   error // why the file could not be read to its end
}

func problemsByRow(findings []usher.Finding) map[int][]usher.Finding {
	out := map[int][]usher.Finding{}
	for _, f := range findings {
		out[f.Row] = append(out[f.Row], f)
	}
	return out
}

// withRepeated takes rows in that others repeat: duplicates are seen within one sheet, so whoever mends one needs
// both, and so does whoever reads it.
func (e *errorSheet) withRepeated(findings []usher.Finding) {
	for row, by := range repeated(findings) {
		e.problems[row] = append(e.problems[row], usher.Finding{
			Row: row, Severity: usher.SeverityInfo, Text: fmt.Sprintf("this was row %d of the file, which %s", row, inRows(by)),
		})
	}
}

// inRows names rows that repeat another.
func inRows(rows []int) string {
	slices.Sort(rows)
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = strconv.Itoa(r)
	}
	if len(rows) == 1 {
		return "row " + names[0] + " repeats"
	}
	return "rows " + strings.Join(names, ", ") + " repeat"
}

// withoutProblems drops the column that an earlier error sheet had, and adds the new one.
func withoutProblems(header []string) (keep []int, out []string) {
	for i, name := range header {
		if table.FoldHeader(name) != ProblemColumn {
			keep = append(keep, i)
			out = append(out, name)
		}
	}
	return keep, append(out, ProblemColumn)
}

// rows are those of the sheet that is written. The slice is used again for the next row.
func (e *errorSheet) rows() iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		cells := make([]string, len(e.header))
		for row, err := range e.sheet.Rows {
			fault, unreadable := errors.AsType[*table.RowError](err)
			if err != nil && !unreadable {
				e.failed = err
				return
			}
			number := row.Number
			clear(cells)
			if unreadable {
				number = fault.Number
			} else {
				for i, column := range e.keep {
					cells[i] = row.Cells[column]
				}
			}
			problems := e.problems[number]
			if len(problems) == 0 && !e.all {
				continue
			}
			cells[len(cells)-1] = describe(problems, row.Raw)
			if !yield(cells) {
				return
			}
		}
	}
}

// describe says what is wrong with a row, errors first.
func describe(findings []usher.Finding, raw string) string {
	var parts []string
	for _, severity := range []usher.Severity{usher.SeverityError, usher.SeverityWarning, usher.SeverityInfo} {
		for _, f := range findings {
			if f.Severity != severity {
				continue
			}
			text := f.Text
			if f.Column != "" {
				text = f.Column + ": " + text
			}
			if severity != usher.SeverityError {
				text = string(severity) + ": " + text
			}
			if !slices.Contains(parts, text) {
				parts = append(parts, text)
			}
		}
	}
	if raw != "" {
		parts = append(parts, "the row was: "+raw)
	}
	return strings.Join(parts, "; ")
}
