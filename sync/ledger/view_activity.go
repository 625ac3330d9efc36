package ledger

import (
	"cmp"
	"context"
	"slices"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

// teamsNamed is how many teams are named of each subscription.
const teamsNamed = 25

// Activity counts who uses the seats that they have. It reads every seat: whoever calls it keeps the answer for a while.
func (l *Ledger) Activity(ctx context.Context) (v usher.Activity, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		v = usher.Activity{At: tx.Now(), Teams: map[usher.ID][]usher.TeamActivity{}}
		long, soon := tx.Now().Add(-usher.IdleLong*oneDay), tx.Now().Add(-usher.IdleSoon*oneDay)
		if v.SignedIn, v.Ever, err = tx.CountSignedIn(ctx, soon); err != nil {
			return err
		}
		if v.People, _, err = tx.CountPeople(ctx); err != nil {
			return err
		}
		counts, err := tx.CountUse(ctx, long, soon)
		if err != nil {
			return err
		}
		if v.Seats, err = seatActivity(ctx, tx, counts); err != nil {
			return err
		}
		byTeam, err := tx.CountTeamUse(ctx, long, soon)
		if err != nil {
			return err
		}
		v.Teams, err = teamActivity(ctx, tx, byTeam)
		return err
	})
	return v, err
}

func seatActivity(ctx context.Context, tx *store.Tx, counts []store.UseCount) (list []usher.SeatActivity, err error) {
	n, err := readLabels(ctx, tx)
	if err != nil {
		return nil, err
	}
	subs, err := tx.Subscriptions(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range subs {
		one := usher.SeatActivity{Subscription: s.ID, Name: s.Name, Portal: n.portals[s.Portal]}
		if i := slices.IndexFunc(counts, func(c store.UseCount) bool { return c.Subscription == s.ID }); i >= 0 {
			one.Usage = counts[i].Usage
		}
		if one.Shown, err = tx.ShowsActivity(ctx, s.Portal); err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b usher.SeatActivity) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}

func teamActivity(ctx context.Context, tx *store.Tx, counts []store.UseCount) (map[usher.ID][]usher.TeamActivity, error) {
	teams, err := tx.Teams(ctx)
	if err != nil {
		return nil, err
	}
	names := make(map[usher.ID]string, len(teams))
	for _, t := range teams {
		names[t.ID] = t.Name
	}
	of := map[usher.ID][]usher.TeamActivity{}
	for _, c := range counts {
		if name, is := names[c.Team]; is {
			of[c.Subscription] = append(of[c.Subscription], usher.TeamActivity{Usage: c.Usage, Team: c.Team, Name: name})
		}
	}
	for sub, list := range of {
		slices.SortFunc(list, func(a, b usher.TeamActivity) int {
			return cmp.Or(cmp.Compare(b.Idle(), a.Idle()), cmp.Compare(a.Name, b.Name))
		})
		of[sub] = slices.Clip(list[:min(teamsNamed, len(list))])
	}
	return of, nil
}

// IdleSeats lists the occupied seats of a subscription by how long they were not used: those of people who were never active at the
// portal first. usher.ErrNotFound: no subscription is called so.
func (l *Ledger) IdleSeats(ctx context.Context, q usher.IdleQuery) (list usher.Listed[usher.IdleSeat], err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		sub, err := tx.SubscriptionNamed(ctx, q.Subscription)
		if err != nil {
			return err
		}
		since := usher.Time(0)
		if q.Days > 0 {
			since = tx.Now().Add(-time.Duration(q.Days) * oneDay)
		}
		seats, err := tx.IdleSeats(ctx, sub, q.Team, since, q.After, q.Limit+1)
		if err != nil {
			return err
		}
		page := cut(seats, q.Limit, func(s store.SeatUse) usher.Mark { return usher.Mark{At: s.ActiveAt, ID: s.Person} })
		list = usher.Listed[usher.IdleSeat]{Next: page.Next}
		list.Items, err = idleSeats(ctx, tx, page.Items)
		return err
	})
	return list, err
}

func idleSeats(ctx context.Context, tx *store.Tx, seats []store.SeatUse) (list []usher.IdleSeat, err error) {
	ids := make([]usher.ID, len(seats))
	for i, s := range seats {
		ids[i] = s.Person
	}
	people, err := tx.PeopleByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	signIns, err := tx.LastSignIns(ctx, ids)
	for _, s := range seats {
		p := people[s.Person]
		list = append(list, usher.IdleSeat{Person: usher.PersonName{ID: s.Person, Name: p.Name()}, Address: p.Address, Department: p.Attributes.Department, State: s.State,
			SeatedAt: s.SeatedAt, ActiveAt: s.ActiveAt, SignedIn: signIns[s.Person]})
	}
	return list, err
}
