package fakeportal

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// event is something that somebody did.
type event struct {
	kind Activity
	who  *person
	what []string
	at   time.Time
}

// Activity is one of the downloads of who did what.
type Activity string

// The downloads.
const (
	Viewings Activity = "Viewings"
	Labs     Activity = "Labs"
	Logins   Activity = "Logins"
)

// Users is the list of all users as CSV, ordered by address. Its columns are assumed.
func (p *Portal) Users() []byte {
	header := []string{"First Name", "Last Name", "Email", "Status", "Access", "Teams", "Last Login", "Invited"}
	if p.myACI {
		header[4] = "Role"
		header = append(header, "Licenses")
	}
	var list bytes.Buffer
	w := csv.NewWriter(&list)
	w.Write(header) // a buffer takes everything
	for _, q := range p.People() {
		row := []string{q.First, q.Last, q.Email, q.Status, q.Access, strings.Join(q.Teams, "; "), day(q.LoginAt), day(q.InvitedAt)}
		if p.myACI {
			row = append(row, strings.Join(slices.DeleteFunc(q.Pools, func(pool string) bool { return pool == User }), "; "))
		}
		w.Write(row)
	}
	w.Flush()
	return list.Bytes()
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// Activity is one download: a workbook with real dates, for all users, without their teams.
func (p *Portal) Activity(kind Activity) ([]byte, error) {
	book := excelize.NewFile()
	defer book.Close()
	date, err := book.NewStyle(&excelize.Style{NumFmt: 22})
	if err != nil {
		return nil, err
	}
	header := map[Activity][]any{
		Viewings: {"First Name", "Last Name", "Email", "Course", "Episode", "Viewed At"},
		Labs:     {"First Name", "Last Name", "Email", "Lab", "Launched At"},
		Logins:   {"First Name", "Last Name", "Email", "Login At"},
	}[kind]
	if err := book.SetSheetRow("Sheet1", "A1", &header); err != nil {
		return nil, err
	}
	row := 1
	for _, e := range p.events {
		if e.kind != kind {
			continue
		}
		row++
		cells := []any{e.who.first, e.who.last, e.who.email}
		for _, what := range e.what {
			cells = append(cells, what)
		}
		if err := setRow(book, row, append(cells, e.at.UTC()), date); err != nil {
			return nil, err
		}
	}
	content, err := book.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return content.Bytes(), nil
}

// setRow writes a row whose last cell is a date.
func setRow(book *excelize.File, row int, cells []any, date int) error {
	if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", row), &cells); err != nil {
		return err
	}
	last, err := excelize.CoordinatesToCellName(len(cells), row)
	if err != nil {
		return err
	}
	return book.SetCellStyle("Sheet1", last, last, date)
}
