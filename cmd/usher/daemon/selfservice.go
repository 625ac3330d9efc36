package daemon

import (
	"context"
	"slices"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/internal/web"
)

// selfService reads what the pages show: to everybody their own, to managers their reports', to others what their rights allow.
type selfService struct {
	d          *Daemon
	preflights *preflights
}

// maxRequests is how many of their own requests somebody sees.
const maxRequests = 10

// SeatsOf implements web.Seats. Who is ahead in the queue is nobody's business.
func (s selfService) SeatsOf(ctx context.Context, person usher.ID) (seats []web.Seat, err error) {
	e, err := s.d.ledger.Explain(ctx, string(person))
	if err != nil {
		return nil, err
	}
	own, err := s.own(ctx, person)
	if err != nil {
		return nil, err
	}
	links := s.links()
	for _, x := range e.Seats {
		seat := web.Seat{Subscription: x.Subscription, Portal: x.Portal, Link: links[x.Portal], State: x.State, Place: x.Place, Queue: x.Queue, Because: x.Because, Waiting: x.Waiting}
		if !x.Since.IsZero() {
			seat.Since = x.Since.Format(time.DateOnly)
		}
		has := (x.State == usher.Queued || x.State.Occupies() && x.State != usher.Releasing) && x.LeavingAt.IsZero()
		sub := own.subscriptions[x.Subscription]
		if x.State.Occupies() {
			if seat.KnownAs, err = s.d.knownAs(ctx, sub.Portal, person); err != nil {
				return nil, err
			}
		}
		seat.ID, seat.MayGiveBack, seat.MayAsk = sub.ID, has, !has && own.mayAsk(sub, s.d.store.Now())
		seats = append(seats, seat)
	}
	return seats, nil
}

// standing is what somebody may ask for depends on.
type standing struct {
	subscriptions map[string]usher.Subscription
	decisions     []usher.Decision
	requests      []usher.SeatRequest
}

func (s selfService) own(ctx context.Context, person usher.ID) (o standing, err error) {
	err = s.d.store.Read(ctx, func(tx *store.Tx) error {
		o = standing{subscriptions: map[string]usher.Subscription{}}
		subs, err := tx.Subscriptions(ctx)
		if err != nil {
			return err
		}
		for _, sub := range subs {
			o.subscriptions[sub.Name] = sub
		}
		if o.decisions, err = tx.DecisionsFor(ctx, person); err != nil {
			return err
		}
		o.requests, err = tx.RequestsOf(ctx, person, maxRequests)
		return err
	})
	return o, err
}

// mayAsk says whether it is worth offering to ask; the ledger decides.
func (o standing) mayAsk(sub usher.Subscription, now usher.Time) bool {
	if slices.ContainsFunc(o.requests, func(r usher.SeatRequest) bool { return r.Subscription == sub.ID && r.State == usher.RequestOpen }) {
		return false
	}
	for _, d := range o.decisions {
		if d.Subscription == sub.ID && d.Out(now) {
			return d.Kind == usher.GiveBack
		}
	}
	return sub.Requestable
}

// links are the addresses of portals, by name.
func (s selfService) links() map[string]string {
	links := map[string]string{}
	for _, p := range s.d.Config().Portals {
		links[p.Name] = p.Link
	}
	return links
}
