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
	look := d.daemon.Store().Look()
	names, err := d.subscriptionNames()
	if err != nil {
		return err
	}
	rows := []personRow{}
	for last := (usher.Person{}); ; {
		page, err := look.People(d.ctx, last, 500)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		for _, p := range page {
			if !c.wants(p) {
				continue
			}
			if c.Limit > 0 && len(rows) == c.Limit {
				d.remark("Only the first %d are shown; --limit shows more.", c.Limit)
				return showPeople(c.listing, d, rows)
			}
			row, err := d.personRow(p, names)
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		last = page[len(page)-1]
	}
	return showPeople(c.listing, d, rows)
}

func (c *peopleCmd) wants(p usher.Person) bool {
	if !c.All && p.Active == c.Left {
		return false
	}
	if c.Newcomers && !p.Unconfirmed() {
		return false
	}
	if c.Department != "" && usher.FoldText(p.Attributes.Department) != usher.FoldText(c.Department) {
		return false
	}
	find := usher.FoldText(c.Find)
	return strings.Contains(usher.FoldText(p.Name()), find) || strings.Contains(usher.FoldText(p.Address), find)
}

func (d *desk) personRow(p usher.Person, subscriptions map[usher.ID]string) (personRow, error) {
	look := d.daemon.Store().Look()
	row := personRow{ID: p.ID, Name: p.Name(), Address: p.Address, State: stateOf(p), Department: p.Attributes.Department, Title: p.Attributes.Title, Seats: []string{}}
	if p.Manager != "" {
		manager, err := look.Person(d.ctx, p.Manager)
		if err != nil {
			return row, err
		}
		row.Manager = manager.Name()
	}
	seats, err := look.LiveSeatsOf(d.ctx, p.ID)
	for _, s := range seats {
		name := subscriptions[s.Subscription]
		if s.State != usher.Active {
			name += " (" + string(s.State) + ")"
		}
		row.Seats = append(row.Seats, name)
	}
	return row, err
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
