package proportal

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"usher/internal/table"
	"usher/internal/usher"
)

// export is one list of users being read.
type export struct {
	*Connector
	sheet *table.Sheet
	dates dates
	at    struct{ email, status, first, last, access, licences, teams, active, invited int }
	met   map[string]int // rows by folded address
}

// ReadExport implements [connectors.ExportReader]. What the lists of these portals look like
// is not published, so columns and words are configured where the well-known ones do not fit.
//
// Whoever has a word for a status that is not known is handed over as active, with a warning:
// their seat is not free.
func (p *Connector) ReadExport(content []byte, each func(usher.Seen) error) ([]usher.Finding, error) {
	e := &export{Connector: p, dates: newDates(p.options), met: map[string]int{}}
	if err := e.open(content); err != nil {
		return nil, fmt.Errorf("%s: list of users: %w", p.kind.name, err)
	}
	var findings []usher.Finding
	for row, err := range e.sheet.Rows {
		if refused, ok := errors.AsType[*table.RowError](err); ok {
			findings = append(findings, refusedRow(refused))
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: list of users: %w", p.kind.name, err)
		}
		seen, amiss := e.row(row)
		findings = append(findings, amiss...)
		if seen == nil {
			continue
		}
		if err := each(*seen); err != nil {
			return findings, err
		}
	}
	return findings, nil
}

// open reads the header and finds the columns.
func (e *export) open(content []byte) error {
	columns := e.options.Export
	sheet, err := table.Open(bytes.NewReader(content), int64(len(content)), table.ReadOptions{KeyColumns: keys(columns.Email)})
	if err != nil {
		return err
	}
	e.sheet = sheet
	b := binder{sheet: sheet}
	if b.asked() {
		return errors.New("this is usher's own list of tasks, which says what is asked for and not what is there; bring a list of users that the portal shows, with their status")
	}
	e.at.email = b.find("email", columns.Email, emailNames, true)
	e.at.status = b.find("status", columns.Status, statusNames, true)
	e.at.first = b.find("first_name", columns.FirstName, []string{"First Name"}, false)
	e.at.last = b.find("last_name", columns.LastName, []string{"Last Name"}, false)
	e.at.access = b.find("access", columns.Access, e.kind.access, false)
	e.at.licences = b.find("licences", columns.Licences, licenceNames, false)
	e.at.teams = b.find("teams", columns.Teams, teamNamesSeen, false)
	e.at.active = b.find("last_active", columns.LastActive, activeNames, false)
	e.at.invited = b.find("invited", columns.Invited, invitedNames, false)
	return b.err
}

// row is one account; nil where the row names none that can be told apart.
func (e *export) row(row table.Row) (*usher.Seen, []usher.Finding) {
	findings := notes(e.sheet, row)
	address := cell(row.Cells, e.at.email)
	key := usher.FoldText(strings.TrimSpace(address))
	if key == "" {
		return nil, append(findings, e.finding(row, e.at.email, "export.no_address", usher.SeverityError, "the row has no address, and names nobody; add it, or take the row out"))
	}
	if before := e.met[key]; before != 0 {
		return nil, append(findings, e.finding(row, e.at.email, "export.twice", usher.SeverityError, fmt.Sprintf("the address is in row %d already; find out which row is right", before)))
	}
	e.met[key] = row.Number
	s := &usher.Seen{
		RemoteID: address, Address: address, Status: clean(cell(row.Cells, e.at.status)),
		GivenName: cell(row.Cells, e.at.first), FamilyName: cell(row.Cells, e.at.last),
	}
	if e.at.teams >= 0 {
		s.Teams = e.list(row.Cells, e.at.teams)
	}
	findings = append(findings, e.status(row, s)...)
	findings = append(findings, e.kind.occupied(e, s, row.Cells)...)
	s.LastActiveAt = e.time(row, e.at.active, &findings)
	s.InvitedAt = e.time(row, e.at.invited, &findings)
	return s, number(findings, row.Number)
}

// status reads whether the account may enter or was invited.
func (e *export) status(row table.Row, s *usher.Seen) []usher.Finding {
	switch e.words.of(s.Status) {
	case isActive, isPending:
		s.Active = true
	case isInactive:
	default:
		s.Active = true
		return []usher.Finding{e.finding(row, e.at.status, "export.status", usher.SeverityWarning, "not a status that is known, and taken for active; say what it means under words of the portal")}
	}
	return nil
}

// proPortal reads the kind of access. Admin rights outlive a subscription, so that somebody
// who was deactivated may still enter. An active account without a word for it has a seat, as
// far as anybody knows.
func (e *export) proPortal(s *usher.Seen, cells []string) []usher.Finding {
	var findings []usher.Finding
	word := clean(cell(cells, e.at.access))
	means := e.words.of(word)
	takes := s.Active && means != isAdmin
	switch {
	case means == isSeat || means == isAdmin || means == isBoth:
		admin := means != isSeat
		s.Admin, s.Active = &admin, s.Active || admin
	case e.at.access >= 0 && (word != "" || s.Active):
		findings = []usher.Finding{{Column: e.sheet.Header[e.at.access], Code: "export.access", Severity: usher.SeverityWarning, Value: word,
			Text: "not a kind of access that is known, and taken for a subscription; say what it means under words of the portal"}}
	}
	s.Subscriptions = []string{}
	if takes {
		s.Subscriptions = e.theOne()
	}
	return findings
}

// theOne is the one subscription of a ProPortal; nil, as not shown, without its name.
func (e *export) theOne() []string {
	if len(e.options.Subscriptions) != 1 {
		return nil
	}
	for _, name := range e.options.Subscriptions {
		return []string{name}
	}
	return nil
}

// list are the names in one cell; not nil.
func (e *export) list(cells []string, at int) []string {
	separator := e.options.ListSeparator
	if separator == "" {
		separator = ";"
	}
	names := []string{}
	for name := range strings.SplitSeq(cell(cells, at), separator) {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// time reads one point in time; zero where there is none.
func (e *export) time(row table.Row, at int, findings *[]usher.Finding) usher.Time {
	text := cell(row.Cells, at)
	t, ok := e.dates.read(text)
	if !ok {
		*findings = append(*findings, e.finding(row, at, "export.date", usher.SeverityWarning, "not a date as "+e.dates.wanted()+", and left out; name the format under dates of the portal"))
	}
	return t
}

func (e *export) finding(row table.Row, at int, code string, severity usher.Severity, text string) usher.Finding {
	return usher.Finding{Row: row.Number, Column: e.sheet.Header[at], Code: code, Severity: severity, Value: cell(row.Cells, at), Text: text}
}
