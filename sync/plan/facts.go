package plan

import (
	"slices"
	"strings"

	"usher/internal/usher"
)

// Facts are what rules and priorities may know about one person; the tags are the names used in their text. Addresses
// are folded by usher.FoldAddress, everything else is as the directory wrote it.
type Facts struct {
	UserName       string         `expr:"userName"`
	Email          string         `expr:"email"`  // main address
	Emails         []string       `expr:"emails"` // every address of the person
	Domain         string         `expr:"domain"` // of Email
	DisplayName    string         `expr:"displayName"`
	GivenName      string         `expr:"givenName"`
	FamilyName     string         `expr:"familyName"`
	Title          string         `expr:"title"`
	Department     string         `expr:"department"`
	Division       string         `expr:"division"`
	Organization   string         `expr:"organization"`
	CostCenter     string         `expr:"costCenter"`
	Country        string         `expr:"country"`
	EmployeeType   string         `expr:"employeeType"`
	EmployeeNumber string         `expr:"employeeNumber"`
	Groups         []string       `expr:"groups"`    // display names of pushed groups
	Managers       []string       `expr:"managers"`  // addresses up the line, nearest first
	Directory      string         `expr:"directory"` // name of the directory that knows the person best
	Guest          bool           `expr:"guest"`     // somebody sponsors the person
	Custom         map[string]any `expr:"custom"`    // attributes usher does not know, by "urn:attribute"
}

// FactsOf gathers the facts about p. groups are display names, managers addresses with the nearest manager first,
// directory the name of the directory that knows p best.
func FactsOf(p usher.Person, groups, managers []string, directory string) *Facts {
	a := p.Attributes
	f := &Facts{
		UserName: a.UserName, Email: foldedAddress(p.Address),
		DisplayName: a.DisplayName, GivenName: a.GivenName, FamilyName: a.FamilyName,
		Title: a.Title, Department: a.Department, Division: a.Division, Organization: a.Organization,
		CostCenter: a.CostCenter, Country: a.Country,
		EmployeeType: a.EmployeeType, EmployeeNumber: a.EmployeeNumber,
		Groups: slices.Clone(groups), Directory: directory, Guest: p.Sponsor != "", Custom: a.Custom,
	}
	_, f.Domain, _ = strings.Cut(f.Email, "@")
	for _, e := range a.Emails {
		f.Emails = append(f.Emails, foldedAddress(e.Value))
	}
	for _, m := range managers {
		f.Managers = append(f.Managers, foldedAddress(m))
	}
	return f
}

// foldedAddress is the key of an address; one that cannot be used as an address stays as it is and matches only itself.
func foldedAddress(s string) string {
	if key, err := usher.FoldAddress(s); err == nil {
		return key
	}
	return s
}

// inGroup says whether the person is in the group of that name, in any spelling of its case.
func (f *Facts) inGroup(name string) bool {
	key := usher.FoldText(name)
	return slices.ContainsFunc(f.Groups, func(g string) bool { return usher.FoldText(g) == key })
}

// reportsTo says whether the manager of that address is anywhere above the person.
func (f *Facts) reportsTo(address string) bool {
	return slices.Contains(f.Managers, foldedAddress(address))
}

// environment is everything that the text of a rule can name.
type environment struct {
	*Facts    `expr:"-"`
	InGroup   func(name string) bool    `expr:"inGroup"`
	ReportsTo func(address string) bool `expr:"reportsTo"`
}

func environmentOf(f *Facts) environment {
	return environment{Facts: f, InGroup: f.inGroup, ReportsTo: f.reportsTo}
}
