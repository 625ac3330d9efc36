package usher

// Filter is a condition over records, groups or members, already resolved against
// their schema: paths are canonical and texts are in comparable form. The store
// turns it into SQL.
type Filter interface{ filter() }

// And holds when both sides hold.
type And struct{ Left, Right Filter }

// Or holds when either side holds.
type Or struct{ Left, Right Filter }

// Not holds when its filter does not.
type Not struct{ Filter Filter }

// Compare holds when any value at Path compares to Text as Op says; NotEqual holds
// when no value equals it (RFC 7644 section 3.4.2.2 leaves absent attributes open:
// absent is not equal).
type Compare struct {
	Path string
	Op   Op
	Text string
}

// Element holds when one element of the multi-valued attribute at Path fulfils
// Filter, whose paths are full paths below Path.
type Element struct {
	Path   string
	Filter Filter
}

func (And) filter()     {}
func (Or) filter()      {}
func (Not) filter()     {}
func (Compare) filter() {}
func (Element) filter() {}

// Op is a comparison of RFC 7644 table 3.
type Op string

// The comparisons.
const (
	Equal          Op = "eq"
	NotEqual       Op = "ne"
	Contains       Op = "co"
	StartsWith     Op = "sw"
	EndsWith       Op = "ew"
	Present        Op = "pr"
	Greater        Op = "gt"
	GreaterOrEqual Op = "ge"
	Less           Op = "lt"
	LessOrEqual    Op = "le"
)

// The paths that are columns of their own rather than values. Times compare as
// RFC 3339 instants, in Text as decimal microseconds.
const (
	PathID           = "id"
	PathCreated      = "meta.created"
	PathLastModified = "meta.lastModified"
	PathGroups       = "groups.value"  // of a record: ids of its groups
	PathMembers      = "members.value" // of a group: ids of its members
)

// Query asks for a page of records or groups of one directory.
type Query struct {
	Directory ID
	Filter    Filter // nil: all
	// SortBy is a canonical path; empty sorts by (created, id).
	SortBy     string
	Descending bool
	// Offset skips that many results; Limit is how many come at the most (0: only Total).
	Offset, Limit int
	// Members, Groups and Seats ask for what is kept beside the documents.
	Members, Groups, Seats bool
	// MaxMembers ends a page of groups with members early: after the first group, none comes
	// with which there would be more members than that.
	MaxMembers int
}

// Page is one page of results and how many there are in all.
type Page[T any] struct {
	Items []T
	Total int
}
