package proportal

import (
	"fmt"
	"slices"
	"strings"

	"usher/internal/table"
)

// ExportColumns name the columns of a list of users. An empty name means the well-known ones
// in brackets; case and space do not count. Email and Status have to be there. A column that
// is not there is not shown.
type ExportColumns struct {
	Email      string // [Email, Email Address, E-mail]
	Status     string // [Status, User Status]
	FirstName  string // [First Name]
	LastName   string // [Last Name]
	Access     string // [Access; at myACI Role]: subscription, admin or both; the role
	Licences   string // of myACI [Licenses, Content License, ...]: content licences
	Teams      string // [Teams, Team]
	LastActive string // [Last Login, Last Active, Last Activity]
	Invited    string // [Invited, Invited At, Date Invited]
}

// ActivityColumns name the columns of a list of activity in the same way.
type ActivityColumns struct {
	Email string // as in ExportColumns
	At    string // [Viewed At, Launched At, Login At, Last Login, Date, ...]
}

// The well-known names.
var (
	emailNames    = []string{"Email", "Email Address", "E-mail", "E-mail Address"}
	statusNames   = []string{"Status", "User Status"}
	licenceNames  = []string{"Licenses", "Content Licenses", "Content License", "Content", "Licences", "License"}
	teamNamesSeen = []string{"Teams", "Team"}
	activeNames   = []string{"Last Login", "Last Active", "Last Activity"}
	invitedNames  = []string{"Invited", "Invited At", "Date Invited"}
	atNames       = []string{"Viewed At", "Launched At", "Login At", "Last Login", "Last Active", "Date", "Timestamp", "Time"}
)

// binder finds columns in a header.
type binder struct {
	sheet *table.Sheet
	err   error
}

// find is where a column is, from 0; -1 when it is not there. A name that is configured has
// to be there, and so has what is required.
func (b *binder) find(what, configured string, usual []string, required bool) int {
	names := usual
	if configured != "" {
		names, required = []string{configured}, true
	}
	for _, name := range names {
		if at := b.column(name); at >= 0 {
			return at
		}
	}
	if required && b.err == nil {
		b.err = fmt.Errorf("the list has no column %s; say which of its columns it is, under columns.%s of the portal, or bring another list", strings.Join(names, " or "), what)
	}
	return -1
}

// asked says that the list is one of tasks, whoever saved it last: it would confirm itself, and says
// nothing of what is there.
func (b *binder) asked() bool {
	return !slices.ContainsFunc(header, func(name string) bool { return b.column(name) < 0 })
}

// column is where the one column of a name is.
func (b *binder) column(name string) int {
	folded := table.FoldHeader(name)
	at := slices.IndexFunc(b.sheet.Header, func(h string) bool { return table.FoldHeader(h) == folded })
	for _, twin := range b.sheet.Twice {
		if twin.First == at+1 && b.err == nil {
			b.err = fmt.Errorf("columns %d and %d are both named %s; rename the one that is not meant", twin.First, twin.Column, name)
		}
	}
	return at
}

// cell is the cell at a column, empty where there is none.
func cell(cells []string, at int) string {
	if at < 0 || at >= len(cells) {
		return ""
	}
	return cells[at]
}

// keys are the columns by which the sheet of a workbook is found.
func keys(configured string) []string {
	if configured != "" {
		return []string{configured}
	}
	return emailNames
}
