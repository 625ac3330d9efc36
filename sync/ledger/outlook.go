package ledger

import (
	"fmt"
	"slices"
	"time"

	"usher/internal/usher"
	"usher/sync/plan"
)

// aheadDays is how far a forecast looks, and how far back the past is shown.
const aheadDays = 90

// MaxAhead is how many days a what-if looks ahead at most.
const MaxAhead = 366

// queueRead is how much of a queue is read by name to say who would be served; those behind are counted.
const queueRead = 5_000

// outlook is what a forecast of a subscription starts from, with as much of the queue as could be served: atMost more than
// what is free now or leaves by a date.
func (c *change) outlook(sub usher.Subscription, turns []plan.Turn, atMost int) (plan.Outlook, error) {
	portal := c.policy.portals[sub.Portal]
	o := plan.Outlook{Sub: sub, Live: portal.Live, Hard: portal.Hard, Turns: turns}
	going, err := c.tx.GoingSeats(c.ctx, sub.ID)
	if err != nil {
		return o, err
	}
	limit := min(queueRead, max(0, sub.Vacant())+len(going)+len(turns)+atMost)
	queue, err := c.tx.QueueHead(c.ctx, sub.ID, limit)
	if err != nil {
		return o, err
	}
	kept, err := c.tx.ReservedQueue(c.ctx, sub.ID, limit)
	if err != nil {
		return o, err
	}
	people := make([]usher.ID, 0, len(turns))
	for _, t := range turns {
		people = append(people, t.Person)
	}
	theirs, err := c.seatsOfSome(sub.ID, people)
	if err != nil {
		return o, err
	}
	o.Seats = eachOnce(going, queue, kept, theirs)
	all, err := c.tx.CountQueued(c.ctx, sub.ID)
	o.Behind = all
	for _, s := range o.Seats {
		if s.State == usher.Queued {
			o.Behind--
		}
	}
	return o, err
}

// before are the turns until a time.
func before(turns []plan.Turn, until usher.Time) []plan.Turn {
	return slices.DeleteFunc(slices.Clone(turns), func(t plan.Turn) bool { return t.At > until })
}

// seatsOfSome are the seats in a subscription that some people have.
func (c *change) seatsOfSome(subscription usher.ID, people []usher.ID) (seats []usher.Seat, err error) {
	theirs, err := c.tx.LiveSeatsOfPeople(c.ctx, people)
	for _, list := range theirs {
		seats = append(seats, slices.DeleteFunc(list, func(s usher.Seat) bool { return s.Subscription != subscription })...)
	}
	return seats, err
}

// eachOnce are seats of several lists, each once.
func eachOnce(lists ...[]usher.Seat) (seats []usher.Seat) {
	seen := map[usher.ID]bool{}
	for _, list := range lists {
		for _, s := range list {
			if !seen[s.ID] {
				seen[s.ID] = true
				seats = append(seats, s)
			}
		}
	}
	return seats
}

// pastOf are the last days of a subscription, oldest first, until now: counted backwards from what is occupied, by when
// seats were given and released. What was purchased then is not kept; it is what is now.
func (c *change) pastOf(sub usher.Subscription, queued, releasing int) ([]usher.PoolDay, error) {
	start := c.now().Add(-aheadDays * oneDay)
	given, err := c.tx.SeatedByDay(c.ctx, sub.ID, start)
	if err != nil {
		return nil, err
	}
	freed, err := c.tx.FreedByDay(c.ctx, sub.ID, start)
	days := make([]usher.PoolDay, aheadDays+1)
	occupied := sub.Used
	for i := aheadDays; i >= 0; i-- {
		days[i] = usher.PoolDay{At: start.Add(time.Duration(i) * oneDay).Std(), Purchased: sub.Purchased, Occupied: occupied}
		occupied += freed[i-1] - given[i-1]
	}
	days[aheadDays].Queued, days[aheadDays].Releasing = queued, releasing
	return days, err
}

func poolDays(days []plan.Day) []usher.PoolDay {
	list := make([]usher.PoolDay, 0, len(days))
	for _, d := range days {
		list = append(list, usher.PoolDay{At: d.At.Std(), Purchased: d.Purchased, Occupied: d.Occupied, Queued: d.Queued, Releasing: d.Releasing})
	}
	return list
}

// poolOutlook is a subscription with its past and its forecast.
func (c *change) poolOutlook(n labels, sub usher.Subscription, o plan.Outlook) (usher.PoolOutlook, error) {
	f := o.Ahead(c.now(), aheadDays)
	now := f.Days[0]
	going := 0
	for _, s := range o.Seats {
		if s.State.Occupies() && s.LeavingAt != 0 || s.State == usher.Releasing {
			going++
		}
	}
	queued := o.Behind
	for _, s := range o.Seats {
		if s.State == usher.Queued {
			queued++
		}
	}
	v := usher.PoolOutlook{
		PoolView: usher.PoolView{Name: sub.Name, Portal: n.portals[sub.Portal], Purchased: sub.Purchased, Used: sub.Used, Free: sub.Free(), KeptBack: sub.Reserved,
			Queued: queued, Leaving: going, EndsAt: sub.EndsAt.Std(), Retired: sub.RetiredAt != 0},
		ID: sub.ID, Live: o.Live, StartsAt: sub.StartsAt.Std(), EndsInDays: daysLeft(sub, c.now()), TermNote: TermNote(sub, c.now()),
		Ahead: poolDays(f.Days), EmptyIn: f.EmptyIn(),
	}
	var err error
	if v.Past, err = c.pastOf(sub, now.Queued, now.Releasing); err != nil {
		return v, fmt.Errorf("subscription %s: %w", sub.Name, err)
	}
	return v, nil
}
