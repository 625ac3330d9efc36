package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"usher/internal/store"
	"usher/internal/usher"
)

// PersonEvents lists what happened about somebody and about those who were merged into them, newest first and before the place
// at which an earlier part ended. Who does
// not see everything sees no events of subscriptions and portals that are not theirs, and none about roles and sign-ins.
func (l *Ledger) PersonEvents(ctx context.Context, by usher.Rights, person usher.ID, before string, limit int) (list usher.PersonEvents, err error) {
	mark, err := eventMark(before)
	if err != nil {
		return list, err
	}
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		list = usher.PersonEvents{}
		events, next, err := eventsBefore(ctx, tx, person, mark, limit)
		if err != nil {
			return err
		}
		if next != nil {
			list.Next = fmt.Sprintf("%d.%s", int64(next.At), next.ID)
		}
		see := eventReader{by, n, soldAt(n)}
		for _, e := range events {
			if see.may(e) {
				list.Events = append(list.Events, see.view(e))
			}
		}
		return nil
	})
	return list, err
}

// eventsBefore are the last events about somebody and those who were merged into them before a place, newest first; next is where to
// go on, nil: there is no more.
func eventsBefore(ctx context.Context, tx *store.Tx, person usher.ID, before usher.Mark, limit int) (events []usher.Event, next *usher.Mark, err error) {
	merged, err := tx.MergedInto(ctx, person)
	if err != nil {
		return nil, nil, err
	}
	for _, id := range append(merged, person) {
		of, more, err := tx.EventsBefore(ctx, usher.EventFilter{Person: id}, before, limit)
		if err != nil {
			return nil, nil, err
		}
		events, next = append(events, of...), cmp.Or(next, more)
	}
	slices.SortFunc(events, func(a, b usher.Event) int { return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.ID, a.ID)) })
	if len(events) > limit {
		events, next = events[:limit], &usher.Mark{}
	}
	if next != nil {
		last := events[len(events)-1]
		next = &usher.Mark{At: last.At, ID: last.ID}
	}
	return events, next, nil
}

// eventMark is a place among events; zero for before the first.
func eventMark(text string) (m usher.Mark, err error) {
	if text == "" {
		return m, nil
	}
	at, id, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(at, 10, 64)
	if err != nil || id == "" || usher.ValidText(id) != nil {
		return m, &usher.InvalidError{Attribute: "before", Problem: "is no place among events; begin again with the newest"}
	}
	return usher.Mark{At: usher.Time(n), ID: usher.ID(id)}, nil
}

// eventReader is somebody who reads events.
type eventReader struct {
	by    usher.Rights
	names labels
	sold  map[usher.ID][]usher.ID
}

// private are the nouns of events that only who sees everything may read.
var private = []string{"role", "login-link", "session", "signin", "conflict", "join"}

func (r eventReader) may(e usher.Event) bool {
	if usher.AccessOverseers.Allows(r.by) {
		return true
	}
	noun, _, _ := strings.Cut(string(e.Kind), ".")
	if slices.Contains(private, noun) || e.Subscription != "" && !r.by.MayRead(e.Subscription) {
		return false
	}
	return e.Portal == "" || len(r.sold[e.Portal]) > 0 && !slices.ContainsFunc(r.sold[e.Portal], func(id usher.ID) bool { return !r.by.MayRead(id) })
}

func (r eventReader) view(e usher.Event) usher.PersonEvent {
	return usher.PersonEvent{
		EventView: usher.EventView{ID: e.ID, Number: e.Seal, At: e.At.Std(), Kind: e.Kind, Actor: e.Actor, Person: e.Person,
			Subscription: r.names.subscriptions[e.Subscription], Portal: r.names.portals[e.Portal], Why: e.Why},
		Fields: usher.FieldsOf(e.Before, e.After), Erased: e.ErasedAt != 0,
	}
}
