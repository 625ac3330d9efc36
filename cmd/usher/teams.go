package main

import (
	"strconv"

	"usher/internal/usher"
)

// teamsCmd lists teams, or the people of one.
type teamsCmd struct {
	listing

	Team string `arg:"" optional:"" help:"List the people of this team."`
}

// teamRow is a team as listed.
type teamRow struct {
	ID      usher.ID `json:"id"`
	Name    string   `json:"name"`
	Source  string   `json:"source"`
	Members int      `json:"members"`
}

// Run implements storeCommand.
func (c *teamsCmd) Run(d *desk) error {
	look := d.daemon.Store().Look()
	teams, err := look.Teams(d.ctx)
	if err != nil {
		return err
	}
	rows := []teamRow{}
	var names []string
	for _, t := range teams {
		members, err := look.TeamMembers(d.ctx, t.ID)
		if err != nil {
			return err
		}
		if c.Team != "" && usher.FoldText(t.Name) == usher.FoldText(c.Team) {
			return c.people(d, members)
		}
		names = append(names, t.Name)
		rows = append(rows, teamRow{t.ID, t.Name, t.Source, len(members)})
	}
	if c.Team != "" {
		return noSuch("team", c.Team, names)
	}
	return show(c.listing, d.stdout, rows, []column[teamRow]{
		{"TEAM", func(r teamRow) string { return r.Name }},
		{"FROM", func(r teamRow) string { return r.Source }},
		{"PEOPLE", func(r teamRow) string { return strconv.Itoa(r.Members) }},
	})
}

func (c *teamsCmd) people(d *desk, members []usher.ID) error {
	rows := []personRow{}
	for _, id := range members {
		p, err := d.daemon.Ledger().Person(d.ctx, id)
		if err != nil {
			return err
		}
		rows = append(rows, newPersonRow(p))
	}
	return showPeople(c.listing, d, rows)
}
