package daemon

import (
	"context"
	"slices"

	"usher/internal/usher"
	"usher/internal/web"
)

// teamsPage is what pages of teams and managers read: lists from the ledger, and what counts everybody kept for a while.
type teamsPage struct {
	d     *Daemon
	seats *kept[map[usher.ID][]usher.TeamSeats]
	tree  *kept[usher.Hierarchy]
}

func (d *Daemon) newTeamsPage() *teamsPage {
	return &teamsPage{d, newKept(d.options.Clock, d.readFailed("seats of teams"), d.ledger.SeatsOfTeams), newKept(d.options.Clock, d.readFailed("hierarchy"), d.ledger.Hierarchy)}
}

// Teams implements web.Teams.
func (s *teamsPage) Teams(ctx context.Context, after usher.TeamMark, limit int) ([]usher.TeamRow, *usher.TeamMark, error) {
	rows, next, err := s.d.ledger.TeamRows(ctx, after, limit)
	if err != nil {
		return nil, nil, err
	}
	seats, err := s.seats.get(ctx)
	for i := range rows {
		rows[i].Seats = seats[rows[i].ID]
	}
	return rows, next, err
}

// Team implements web.Teams.
func (s *teamsPage) Team(ctx context.Context, id usher.ID) (usher.TeamRow, error) {
	row, err := s.d.ledger.TeamRow(ctx, id)
	if err != nil {
		return row, err
	}
	seats, err := s.seats.get(ctx)
	row.Seats = seats[id]
	return row, err
}

// TeamPeople implements web.Teams.
func (s *teamsPage) TeamPeople(ctx context.Context, team usher.ID, after usher.TeamMark, limit int) ([]usher.TeamPerson, *usher.TeamMark, error) {
	return s.d.ledger.TeamPeople(ctx, team, after, limit)
}

// Top implements web.Tree.
func (s *teamsPage) Top(ctx context.Context, from, limit int) (top web.TreeTop, err error) {
	h, err := s.tree.get(ctx)
	if err != nil {
		return top, err
	}
	top = web.TreeTop{Hierarchy: h, More: from+limit < len(h.Roots)}
	if top.People, err = s.d.ledger.TreePeople(ctx, h, part(h.Roots, from, limit)); err != nil || from > 0 {
		return top, err
	}
	if top.Unresolved, err = s.d.ledger.TreePeople(ctx, h, part(h.Unresolved, 0, limit)); err != nil {
		return top, err
	}
	if top.Left, err = s.d.ledger.TreePeople(ctx, h, part(h.Left, 0, limit)); err != nil {
		return top, err
	}
	top.Cycles, err = s.d.ledger.ManagerCycles(ctx)
	return top, err
}

// part is a part of a list, as far as there is one.
func part[T any](list []T, from, limit int) []T {
	from = min(max(0, from), len(list))
	return list[from:min(from+limit, len(list))]
}

// Below implements web.Tree.
func (s *teamsPage) Below(ctx context.Context, manager usher.ID, after usher.TeamMark, limit int) ([]usher.TreePerson, *usher.TeamMark, error) {
	h, err := s.tree.get(ctx)
	if err != nil {
		return nil, nil, err
	}
	return s.d.ledger.Below(ctx, h, manager, after.Name, after.ID, limit)
}

// Above implements web.Tree.
func (s *teamsPage) Above(ctx context.Context, id usher.ID) ([]usher.TreePerson, error) {
	h, err := s.tree.get(ctx)
	if err != nil {
		return nil, err
	}
	line, err := s.d.ledger.Above(ctx, h, id)
	slices.Reverse(line)
	return line, err
}
