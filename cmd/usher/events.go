package main

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

// eventsCmd lists what happened.
type eventsCmd struct {
	listing

	Person       string `help:"Only what is about this person: address, id or name."`
	Subscription string `help:"Only what is about this subscription."`
	Portal       string `help:"Only what is about this portal."`
	Kind         string `help:"Only this kind, such as seat.released."`
	Since        string `placeholder:"WHEN" help:"Only what is newer: a day (YYYY-MM-DD, in UTC) or a time span (24h, 90d)."`
	Limit        int    `default:"100" help:"At most so many, the newest."`
}

// Help implements kong.HelpProvider.
func (eventsCmd) Help() string {
	return `The newest come last. --json also has what was before and after.

Examples:
  usher events --since 24h
  usher events --person ann@example.com --json
  usher events --kind seat.released --subscription adkar`
}

// eventRow is an event as listed.
type eventRow struct {
	ID           usher.ID        `json:"id"`
	At           string          `json:"at"`
	Kind         usher.EventKind `json:"kind"`
	Actor        string          `json:"actor"`
	Person       usher.ID        `json:"person,omitempty"`
	Subscription string          `json:"subscription,omitempty"`
	Portal       string          `json:"portal,omitempty"`
	Why          string          `json:"why,omitempty"`
	Before       json.RawMessage `json:"before,omitempty"`
	After        json.RawMessage `json:"after,omitempty"`
	Seal         int64           `json:"seal,omitempty"`
	about        string
	at           usher.Time
}

// Run implements storeCommand.
func (c *eventsCmd) Run(d *desk) error {
	query, err := c.query(d)
	if err != nil {
		return err
	}
	events, err := d.daemon.Store().Look().Events(d.ctx, query)
	if err != nil {
		return err
	}
	subscriptions, err := d.subscriptionNames()
	if err != nil {
		return err
	}
	portals, err := d.portalNames()
	if err != nil {
		return err
	}
	people := map[usher.ID]string{}
	rows := []eventRow{}
	for _, e := range events {
		if err := d.nameOf(people, e.Person); err != nil {
			return err
		}
		rows = append(rows, eventRow{e.ID, e.At.RFC3339(), e.Kind, e.Actor, e.Person, subscriptions[e.Subscription], portals[e.Portal], e.Why, raw(e.Before), raw(e.After), e.Seal,
			firstOf(people[e.Person], e.Subject), e.At})
	}
	return show(c.listing, d.stdout, rows, []column[eventRow]{
		{"AT (UTC)", func(r eventRow) string { return r.at.Std().UTC().Format(time.DateTime) }},
		{"KIND", func(r eventRow) string { return string(r.Kind) }},
		{"ABOUT", func(r eventRow) string { return r.about }},
		{"WHERE", func(r eventRow) string { return firstOf(r.Subscription, r.Portal) }},
		{"BY", func(r eventRow) string { return r.Actor }},
		{"WHY", func(r eventRow) string { return r.Why }},
		{"SEAL", func(r eventRow) string { return orBlank(int(r.Seal)) }},
	})
}

func (c *eventsCmd) query(d *desk) (q store.EventQuery, err error) {
	q = store.EventQuery{Kind: usher.EventKind(c.Kind), Limit: c.Limit}
	if c.Limit < 1 {
		return q, &usher.InvalidError{Attribute: "--limit", Problem: strconv.Itoa(c.Limit) + " is no number from 1"}
	}
	if c.Kind != "" && !slices.Contains(usher.EventKinds(), q.Kind) {
		var names []string
		for _, k := range usher.EventKinds() {
			names = append(names, string(k))
		}
		return q, &usher.InvalidError{Attribute: "--kind", Problem: c.Kind + " is no kind of event; there are " + strings.Join(names, ", ")}
	}
	if c.Person != "" {
		p, err := d.person(c.Person)
		if err != nil {
			return q, err
		}
		q.Person = p.ID
	}
	if c.Subscription != "" {
		s, err := d.subscription(c.Subscription)
		if err != nil {
			return q, err
		}
		q.Subscription = s.ID
	}
	if c.Portal != "" {
		p, err := d.portal(c.Portal)
		if err != nil {
			return q, err
		}
		q.Portal = p.ID
	}
	q.Since, err = since(c.Since, d.daemon.Store().Now())
	return q, err
}

// since reads a day or a time span before now.
func since(text string, now usher.Time) (usher.Time, error) {
	if text == "" {
		return 0, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return now.Add(-time.Duration(n) * 24 * time.Hour), nil
		}
	}
	if span, err := time.ParseDuration(text); err == nil {
		return now.Add(-span), nil
	}
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, &usher.InvalidError{Attribute: "--since", Problem: "is neither a day (YYYY-MM-DD) nor a time span such as 24h or 90d"}
	}
	return usher.TimeOf(d), nil
}

// nameOf adds a person's name to names.
func (d *desk) nameOf(names map[usher.ID]string, id usher.ID) error {
	if _, known := names[id]; known || id == "" {
		return nil
	}
	p, err := d.daemon.Store().Look().Person(d.ctx, id)
	if errors.Is(err, usher.ErrNotFound) {
		err = nil
	}
	names[id] = p.Name()
	return err
}

// raw is JSON as it is kept; nil for none.
func raw(b []byte) json.RawMessage {
	if len(b) == 0 {
		return nil
	}
	return b
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
