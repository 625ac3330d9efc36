package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// armAfter is when the guard on invitations begins to count for a subscription at a
// portal that the configuration made live, where nobody confirms a first load.
const armAfter = 24 * time.Hour

// Propose takes a policy from a configuration. The same one as the active is no news.
// The first one, and one that releases nobody, becomes active at once; any other waits
// for Activate, and its plan names everybody it would seat, queue or release.
func (l *Ledger) Propose(ctx context.Context, by usher.Principal, p Policy) (usher.Revision, error) {
	content, err := json.Marshal(p)
	if err != nil {
		return usher.Revision{}, fmt.Errorf("policy: %w", err)
	}
	sum := sha256.Sum256(content)
	proposed := usher.Revision{Content: content, Fingerprint: hex.EncodeToString(sum[:]), State: usher.RevisionProposed}
	active, err := l.store.Look().ActiveRevision(ctx)
	if err == nil && active.Fingerprint == proposed.Fingerprint {
		return active, l.supersede(ctx)
	}
	if err != nil && !errors.Is(err, usher.ErrNotFound) {
		return proposed, err
	}
	first := err != nil
	preview := usher.RevisionPlan{}
	if !first {
		if preview, err = l.Preview(ctx, p); err != nil {
			return proposed, err
		}
	}
	if proposed.Plan, err = json.Marshal(preview); err != nil {
		return proposed, err
	}
	if proposed, err = l.keep(ctx, by, proposed); err != nil || proposed.State != usher.RevisionProposed {
		return proposed, err
	}
	if first || !releases(preview) {
		return l.Activate(ctx, by, proposed.Number)
	}
	return proposed, nil
}

func releases(p usher.RevisionPlan) bool {
	return slices.ContainsFunc(p.Changes, func(c usher.PlannedSeat) bool { return c.Kind == usher.PlanRelease })
}

// keep writes a proposal unless the same one is waiting already.
func (l *Ledger) keep(ctx context.Context, by usher.Principal, r usher.Revision) (usher.Revision, error) {
	kept := r
	err := l.store.Write(ctx, func(tx *store.Tx) error {
		kept = r
		if err := tx.LockRevisions(ctx); err != nil {
			return err
		}
		known, err := tx.Revisions(ctx)
		if err != nil {
			return err
		}
		for _, k := range known {
			same := k.Fingerprint == r.Fingerprint
			switch {
			case same && k.State == usher.RevisionActive:
				kept = k
				return nil
			case same && (k.State == usher.RevisionProposed || k.State == usher.RevisionDiscarded && k.Number == known[0].Number):
				kept = k
				kept.Plan = r.Plan
				return tx.UpdateRevision(ctx, kept)
			case k.State == usher.RevisionProposed:
				k.State, k.DecidedAt, k.DecidedBy = usher.RevisionSuperseded, tx.Now(), by.Name
				if err := tx.UpdateRevision(ctx, k); err != nil {
					return err
				}
			}
		}
		if kept.Number, err = tx.NextNumber(ctx, "revision"); err != nil {
			return err
		}
		kept.ProposedAt, kept.ProposedBy = tx.Now(), by.Name
		return tx.InsertRevision(ctx, kept)
	})
	return kept, err
}

// supersede drops proposals when the configuration is back to the active revision.
func (l *Ledger) supersede(ctx context.Context) error {
	known, err := l.store.Look().Revisions(ctx)
	if err != nil || !slices.ContainsFunc(known, func(r usher.Revision) bool { return r.State == usher.RevisionProposed }) {
		return err
	}
	return l.store.Write(ctx, func(tx *store.Tx) error {
		for _, r := range known {
			if r.State != usher.RevisionProposed {
				continue
			}
			r.State, r.DecidedAt = usher.RevisionSuperseded, tx.Now()
			if err := tx.UpdateRevision(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// Activate makes a proposed revision the one that all processes compute with, and has
// everybody computed again. Releases that its plan names were seen by name; any other
// that comes of it goes past the guards.
func (l *Ledger) Activate(ctx context.Context, by usher.Principal, number int64) (usher.Revision, error) {
	var r usher.Revision
	err := l.store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockRevisions(ctx); err != nil {
			return err
		}
		if err := tx.LockPolicy(ctx); err != nil {
			return err
		}
		var err error
		if r, err = tx.Revision(ctx, number); err != nil {
			return fmt.Errorf("revision %d: %w", number, err)
		}
		if r.State != usher.RevisionProposed {
			return fmt.Errorf("revision %d is %s: %w", number, r.State, usher.ErrStale)
		}
		if err := l.activate(ctx, tx, by, &r); err != nil {
			return err
		}
		tx.AfterCommit(l.onDue)
		return nil
	})
	return r, err
}

func (l *Ledger) activate(ctx context.Context, tx *store.Tx, by usher.Principal, r *usher.Revision) error {
	var p Policy
	if err := json.Unmarshal(r.Content, &p); err != nil {
		return fmt.Errorf("revision %d: %w", r.Number, err)
	}
	if err := retireActive(ctx, tx); err != nil {
		return err
	}
	if err := putSubscriptions(ctx, tx, p); err != nil {
		return err
	}
	r.State, r.DecidedAt, r.DecidedBy = usher.RevisionActive, tx.Now(), by.Name
	if err := tx.UpdateRevision(ctx, *r); err != nil {
		return err
	}
	c := newChange(ctx, l, tx, nil, by)
	c.record(usher.Event{Kind: usher.EventRevisionActive, Subject: "revision", After: r.Content, Why: fmt.Sprintf("revision %d: %s", r.Number, by.Reason)})
	if err := tx.InsertEvents(ctx, c.events); err != nil {
		return err
	}
	why := fmt.Sprintf("revision %d of the configuration", r.Number)
	if err := tx.MarkEveryoneDue(ctx, store.DuePerson{Why: why, Caution: store.CautionHold}); err != nil {
		return err
	}
	return tx.ApproveDue(ctx, plannedReleases(r.Plan), why)
}

// plannedReleases are the people whose release a plan names.
func plannedReleases(content []byte) []usher.ID {
	var p usher.RevisionPlan
	if len(content) > 0 && json.Unmarshal(content, &p) != nil {
		return nil
	}
	var people []usher.ID
	for _, c := range p.Changes {
		if c.Kind == usher.PlanRelease {
			people = append(people, c.Person)
		}
	}
	slices.Sort(people)
	return slices.Compact(people)
}

func retireActive(ctx context.Context, tx *store.Tx) error {
	active, err := tx.ActiveRevision(ctx)
	if errors.Is(err, usher.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	active.State = usher.RevisionPast
	return tx.UpdateRevision(ctx, active)
}

// putSubscriptions writes the subscriptions of a policy. Lowering what was purchased
// below what is occupied evicts nobody: cap stays at what is used and comes down with it.
func putSubscriptions(ctx context.Context, tx *store.Tx, p Policy) error {
	known, err := tx.AllSubscriptions(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(known, func(a, b usher.Subscription) int { return compareIDs(a.ID, b.ID) })
	named := map[string]SubscriptionPolicy{}
	for _, s := range p.Subscriptions {
		named[s.Name] = s
	}
	for _, k := range known {
		sub, err := tx.LockSubscription(ctx, k.ID)
		if err != nil {
			return err
		}
		wanted, ok := named[k.Name]
		delete(named, k.Name)
		if !ok {
			if sub.RetiredAt == 0 {
				sub.RetiredAt = tx.Now()
			}
		} else if sub, err = configured(ctx, tx, sub, wanted); err != nil {
			return err
		}
		if err := tx.UpdateSubscription(ctx, sub); err != nil {
			return err
		}
	}
	for _, name := range sorted(named) {
		sub, err := configured(ctx, tx, usher.Subscription{ID: tx.NewID()}, named[name])
		if err != nil {
			return err
		}
		if err := tx.InsertSubscription(ctx, sub); err != nil {
			return err
		}
	}
	return nil
}

func configured(ctx context.Context, tx *store.Tx, s usher.Subscription, p SubscriptionPolicy) (usher.Subscription, error) {
	portal, err := tx.PortalNamed(ctx, p.Portal)
	if err != nil {
		return s, err
	}
	s.Name, s.Portal, s.Purchased, s.StartsAt, s.EndsAt = p.Name, portal.ID, p.Seats, p.StartsAt, p.EndsAt
	s.Rule, s.Priority, s.Settle, s.RetiredAt = p.Rule, p.Priority, p.Settle, 0
	s.Cap = max(s.Purchased, s.Used)
	if s.ArmedAt == 0 && portal.Live {
		s.ArmedAt = tx.Now().Add(armAfter)
	}
	return s, nil
}

// Discard drops a proposed revision: the active one stays.
func (l *Ledger) Discard(ctx context.Context, by usher.Principal, number int64) error {
	return l.store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockRevisions(ctx); err != nil {
			return err
		}
		r, err := tx.Revision(ctx, number)
		if err != nil {
			return fmt.Errorf("revision %d: %w", number, err)
		}
		if r.State != usher.RevisionProposed {
			return fmt.Errorf("revision %d is %s: %w", number, r.State, usher.ErrStale)
		}
		r.State, r.DecidedAt, r.DecidedBy = usher.RevisionDiscarded, tx.Now(), by.Name
		return tx.UpdateRevision(ctx, r)
	})
}

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
	subs, notes, err := v.subscriptions()
	if err != nil {
		return usher.RevisionPlan{}, err
	}
	pools, err := compile(subs)
	if err != nil {
		return usher.RevisionPlan{}, err
	}
	next := *v.change.policy
	next.pools, next.teams, next.guards = pools, v.policy.Teams, v.policy.Guards
	next.managersCount = slices.ContainsFunc(pools, func(c compiled) bool { return c.rule.UsesManagers() || c.priority.UsesManagers() })
	v.change.policy = &next
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
	say("starts", before.StartsAt.RFC3339(), after.StartsAt.RFC3339())
	say("ends", before.EndsAt.RFC3339(), after.EndsAt.RFC3339())
	return notes
}

// seats turns wishes into planned seats, the queue included: who is seated by it.
func (v *previewer) seats(result *usher.RevisionPlan, people map[usher.ID]usher.Person) error {
	for _, pool := range v.change.policy.pools {
		queue, err := v.tx.LiveSeats(v.ctx, pool.sub.ID)
		if err != nil {
			return err
		}
		asked := map[usher.ID]bool{} // seats that the policy would ask for
		for _, w := range v.wishes[pool.sub.ID] {
			seat := seatOf(queue, w.person)
			step := plan.Next(seat, pool.sub, w.Wish, "", v.now())
			kind := map[plan.StepKind]usher.PlanChange{plan.StepDequeue: usher.PlanDequeue, plan.StepLeave: usher.PlanRelease, plan.StepReturn: usher.PlanKeep}[step.Kind]
			switch step.Kind {
			case plan.StepQueue:
				s := step.Seat
				s.ID, s.Person = v.tx.NewID(), w.person
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

func seatOf(seats []usher.Seat, person usher.ID) *usher.Seat {
	i := slices.IndexFunc(seats, func(s usher.Seat) bool { return s.Person == person })
	if i < 0 {
		return nil
	}
	return &seats[i]
}

func planned(sub usher.Subscription, p usher.Person, kind usher.PlanChange, why string) usher.PlannedSeat {
	return usher.PlannedSeat{Subscription: sub.Name, Person: p.ID, Name: p.Name(), Address: p.Address, Kind: kind, Why: why}
}
