package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// Preview says by name what a policy would change, reading one snapshot and writing
// nothing.
func (l *Ledger) Preview(ctx context.Context, p Policy) (usher.RevisionPlan, error) {
	var preview usher.RevisionPlan
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		version, err := tx.PolicyVersion(ctx)
		if err != nil {
			return err
		}
		current, err := loadPolicy(ctx, tx, version)
		if err != nil {
			return err
		}
		preview, err = (&previewer{change: newChange(ctx, l, tx, current, usher.Principal{}), policy: p}).run()
		return err
	})
	return preview, err
}

// previewer computes what a policy would do.
type previewer struct {
	*change
	policy Policy
}

func (v *previewer) run() (usher.RevisionPlan, error) {
	next, notes, err := v.next()
	if err != nil {
		return usher.RevisionPlan{}, err
	}
	v.change.policy = next
	result := usher.RevisionPlan{Notes: notes}
	people := map[usher.ID]usher.Person{}
	for last := (usher.Person{}); ; {
		page, err := v.tx.People(v.ctx, last, 500)
		if err != nil || len(page) == 0 {
			if err == nil {
				err = v.seats(&result, people)
			}
			return result, err
		}
		for _, p := range page {
			people[p.ID] = p
			if err := v.wishesOf(p); err != nil {
				return result, err
			}
		}
		last = page[len(page)-1]
	}
}

// next is what would be computed with, and what it says of the subscriptions themselves.
func (v *previewer) next() (*policy, []string, error) {
	subs, notes, err := v.subscriptions()
	if err != nil {
		return nil, nil, err
	}
	pools, err := compile(subs)
	if err != nil {
		return nil, nil, err
	}
	next := *v.change.policy
	next.pools, next.teams, next.guards = pools, v.policy.Teams, v.policy.Guards
	next.managersCount = slices.ContainsFunc(pools, func(c compiled) bool { return c.rule.UsesManagers() || c.priority.UsesManagers() })
	return &next, notes, nil
}

func (v *previewer) wishesOf(p usher.Person) error {
	records, err := v.tx.RecordsOfPerson(v.ctx, p.ID)
	if err != nil {
		return err
	}
	groups, err := v.groupsOf(records)
	if err != nil {
		return err
	}
	return v.wish(p, records, groups, reason{})
}

// subscriptions are those that the policy would make of the present ones.
func (v *previewer) subscriptions() (subs []usher.Subscription, notes []string, err error) {
	known, err := v.tx.AllSubscriptions(v.ctx)
	if err != nil {
		return nil, nil, err
	}
	named := map[string]SubscriptionPolicy{}
	for _, s := range v.policy.Subscriptions {
		named[s.Name] = s
	}
	for _, k := range known {
		wanted, ok := named[k.Name]
		delete(named, k.Name)
		after := k
		if !ok {
			after.RetiredAt = v.now()
		} else if after, err = configured(v.ctx, v.tx, k, wanted); err != nil {
			return nil, nil, err
		}
		notes = append(notes, notesOn(k, after)...)
		subs = append(subs, after)
	}
	for _, name := range sorted(named) {
		after, err := configured(v.ctx, v.tx, usher.Subscription{ID: v.tx.NewID()}, named[name])
		if errors.Is(err, usher.ErrNotFound) {
			after, err = usher.Subscription{ID: v.tx.NewID(), Name: name, Purchased: named[name].Seats, Rule: named[name].Rule, Priority: named[name].Priority}, nil
		}
		if err != nil {
			return nil, nil, err
		}
		notes = append(notes, fmt.Sprintf("%s: new, %d seats", name, after.Purchased))
		subs = append(subs, after)
	}
	return subs, notes, nil
}

func notesOn(before, after usher.Subscription) []string {
	var notes []string
	say := func(what string, a, b any) {
		if a != b {
			notes = append(notes, fmt.Sprintf("%s: %s %v -> %v", before.Name, what, a, b))
		}
	}
	if before.RetiredAt == 0 && after.RetiredAt != 0 {
		return []string{before.Name + ": no longer configured"}
	}
	say("seats", before.Purchased, after.Purchased)
	if over := after.Used - after.Purchased; over > 0 && before.Purchased != after.Purchased {
		notes = append(notes, fmt.Sprintf("%s: over by %d; nobody is evicted, nobody new is seated until %d have left", before.Name, over, over))
	}
	say("rule", before.Rule, after.Rule)
	say("priority", before.Priority, after.Priority)
	say("settle", before.Settle, after.Settle)
	say("grace", before.Grace, after.Grace)
	say("on leave", before.OnLeave, after.OnLeave)
	say("may be asked for", before.Requestable, after.Requestable)
	say("starts", before.StartsAt.RFC3339(), after.StartsAt.RFC3339())
	say("ends", before.EndsAt.RFC3339(), after.EndsAt.RFC3339())
	return notes
}

// seats turns wishes into planned seats, the queue included: who is seated by it.
func (v *previewer) seats(result *usher.RevisionPlan, people map[usher.ID]usher.Person) error {
	for _, pool := range v.change.policy.pools {
		queue, err := v.concerned(pool.sub)
		if err != nil {
			return err
		}
		place := map[usher.ID]int{} // person: in queue
		for i, s := range queue {
			place[s.Person] = i
		}
		asked := map[usher.ID]bool{} // seats that the policy would ask for
		for _, w := range v.wishes[pool.sub.ID] {
			var seat *usher.Seat
			if i, ok := place[w.person]; ok {
				seat = &queue[i]
			}
			step := plan.Next(seat, pool.sub, w.Wish, "", v.now())
			if step.Kind == plan.StepLeave && seat.KeptRevision != 0 && seat.KeptRevision == w.revision {
				continue // discarded by an admin: no revision brings it back
			}
			kind := map[plan.StepKind]usher.PlanChange{plan.StepDequeue: usher.PlanDequeue, plan.StepLeave: usher.PlanRelease, plan.StepReturn: usher.PlanKeep}[step.Kind]
			switch step.Kind {
			case plan.StepQueue:
				s := step.Seat
				s.ID, s.Person = v.tx.NewID(), w.person
				if s.ReservedUntil, err = v.keptBack(pool.sub, w.person); err != nil {
					return err
				}
				queue = append(queue, s)
				asked[s.ID] = true
			case plan.StepDequeue, plan.StepPriority:
				*seat = step.Seat
			}
			if kind != "" {
				result.Changes = append(result.Changes, planned(pool.sub, people[w.person], kind, w.Reason))
			}
		}
		live := v.change.policy.portals[pool.sub.Portal].Live
		result.Changes = append(result.Changes, seated(pool.sub, queue, asked, people, v.now(), live)...)
	}
	return nil
}

// concernedAtMost bounds how many people's seats are looked up instead of reading all of a pool.
const concernedAtMost = 10_000

// concerned are the live seats of a pool that count for what is wished: those of the people
// concerned, and of the queue as many as could be served although some of these step back.
func (v *previewer) concerned(sub usher.Subscription) ([]usher.Seat, error) {
	wishes := v.wishes[sub.ID]
	if len(wishes) > concernedAtMost {
		return v.tx.LiveSeats(v.ctx, sub.ID)
	}
	var people []usher.ID
	for _, w := range wishes {
		people = append(people, w.person)
	}
	theirs, err := v.tx.LiveSeatsOfPeople(v.ctx, people)
	if err != nil {
		return nil, err
	}
	line, err := v.tx.Queue(v.ctx, sub.ID, len(wishes)+max(0, sub.Free()))
	if err != nil {
		return nil, err
	}
	kept, err := v.tx.ReservedQueue(v.ctx, sub.ID, len(wishes)+max(0, sub.Vacant()))
	if err != nil {
		return nil, err
	}
	seats := slices.DeleteFunc(append(line, kept...), func(s usher.Seat) bool { return theirs[s.Person] != nil })
	for _, list := range theirs {
		seats = append(seats, slices.DeleteFunc(list, func(s usher.Seat) bool { return s.Subscription != sub.ID })...)
	}
	return seats, nil
}

// keptBack is until when a seat is kept back for a person who lost theirs; zero for none.
func (v *previewer) keptBack(sub usher.Subscription, person usher.ID) (usher.Time, error) {
	if sub.Reserved == 0 {
		return 0, nil
	}
	lost, err := v.tx.ReservedSeat(v.ctx, sub.ID, person)
	if errors.Is(err, usher.ErrNotFound) {
		err = nil
	}
	return lost.ReservedUntil, err
}

// seated names who of the queue would sit, and who newly waits.
func seated(sub usher.Subscription, queue []usher.Seat, asked map[usher.ID]bool, people map[usher.ID]usher.Person, now usher.Time, live bool) []usher.PlannedSeat {
	var list []usher.PlannedSeat
	sits := map[usher.ID]bool{}
	if live {
		for _, s := range plan.Allocate(sub, queue, now) {
			sits[s.ID] = true
			list = append(list, planned(sub, people[s.Person], usher.PlanSeat, s.Reason))
		}
	}
	for _, s := range queue {
		if asked[s.ID] && !sits[s.ID] {
			list = append(list, planned(sub, people[s.Person], usher.PlanQueue, s.Reason))
		}
	}
	return list
}

func planned(sub usher.Subscription, p usher.Person, kind usher.PlanChange, why string) usher.PlannedSeat {
	return usher.PlannedSeat{Subscription: sub.Name, Person: p.ID, Name: p.Name(), Address: p.Address, Kind: kind, Why: why}
}
