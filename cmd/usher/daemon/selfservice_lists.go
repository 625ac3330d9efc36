package daemon

import (
	"context"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/internal/web"
)

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
			r := web.Report{Person: p.ID, Name: p.Name(), Address: p.Address}
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
