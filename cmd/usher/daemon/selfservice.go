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
type selfService struct{ d *Daemon }

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

// RequestsOf implements web.Seats.
func (s selfService) RequestsOf(ctx context.Context, person usher.ID) ([]web.Request, error) {
	return s.requests(ctx, func(tx *store.Tx) ([]usher.SeatRequest, error) { return tx.RequestsOf(ctx, person, maxRequests) })
}

// OpenRequests implements web.Requests.
func (s selfService) OpenRequests(ctx context.Context) ([]web.Request, error) {
	return s.requests(ctx, func(tx *store.Tx) ([]usher.SeatRequest, error) { return tx.OpenRequests(ctx) })
}

func (s selfService) requests(ctx context.Context, list func(*store.Tx) ([]usher.SeatRequest, error)) (shown []web.Request, err error) {
	err = s.d.store.Read(ctx, func(tx *store.Tx) error {
		shown = nil
		names, err := subscriptionNames(ctx, tx)
		if err != nil {
			return err
		}
		found, err := list(tx)
		if err != nil {
			return err
		}
		for _, r := range found {
			p, err := tx.Person(ctx, r.Person)
			if err != nil {
				return err
			}
			shown = append(shown, web.Request{SeatRequest: r, Name: names[r.Subscription], Who: p.Name(), Address: p.Address, Manager: p.Manager,
				Asked: r.AskedAt.Std().In(s.d.options.Clock().Location()).Format(time.DateOnly)})
		}
		return nil
	})
	return shown, err
}

func subscriptionNames(ctx context.Context, tx *store.Tx) (map[usher.ID]string, error) {
	subs, err := tx.AllSubscriptions(ctx)
	names := map[usher.ID]string{}
	for _, s := range subs {
		names[s.ID] = s.Name
	}
	return names, err
}

// ReportsOf implements web.Reports.
func (s selfService) ReportsOf(ctx context.Context, manager usher.ID) (reports []web.Report, err error) {
	err = s.d.store.Read(ctx, func(tx *store.Tx) error {
		reports = nil
		names, err := subscriptionNames(ctx, tx)
		if err != nil {
			return err
		}
		people, err := tx.ActiveReports(ctx, manager)
		if err != nil {
			return err
		}
		for _, p := range people {
			r := web.Report{Name: p.Name(), Address: p.Address}
			if r.Below, err = tx.CountBelow(ctx, p.ID); err != nil {
				return err
			}
			if r.Seats, err = reportSeats(ctx, tx, p.ID, names); err != nil {
				return err
			}
			reports = append(reports, r)
		}
		return nil
	})
	return reports, err
}

func reportSeats(ctx context.Context, tx *store.Tx, person usher.ID, names map[usher.ID]string) (shown []web.Seat, err error) {
	seats, err := tx.LiveSeatsOf(ctx, person)
	if err != nil {
		return nil, err
	}
	for _, seat := range seats {
		one := web.Seat{Subscription: names[seat.Subscription], State: seat.State}
		if seat.State == usher.Queued {
			if one.Place, err = tx.Place(ctx, seat); err != nil {
				return nil, err
			}
		}
		shown = append(shown, one)
	}
	return shown, nil
}

// JoinLink implements web.Joining.
func (s selfService) JoinLink(ctx context.Context, person usher.ID, code string) (usher.JoinLink, []string, error) {
	j, err := s.d.ledger.JoinLink(ctx, person, code)
	if err != nil {
		return j, nil, err
	}
	known, err := subscriptionNames(ctx, s.d.store.Look())
	var names []string
	for _, id := range j.Subscriptions {
		names = append(names, known[id])
	}
	slices.Sort(names)
	return j, names, err
}

// UseJoinLink implements web.Joining.
func (s selfService) UseJoinLink(ctx context.Context, by usher.Principal, code string) (usher.JoinLink, error) {
	return s.d.ledger.UseJoinLink(ctx, by, code)
}

// Portals implements web.Preflight.
func (s selfService) Portals(ctx context.Context) (portals []web.Portal, err error) {
	err = s.d.store.Read(ctx, func(tx *store.Tx) error {
		portals = nil
		known, err := tx.Portals(ctx)
		if err != nil {
			return err
		}
		subs, err := tx.Subscriptions(ctx)
		if err != nil {
			return err
		}
		for _, p := range known {
			if p.RetiredAt != 0 {
				continue
			}
			shown := web.Portal{ID: p.ID, Name: p.Name}
			for _, sub := range subs {
				if sub.Portal == p.ID {
					shown.Subscriptions = append(shown.Subscriptions, sub.ID)
				}
			}
			portals = append(portals, shown)
		}
		return nil
	})
	return portals, err
}

// Mismatches implements web.Preflight.
func (s selfService) Mismatches(ctx context.Context, portal usher.ID) ([]web.Mismatch, error) {
	return s.d.Preflight(ctx, portal)
}
