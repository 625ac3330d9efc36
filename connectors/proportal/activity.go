package proportal

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"usher/internal/table"
	"usher/internal/usher"
)

// ReadActivity implements [connectors.ActivityReader] for the downloads Viewings, Labs and
// Logins, which differ in the column that says when.
func (p *Connector) ReadActivity(list []byte, each func(address string, at usher.Time) error) ([]usher.Finding, error) {
	sheet, email, at, err := p.openActivity(list)
	if err != nil {
		return nil, fmt.Errorf("%s: list of activity: %w", p.kind.name, err)
	}
	dates := newDates(p.options)
	var findings []usher.Finding
	for row, err := range sheet.Rows {
		if refused, ok := errors.AsType[*table.RowError](err); ok {
			findings = append(findings, refusedRow(refused))
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: list of activity: %w", p.kind.name, err)
		}
		findings = append(findings, notes(sheet, row)...)
		address, text := cell(row.Cells, email), cell(row.Cells, at)
		when, ok := dates.read(text)
		switch {
		case strings.TrimSpace(address) == "":
			findings = append(findings, usher.Finding{Row: row.Number, Column: sheet.Header[email], Code: "activity.no_address", Severity: usher.SeverityError,
				Text: "the row has no address, and is left out"})
		case !ok:
			findings = append(findings, usher.Finding{Row: row.Number, Column: sheet.Header[at], Code: "activity.date", Severity: usher.SeverityError, Value: text,
				Text: "not a date as " + dates.wanted() + ", and the row is left out; name the format under dates of the portal"})
		case when != 0:
			if err := each(address, when); err != nil {
				return findings, err
			}
		}
	}
	return findings, nil
}

// openActivity finds the columns of a list of activity.
func (p *Connector) openActivity(list []byte) (sheet *table.Sheet, email, at int, err error) {
	columns := p.options.Activity
	sheet, err = table.Open(bytes.NewReader(list), int64(len(list)), table.ReadOptions{KeyColumns: keys(columns.Email)})
	if err != nil {
		return nil, 0, 0, err
	}
	b := binder{sheet: sheet}
	email = b.find("email", columns.Email, emailNames, true)
	at = b.find("at", columns.At, atNames, true)
	return sheet, email, at, b.err
}
