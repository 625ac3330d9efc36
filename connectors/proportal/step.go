package proportal

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"usher/internal/usher"
)

// What the portal calls the kinds of access and the roles.
const (
	accessSubscription = "ITProTV Subscription"
	accessAdmin        = "ProPortal Admin"
	accessBoth         = "Both"
	roleAdmin          = "Admin"
	roleUser           = "User"
)

// What is added to the reason of a row.
const (
	onceActive = "once the account is active"
	lookFirst  = "only if the portal does not list them yet"
	adminFirst = "only if they have no admin rights yet"
	ifHeld     = "if they have it"
	// A list without access kinds shows no admin rights, and those outlive the seat.
	lookForAdmin = "look for admin rights as well"
	bySupport    = "by the vendor's support"
)

// step is one row of a list.
type step struct {
	change       usher.AccountChange
	action       action
	who          who
	access, team string
	gives, takes []string
	notes        []string // what is added to the reason
}

// who is whom a step is about, as the list names them.
type who struct{ first, last, email string }

// header are the columns of a list.
var header = []string{"Step", "Action", "First Name", "Last Name", "Email", "Access", "Team", "Reason"}

// cells are those of row n.
func (s step) cells(n int) []string {
	return []string{strconv.Itoa(n), string(s.action), s.who.first, s.who.last, s.who.email, s.access, s.team, s.reason()}
}

// reason is why the row is there and what has to be minded.
func (s step) reason() string {
	why := clean(s.change.Why)
	if why == "" && s.action == createTeam {
		why = "first member"
	}
	return strings.Join(slices.DeleteFunc(append([]string{why}, s.notes...), func(s string) bool { return s == "" }), "; ")
}

// text says in words what the row asks for.
func (s step) text() string {
	words := []string{string(s.action)}
	if name := strings.TrimSpace(s.who.first + " " + s.who.last); name != "" {
		words = append(words, name)
	}
	if s.who.email != "" {
		words = append(words, "<"+s.who.email+">")
	}
	if s.team != "" {
		words = append(words, "team "+strconv.Quote(s.team))
	}
	if s.access != "" {
		words = append(words, "("+s.access+")")
	}
	if len(s.notes) > 0 {
		words = append(words, "- "+strings.Join(s.notes, "; "))
	}
	return strings.Join(words, " ")
}

// row is the batch's row n.
func (s step) row(n int) usher.BatchRow {
	told := s.change.Desired
	switch {
	case s.action == changeEmail:
		told.Address = newAddress(told)
	case s.who.email != "":
		told.Address = s.who.email
	}
	return usher.BatchRow{
		Told: &told,
		Row:  n, Account: s.change.Account, Generation: s.change.Generation, Action: string(s.action),
		Text: s.text(), Gives: s.gives, Takes: s.takes, State: usher.RowOpen,
	}
}

// place is where a step stands in a list.
type place struct {
	line, seatless, at int
	address            string
	step
}

// sorted puts steps into the order of the list: by the line of their actions, whom a seat is
// waiting for before who takes none, then by address. It depends on nothing but the steps.
func sorted(steps []step) []*place {
	places := make([]*place, len(steps))
	for i, s := range steps {
		line, at := s.action.place()
		places[i] = &place{line, seatless(s), at, usher.FoldText(s.who.email), s}
	}
	slices.SortFunc(places, func(a, b *place) int {
		return cmp.Or(
			cmp.Compare(a.line, b.line),
			cmp.Compare(a.seatless, b.seatless),
			cmp.Compare(a.address, b.address),
			cmp.Compare(a.change.Account, b.change.Account),
			cmp.Compare(a.at, b.at),
			cmp.Compare(a.team, b.team),
			cmp.Compare(a.access, b.access),
		)
	})
	return places
}

func seatless(s step) int {
	if s.action == invite && s.access == accessAdmin {
		return 1
	}
	return 0
}
