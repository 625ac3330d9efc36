package ascenderportal

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"usher/internal/table"
)

// Review is what the portal shows of an upload. With an error nothing of the file was taken on.
type Review struct {
	Errors           []RowError
	Invited, Changed int
}

// RowError is what is wrong with one row. The vendor publishes the messages that begin with
// Mandatory; the others are made up, because their texts are not known.
type RowError struct {
	Row     int // of the sheet: the header is 1
	Message string
}

// Refused is what the portal says to a file that it does not even review.
type Refused struct{ Message string }

// Error implements error.
func (r *Refused) Error() string { return r.Message }

// rejected is the file of the last review, for whoever downloads its errors.
type rejected struct {
	header []string
	rows   []sentRow
	errors []RowError
}

// sentRow is one row of a file.
type sentRow struct {
	line  int
	cells map[string]string // by column of the form
	raw   []string
}

// Template is the form that an admin downloads.
func (p *Portal) Template() ([]byte, error) {
	var out bytes.Buffer
	err := table.WriteXLSX(&out, p.columns(), nil, table.Options{Sheet: "Users"})
	return out.Bytes(), err
}

// Upload takes a file on, as a whole or not at all. The error is a *Refused for a file that is
// not reviewed: no workbook, no column Email, more new people than seats are free.
func (p *Portal) Upload(content []byte) (Review, error) {
	header, rows, err := p.read(content)
	if err != nil {
		return Review{}, err
	}
	if err := p.countSeats(rows); err != nil {
		return Review{}, err
	}
	p.last = rejected{header: header, rows: rows, errors: p.review(rows)}
	if len(p.last.errors) > 0 {
		return Review{Errors: slices.Clone(p.last.errors)}, nil
	}
	return p.apply(rows), nil
}

// read takes a workbook to pieces.
func (p *Portal) read(content []byte) (header []string, rows []sentRow, err error) {
	wrongType := &Refused{"Invalid file format. Formats allowed: *xlsx"}
	if !bytes.HasPrefix(content, []byte("PK\x03\x04")) {
		return nil, nil, wrongType
	}
	sheet, err := table.Open(bytes.NewReader(content), int64(len(content)), table.ReadOptions{KeyColumns: []string{emailColumn}, HeaderOnly: true})
	if err != nil {
		return nil, nil, wrongType
	}
	if !slices.Contains(sheet.Header, emailColumn) {
		return nil, nil, &Refused{"Email field is required."}
	}
	for row, err := range sheet.Rows {
		if _, spoiled := errors.AsType[*table.RowError](err); spoiled || err != nil {
			return nil, nil, wrongType
		}
		sent := sentRow{line: row.Line, cells: map[string]string{}, raw: slices.Clone(row.Cells)}
		for i, name := range sheet.Header {
			sent.cells[name] = row.Cells[i]
		}
		rows = append(rows, sent)
	}
	return sheet.Header, rows, nil
}

// countSeats refuses a file that takes more seats than are free: every address that is not
// known, byte for byte, is somebody new.
func (p *Portal) countSeats(rows []sentRow) error {
	people := 0
	for _, r := range rows {
		if e := r.cells[emailColumn]; e != "" && p.byEmail[e] == nil {
			people++
		}
	}
	if free := max(0, p.options.Purchased-p.Occupied()); people > free {
		return &Refused{fmt.Sprintf("You have %d Ascender licenses available and your file contains %d new user. Remove %d new user from your spreadsheet and re-upload.", free, people, people-free)}
	}
	return nil
}

// review finds out what is wrong with rows.
func (p *Portal) review(rows []sentRow) []RowError {
	var out []RowError
	inFile := map[string]int{}
	for _, r := range rows {
		inFile[strings.ToLower(r.cells[emailColumn])]++
	}
	managers := p.managersAfter(rows)
	for _, r := range rows {
		for _, message := range p.judge(r, inFile, managers) {
			out = append(out, RowError{r.line, message})
		}
	}
	return out
}

// judge judges one row.
func (p *Portal) judge(r sentRow, inFile map[string]int, managers map[string]string) []string {
	email := r.cells[emailColumn]
	if email == "" {
		return []string{"Mandatory: Email"}
	}
	var out []string
	u := p.byEmail[email]
	if u == nil {
		for _, column := range []string{firstName, lastName, functionalArea} {
			if r.cells[column] == "" {
				out = append(out, "Mandatory: "+column)
			}
		}
	}
	switch {
	case inFile[strings.ToLower(email)] > 1:
		out = append(out, "Email: occurs more than once")
	case u != nil && u.Status != Active:
		out = append(out, "Email: only active users can be updated, this user is "+u.Status)
	case strings.Count(email, "@") != 1 || strings.TrimSpace(email) != email:
		out = append(out, "Email: not valid")
	}
	for _, column := range p.columns() {
		if !p.allowed(column, r.cells[column]) {
			out = append(out, column+": value not found")
		}
	}
	return append(out, p.judgeManager(r, inFile, managers)...)
}

func (p *Portal) judgeManager(r sentRow, inFile map[string]int, managers map[string]string) []string {
	boss := r.cells[reportsTo]
	if boss == "" {
		return nil
	}
	known := p.byEmail[boss]
	switch {
	case (known == nil || known.Status == Inactive) && (inFile[strings.ToLower(boss)] == 0 || known != nil):
		return []string{"Reports To: user not found"}
	case circle(strings.ToLower(r.cells[emailColumn]), managers):
		return []string{"Reports To: a user cannot report to themselves"}
	}
	return nil
}

// managersAfter are whom everybody would report to.
func (p *Portal) managersAfter(rows []sentRow) map[string]string {
	out := map[string]string{}
	for _, u := range p.users {
		out[strings.ToLower(u.Email)] = strings.ToLower(u.Manager)
	}
	for _, r := range rows {
		if boss := r.cells[reportsTo]; boss != "" {
			out[strings.ToLower(r.cells[emailColumn])] = strings.ToLower(boss)
		}
	}
	return out
}

// circle says that somebody's line of managers comes back to them.
func circle(email string, managers map[string]string) bool {
	met := map[string]bool{}
	for at := managers[email]; at != "" && !met[at]; at = managers[at] {
		if at == email {
			return true
		}
		met[at] = true
	}
	return false
}

// apply takes rows on. A blank cell leaves what is there.
func (p *Portal) apply(rows []sentRow) Review {
	var review Review
	for _, r := range rows {
		u := p.byEmail[r.cells[emailColumn]]
		if u == nil {
			u = p.invite(r.cells[emailColumn])
			review.Invited++
		} else {
			review.Changed++
		}
		p.set(u, r.cells)
	}
	return review
}

// set enters what is not blank.
func (p *Portal) set(u *User, cells map[string]string) {
	for _, column := range p.columns() {
		switch text := cells[column]; {
		case text == "" || column == emailColumn:
		case column == reportsTo:
			u.Manager = text
		default:
			u.Values[column] = text
		}
	}
}

// ErrorDownload is the file of the last review with what is wrong in a further column. The
// layout is not published.
func (p *Portal) ErrorDownload() ([]byte, error) {
	if len(p.last.errors) == 0 {
		return nil, errors.New("the last review had no errors")
	}
	said := map[int][]string{}
	for _, e := range p.last.errors {
		said[e.Row] = append(said[e.Row], e.Message)
	}
	rows := make([][]string, len(p.last.rows))
	for i, r := range p.last.rows {
		rows[i] = append(slices.Clone(r.raw), strings.Join(said[r.line], "\n"))
	}
	var out bytes.Buffer
	err := table.WriteXLSX(&out, append(slices.Clone(p.last.header), "Errors"), rows, table.Options{Sheet: "Users"})
	return out.Bytes(), err
}
