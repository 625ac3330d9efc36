package daemon

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"usher/internal/table"
	"usher/internal/usher"
	"usher/sync/roster"
)

// list is a list of accounts of which nothing is known but that it has a column of addresses.
type list struct {
	sheet                          *table.Sheet
	address, given, family, called int // columns from 0; -1 for none
}

// readList reads the accounts of such a list, with their names where it has them. A row without an address
// that can be one is a finding, and so is a column that says who is switched off: it is not read.
func readList(content []byte) (seen []usher.Seen, findings []usher.Finding, err error) {
	l, err := openList(content)
	if err != nil {
		return nil, nil, err
	}
	findings = l.unread()
	for row, err := range l.sheet.Rows {
		if bad, ok := errors.AsType[*table.RowError](err); ok {
			findings = append(findings, usher.Finding{Row: bad.Number, Code: bad.Code, Severity: usher.SeverityError, Text: bad.Problem})
			continue
		}
		if err != nil {
			return nil, nil, notThis(err, "the list cannot be read")
		}
		cell := row.Cells[l.address]
		if _, err := usher.FoldAddress(cell); err != nil {
			findings = append(findings, usher.Finding{Row: row.Number, Column: l.sheet.Header[l.address], Code: "export.address", Severity: usher.SeverityError, Value: cell, Text: err.Error()})
			continue
		}
		seen = append(seen, l.account(cell, row.Cells))
	}
	return seen, findings, nil
}

// openList finds the columns by their names, and that of addresses also by what the first rows hold.
func openList(content []byte) (l list, err error) {
	open := func() (*table.Sheet, error) {
		return table.Open(bytes.NewReader(content), int64(len(content)), table.ReadOptions{FromPeople: true})
	}
	first, err := open()
	if err != nil {
		return l, notThis(err, "the list cannot be read")
	}
	sample := sampleOf(first)
	if l.sheet, err = open(); err != nil {
		return l, notThis(err, "the list cannot be read")
	}
	header, columns := l.sheet.Header, roster.Propose(first.Header, sample).Mapping.Columns
	l.address = indexOf(header, columns["email"])
	if l.address < 0 {
		l.address = indexOf(header, columns["upn"])
	}
	if login := indexOf(header, columns["userName"]); l.address < 0 && login >= 0 && hasAddresses(sample, login) {
		l.address = login
	}
	if l.address < 0 {
		return l, fmt.Errorf("none of its columns is known to hold addresses; call one Email: %w", usher.ErrInvalid)
	}
	l.given, l.family, l.called = indexOf(header, columns["givenName"]), indexOf(header, columns["familyName"]), indexOf(header, columns["displayName"])
	return l, nil
}

// hasAddresses says that all cells of a column that are not empty are addresses.
func hasAddresses(sample [][]string, column int) bool {
	found := 0
	for _, row := range sample {
		cell := strings.TrimSpace(row[column])
		if _, err := usher.FoldAddress(cell); err != nil && cell != "" {
			return false
		}
		found += min(1, len(cell))
	}
	return found > 0
}

// account is one row: whoever is in the list is there.
func (l list) account(address string, cells []string) usher.Seen {
	cell := func(at int) string {
		if at < 0 {
			return ""
		}
		return strings.Clone(strings.TrimSpace(cells[at]))
	}
	return usher.Seen{RemoteID: address, Address: address, Active: true, GivenName: cell(l.given), FamilyName: cell(l.family), DisplayName: cell(l.called)}
}

// unread tells of columns that may say who is switched off.
func (l list) unread() (findings []usher.Finding) {
	for i, name := range l.sheet.Header {
		if i != l.address && (roster.LooksLikeStatus(name) || strings.HasSuffix(table.FoldHeader(name), "status")) {
			findings = append(findings, usher.Finding{Column: name, Code: "export.status_unread", Severity: usher.SeverityWarning,
				Text: "is not read: whoever is in the list counts as there with a seat; leave out whom the portal has switched off"})
		}
	}
	return findings
}

// indexOf is where a column is; -1 for none.
func indexOf(header []string, name string) int {
	if name == "" {
		return -1
	}
	return slices.Index(header, name)
}
