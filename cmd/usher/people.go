package main

import (
	"strings"

	"usher/internal/usher"
)

// peopleCmd lists people.
type peopleCmd struct {
	listing

	Find       string `arg:"" optional:"" help:"Only those whose name or address contains this."`
	Department string `help:"Only those of this department."`
	Left       bool   `xor:"state" help:"Only those who have left."`
	Newcomers  bool   `xor:"state" help:"Only those whom a first sign-in made and nobody has confirmed."`
	All        bool   `xor:"state" help:"Also those who have left."`
	Limit      int    `default:"1000" help:"At most so many; 0 for all."`
}

// Help implements kong.HelpProvider.
func (peopleCmd) Help() string {
	return `Examples:
  usher people
  usher people miller --all
  usher people --newcomers
  usher people --department Sales --csv > sales.csv`
}

// personRow is a person as listed.
type personRow struct {
	ID         usher.ID `json:"id"`
	Name       string   `json:"name"`
	Address    string   `json:"address"`
	State      string   `json:"state"`
	Department string   `json:"department,omitempty"`
	Title      string   `json:"title,omitempty"`
	Manager    string   `json:"manager,omitempty"`
	Seats      []string `json:"seats"`
}

// Run implements storeCommand.
func (c *peopleCmd) Run(d *desk) error {
	q := usher.PeopleQuery{Find: c.Find, Department: c.Department, State: c.state(), Limit: 500}
	rows := []personRow{}
	for {
		page, err := d.daemon.Ledger().People(d.ctx, q)
		if err != nil {
			return err
		}
		for _, p := range page.Items {
			if c.Limit > 0 && len(rows) == c.Limit {
				d.remark("Only the first %d are shown; --limit shows more.", c.Limit)
				return showPeople(c.listing, d, rows)
			}
			rows = append(rows, newPersonRow(p))
		}
		if page.Next == nil {
			return showPeople(c.listing, d, rows)
		}
		q.After = *page.Next
	}
}

func (c *peopleCmd) state() usher.PeopleState {
	switch {
	case c.All:
		return usher.PeopleAll
	case c.Left:
		return usher.PeopleLeft
	case c.Newcomers:
		return usher.PeopleUnconfirmed
	}
	return usher.PeopleActive
}

func newPersonRow(p usher.PersonView) personRow {
	row := personRow{ID: p.ID, Name: p.Name, Address: p.Address, State: p.State, Department: p.Department, Title: p.Title, Seats: []string{}}
	if p.Manager != nil {
		row.Manager = p.Manager.Name
	}
	for _, s := range p.Seats {
		name := s.Subscription
		if s.State != usher.Active {
			name += " (" + string(s.State) + ")"
		}
		row.Seats = append(row.Seats, name)
	}
	return row
}

func showPeople(l listing, d *desk, rows []personRow) error {
	return show(l, d.stdout, rows, []column[personRow]{
		{"NAME", func(r personRow) string { return r.Name }},
		{"ADDRESS", func(r personRow) string { return r.Address }},
		{"STATE", func(r personRow) string { return r.State }},
		{"DEPARTMENT", func(r personRow) string { return r.Department }},
		{"MANAGER", func(r personRow) string { return r.Manager }},
		{"SEATS", func(r personRow) string { return strings.Join(r.Seats, ", ") }},
	})
}

// subscriptionNames are the names of all subscriptions, by id.
func (d *desk) subscriptionNames() (map[usher.ID]string, error) {
	subs, err := d.daemon.Store().Look().AllSubscriptions(d.ctx)
	names := map[usher.ID]string{}
	for _, s := range subs {
		names[s.ID] = s.Name
	}
	return names, err
}
