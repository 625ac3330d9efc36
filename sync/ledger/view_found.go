package ledger

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"usher/internal/store"
	"usher/internal/usher"
)

// FindPeople finds people as they are typed, for the console.
func (l *Ledger) FindPeople(ctx context.Context, q usher.PeopleSearch) (found usher.FoundPeople, err error) {
	w, err := l.wantedPeople(ctx, q)
	if err != nil {
		return found, err
	}
	if w.after, err = l.markOf(ctx, q.After); err != nil {
		return found, err
	}
	h, err := l.people.find(ctx, w)
	if err != nil {
		return found, err
	}
	found.Count, found.More = h.count, h.atLeast
	if h.more {
		last := h.people[len(h.people)-1]
		found.Next = strconv.Itoa(last.rank) + "." + string(last.id)
	}
	found.People, err = l.foundViews(ctx, h, q.By)
	return found, err
}

// exportAtOnce is how many people of an export are read in one step.
const exportAtOnce = 500

// ExportPeople gives everybody whom a search finds, part by part. That somebody takes so much with them is recorded
// before the first part.
func (l *Ledger) ExportPeople(ctx context.Context, by usher.Principal, q usher.PeopleSearch, each func([]usher.PersonView) error) error {
	w, err := l.wantedPeople(ctx, q)
	if err != nil {
		return err
	}
	if err := l.recordExport(ctx, by, q); err != nil {
		return err
	}
	for w.limit = exportAtOnce; ; {
		h, err := l.people.find(ctx, w)
		if err != nil {
			return err
		}
		views, err := l.foundViews(ctx, h, q.By)
		if err != nil {
			return err
		}
		if err := each(views); err != nil {
			return err
		}
		if !h.more {
			return nil
		}
		w.after = &h.people[len(h.people)-1]
	}
}

func (l *Ledger) recordExport(ctx context.Context, by usher.Principal, q usher.PeopleSearch) error {
	said := map[string]any{}
	for name, value := range map[string]string{"find": q.Find, "state": string(q.State), "subscription": q.Subscription, "seat": string(q.Seat), "team": q.Team,
		"directory": q.Directory, "manager": string(q.Manager)} {
		if value != "" {
			said[name] = value
		}
	}
	return l.write(ctx, by, func(c *change) error {
		c.record(usher.Event{Kind: usher.EventPeopleExported, Subject: "people", After: payload(said)})
		return nil
	})
}

// markOf is the place that the next part of a list begins after; nil for the first one.
func (l *Ledger) markOf(ctx context.Context, after string) (*hit, error) {
	if after == "" {
		return nil, nil //nolint:nilnil // it is the beginning
	}
	rank, id, _ := strings.Cut(after, ".")
	n, err := strconv.Atoi(rank)
	if err != nil || n < 0 || n > 1 {
		return nil, &usher.InvalidError{Attribute: "after", Problem: "is no place in the list; begin again with its first page"}
	}
	name, known, err := l.people.place(ctx, usher.ID(id))
	if err == nil && !known {
		err = &usher.InvalidError{Attribute: "after", Problem: "is somebody who is no longer there; begin again with the first page"}
	}
	return &hit{usher.ID(id), name, n}, err
}

// wantedPeople turns names into what the table knows. usher.ErrNotFound: a subscription or directory of the name is not
// there, or not for whoever asks.
func (l *Ledger) wantedPeople(ctx context.Context, q usher.PeopleSearch) (w wantedPeople, err error) {
	w = wantedPeople{words: searchWords(q.Find), limit: q.Limit}
	switch q.State {
	case usher.PeopleAll:
		w.is = isActive | isUnconfirmed | isLeft
	case usher.PeopleLeft, usher.PeopleUnconfirmed:
		w.is = statesOf(q.State)
	default:
		w.is = isActive | isUnconfirmed
	}
	if q.Team != "" {
		w.labels = append(w.labels, []label{{labelTeam, usher.FoldSearch(q.Team)}})
	}
	if q.Manager != "" {
		w.labels = append(w.labels, []label{{labelReports, string(q.Manager)}})
	}
	if q.Directory != "" {
		d, err := l.store.Look().DirectoryNamed(ctx, q.Directory)
		if err != nil {
			return w, err
		}
		w.labels = append(w.labels, []label{{labelDirectory, string(d.ID)}})
	}
	if q.Subscription == "" && q.Seat == "" {
		return w, nil
	}
	seats, err := l.seatLabels(ctx, q)
	w.labels = append(w.labels, seats)
	return w, err
}

// seatLabels are those of the seats that are meant, as far as whoever asks may read them.
func (l *Ledger) seatLabels(ctx context.Context, q usher.PeopleSearch) (labels []label, err error) {
	subs, err := l.store.Look().SubscriptionNames(ctx)
	if err != nil {
		return nil, err
	}
	states := []usher.SeatState{usher.Queued, usher.Invited, usher.Active, usher.Releasing}
	if q.Seat != "" {
		states = []usher.SeatState{q.Seat}
	}
	labels = []label{}
	for _, s := range subs {
		if q.Subscription != "" && s.Name != q.Subscription || !q.By.MayRead(s.ID) {
			continue
		}
		for _, state := range states {
			labels = append(labels, seatLabel(s.ID, state))
		}
	}
	if q.Subscription != "" && len(labels) == 0 {
		return nil, fmt.Errorf("subscription %q: %w", q.Subscription, usher.ErrNotFound)
	}
	return labels, nil
}

// foundViews reads what lists show of whom was found, with a few statements for all.
func (l *Ledger) foundViews(ctx context.Context, h hits, by usher.Rights) (views []usher.PersonView, err error) {
	if len(h.people) == 0 {
		return nil, nil
	}
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		ids := make([]usher.ID, len(h.people))
		for i, p := range h.people {
			ids[i] = p.id
		}
		views, err = peopleViews(ctx, tx, n, ids, by)
		return err
	})
	return views, err
}

// peopleViews are people as lists show them, in the order of the ids, with those of their seats that somebody may read.
// Who is not there any longer is missing.
func peopleViews(ctx context.Context, tx *store.Tx, n labels, ids []usher.ID, by usher.Rights) ([]usher.PersonView, error) {
	people, err := tx.PersonLines(ctx, ids)
	if err != nil {
		return nil, err
	}
	managers, err := tx.PersonLines(ctx, theirManagers(people))
	if err != nil {
		return nil, err
	}
	seats, err := tx.LiveSeatsOfAll(ctx, ids)
	if err != nil {
		return nil, err
	}
	shown := map[usher.ID][]usher.SeatView{}
	for _, s := range seats {
		if by.MayRead(s.Subscription) {
			shown[s.Person] = append(shown[s.Person], usher.SeatView{Subscription: n.subscriptions[s.Subscription], Portal: n.portals[n.portalOf[s.Subscription]], State: s.State, Reason: s.Reason})
		}
	}
	views := make([]usher.PersonView, 0, len(ids))
	for _, id := range ids {
		p, has := people[id]
		if !has {
			continue
		}
		v := usher.PersonView{ID: p.ID, Name: p.Name(), Address: p.Address, Active: p.Active, State: p.State(),
			Department: p.Attributes.Department, Title: p.Attributes.Title, Seats: shown[id]}
		if m, has := managers[p.Manager]; has {
			v.Manager = &usher.PersonName{ID: m.ID, Name: m.Name()}
		}
		views = append(views, v)
	}
	return views, nil
}

// theirManagers are the managers of people, each once.
func theirManagers(people map[usher.ID]usher.Person) []usher.ID {
	var ids []usher.ID
	for _, p := range people {
		if p.Manager != "" {
			ids = append(ids, p.Manager)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// teamsToChoose is how many teams are offered by name; others can be typed.
const teamsToChoose = 300

// PeopleChoices are what people can be chosen by, as far as somebody may read it.
func (l *Ledger) PeopleChoices(ctx context.Context, by usher.Rights) (c usher.PeopleChoices, err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		c = usher.PeopleChoices{}
		for id, name := range n.subscriptions {
			if by.MayRead(id) {
				c.Subscriptions = append(c.Subscriptions, name)
			}
		}
		for _, name := range n.directories {
			c.Directories = append(c.Directories, name)
		}
		slices.Sort(c.Subscriptions)
		slices.Sort(c.Directories)
		c.Teams, err = tx.TeamNames(ctx, teamsToChoose)
		return err
	})
	return c, err
}
