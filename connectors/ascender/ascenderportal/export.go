package ascenderportal

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"usher/internal/table"
)

// view is what of My Team is visible: an export holds that and no more.
type view struct {
	columns  []string
	statuses []string // none: all
}

// The columns of the list besides those of the form.
const (
	nameColumn    = "Name"
	statusColumn  = "User Status"
	accessColumn  = "Methodology Access"
	adminColumn   = "Admin Permissions"
	invitedColumn = "Invited"
)

// View makes columns visible, and people of the given statuses alone. Nil columns are those that
// are visible at first; further ones are First Name, Last Name, Admin Permissions and Invited.
func (p *Portal) View(columns []string, statuses ...string) {
	if columns == nil {
		columns = append([]string{nameColumn, emailColumn, titleColumn, region, functionalArea, reportsTo, statusColumn, accessColumn}, p.options.CustomFields...)
	}
	p.shown = view{slices.Clone(columns), slices.Clone(statuses)}
}

// Export is the list of people as it is visible.
func (p *Portal) Export(f table.Format) ([]byte, error) {
	var rows [][]string
	for _, u := range p.users {
		if len(p.shown.statuses) > 0 && !slices.Contains(p.shown.statuses, u.Status) {
			continue
		}
		row := make([]string, len(p.shown.columns))
		for i, column := range p.shown.columns {
			row[i] = p.cell(u, column)
		}
		rows = append(rows, row)
	}
	var out bytes.Buffer
	err := table.Write(&out, f, p.shown.columns, slices.Values(rows), table.Options{Sheet: "Users"})
	return out.Bytes(), err
}

func (p *Portal) cell(u *User, column string) string {
	switch column {
	case nameColumn:
		return name(u)
	case emailColumn:
		return u.Email
	case statusColumn:
		return u.Status
	case accessColumn:
		return strings.Join(slices.Sorted(maps.Keys(u.Methodologies)), ", ")
	case reportsTo:
		return p.managerName(u)
	case adminColumn:
		if u.Admin {
			return "Manage Users"
		}
		return ""
	case invitedColumn:
		if u.InvitedAt == 0 {
			return ""
		}
		return u.InvitedAt.Std().Format("2006-01-02T15:04:05")
	}
	return u.Values[column]
}

func name(u *User) string { return strings.TrimSpace(u.Values[firstName] + " " + u.Values[lastName]) }

// managerName is shown by name, as the portal shows it.
func (p *Portal) managerName(u *User) string {
	if boss, err := p.find(u.Manager); err == nil {
		return name(boss)
	}
	return ""
}
