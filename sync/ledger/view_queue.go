package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"usher/internal/store"
	"usher/internal/usher"
)

// Outlook is one subscription as Outlooks has it. usher.ErrNotFound: the configuration names none so.
func (l *Ledger) Outlook(ctx context.Context, name string) (usher.PoolOutlook, error) {
	all, err := l.Outlooks(ctx)
	if err != nil {
		return usher.PoolOutlook{}, err
	}
	i := slices.IndexFunc(all.Pools, func(p usher.PoolOutlook) bool { return p.Name == name })
	if i < 0 {
		return usher.PoolOutlook{}, fmt.Errorf("subscription %q: %w", name, usher.ErrNotFound)
	}
	return all.Pools[i], nil
}

// OccupiedSeats lists the occupied seats of a subscription by person: those that the query selects.
func (l *Ledger) OccupiedSeats(ctx context.Context, q usher.SeatsQuery) (list usher.Listed[usher.SeatedView], err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		sub, err := tx.SubscriptionNamed(ctx, q.Subscription)
		if err != nil {
			return err
		}
		var people []usher.ID
		if q.Find != "" {
			if people, err = found(ctx, tx, sub.ID, q); err != nil || len(people) == 0 {
				list = usher.Listed[usher.SeatedView]{}
				return err
			}
		}
		seats, err := tx.OccupiedAfter(ctx, sub.ID, q.State, q.Leaving, people, q.After, q.Limit+1)
		if err != nil {
			return err
		}
		page := cut(seats, q.Limit, func(s usher.Seat) usher.Mark { return usher.Mark{ID: s.Person} })
		list = usher.Listed[usher.SeatedView]{Next: page.Next}
		list.Items, err = seatedViews(ctx, tx, n, page.Items)
		return err
	})
	return list, err
}

// foundAtMost is how many people a search for seats looks through.
const foundAtMost = 100

// found are the people with a seat whom a text means: by an address, else by how their name begins.
func found(ctx context.Context, tx *store.Tx, subscription usher.ID, q usher.SeatsQuery) ([]usher.ID, error) {
	if key, err := usher.FoldAddress(strings.TrimSpace(q.Find)); err == nil {
		ids, err := tx.FindIdentifiers(ctx, []usher.Identifier{{Space: usher.SpaceAddress, Key: key}})
		if err != nil {
			return nil, err
		}
		if len(ids) > 0 {
			return []usher.ID{ids[0].Person}, nil
		}
	}
	return tx.SeatedNamed(ctx, subscription, usher.FoldText(strings.TrimSpace(q.Find)), foundAtMost)
}

// QueuePart lists a queue in its order, after a place of it that an earlier part gave; empty: from its head.
func (l *Ledger) QueuePart(ctx context.Context, subscription, after string, limit int) (part usher.QueuePart, err error) {
	err = l.view(ctx, func(tx *store.Tx, _ labels) error {
		part = usher.QueuePart{}
		sub, err := tx.SubscriptionNamed(ctx, subscription)
		if err != nil {
			return err
		}
		queue, err := tx.QueueAfter(ctx, sub.ID, markOf(after), limit+1)
		if err != nil {
			return err
		}
		if len(queue) > limit {
			queue = queue[:limit]
			part.Next = afterSeat(queue[limit-1])
		}
		part.Items, err = queuedViews(ctx, tx, sub, queue)
		return err
	})
	return part, err
}

// afterSeat is a place in a queue as text, and markOf what it means: nobody's secret, and nothing is trusted of it.
func afterSeat(s usher.Seat) string {
	return fmt.Sprintf("%d.%d.%s", s.Priority, s.RequestedAt, s.ID)
}

func markOf(text string) (s usher.Seat) {
	parts := strings.SplitN(text, ".", 3)
	if len(parts) != 3 {
		return s
	}
	priority, err := strconv.ParseInt(parts[0], 10, 64)
	at, err2 := strconv.ParseInt(parts[1], 10, 64)
	if errors.Join(err, err2) != nil {
		return s
	}
	return usher.Seat{Priority: priority, RequestedAt: usher.Time(at), ID: usher.ID(parts[2])}
}

// queuedViews names who stands in a queue, one behind the other. Whoever has a seat kept back is served before all others, so
// their place is asked for by itself.
func queuedViews(ctx context.Context, tx *store.Tx, sub usher.Subscription, queue []usher.Seat) ([]usher.QueuedView, error) {
	views := []usher.QueuedView{}
	var ids []usher.ID
	for _, s := range queue {
		ids = append(ids, s.Person)
	}
	people, err := tx.PeopleByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	ranks, err := tx.QueueRanks(ctx, sub.ID, ids)
	if err != nil {
		return nil, err
	}
	place := 0
	for _, s := range queue {
		p := people[s.Person]
		v := usher.QueuedView{Person: s.Person, Name: p.Name(), Address: p.Address, Since: s.RequestedAt.Std(), Reason: s.Reason, Priority: s.Priority,
			Held: s.Hold != "", KeptBack: s.Reserved(tx.Now())}
		if r, given := ranks[s.Person]; given {
			v.Rank = &r
		}
		if place == 0 || sub.Reserved > 0 {
			if place, err = tx.Place(ctx, s); err != nil {
				return nil, err
			}
		} else {
			place++
		}
		v.Place = place
		views = append(views, v)
	}
	return views, nil
}
