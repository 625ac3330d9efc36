package proportal

import (
	"usher/internal/table"
	"usher/internal/usher"
)

// refusedRow is the finding of a row that cannot be read.
func refusedRow(r *table.RowError) usher.Finding {
	return usher.Finding{Row: r.Number, Column: r.Name, Code: r.Code, Severity: usher.SeverityError, Text: r.Error()}
}

// notes are the findings of cells that hold less than they seem to, such as a formula
// without a result.
func notes(sheet *table.Sheet, row table.Row) []usher.Finding {
	var findings []usher.Finding
	for _, n := range row.Notes {
		f := usher.Finding{Row: row.Number, Code: n.Code, Severity: usher.SeverityWarning, Text: n.Problem}
		if n.Column >= 1 && n.Column <= len(sheet.Header) {
			f.Column = sheet.Header[n.Column-1]
		}
		findings = append(findings, f)
	}
	return findings
}

// number puts findings to their row.
func number(findings []usher.Finding, row int) []usher.Finding {
	for i := range findings {
		findings[i].Row = row
	}
	return findings
}
