package ledger

import (
	"context"

	"usher/internal/store"
	"usher/internal/usher"
)

// TeamRows lists teams by name after one of them, without their seats.
func (l *Ledger) TeamRows(ctx context.Context, after usher.TeamMark, limit int) (list []usher.TeamRow, next *usher.TeamMark, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		list, next = nil, nil
		teams, err := tx.TeamsAfter(ctx, after.Name, after.ID, limit+1)
		if err != nil {
			return err
		}
		if len(teams) > limit {
			teams = teams[:limit]
			next = &usher.TeamMark{Name: teams[limit-1].Name, ID: teams[limit-1].ID}
		}
		list, err = teamRows(ctx, tx, teams)
		return err
	})
	return list, next, err
}

func teamRows(ctx context.Context, tx *store.Tx, teams []usher.Team) ([]usher.TeamRow, error) {
	var ids []usher.ID
	for _, t := range teams {
		ids = append(ids, t.ID)
	}
	counts, err := tx.CountMembers(ctx, ids)
	rows := make([]usher.TeamRow, 0, len(teams))
	for _, t := range teams {
		rows = append(rows, usher.TeamRow{ID: t.ID, Name: t.Name, Source: t.Source, People: counts[t.ID]})
	}
	return rows, err
}

// TeamRow is one team, without its seats. usher.ErrNotFound: there is none, or no longer.
func (l *Ledger) TeamRow(ctx context.Context, id usher.ID) (row usher.TeamRow, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		t, err := tx.Team(ctx, id)
		if err == nil && t.RetiredAt != 0 {
			err = usher.ErrNotFound
		}
		if err != nil {
			return err
		}
		rows, err := teamRows(ctx, tx, []usher.Team{t})
		if err == nil {
			row = rows[0]
		}
		return err
	})
	return row, err
}

// SeatsOfTeams counts the seats of all teams, by team and name of the subscription. It reads every seat: whoever calls it keeps the
// answer for a while.
func (l *Ledger) SeatsOfTeams(ctx context.Context) (seats map[usher.ID][]usher.TeamSeats, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		seats = map[usher.ID][]usher.TeamSeats{}
		subs, err := tx.Subscriptions(ctx)
		if err != nil {
			return err
		}
		counts, err := tx.SeatsOfTeams(ctx)
		of := map[usher.ID]map[usher.ID]store.TeamSeats{}
		for _, c := range counts {
			if of[c.Team] == nil {
				of[c.Team] = map[usher.ID]store.TeamSeats{}
			}
			of[c.Team][c.Subscription] = c
		}
		for team, counts := range of {
			for _, s := range subs {
				if c := counts[s.ID]; c.Occupied+c.Queued > 0 {
					seats[team] = append(seats[team], usher.TeamSeats{Subscription: s.ID, Name: s.Name, Occupied: c.Occupied, Queued: c.Queued})
				}
			}
		}
		return err
	})
	return seats, err
}

// TeamPeople lists the people of a team with their seats, by manager, after a place in the list.
func (l *Ledger) TeamPeople(ctx context.Context, team usher.ID, after usher.TeamMark, limit int) (list []usher.TeamPerson, next *usher.TeamMark, err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		list, next = nil, nil
		places, err := tx.TeamPlacesAfter(ctx, team, store.TeamPlace(after), limit+1)
		if err != nil {
			return err
		}
		if len(places) > limit {
			places = places[:limit]
			last := usher.TeamMark(places[limit-1])
			next = &last
		}
		var ids, all []usher.ID
		for _, p := range places {
			ids = append(ids, p.ID)
			if all = append(all, p.ID); p.ManagerID != "" {
				all = append(all, p.ManagerID)
			}
		}
		people, err := tx.PeopleByID(ctx, all)
		if err != nil {
			return err
		}
		seats, err := tx.LiveSeatsAmong(ctx, ids)
		for _, p := range places {
			list = append(list, teamPerson(n, people[p.ID], people[p.ManagerID], seats[p.ID]))
		}
		return err
	})
	return list, next, err
}

func teamPerson(n labels, p, manager usher.Person, seats []usher.Seat) usher.TeamPerson {
	v := usher.TeamPerson{Person: usher.PersonName{ID: p.ID, Name: p.Name()}, Address: p.Address, Title: p.Attributes.Title, Active: p.Active,
		Manager: usher.PersonName{ID: manager.ID, Name: manager.Name()}}
	for _, s := range seats {
		v.Seats = append(v.Seats, usher.NamedSeat{Subscription: s.Subscription, Name: n.subscriptions[s.Subscription], State: s.State})
	}
	return v
}
