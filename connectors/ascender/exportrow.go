package ascender

import (
	"maps"
	"slices"
	"strings"
	"time"

	"usher/internal/table"
	"usher/internal/usher"
)

// row reads one person.
func (e *export) row(row table.Row) {
	for _, note := range row.Notes {
		e.find(usher.Finding{Row: row.Number, Column: e.sheet.Header[note.Column-1], Code: note.Code, Severity: usher.SeverityWarning, Text: note.Problem})
	}
	cell := func(name string) string {
		if i := e.header.find(name); i >= 0 {
			return row.Cells[i]
		}
		return ""
	}
	s := usher.Seen{RemoteID: strings.Clone(cell(email)), Status: strings.Clone(cell(statusColumn))}
	if strings.TrimSpace(s.RemoteID) == "" {
		e.find(usher.Finding{Row: row.Number, Column: email, Code: codeRequired, Severity: usher.SeverityError, Text: "the row has no address, by which people are known; export again"})
		return
	}
	key := fold(s.RemoteID)
	if _, twice := e.byKey[key]; twice {
		e.find(usher.Finding{Row: row.Number, Column: email, Code: codeDuplicate, Severity: usher.SeverityError, Value: s.RemoteID, Text: "the list has this address before; the first row counts"})
		return
	}
	if !e.status(row.Number, &s) {
		return
	}
	s.Address = s.RemoteID
	e.byKey[key] = s.RemoteID
	e.fill(row, &s, cell)
	e.people, e.rows = append(e.people, s), append(e.rows, row.Number)
}

// status says whether somebody occupies a seat; a word that nobody knows is no guess.
func (e *export) status(number int, s *usher.Seen) bool {
	word := clean(s.Status)
	switch {
	case sameName(word, statusWaiting), sameName(word, statusTransfer), sameName(word, statusActive):
		s.Active = true
	case !sameName(word, statusInactive) && !sameName(word, "Deactivated"):
		e.find(usher.Finding{
			Row: number, Column: statusColumn, Code: "ascender.status_unknown", Severity: usher.SeverityError, Value: s.Status,
			Text: "the status is none of Waiting, Pending Transfer, Active and Inactive: whether the person takes a seat is not known, and the row is left out",
		})
		return false
	}
	return true
}

// fill takes over what else the list shows.
func (e *export) fill(row table.Row, s *usher.Seen, cell func(string) string) {
	s.GivenName, s.FamilyName, s.Title = strings.Clone(cell(firstName)), strings.Clone(cell(lastName)), strings.Clone(cell(title))
	name := cell(nameColumn)
	if s.GivenName == "" && s.FamilyName == "" {
		s.GivenName, s.FamilyName = splitName(name)
	}
	name = clean(firstNonEmpty(name, s.GivenName+" "+s.FamilyName))
	e.names[name] = append(e.names[name], s.RemoteID)
	s.Manager = strings.Clone(cell(reportsTo))
	e.fillSeats(s, cell)
	if e.header.find(permissions) >= 0 {
		admin := !blankWord(cell(permissions))
		s.Admin = &admin
	}
	s.InvitedAt = e.date(row, invitedNames)
	s.LastActiveAt = e.date(row, activeNames)
	for i, c := range e.header {
		if c.role == roleValue && clean(c.name) != "" && row.Cells[i] != "" && !e.known(c.name) {
			if s.Values == nil {
				s.Values = map[string]string{}
			}
			s.Values[c.name] = strings.Clone(row.Cells[i])
		}
	}
}

// known are the columns that have a place of their own. Name stays among the values: it is all
// there is of a name that cannot be cut in two with certainty.
func (e *export) known(name string) bool {
	return slices.ContainsFunc(slices.Concat([]string{statusColumn, methodology, permissions}, invitedNames, activeNames),
		func(known string) bool { return sameName(known, name) })
}

// splitName cuts a name of two words. Where one of more words is to be cut nobody knows, and a
// wrong guess would be a difference that no file can mend.
func splitName(name string) (given, family string) {
	if words := strings.Fields(name); len(words) == 2 {
		return words[0], words[1]
	}
	return "", ""
}

// fillSeats takes over who has what. Which methodologies the list shows of somebody Inactive they
// consumed: others a deactivation frees.
func (e *export) fillSeats(s *usher.Seen, cell func(string) string) {
	s.Subscriptions = e.subscriptions(s, cell)
	switch {
	case s.Active || len(s.Subscriptions) == 0:
	case e.options.Enterprise:
		s.Returning = s.Subscriptions
	default:
		s.Kept = s.Subscriptions
	}
}

// subscriptions are those that a row names, by name; nil where the list does not show all.
func (e *export) subscriptions(s *usher.Seen, cell func(string) string) []string {
	if len(e.options.Subscriptions) == 0 {
		return nil
	}
	out := []string{}
	for _, code := range slices.Sorted(maps.Keys(e.options.Subscriptions)) {
		switch {
		case isSeat(code) && s.Active:
			out = append(out, e.options.Subscriptions[code])
		case isSeat(code):
		case e.header.find(methodology) < 0:
			return nil
		case slices.ContainsFunc(strings.FieldsFunc(cell(methodology), func(r rune) bool { return strings.ContainsRune(",;|\n", r) }),
			func(has string) bool { return sameName(has, code) }):
			out = append(out, e.options.Subscriptions[code])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// date is what one of the named columns says; a date that could be two is none.
func (e *export) date(row table.Row, names []string) usher.Time {
	for _, name := range names {
		i := e.header.find(name)
		if i < 0 || strings.TrimSpace(row.Cells[i]) == "" {
			continue
		}
		for _, layout := range []string{time.DateOnly, "2006-01-02T15:04:05", time.DateTime, time.RFC3339} {
			if at, err := time.Parse(layout, strings.TrimSpace(row.Cells[i])); err == nil {
				return usher.TimeOf(at)
			}
		}
		e.find(usher.Finding{Row: row.Number, Column: e.sheet.Header[i], Code: "field.date", Severity: usher.SeverityWarning, Value: row.Cells[i],
			Text: "the date is left out: it is not written as 2006-01-02, and which of its numbers is the month nobody knows"})
	}
	return 0
}

// nameManagers turns what Reports To shows, an address or a name, into the manager's address.
func (e *export) nameManagers() {
	for i := range e.people {
		shown := e.people[i].Manager
		if strings.TrimSpace(shown) == "" {
			e.people[i].Manager = ""
			continue
		}
		called := e.names[clean(shown)]
		switch address, ok := e.byKey[fold(shown)]; {
		case ok:
			e.people[i].Manager = address
		case strings.Contains(shown, "@"):
			e.people[i].Manager = strings.TrimSpace(shown)
		case len(called) == 1:
			e.people[i].Manager = called[0]
		default:
			e.people[i].Manager = ""
			e.find(usher.Finding{Row: e.rows[i], Column: reportsTo, Code: codeManagerUnknown, Severity: usher.SeverityInfo, Value: shown,
				Text: "Reports To shows a name that nobody in the list has, or several have: the manager counts as not shown"})
		}
	}
}

func (e *export) find(f usher.Finding) { e.findings = append(e.findings, f) }

func firstNonEmpty(a, b string) string {
	if strings.TrimSpace(a) != "" {
		return a
	}
	return b
}

// blankWord says that a cell of permissions grants nothing.
func blankWord(s string) bool {
	return slices.Contains([]string{"", "no", "none", "-", "false"}, strings.ToLower(clean(s)))
}
