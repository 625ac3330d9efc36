package ascender

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"usher/connectors"
	"usher/internal/table"
	"usher/internal/usher"
)

// The actions of the upload.
const (
	actionInvite = "invite"
	actionChange = "change"
)

// uploadRow is one row of the upload.
type uploadRow struct {
	person  *person
	action  string
	text    string
	cells   []string
	moves   moves
	manager manager
}

// invite writes a row for somebody whom the portal is not known to hold.
func (v *visit) invite(p *person, cells map[int]string, m manager) {
	text := "invite " + p.who()
	if len(p.seats.gives) > 0 {
		text += " for " + strings.Join(p.seats.gives, ", ")
	}
	v.addUpload(p, actionInvite, text, cells, m)
}

// change writes the differences of somebody who is Active.
func (v *visit) change(p *person, differs map[int]string, m manager) {
	if len(differs) > 0 {
		v.addUpload(p, actionChange, "change "+p.who()+" ("+strings.Join(v.columnNames(differs), "; ")+")", differs, m)
	}
}

func (v *visit) addUpload(p *person, action, text string, cells map[int]string, m manager) {
	row := uploadRow{person: p, action: action, text: text, moves: p.moveSeats(), manager: m, cells: make([]string, len(v.columns))}
	for i, c := range v.columns {
		row.cells[i] = cells[i]
		if c.role == roleEmail {
			row.cells[i] = p.address
		}
	}
	p.tasks++
	v.upload = append(v.upload, row)
}

// uploadFile writes the workbook.
func (v *visit) uploadFile(f form) (connectors.File, error) {
	if len(v.upload) == 0 {
		return connectors.File{}, nil
	}
	file := connectors.File{Name: uploadName, Kind: usher.BatchUpload, Notes: []string{
		"My Team, Invite/Change via Upload. Where the review shows errors, download them and bring them with `usher portal refused` and this file's name; the portal sends a mail once it is through.",
	}}
	cells := make([][]string, len(v.upload))
	file.Rows = make([]usher.BatchRow, 0, len(v.upload))
	for i, row := range v.upload {
		cells[i] = row.cells
		file.Rows = append(file.Rows, rowOf(i, row.person, row.action, row.text, row.moves))
	}
	for _, finding := range v.uploadFindings(f.Line) {
		file.Notes = append(file.Notes, fmt.Sprintf("row %d, %s: left blank (%s): %s", finding.Row, finding.Column, finding.Code, finding.Text))
	}
	var content bytes.Buffer
	if err := table.FillXLSX(&content, f.Form, cells); err != nil {
		return file, fmt.Errorf("write the upload: %w", err)
	}
	file.Content = content.Bytes()
	return file, nil
}

// uploadFindings are what the rows had to leave out. Row is that of the sheet, whose header is
// on the given line.
func (v *visit) uploadFindings(header int) []usher.Finding {
	var out []usher.Finding
	column := v.place(roleManager)
	for i, row := range v.upload {
		if row.manager.code != "" && column >= 0 {
			out = append(out, usher.Finding{
				Row: header + 1 + i, Column: v.columns[column].name, Code: row.manager.code,
				Severity: usher.SeverityWarning, Text: row.manager.note,
			})
		}
	}
	return out
}

// rowOf is the row of a batch at place i of its file.
func rowOf(i int, p *person, action, text string, m moves) usher.BatchRow {
	told := p.change.Desired
	if action != actionAddress && p.address != "" {
		told.Address = p.address // what it says is said of this address, whatever the person's is today
	}
	if told.Active && p.state == inactive {
		// What they consumed before is theirs again, whether they are to have it or not.
		told.Subscriptions = slices.Concat(told.Subscriptions, p.change.Seen.Kept, p.change.Seen.Returning)
		slices.Sort(told.Subscriptions)
		told.Subscriptions = slices.Compact(told.Subscriptions)
	}
	return usher.BatchRow{
		Row: i + 1, Account: p.change.Account, Generation: p.change.Generation, Told: &told,
		Action: action, Text: text, Gives: m.gives, Takes: m.takes, State: usher.RowOpen,
	}
}
