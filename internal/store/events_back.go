package store

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"usher/internal/usher"
)

// eventsLooked is how many events are looked at for one part of a list of which no index knows what it selects.
const eventsLooked = 10_000

// bulkKinds are the kinds of which there are so many that one is never far; event_kind is an index over all others.
const bulkKinds = `('record.created', 'record.changed', 'record.linked', 'person.joined', 'person.moved', 'person.left', 'seat.queued', 'seat.given', 'seat.active', 'seat.leaving', 'seat.releasing', 'seat.released', 'account.told', 'account.seen')`

// IsBulkKind says that a kind of events comes in thousands.
func IsBulkKind(kind usher.EventKind) bool { return strings.Contains(bulkKinds, "'"+string(kind)+"'") }

// selection are conditions with their parameters.
type selection struct {
	text   string
	values []any
}

func (s *selection) add(condition string, values ...any) {
	marked := make([]any, len(values))
	for i, v := range values {
		s.values = append(s.values, v)
		marked[i] = fmt.Sprintf("$%d", len(s.values))
	}
	s.text += " and " + fmt.Sprintf(condition, marked...)
}

// span selects what was before a place and within a time.
func (s *selection) span(f usher.EventFilter, before usher.Mark) {
	if before == (usher.Mark{}) {
		before.At = math.MaxInt64
	}
	s.add("(e.at, e.id) < (%s, %s)", before.At, before.ID)
	if f.From != 0 {
		s.add("e.at >= %s", f.From)
	}
	if f.Until != 0 {
		s.add("e.at < %s", f.Until)
	}
}

// about selects what f says beside the time. Conditions are said outright, because no index serves "$1 = ” or".
func (s *selection) about(f usher.EventFilter) {
	for _, c := range []struct{ column, value string }{
		{"person_id", string(f.Person)}, {"subscription_id", string(f.Subscription)}, {"portal_id", string(f.Portal)}, {"kind", string(f.Kind)}, {"actor", f.Actor},
	} {
		if c.value != "" {
			s.add("e."+c.column+" = %s and e."+c.column+" <> ''", c.value)
		}
	}
	if f.Kind != "" && !IsBulkKind(f.Kind) {
		s.text += " and e.kind not in " + bulkKinds
	}
}

// indexed says that an index leads to what f selects.
func indexed(f usher.EventFilter) bool {
	return f.Person != "" || f.Kind != "" && !IsBulkKind(f.Kind) || f.Actor == "" && f.Subscription == "" && f.Portal == "" && f.Kind == ""
}

const eventSealed = eventColumns + `, salt, erased_at, coalesce((select s.number from event_seal s where s.event_id = e.id), 0)`

// EventsBefore lists the newest events that f selects, before a place in their order; the zero place is after the newest. Where few
// match, fewer may come: next is where to go on, nil: there is no more.
func (tx *Tx) EventsBefore(ctx context.Context, f usher.EventFilter, before usher.Mark, limit int) (events []usher.Event, next *usher.Mark, err error) {
	if indexed(f) {
		s := &selection{}
		s.span(f, before)
		s.about(f)
		events, err = all(ctx, tx, scanEvent, `select `+eventSealed+` from event e where true`+s.text+fmt.Sprintf(` order by e.at desc, e.id desc limit %d`, limit+1), s.values...)
	} else {
		events, next, err = tx.lookBack(ctx, f, before, limit)
	}
	if len(events) > limit {
		events = events[:limit]
		next = &usher.Mark{At: events[limit-1].At, ID: events[limit-1].ID}
	}
	return events, next, err
}

// lookBack looks at the newest events one by one, so many at most. Only where few of them are selected is it asked where they end.
func (tx *Tx) lookBack(ctx context.Context, f usher.EventFilter, before usher.Mark, limit int) (events []usher.Event, next *usher.Mark, err error) {
	s := &selection{}
	s.span(f, before)
	inner := `select * from event e where true` + s.text + fmt.Sprintf(` order by e.at desc, e.id desc limit %d`, eventsLooked)
	outer := &selection{values: slices.Clone(s.values)}
	outer.about(f)
	events, err = all(ctx, tx, scanEvent, `select `+eventSealed+` from (`+inner+`) e where true`+outer.text+fmt.Sprintf(` order by e.at desc, e.id desc limit %d`, limit+1), outer.values...)
	if err != nil || len(events) > limit {
		return events, nil, err
	}
	ends, err := all(ctx, tx, scanMark, `select e.at, e.id from event e where true`+s.text+fmt.Sprintf(` order by e.at desc, e.id desc limit 1 offset %d`, eventsLooked-1), s.values...)
	if len(ends) > 0 {
		next = &ends[0]
	}
	return events, next, err
}

func scanMark(row scanner) (m usher.Mark, err error) {
	err = row.Scan(&m.At, &m.ID)
	return m, err
}

// EventsSealedAfter lists what f selects of the next events in the chain after a number, of so many that are looked at; last is the
// number of the last one of these.
func (tx *Tx) EventsSealedAfter(ctx context.Context, f usher.EventFilter, after int64, look int) (events []usher.Event, last int64, err error) {
	last, err = one(ctx, tx, scalar[int64], `
		select coalesce(max(number), $1) from (select number from event_seal where number > $1 order by number limit $2) looked`, after, look)
	if err != nil || last == after {
		return nil, last, err
	}
	s := &selection{}
	s.add("s.number > %s and s.number <= %s", after, last)
	if f.From != 0 {
		s.add("e.at >= %s", f.From)
	}
	if f.Until != 0 {
		s.add("e.at < %s", f.Until)
	}
	s.about(f)
	events, err = all(ctx, tx, scanEvent, `
		select `+eventColumns+`, salt, erased_at, s.number from event_seal s join event e on e.id = s.event_id where true`+s.text+` order by s.number desc`, s.values...)
	return events, last, err
}
