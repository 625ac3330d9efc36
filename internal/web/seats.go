package web

import (
	"context"
	"time"

	"usher/internal/usher"
)

// Subscriptions are what the pages of seats show.
type Subscriptions interface {
	Outlooks(ctx context.Context) (usher.Outlooks, error)
	Outlook(ctx context.Context, name string) (usher.PoolOutlook, error)
	OccupiedSeats(ctx context.Context, q usher.SeatsQuery) (usher.Listed[usher.SeatedView], error)
	QueuePart(ctx context.Context, subscription, after string, limit int) (usher.QueuePart, error)
	WhatIf(ctx context.Context, subscription string, a usher.Assumption) (usher.Assumed, error)
	FirstToGo(ctx context.Context, subscription string, until usher.Time, limit int) ([]usher.ShrinkPerson, error)
	ShrinkPlans(ctx context.Context, subscription usher.ID) ([]usher.ShrinkPlan, error)
}

// Queueing moves people in queues, and plans renewals with fewer seats (the ledger).
type Queueing interface {
	MoveTo(ctx context.Context, by usher.Principal, subscription, person usher.ID, to usher.QueueMove) error
	Prioritise(ctx context.Context, by usher.Principal, subscription, person usher.ID, priority int64) error
	ClearPriority(ctx context.Context, by usher.Principal, subscription, person usher.ID) error
	PlanShrink(ctx context.Context, by usher.Principal, s usher.ShrinkPlan) (int64, error)
	DiscardShrink(ctx context.Context, by usher.Principal, subscription usher.ID, number int64) error
}

var seatRoutes = []Route{
	{Method: "GET", Path: "/seats", Access: usher.AccessReaders, serve: showSeats},
	{Method: "GET", Path: "/seats/{name}", Access: usher.AccessReaders, serve: showPool},
	{Method: "GET", Path: "/seats/{name}/queue", Access: usher.AccessReaders, serve: showQueue},
	{Method: "POST", Path: "/seats/{name}/queue", Access: usher.AccessSeats, Fresh: true, serve: moveInQueue},
	{Method: "GET", Path: "/seats/{name}/what-if", Access: usher.AccessReaders, serve: showWhatIf},
	{Method: "GET", Path: "/seats/{name}/shrink", Access: usher.AccessReaders, serve: showShrink},
	{Method: "POST", Path: "/seats/{name}/shrink", Access: usher.AccessSeats, Fresh: true, serve: planShrink},
	{Method: "POST", Path: "/seats/{name}/shrink/discard", Access: usher.AccessSeats, Fresh: true, serve: discardShrink},
}

// showSeats is the table of all subscriptions.
func showSeats(v *visit) error {
	all, err := v.o.Subscriptions.Outlooks(v.r.Context())
	if err != nil {
		return err
	}
	return v.show("seats", struct {
		AsOf  time.Time
		Pools []pool
	}{all.AsOf, v.readable(all.Pools)})
}

// pool is the subscription that the path names, if the visitor may see its seats. One that they may not see is not there.
func (v *visit) pool() (pool, error) {
	p, err := v.o.Subscriptions.Outlook(v.r.Context(), v.r.PathValue("name"))
	if err == nil && !v.By.Rights.MayRead(p.ID) {
		err = usher.ErrNotFound
	}
	return pool{p}, err
}

// ownPool is the one that the path names, if the visitor decides about its seats.
func (v *visit) ownPool() (pool, error) {
	p, err := v.pool()
	if err == nil && !v.By.Rights.MaySeat(p.ID) {
		err = usher.ErrNotFound
	}
	return p, err
}

// The sizes of lists: what is shown of a list beside others, and of one by itself.
const (
	fewRows  = 10
	manyRows = 50
)

// poolPage is a subscription with its seats.
type poolPage struct {
	pool

	Find, State string
	Seats       []usher.SeatedView
	Next        usher.ID // of whom the next part begins behind
	Paged       bool     // this is no first part
	Line        chart
	Weeks       []usher.PoolDay
	Queue       queuePage
	Shrink      *usher.ShrinkPlan
}

// seatFilters are the states that seats can be filtered by, and what they are called.
func seatFilters() [][2]string {
	return [][2]string{{"", "any"}, {string(usher.Invited), "invited"}, {string(usher.Active), "active"}, {"leaving", "leaving or releasing"}, {string(usher.Releasing), "releasing"}}
}

// Filters are the states to choose from.
func (poolPage) Filters() [][2]string { return seatFilters() }

// showPool is a subscription: numbers and line, who sits, and who is first in the queue.
func showPool(v *visit) error {
	p, err := v.pool()
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	page := poolPage{pool: p, Find: q.Get("q"), State: q.Get("state"), Paged: q.Get("after") != "", Line: p.Line(), Weeks: weekly(p.PoolOutlook)}
	seats, err := v.o.Subscriptions.OccupiedSeats(v.r.Context(), seatsQuery(p.Name, page, usher.ID(q.Get("after"))))
	if err != nil {
		return err
	}
	page.Seats = seats.Items
	if seats.Next != nil {
		page.Next = seats.Next.ID
	}
	if v.partial() {
		return v.part("pool-seats", page)
	}
	if page.Queue, err = v.queue(p, "", fewRows); err != nil {
		return err
	}
	if page.Shrink, err = v.openShrink(p); err != nil {
		return err
	}
	return v.showTitled("pool", "Seats of "+p.Name, page)
}

func seatsQuery(name string, page poolPage, after usher.ID) usher.SeatsQuery {
	q := usher.SeatsQuery{Subscription: name, Find: page.Find, After: after, Limit: manyRows}
	switch state := usher.SeatState(page.State); {
	case page.State == "leaving":
		q.Leaving = true
	case state.Occupies():
		q.State = state
	}
	return q
}

// weekly is a day of each week, from the past on, for the table beside the line.
func weekly(p usher.PoolOutlook) (list []usher.PoolDay) {
	for i := (len(p.Past) - 1) % 14; i < len(p.Past)-1; i += 14 {
		list = append(list, p.Past[i])
	}
	for i := 0; i < len(p.Ahead); i += 14 {
		list = append(list, p.Ahead[i])
	}
	return list
}
