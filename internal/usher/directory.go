package usher

import "time"

// Directory is a source of records: a SCIM client or a roster feed.
type Directory struct {
	ID   ID
	Name string
	Kind DirectoryKind
	// Rank orders directories per attribute: lower wins.
	Rank int
	// EmployeeNumbers is the namespace in which this directory's employee numbers
	// match people; empty means that they match nobody.
	EmployeeNumbers string
	// Owner says that this directory decides whether its people are active; another
	// directory's "left" only opens a conflict.
	Owner bool
	// Zone is the IANA time zone in which dates of its people are meant who have none of
	// their own; empty: UTC.
	Zone string
	// LeadDays is how many days before the start date a joiner counts as active.
	LeadDays int
	// StandIn is for which SCIM directory this one of files can decide.
	StandIn   StandIn
	CreatedAt Time
}

// StandIn is that a directory of files decides for a SCIM directory that has fallen silent.
type StandIn struct {
	// For is the name of the SCIM directory; empty: for none.
	For string
	// After is how long that one has to have been silent.
	After time.Duration
	// Since is when it began; zero while the other one speaks for itself.
	Since Time
}

// StandsInFor says whether d decides for the directory of that name now.
func (d Directory) StandsInFor(name string) bool {
	return d.StandIn.Since != 0 && d.StandIn.For != "" && d.StandIn.For == name
}

// DirectoryKind is how a directory reaches us.
type DirectoryKind string

// The kinds of directories.
const (
	DirectorySCIM   DirectoryKind = "scim"
	DirectoryFile   DirectoryKind = "file"
	DirectoryGuests DirectoryKind = "guests" // people added by hand, in no directory
)
