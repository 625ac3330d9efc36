package ascender

import (
	"maps"
	"slices"
	"strings"

	"usher/internal/table"
	"usher/internal/usher"
)

// role is what stands in a column.
type role int

// The roles. Whatever the portal has besides is a list of the company: a value.
const (
	roleValue role = iota
	roleGiven
	roleFamily
	roleEmail
	roleTitle
	roleManager
)

// The names of columns that a rule is about, as the vendor has them.
const (
	firstName      = "First Name"
	lastName       = "Last Name"
	email          = "Email"
	region         = "Region"
	functionalArea = "Functional Area"
	title          = "Title"
	reportsTo      = "Reports To"
)

// emailNames are both names that the vendor has for the key column.
var emailNames = []string{email, "Email Address"}

// mandatory are the columns that new people need.
var mandatory = []string{firstName, lastName, email, functionalArea}

// column is one column of the upload.
type column struct {
	name string // as the template has it
	role role
}

// columns are those of the upload, in order.
type columns []column

// knownColumns are those that every company has.
func knownColumns() columns {
	return columnsOf([]string{firstName, lastName, email, region, functionalArea, title, reportsTo})
}

// columnsOf binds a header by its names.
func columnsOf(header []string) columns {
	roles := map[string]role{firstName: roleGiven, lastName: roleFamily, title: roleTitle, reportsTo: roleManager}
	for _, name := range emailNames {
		roles[name] = roleEmail
	}
	folded := make(map[string]role, len(roles))
	for name, role := range roles {
		folded[table.FoldHeader(name)] = role
	}
	out := make(columns, len(header))
	for i, name := range header {
		out[i] = column{name, folded[table.FoldHeader(name)]}
	}
	return out
}

func (c columns) names() []string {
	out := make([]string, len(c))
	for i, column := range c {
		out[i] = column.name
	}
	return out
}

// find is the place of a column, or -1. Email is found under both of its names.
func (c columns) find(name string) int {
	return slices.IndexFunc(c, func(column column) bool {
		return sameName(column.name, name) || name == email && column.role == roleEmail
	})
}

// has says that all of some columns are there.
func (c columns) has(names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return c.find(name) < 0 })
}

// withValues adds a column for everything that is desired and has none: without a template
// a list of tasks has to say it all the same.
func (c columns) withValues(changes []usher.AccountChange) columns {
	more := map[string]string{}
	for _, change := range changes {
		for name := range change.Desired.Values {
			if folded := table.FoldHeader(name); more[folded] == "" || name < more[folded] {
				more[folded] = name
			}
		}
	}
	for _, name := range slices.Sorted(maps.Values(more)) {
		if c.find(name) < 0 {
			c = append(c, column{name: name})
		}
	}
	return c
}

// wanted is what a column should say of a person, Email and Reports To aside.
func (c column) wanted(d usher.Desired) string { return clean(c.raw(d)) }

// raw is what wanted is made of.
func (c column) raw(d usher.Desired) string {
	switch text := value(d.Values, c.name); {
	case text != "":
		return text
	case c.role == roleGiven:
		return d.GivenName
	case c.role == roleFamily:
		return d.FamilyName
	case c.role == roleTitle:
		return d.Title
	}
	return ""
}

// shown is what the portal was seen to say in a column; empty where it does not show it.
func (c column) shown(s *usher.Seen) string {
	if s == nil {
		return ""
	}
	switch c.role {
	case roleGiven:
		return s.GivenName
	case roleFamily:
		return s.FamilyName
	case roleTitle:
		return s.Title
	case roleManager:
		return s.Manager
	case roleEmail:
		return s.RemoteID
	}
	return value(s.Values, c.name)
}

// sameName compares names of columns as a person reads them.
func sameName(a, b string) bool {
	if plain(a) && plain(b) {
		return strings.EqualFold(a, b)
	}
	return table.FoldHeader(a) == table.FoldHeader(b)
}
