package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"usher/internal/store"
	"usher/internal/usher"
)

// news is one thing that happened to some people for one reason.
type news struct {
	label string
	// what is told before the people, change after them.
	what, change string
	why          string
}

func (n news) about(people []string) string {
	slices.Sort(people)
	text := strings.Join(people, ", ")
	if n.what != "" && text != "" {
		text = n.what + ": " + text
	} else {
		text += n.what
	}
	if n.change != "" {
		text += ": " + n.change
	}
	return text
}

// tell writes what happened since it was last asked, from usher's own events: the same
// thing for the same reason is put together.
func (s *story) tell(ctx context.Context) error {
	events, err := s.happened(ctx)
	if err != nil {
		return err
	}
	var order []news
	who := map[news][]string{}
	for _, e := range events {
		n, ok := s.news(e, events)
		if !ok {
			continue
		}
		if _, known := who[n]; !known {
			order, who[n] = append(order, n), nil
		}
		if e.Person == "" {
			continue
		}
		p, err := s.look().Person(ctx, e.Person)
		if err != nil {
			return err
		}
		if !slices.Contains(who[n], p.Name()) {
			who[n] = append(who[n], p.Name())
		}
	}
	for _, n := range order {
		s.page.row(n.label, n.about(who[n]))
		if n.why != "" {
			s.page.row("", "because "+n.why)
		}
	}
	return s.tellUnfound(ctx)
}

// tellUnfound tells which managers are not known yet.
func (s *story) tellUnfound(ctx context.Context) error {
	people, err := s.look().People(ctx, usher.Person{}, 500)
	if err != nil {
		return err
	}
	named := map[string][]string{}
	for _, p := range people {
		if reference := p.Attributes.Manager; p.Manager == "" && reference != "" {
			named[reference] = append(named[reference], p.Name())
		}
	}
	for _, reference := range slices.Sorted(maps.Keys(named)) {
		slices.Sort(named[reference])
		s.page.row("unknown", fmt.Sprintf("%s, whom %s name as manager", reference, strings.Join(named[reference], ", ")))
	}
	return nil
}

// happened are the events that were not told yet.
func (s *story) happened(ctx context.Context) ([]usher.Event, error) {
	all, err := s.look().Events(ctx, store.EventQuery{Since: s.since, Limit: 10_000})
	if err != nil {
		return nil, err
	}
	fresh := slices.DeleteFunc(all, func(e usher.Event) bool { return s.known[e.ID] })
	for _, e := range fresh {
		s.known[e.ID], s.since = true, max(s.since, e.At)
		delete(s.shown, e.Subscription)
	}
	return fresh, nil
}

// news is what an event is told as; false when another one says the same.
func (s *story) news(e usher.Event, all []usher.Event) (news, bool) {
	sub := s.subscriptions[e.Subscription].Name
	later := func(kind usher.EventKind) bool {
		return slices.ContainsFunc(all, func(o usher.Event) bool {
			return o.Kind == kind && o.Person == e.Person && o.Subscription == e.Subscription
		})
	}
	switch e.Kind {
	case usher.EventPersonJoined:
		return news{label: "joined"}, true
	case usher.EventRecordLinked:
		return news{label: "linked", what: "to somebody known", why: e.Why}, e.Why != firstSeen
	case usher.EventPersonMoved:
		changed := differences(e)
		return news{label: "changed", change: changed}, changed != ""
	case usher.EventManagerFound:
		return news{label: "line found", why: e.Why}, true
	case usher.EventPersonLeft:
		return news{label: "left", why: e.Why + " says so"}, true
	case usher.EventPersonRejoined:
		return news{label: "came back", why: e.Why + " says so"}, true
	case usher.EventSeatQueued:
		return news{label: "queued", what: "for " + sub, why: e.Why}, !later(usher.EventSeatGiven)
	case usher.EventSeatGiven:
		return news{label: "seated", what: "in " + sub, why: e.Why}, true
	case usher.EventSeatReleased:
		return news{label: "released", what: "from " + sub, why: whyWent(e)}, true
	case usher.EventSeatLeaving:
		return news{label: "leaving", what: sub, why: whyWent(e)}, !later(usher.EventSeatReleased)
	case usher.EventSeatKept:
		return news{label: "kept", what: "in " + sub, why: e.Why}, true
	case usher.EventHoldOpened:
		return news{label: "held", what: "the releases from " + sub, why: e.Why}, true
	case usher.EventHoldClosed:
		return news{label: "hold", what: e.Why}, true
	}
	return news{}, false
}

func whyWent(e usher.Event) string {
	if e.Why == "left" {
		return "the person left"
	}
	return e.Why
}

// firstSeen is why a record is linked to a person who is new.
const firstSeen = "none of its identifiers is known"

// differences tells what a person's event changed: "department Sales -> Finance".
func differences(e usher.Event) string {
	var before, after map[string]any
	if json.Unmarshal(e.Before, &before) != nil || json.Unmarshal(e.After, &after) != nil {
		return ""
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(after)) {
		old, isOld := before[name].(string)
		now, isNow := after[name].(string)
		if isOld && isNow && old != "" && name != "Manager" {
			parts = append(parts, fmt.Sprintf("%s %s -> %s", spaced(name), old, now))
		}
	}
	return strings.Join(parts, ", ")
}

// spaced turns a field's name into words: "family name".
func spaced(name string) string {
	var words strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			words.WriteByte(' ')
		}
		words.WriteRune(unicode.ToLower(r))
	}
	return words.String()
}
