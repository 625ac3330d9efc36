package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

// Explanation says why somebody has, is queued for, or does not have each seat, and what
// the portals were told and showed; or, for an address that nobody has, where it was
// seen. It holds personal data: it is for the admin who asked and never for a log.
type Explanation struct {
	Asked string    `json:"asked"`
	At    time.Time `json:"at"`
	// Person is whom it is about; nil when nobody, or more than one, was found.
	Person *ExplainedPerson `json:"person,omitempty"`
	// FoundBy is what led to the person when it is not in use any more or is no address.
	FoundBy   string              `json:"foundBy,omitempty"`
	Seats     []ExplainedSeat     `json:"seats,omitempty"` // of every subscription, by name
	Portals   []ExplainedPortal   `json:"portals,omitempty"`
	Conflicts []ExplainedConflict `json:"conflicts,omitempty"` // open ones
	Events    []ExplainedEvent    `json:"events,omitempty"`    // the last ones, oldest first
	// Namesakes are the people found, when there is more than one.
	Namesakes []ExplainedName `json:"namesakes,omitempty"`
	// Sightings are where an address that is nobody's was seen.
	Sightings []Sighting `json:"sightings,omitempty"`
}

// ExplainedName names a person.
type ExplainedName struct {
	ID      usher.ID `json:"id"`
	Name    string   `json:"name"`
	Address string   `json:"address"`
}

// ExplainedConflict is an open question about the person.
type ExplainedConflict struct {
	Number   int64     `json:"number"`
	Kind     string    `json:"kind"`
	Detail   string    `json:"detail"`
	OpenedAt time.Time `json:"openedAt"`
}

// ExplainedEvent is one event about the person.
type ExplainedEvent struct {
	At           time.Time `json:"at"`
	Kind         string    `json:"kind"`
	Actor        string    `json:"actor"`
	Subscription string    `json:"subscription,omitempty"`
	Portal       string    `json:"portal,omitempty"`
	Why          string    `json:"why,omitempty"`
}

// explainedEvents is how many events an explanation shows.
const explainedEvents = 12

// Explain explains a person: who is a person's or record's id, an address, UPN or alias in
// any spelling, an employee number, an external id or an exact name. An address that
// nobody has is explained as well, so there is no error for it. It writes nothing.
func (l *Ledger) Explain(ctx context.Context, who string) (Explanation, error) {
	e := Explanation{Asked: who}
	if who = strings.TrimSpace(who); who == "" {
		return e, &usher.InvalidError{Attribute: "person", Problem: "is empty; give an address, a number, a name or an id"}
	}
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		p, err := l.policyFor(ctx, tx)
		if err != nil {
			return err
		}
		e.At = tx.Now().Std()
		x := &explainer{change: newChange(ctx, l, tx, p, usher.System("explain"))}
		found, by, err := x.find(who)
		switch {
		case err != nil:
			return err
		case len(found) == 0:
			e.Sightings, err = x.sightings(who)
			return err
		case len(found) > 1:
			e.Namesakes, err = x.names(found)
			return err
		}
		e.FoundBy = by
		return x.explain(&e, found[0])
	})
	if err != nil {
		return e, fmt.Errorf("explain: %w", err)
	}
	return e, nil
}

// explainer reads, in one snapshot and by the ledger's own rules, what became of a person.
// The change in it is never finished.
type explainer struct {
	*change
	person  usher.Person
	records []usher.Record // live ones first, by rank
	groups  []usher.GroupRef
	ahead   map[string][]usher.AheadView // who comes before the person, by subscription
}

func (x *explainer) explain(e *Explanation, person usher.ID) error {
	return x.explainOnly(e, person, x.whom, x.seats, x.portals, x.conflicts, x.lately)
}

// explainOnly explains some parts of a person.
func (x *explainer) explainOnly(e *Explanation, person usher.ID, parts ...func(*Explanation) error) error {
	var err error
	x.ahead = map[string][]usher.AheadView{}
	if x.person, err = x.tx.Person(x.ctx, person); err != nil {
		return err
	}
	if x.records, err = x.tx.RecordsOfPerson(x.ctx, person); err != nil {
		return err
	}
	x.records = x.heard(x.records)
	if x.groups, err = x.groupsOf(x.records); err != nil {
		return err
	}
	for _, part := range parts {
		if err := part(e); err != nil {
			return err
		}
	}
	return nil
}

func (x *explainer) conflicts(e *Explanation) error {
	open, err := x.tx.Conflicts(x.ctx, true)
	for _, k := range slices.Backward(open) {
		if k.Person == x.person.ID || slices.Contains(k.Others, x.person.ID) {
			e.Conflicts = append(e.Conflicts, ExplainedConflict{Number: k.Number, Kind: string(k.Kind), Detail: k.Detail, OpenedAt: k.OpenedAt.Std()})
		}
	}
	return err
}

func (x *explainer) lately(e *Explanation) error {
	events, err := x.eventsOf(x.person.ID, explainedEvents)
	for _, event := range events {
		e.Events = append(e.Events, x.event(event))
	}
	return err
}

// eventsOf are the last events about a person and about those who were merged into them, oldest first.
func (x *explainer) eventsOf(person usher.ID, limit int) ([]usher.Event, error) {
	merged, err := x.tx.MergedInto(x.ctx, person)
	if err != nil {
		return nil, err
	}
	var all []usher.Event
	for _, id := range append(merged, person) {
		events, err := x.tx.Events(x.ctx, store.EventQuery{Person: id, Limit: limit})
		if err != nil {
			return nil, err
		}
		all = append(all, events...)
	}
	slices.SortFunc(all, func(a, b usher.Event) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID)) })
	return all[max(0, len(all)-limit):], nil
}

func (x *explainer) event(e usher.Event) ExplainedEvent {
	pool, _ := x.policy.pool(e.Subscription)
	return ExplainedEvent{At: e.At.Std(), Kind: string(e.Kind), Actor: e.Actor, Why: e.Why,
		Subscription: pool.sub.Name, Portal: x.policy.portals[e.Portal].Name}
}
