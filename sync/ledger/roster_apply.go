package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// ApplyPlan applies what a plan in state applying still has to do, a few changes to a
// transaction. It goes on where it was interrupted, and may run in several processes at
// once: each change is applied once.
func (l *Ledger) ApplyPlan(ctx context.Context, number int64) (usher.Plan, error) {
	p, err := l.store.Look().Plan(ctx, number)
	if err != nil {
		return p, fmt.Errorf("plan %d: %w", number, err)
	}
	defer l.atWork(number)()
	by, err := l.planner(ctx, p)
	pace := pace{store: l.store}
	for err == nil && p.State == usher.PlanApplying {
		seats := p.Seats
		p, err = l.applySome(ctx, by, number, pace.next())
		p.Seats = seats
	}
	return p, err
}

// planner is in whose name the changes of a plan are made: its directory's.
func (l *Ledger) planner(ctx context.Context, p usher.Plan) (usher.Principal, error) {
	by := usher.Principal{Kind: usher.PrincipalDirectory, Directory: p.Directory, Reason: fmt.Sprintf("plan %d for %s", p.Number, p.File.Name)}
	directories, err := l.store.Look().Directories(ctx)
	if i := slices.IndexFunc(directories, func(d usher.Directory) bool { return d.ID == p.Directory }); i >= 0 {
		by.Name = directories[i].Name
	}
	return by, err
}

func (l *Ledger) applySome(ctx context.Context, by usher.Principal, number int64, atOnce int) (usher.Plan, error) {
	var p usher.Plan
	err := l.write(ctx, by, func(c *change) error {
		var err error
		if p, err = c.tx.LockProgress(ctx, number); err != nil || p.State != usher.PlanApplying {
			return err
		}
		changes, err := c.tx.Changes(ctx, p.ID, p.Cursor, atOnce, usher.ChangePlanned, usher.ChangeConfirmed)
		if err != nil {
			return err
		}
		if len(changes) == 0 {
			return c.finishPlan(&p)
		}
		list, err := withImages(changes)
		if err == nil {
			err = c.remember(p, list)
		}
		if err != nil {
			return fmt.Errorf("plan %d: %w", number, err)
		}
		for _, ch := range list {
			if c.begun[ch.Seq] {
				continue // it made way for one before it
			}
			if err := c.applyChange(&p, ch.Change, ch.after); err != nil {
				return fmt.Errorf("plan %d, change %d: %w", number, ch.Seq, err)
			}
			p.Cursor = ch.Seq
		}
		if err := c.recheckManagers(); err != nil {
			return fmt.Errorf("plan %d: %w", number, err)
		}
		return c.tx.SaveProgress(ctx, p)
	})
	return p, err
}

// finishPlan ends a run: the plan waits again where something of it is held.
func (c *change) finishPlan(p *usher.Plan) error {
	held, err := c.tx.CountChanges(c.ctx, p.ID, usher.ChangeHeld)
	if err != nil {
		return err
	}
	p.Counts.Held, p.State, p.AppliedAt = held, usher.PlanApplied, c.now()
	if held > 0 {
		p.State = usher.PlanOpen // nothing newer of the directory was kept meanwhile: see atRest
	}
	c.recordPlan(*p, usher.EventPlanApplied, fmt.Sprintf("%d changes applied, %d stale, %d held", p.Counts.Applied, p.Counts.Stale, held))
	return c.tx.SaveProgress(c.ctx, *p)
}

// applyChange applies one change where the record still is as it was when the plan was
// computed; else it is stale, and the next file will say it again.
func (c *change) applyChange(p *usher.Plan, ch usher.Change, after usher.Image) error {
	c.begun[ch.Seq] = true
	r, stale, err := c.carryOut(p, ch, after)
	if err != nil {
		return err
	}
	if stale != "" {
		ch.State, ch.Why = usher.ChangeStale, stale
		p.Counts.Stale++
		c.tx.UpdateChange(ch)
		return nil
	}
	if g, ok := c.hosted[r.Person]; ok && ch.Class == usher.ClassJoiner {
		if ch.Before, err = json.Marshal(g); err != nil {
			return err
		}
	}
	ch.State, ch.Record, ch.Version = usher.ChangeApplied, r.ID, r.Version
	if r.DeletedAt == 0 {
		ch.Person = r.Person
	}
	p.Counts.Applied++
	c.tx.UpdateChange(ch)
	return nil
}

// carryOut brings record and roster row to the image. Why it is stale says why it cannot.
func (c *change) carryOut(p *usher.Plan, ch usher.Change, after usher.Image) (r usher.Record, stale string, err error) {
	r, stale, err = c.bring(*p, ch, after)
	if err == nil && stale == staleTaken {
		r, stale, err = c.afterBearer(p, ch, after, r)
	}
	if err != nil || stale != "" {
		return r, stale, err
	}
	if after.Gone {
		return r, "", c.tx.DropRosterRow(c.ctx, p.Directory, ch.Key)
	}
	if ch.Risks&usher.RiskKey != 0 {
		if err := c.dropOldKey(*p, ch); err != nil {
			return r, "", err
		}
	}
	row := store.RosterRow{Directory: p.Directory, Key: ch.Key, Record: r.ID, Hash: after.Hash, Absences: after.Absences, AbsentSince: after.AbsentSince}
	c.tx.PutRosterRow(row)
	return r, "", nil
}

// bring brings the record to the image.
func (c *change) bring(p usher.Plan, ch usher.Change, after usher.Image) (usher.Record, string, error) {
	caution := store.CautionGuard
	if ch.State == usher.ChangeConfirmed {
		caution = store.CautionApproved
	}
	c.adopted = ""
	switch ch.Class {
	case usher.ClassJoiner:
		return c.join(p, after, caution)
	case usher.ClassMissing, usher.ClassKept:
		return c.untouched(p, ch)
	}
	return c.alter(p, ch, after, caution)
}

const (
	staleTaken   = "another record of the directory has this user name or key"
	staleChanged = "the record was changed since the plan was made"
	stalePerson  = "something new was said of the person since the plan was made"
	staleGone    = "the record is there no longer"
	staleRow     = "another file has named the row since the plan was made, or left it out"
)

// join makes the record of a key that is new.
func (c *change) join(p usher.Plan, after usher.Image, caution store.Caution) (usher.Record, string, error) {
	document, err := json.Marshal(after.Attributes)
	if err != nil {
		return usher.Record{}, "", err
	}
	r := usher.Record{
		ID: c.tx.NewID(), Directory: p.Directory, Document: document, Attributes: after.Attributes, Version: 1,
		CreatedAt: c.now(), ModifiedAt: c.now(),
	}
	r = c.datedBy(p, after, usher.Record{}, r)
	fresh, err := c.tx.InsertRecord(c.ctx, r)
	if err != nil || !fresh {
		return r, staleTaken, err
	}
	c.record(usher.Event{Kind: usher.EventRecordCreated, Subject: "record", SubjectID: r.ID, After: payload(r.Attributes)})
	r, err = c.observed(r, usher.Record{}, caution)
	return r, "", err
}

// untouched is the record of a key of which only the row is written, if that is as it was.
func (c *change) untouched(p usher.Plan, ch usher.Change) (usher.Record, string, error) {
	r, err := c.tx.LockRecord(c.ctx, p.Directory, ch.Record)
	switch {
	case errors.Is(err, usher.ErrNotFound):
		return r, staleGone, nil
	case err != nil:
		return r, "", err
	case r.Version != ch.Version:
		return r, staleChanged, nil
	}
	var before usher.Image
	if err := json.Unmarshal(ch.Before, &before); err != nil {
		return r, "", err
	}
	rows, err := c.tx.RosterRowsOf(c.ctx, p.Directory, []string{ch.Key})
	if err != nil {
		return r, "", err
	}
	if row, ok := rows[ch.Key]; !ok || !says(row, before) {
		return r, staleRow, nil
	}
	return r, "", nil
}

// says tells whether a row is as an image has it.
func says(row store.RosterRow, i usher.Image) bool {
	return row.Hash == i.Hash && row.Absences == i.Absences && row.AbsentSince == i.AbsentSince
}

// datedBy is dated, except that what is put back remembers what it did before.
func (c *change) datedBy(p usher.Plan, after usher.Image, old, next usher.Record) usher.Record {
	if p.Undoes == "" {
		return c.dated(old, next)
	}
	next.StartedAt, next.EndsKnownAt = after.StartedAt, after.EndsKnownAt
	return next
}

// alter changes the record of a key that is known.
func (c *change) alter(p usher.Plan, ch usher.Change, after usher.Image, caution store.Caution) (usher.Record, string, error) {
	old, err := c.tx.LockRecord(c.ctx, p.Directory, ch.Record)
	switch {
	case errors.Is(err, usher.ErrNotFound):
		return old, staleGone, nil
	case err != nil:
		return old, "", err
	case old.Version != ch.Version:
		return old, staleChanged, nil
	}
	if stale, err := c.movedOn(p, ch, old); stale || err != nil {
		return old, stalePerson, err
	}
	r := old
	r.Attributes, r.AbsentSince, r.Version, r.ModifiedAt = after.Attributes, absentSince(after), old.Version+1, c.now()
	if r.Document, err = json.Marshal(after.Attributes); err != nil {
		return r, "", err
	}
	if after.Gone {
		return c.bury(r, old, after, caution)
	}
	r = c.datedBy(p, after, old, r)
	if old.Person != "" && plan.Recycled(c.policy.directories[r.Directory], old, r, c.now()) {
		r.Person = ""
	}
	free, err := c.tx.UpdateRecord(c.ctx, r)
	if err != nil || !free {
		return r, staleTaken, err
	}
	before, now := differences(old.Attributes, r.Attributes)
	c.record(usher.Event{Kind: usher.EventRecordChanged, Subject: "record", SubjectID: r.ID, Person: old.Person, Before: before, After: now})
	r, err = c.observed(r, old, caution)
	return r, "", err
}

// movedOn says that whom a human saw leave in the plan is no longer as they were: what was
// said since may be why they should stay. What the plan itself does to others, such as
// their managers, is nothing new.
func (c *change) movedOn(p usher.Plan, ch usher.Change, old usher.Record) (bool, error) {
	if ch.State != usher.ChangeConfirmed || ch.Risks&usher.RiskRelease == 0 || old.Person == "" {
		return false, nil
	}
	person, err := c.tx.Person(c.ctx, old.Person)
	if err != nil || person.Revision == ch.Revision {
		return false, err
	}
	records, err := c.tx.RecordsOfPerson(c.ctx, old.Person)
	return slices.ContainsFunc(records, func(r usher.Record) bool { return r.ID != old.ID && r.ModifiedAt >= p.CreatedAt }), err
}

// bury puts a record away that a run had made, when the run is undone. The tombstone is
// nobody's: its directory does not say that the person left, it never knew them.
func (c *change) bury(r, old usher.Record, after usher.Image, caution store.Caution) (usher.Record, string, error) {
	r.Attributes, r.Document, r.DeletedAt, r.Person = old.Attributes, old.Document, c.now(), ""
	if _, err := c.tx.UpdateRecord(c.ctx, r); err != nil { // a tombstone is in nobody's way
		return r, "", err
	}
	err := c.settleConflicts(r.ID, "the run that made the record is undone",
		usher.ConflictAmbiguous, usher.ConflictTaken, usher.ConflictRecycled, usher.ConflictAddress, usher.ConflictLeft)
	if err != nil {
		return r, "", err
	}
	c.record(usher.Event{Kind: usher.EventRecordDeleted, Subject: "record", SubjectID: r.ID, Person: old.Person, Before: payload(old.Attributes)})
	if err := c.hostAgain(old.Person, after); err != nil {
		return r, "", err
	}
	r, err = c.observed(r, old, caution)
	return r, "", err
}

// hostAgain makes somebody a guest or newcomer again who was one before a run knew them.
func (c *change) hostAgain(person usher.ID, was usher.Image) error {
	if person == "" || was.Sponsor == "" && was.Newcomer == "" {
		return nil
	}
	locked, err := c.tx.LockPersons(c.ctx, person)
	if err != nil {
		return err
	}
	locked[0].Sponsor, locked[0].EndsAt, locked[0].Newcomer = was.Sponsor, was.EndsAt, was.Newcomer
	return c.tx.UpdatePerson(c.ctx, locked[0])
}

// dropOldKey forgets the key by which a record was known that has another one now.
func (c *change) dropOldKey(p usher.Plan, ch usher.Change) error {
	var before usher.Image
	if err := json.Unmarshal(ch.Before, &before); err != nil {
		return err
	}
	return c.tx.DropRosterRow(c.ctx, p.Directory, before.Attributes.ExternalID)
}
