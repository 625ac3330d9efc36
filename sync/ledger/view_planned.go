package ledger

import (
	"context"
	"encoding/json"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
)

// PlanSeats lists what a plan would do to seats. A part begins where the one before ended: the mark of the next one says how
// many came before it.
func (l *Ledger) PlanSeats(ctx context.Context, number int64, q usher.SeatQuery) (list usher.Listed[usher.PlannedSeat], err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		p, err := planInParts(ctx, tx, number)
		if err != nil {
			return err
		}
		seats, err := l.plannedOf(ctx, tx, p)
		if err == nil {
			list, err = seats.part(q)
		}
		if err != nil {
			return fmt.Errorf("plan %d: seats: %w", number, err)
		}
		return nil
	})
	return list, err
}

// plannedSeats are what a plan would do to seats, as the text in which it is kept, with where in it each of them stands. The text of a
// plan for 100,000 people has megabytes: only what is shown of it is taken apart. It is never written after it was made.
type plannedSeats struct {
	plan usher.ID
	text string
	at   map[plannedKey][]span // also by one of the two alone, and by none
}

type plannedKey struct {
	subscription string
	kind         usher.PlanChange
}

type span struct{ from, to int }

// plannedOf are those of a plan. That looked at last is kept, since they never change once the plan was computed.
func (l *Ledger) plannedOf(ctx context.Context, tx *store.Tx, p usher.Plan) (*plannedSeats, error) {
	if kept := l.planned.Load(); kept != nil && kept.plan == p.ID {
		return kept, nil
	}
	text, err := tx.PlanSeats(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	made, err := newPlannedSeats(text)
	if err == nil && p.State != usher.PlanReading {
		made.plan = p.ID
		l.planned.Store(made)
	}
	return made, err
}

func newPlannedSeats(text string) (*plannedSeats, error) {
	s := &plannedSeats{text: text, at: map[plannedKey][]span{}}
	for at := range elements(text) {
		var which struct {
			Subscription string           `json:"subscription"`
			Kind         usher.PlanChange `json:"kind"`
		}
		if err := json.Unmarshal([]byte(text[at.from:at.to]), &which); err != nil {
			return nil, err
		}
		for _, key := range []plannedKey{{}, {subscription: which.Subscription}, {kind: which.Kind}, {which.Subscription, which.Kind}} {
			s.at[key] = append(s.at[key], at)
		}
	}
	return s, nil
}

// part is a part of those that a query selects.
func (s *plannedSeats) part(q usher.SeatQuery) (list usher.Listed[usher.PlannedSeat], err error) {
	all := s.at[plannedKey{q.Subscription, q.Kind}]
	rest := all[min(q.Skip, len(all)):]
	if len(rest) > q.Limit {
		rest = rest[:q.Limit]
		list.Next = &usher.Mark{At: usher.Time(q.Skip + q.Limit)}
	}
	list.Items = make([]usher.PlannedSeat, len(rest))
	for i, at := range rest {
		if err := json.Unmarshal([]byte(s.text[at.from:at.to]), &list.Items[i]); err != nil {
			return list, err
		}
	}
	return list, nil
}

// elements are where the objects of a JSON array of objects stand in it.
func elements(text string) func(yield func(span) bool) {
	return func(yield func(span) bool) {
		depth, from := 0, 0
		for i := 0; i < len(text); i++ {
			switch text[i] {
			case '"':
				i = endOfString(text, i)
			case '{':
				if depth++; depth == 1 {
					from = i
				}
			case '}':
				if depth--; depth == 0 && !yield(span{from, i + 1}) {
					return
				}
			}
		}
	}
}

// endOfString is where the quote is that ends the string which begins at i.
func endOfString(text string, i int) int {
	for i++; i < len(text) && text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i
}

// countedSeats counts what a plan does to seats, of a version that did not keep that.
func countedSeats(ctx context.Context, tx *store.Tx, p usher.Plan) ([]usher.SeatCount, error) {
	text, err := tx.PlanSeats(ctx, p.ID)
	if err != nil || text == "" {
		return nil, err
	}
	var seats []usher.PlannedSeat
	if err := json.Unmarshal([]byte(text), &seats); err != nil {
		return nil, fmt.Errorf("plan %d: seats: %w", p.Number, err)
	}
	return usher.CountSeats(seats), nil
}
