package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// namedAtMost is how many people of each kind a what-if names.
const namedAtMost = 150

// WhatIf says by name what would come of something that is only assumed. Nothing is written. usher.ErrNotFound: the
// configuration names no such subscription.
func (l *Ledger) WhatIf(ctx context.Context, subscription string, a usher.Assumption) (v usher.Assumed, err error) {
	f, err := l.foresee(ctx)
	if err != nil {
		return v, err
	}
	i := slices.IndexFunc(f.Pools, func(p usher.PoolOutlook) bool { return p.Name == subscription })
	if i < 0 {
		return v, fmt.Errorf("subscription %q: %w", subscription, usher.ErrNotFound)
	}
	err = l.view(ctx, func(tx *store.Tx, _ labels) error {
		v = usher.Assumed{AsOf: f.AsOf, Pool: f.Pools[i]}
		p, err := l.policyFor(ctx, tx)
		if err != nil {
			return err
		}
		w := &assumer{change: newChange(ctx, l, tx, p, usher.System("what-if")), foreseen: f, result: &v, names: map[usher.ID]string{}}
		return w.run(subscription, f.turns[f.Pools[i].ID], a)
	})
	return v, err
}

// assumer works out one what-if.
type assumer struct {
	*change

	foreseen *foreseen
	result   *usher.Assumed
	names    map[usher.ID]string // of whom nobody knows yet
}

func (w *assumer) run(name string, turns []plan.Turn, a usher.Assumption) error {
	sub, err := w.tx.SubscriptionNamed(w.ctx, name)
	if err != nil {
		return err
	}
	assumed, err := w.assume(sub, a)
	if err != nil {
		return err
	}
	days := min(max(a.Days, 1), MaxAhead)
	turns = before(turns, w.now().Add(time.Duration(days)*oneDay))
	more := len(assumed.Hires) + len(assumed.Leavers) + namedAtMost
	if assumed.Purchased != nil {
		more += max(0, *assumed.Purchased-sub.Purchased)
	}
	o, err := w.outlook(sub, turns, more)
	if err != nil {
		return err
	}
	if o.Seats, err = w.withSeatsOf(o, assumed); err != nil {
		return err
	}
	return w.compare(sub, o.Ahead(w.now(), days), o.If(assumed).Ahead(w.now(), days))
}

// assume is what is assumed, with people found by their addresses.
func (w *assumer) assume(sub usher.Subscription, a usher.Assumption) (plan.WhatIf, error) {
	assumed := plan.WhatIf{Purchased: a.Purchased, From: w.notBefore(usher.TimeOf(a.PurchasedFrom))}
	pool, _ := w.policy.pool(sub.ID)
	priority, err := pool.priority.Of(plan.FactsOf(usher.Person{Active: true}, nil, nil, ""))
	if err != nil {
		priority = 0 // nobody knows; whoever asks for nothing special has none
	}
	add := func(id usher.ID) {
		assumed.Hires = append(assumed.Hires, plan.Assumed{Person: id, At: w.notBefore(usher.TimeOf(a.HiredOn)), Priority: priority})
	}
	for _, text := range a.Hired {
		id, err := w.known(text)
		if err != nil {
			return assumed, err
		}
		if id == "" {
			id = usher.ID("hire " + text)
			w.names[id] = text
		}
		add(id)
	}
	for i := range a.Hires {
		id := usher.ID(fmt.Sprintf("hire ~%04d", i+1)) // behind those with a name
		w.names[id] = fmt.Sprintf("Hire %d", i+1)
		add(id)
	}
	for _, text := range a.Leavers {
		id, err := w.known(text)
		switch {
		case err != nil:
			return assumed, err
		case id == "":
			w.result.Unknown = append(w.result.Unknown, text)
		default:
			assumed.Leavers = append(assumed.Leavers, plan.Assumed{Person: id, At: w.notBefore(usher.TimeOf(a.LeaveOn))})
		}
	}
	return assumed, nil
}

func (w *assumer) notBefore(at usher.Time) usher.Time { return max(at, w.now()) }

// known is whom an address, or the only bearer of a name; empty for nobody.
func (w *assumer) known(text string) (usher.ID, error) {
	if key, err := usher.FoldAddress(strings.TrimSpace(text)); err == nil {
		found, err := w.tx.FindIdentifiers(w.ctx, []usher.Identifier{{Space: usher.SpaceAddress, Key: key}})
		return firstPerson(found), err
	}
	people, err := w.tx.PeopleNamed(w.ctx, text)
	if err != nil || len(people) != 1 {
		return "", err
	}
	return people[0].ID, nil
}

// withSeatsOf are the seats of an outlook with those of whom something is assumed.
func (w *assumer) withSeatsOf(o plan.Outlook, assumed plan.WhatIf) ([]usher.Seat, error) {
	var people []usher.ID
	for _, a := range slices.Concat(assumed.Hires, assumed.Leavers) {
		if w.names[a.Person] == "" {
			people = append(people, a.Person)
		}
	}
	theirs, err := w.seatsOfSome(o.Sub.ID, people)
	return eachOnce(o.Seats, theirs), err
}

// compare tells what would be, and what of it would not be without the assumption.
func (w *assumer) compare(sub usher.Subscription, without, with plan.Forecast) error {
	v := w.result
	v.Ahead, v.Otherwise, v.EmptyIn = poolDays(with.Days), poolDays(without.Days), with.EmptyIn()
	v.Seated, v.SeatedInAll = moved(without, with, plan.MoveSeated)
	v.Released, v.ReleasedInAll = moved(without, with, plan.MoveReleased)
	before := map[usher.ID]int{}
	for i, s := range without.Queue {
		before[s.Person] = i + 1
	}
	v.QueuedInAll = with.Days[len(with.Days)-1].Queued
	for i, s := range with.Queue[:min(len(with.Queue), namedAtMost)] {
		v.Queued = append(v.Queued, usher.AssumedPerson{Person: s.Person, At: s.RequestedAt.Std(), Place: i + 1, Otherwise: before[s.Person] == 0})
	}
	if err := w.name(v.Seated, v.Released, v.Queued); err != nil {
		return err
	}
	if v.Over = max(0, -with.Days[len(with.Days)-1].Free); v.Over == 0 {
		return nil
	}
	var err error
	going := map[usher.ID]bool{}
	for _, m := range with.Moves {
		if m.Kind == plan.MoveReleased {
			going[m.Person] = true
		}
	}
	v.First, err = w.foreseen.firstToGo(w.ctx, w.tx, sub, going, min(v.Over, namedAtMost))
	return err
}

// moved are those of whom a forecast says something, by day.
func moved(without, with plan.Forecast, kind plan.MoveKind) (list []usher.AssumedPerson, all int) {
	before := map[usher.ID]bool{}
	for _, m := range without.Moves {
		if m.Kind == kind {
			before[m.Person] = true
		}
	}
	for _, m := range with.Moves {
		if m.Kind != kind {
			continue
		}
		if all++; all <= namedAtMost {
			list = append(list, usher.AssumedPerson{Person: m.Person, At: m.At.Std(), Otherwise: !before[m.Person]})
		}
	}
	return list, all
}

// name puts the names to people. Whom nobody knows yet has no id.
func (w *assumer) name(lists ...[]usher.AssumedPerson) error {
	var ids []usher.ID
	for _, list := range lists {
		for _, p := range list {
			if w.names[p.Person] == "" {
				ids = append(ids, p.Person)
			}
		}
	}
	people, err := w.tx.PeopleByID(w.ctx, ids)
	for _, list := range lists {
		for i, p := range list {
			if name := w.names[p.Person]; name != "" {
				list[i].Person, list[i].Name = "", name
			} else {
				list[i].Name, list[i].Address = people[p.Person].Name(), people[p.Person].Address
			}
		}
	}
	return err
}
