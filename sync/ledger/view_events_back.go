package ledger

import (
	"context"
	"errors"

	"usher/internal/store"
	"usher/internal/usher"
)

// EventsBefore lists events from the newest on, before a place in their order. Where few match, a part can be short, or empty, and have a
// next one all the same.
func (l *Ledger) EventsBefore(ctx context.Context, f usher.EventFilter, before usher.Mark, limit int) (list usher.Listed[usher.EventLine], err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		events, next, err := tx.EventsBefore(ctx, f, before, limit)
		if err != nil {
			return err
		}
		list = usher.Listed[usher.EventLine]{Next: next}
		list.Items, err = eventLines(ctx, tx, n, events)
		return err
	})
	return list, err
}

// EventsAfter lists what is new in the chain after a number, the newest first, and says how far it looked: whoever asks again from there
// misses nothing.
func (l *Ledger) EventsAfter(ctx context.Context, f usher.EventFilter, after int64, look int) (lines []usher.EventLine, last int64, err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		var events []usher.Event
		if events, last, err = tx.EventsSealedAfter(ctx, f, after, look); err != nil {
			return err
		}
		lines, err = eventLines(ctx, tx, n, events)
		return err
	})
	return lines, last, err
}

func eventLines(ctx context.Context, tx *store.Tx, n labels, events []usher.Event) ([]usher.EventLine, error) {
	var ids []usher.ID
	for _, e := range events {
		if e.Person != "" {
			ids = append(ids, e.Person)
		}
	}
	people, err := tx.PeopleByID(ctx, ids)
	lines := make([]usher.EventLine, 0, len(events))
	for _, e := range events {
		line := usher.EventLine{EventView: eventView(n, e), Name: people[e.Person].Name(), Fields: usher.FieldsOf(e.Before, e.After), Erased: e.ErasedAt != 0}
		if e.Person == "" {
			line.About = e.Subject
		}
		lines = append(lines, line)
	}
	return lines, err
}

func eventView(n labels, e usher.Event) usher.EventView {
	return usher.EventView{ID: e.ID, Number: e.Seal, At: e.At.Std(), Kind: e.Kind, Actor: e.Actor, Person: e.Person,
		Subscription: n.subscriptions[e.Subscription], Portal: n.portals[e.Portal], Why: e.Why, Before: orNone(e.Before), After: orNone(e.After)}
}

// Chain says how far the chain over the events has come.
func (l *Ledger) Chain(ctx context.Context) (v usher.ChainView, err error) {
	look := l.store.Look()
	last, err := look.LastSeal(ctx)
	if err != nil && !errors.Is(err, usher.ErrNotFound) {
		return v, err
	}
	v.Number, v.SealedAt = last.Number, last.SealedAt
	v.Unsealed, err = look.CountUnsealed(ctx)
	return v, err
}
