package web

import (
	"context"
	"net/url"
	"slices"

	"usher/internal/usher"
)

// People finds people (the ledger).
type People interface {
	FindPeople(ctx context.Context, q usher.PeopleSearch) (usher.FoundPeople, error)
	// ExportPeople gives everybody whom a search finds, part by part, once it is recorded who takes them.
	ExportPeople(ctx context.Context, by usher.Principal, q usher.PeopleSearch, each func([]usher.PersonView) error) error
	// PeopleChoices are what there is to choose from, as far as somebody may read it.
	PeopleChoices(ctx context.Context, by usher.Rights) (usher.PeopleChoices, error)
}

var peopleRoutes = []Route{
	{Method: "GET", Path: "/people", Access: usher.AccessReaders, serve: showPeople},
	{Method: "GET", Path: "/people/export", Access: usher.AccessReaders, serve: exportPeople},
}

// peopleAtOnce is how many people one page of the list shows.
const peopleAtOnce = 25

// personRow is a person in the list.
type personRow struct {
	usher.PersonView

	// Held are their seats in words: "adkar: has a seat".
	Held []string
}

// peoplePage is the list. Its address says all of what it shows.
type peoplePage struct {
	usher.PeopleChoices

	Search usher.PeopleSearch
	Rows   []personRow
	Count  int
	More   bool
	next   string
}

func showPeople(v *visit) error {
	q, err := v.peopleSearch()
	if err != nil {
		return err
	}
	q.Limit = peopleAtOnce
	found, err := v.o.People.FindPeople(v.r.Context(), q)
	if err != nil {
		return err
	}
	page := peoplePage{Search: q, Rows: personRows(found.People), Count: found.Count, More: found.More, next: found.Next}
	if v.partial() {
		v.w.Header().Set("HX-Replace-Url", page.link("/people", nil))
		return v.part("people_found", page)
	}
	if page.PeopleChoices, err = v.o.People.PeopleChoices(v.r.Context(), v.By.Rights); err != nil {
		return err
	}
	return v.show("people", page)
}

func personRows(people []usher.PersonView) []personRow {
	rows := make([]personRow, len(people))
	for i, p := range people {
		rows[i] = personRow{p, seatsInWords(p.Seats)}
	}
	return rows
}

func seatsInWords(seats []usher.SeatView) (words []string) {
	for _, s := range seats {
		words = append(words, s.Subscription+": "+Seat{State: s.State}.OfOther())
	}
	return words
}

// seatStates are those that one can choose.
var seatStates = []usher.SeatState{usher.Queued, usher.Invited, usher.Active, usher.Releasing}

// SeatStates are the states of seats that one can choose, with what they are called.
func (peoplePage) SeatStates() (list []struct{ State, Words string }) {
	for _, s := range seatStates {
		list = append(list, struct{ State, Words string }{string(s), Seat{State: s}.OfOther()})
	}
	return list
}

// peopleSearch reads what the address asks for.
func (v *visit) peopleSearch() (usher.PeopleSearch, error) {
	given := v.r.URL.Query()
	q := usher.PeopleSearch{Find: given.Get("q"), State: usher.PeopleState(given.Get("status")), Subscription: given.Get("subscription"), Seat: usher.SeatState(given.Get("seat")),
		Team: given.Get("team"), Directory: given.Get("directory"), Manager: usher.ID(given.Get("manager")), After: given.Get("after"), By: v.By.Rights}
	if !wellFormed(given) {
		return q, &usher.InvalidError{Attribute: "address", Problem: "holds characters that no text has"}
	}
	if !slices.Contains([]usher.PeopleState{"", usher.PeopleActive, usher.PeopleUnconfirmed, usher.PeopleLeft, usher.PeopleAll}, q.State) {
		return q, &usher.InvalidError{Attribute: "status", Problem: "has to be active, unconfirmed, left or all"}
	}
	if q.Seat != "" && !slices.Contains(seatStates, q.Seat) {
		return q, &usher.InvalidError{Attribute: "seat", Problem: "has to be queued, invited, active or releasing"}
	}
	return q, nil
}

// link is an address that shows what the page shows, changed by some parameters.
func (p peoplePage) link(path string, change map[string]string) string {
	q, values := p.Search, url.Values{}
	said := map[string]string{"q": q.Find, "status": string(q.State), "subscription": q.Subscription, "seat": string(q.Seat), "team": q.Team, "directory": q.Directory,
		"manager": string(q.Manager), "after": q.After}
	for name, value := range change {
		said[name] = value
	}
	for name, value := range said {
		if value != "" {
			values.Set(name, value)
		}
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// Next is the address of the next part; empty: this is the last.
func (p peoplePage) Next() string {
	if p.next == "" {
		return ""
	}
	return p.link("/people", map[string]string{"after": p.next})
}

// First is the address of the first part; empty: it is shown.
func (p peoplePage) First() string {
	if p.Search.After == "" {
		return ""
	}
	return p.link("/people", map[string]string{"after": ""})
}

// Export is the address of what the list shows as a file.
func (p peoplePage) Export(format string) string {
	return p.link("/people/export", map[string]string{"after": "", "format": format})
}

// Filtered says that the list is not everybody who is active.
func (p peoplePage) Filtered() bool { return p.First() != "" || p.link("", nil) != "" }
