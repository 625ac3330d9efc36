package prosci

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"

	"usher/internal/table"
	"usher/internal/usher"
)

// Codes of findings. They are stable.
const (
	exampleRow     = "prosci.example_row"
	toolValue      = "prosci.tool_value"
	toolBlank      = "prosci.tool_blank"
	fieldRequired  = "field.required"
	fieldSpace     = "field.outer_space"
	fieldInvisible = "field.invisible_char"
	fieldControl   = "field.control_char"
	fieldFormula   = "field.formula"
	emailSyntax    = "email.syntax"
	emailSpecial   = "email.special_char"
	emailNonASCII  = "email.non_ascii"
	dateAmbiguous  = "date.ambiguous"
	dateSerial     = "date.excel_serial"
	dateInvalid    = "date.invalid"
	rowDuplicate   = "row.duplicate_email"
	rowShort       = "row.short"
	rowLong        = "row.long"
	rowEmpty       = "row.empty"
)

// headings make findings about cells.
type headings []string

// finding is one about column at, from 0.
func (h headings) finding(row, at int, code string, severity usher.Severity, value, text string) usher.Finding {
	f := usher.Finding{Row: row, Column: h[at], Code: code, Severity: severity, Value: strings.Clone(value), Text: text}
	for i, other := range h {
		if i != at && table.FoldHeader(other) == table.FoldHeader(h[at]) {
			f.Col = at + 1
		}
	}
	return f
}

// numbering counts rows as a spreadsheet program shows them: empty ones count, and a line
// break inside a cell starts none.
type numbering struct {
	sheet  *table.Sheet
	before int // blank lines before the header
	last   int
}

func newNumbering(sheet *table.Sheet, content []byte) *numbering {
	n := &numbering{sheet: sheet, last: 1}
	text := bytes.TrimPrefix(content, []byte("\ufeff"))
	if n.before = sheet.HeaderLine - 1; sheet.Format == table.CSV && len(text) > 4 && bytes.EqualFold(text[:4], []byte("sep=")) {
		n.before--
	}
	return n
}

// next is the number of a row, and those of the empty ones before it.
func (n *numbering) next(row table.Row) (number int, empty []int) {
	number = row.Number + n.sheet.Summary().Blank - n.before
	if n.sheet.Format == table.XLSX {
		number = row.Line
	}
	return number, n.upTo(number)
}

// upTo are the numbers that were passed over.
func (n *numbering) upTo(number int) []int {
	var empty []int
	for i := n.last + 1; i < number; i++ {
		empty = append(empty, i)
	}
	n.last = number
	return empty
}

// readRows hands over the rows of a sheet that can be read, and collects what is to be said
// of them and of the others. It fails where the file as a whole is at fault.
func readRows(sheet *table.Sheet, content []byte, each func(number int, cells []string) []usher.Finding) ([]usher.Finding, error) {
	var findings []usher.Finding
	n, header := newNumbering(sheet, content), headings(sheet.Header)
	for row, err := range sheet.Rows {
		bad, goesOn := errors.AsType[*table.RowError](err)
		if err != nil && !goesOn {
			return nil, err
		}
		number, empty := n.next(row)
		if sheet.Format == table.CSV {
			findings = append(findings, blank(empty)...)
		}
		if bad != nil {
			findings = append(findings, unreadable(number, bad, row.Raw, sheet))
			continue
		}
		for _, note := range row.Notes {
			findings = append(findings, header.finding(number, note.Column-1, note.Code, usher.SeverityError, "", note.Problem))
		}
		findings = append(findings, each(number, row.Cells)...)
	}
	if sheet.Format == table.CSV {
		s := sheet.Summary()
		findings = append(findings, blank(n.upTo(s.Records+s.Refused+1+s.Blank-n.before+1))...)
	}
	return findings, nil
}

// blank says of empty rows that they are skipped.
func blank(numbers []int) []usher.Finding {
	var findings []usher.Finding
	for _, number := range numbers {
		findings = append(findings, usher.Finding{Row: number, Code: rowEmpty, Severity: usher.SeverityInfo, Text: "an empty row, which is skipped; delete it"})
	}
	return findings
}

// unreadable is what is to be said of a row that is none.
func unreadable(number int, bad *table.RowError, raw string, sheet *table.Sheet) usher.Finding {
	f := usher.Finding{Row: number, Column: bad.Name, Code: bad.Code, Severity: usher.SeverityError, Text: bad.Problem}
	if bad.Code != table.RowWidth {
		return f
	}
	in := csv.NewReader(strings.NewReader(raw))
	in.Comma, in.LazyQuotes = ',', true
	if sheet.Format == table.XLSX {
		in.Comma = '\t'
	} else if sheet.Separator != 0 {
		in.Comma = sheet.Separator
	}
	f.Code = rowLong
	if cells, err := in.Read(); err == nil && len(cells) < len(sheet.Header) {
		f.Code = rowShort
		f.Text = fmt.Sprintf("%d of %d cells; complete the row", len(cells), len(sheet.Header))
	}
	return f
}
