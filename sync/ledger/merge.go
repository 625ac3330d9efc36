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

// MergePeople says that two people are one: everything of gone becomes that of keep, and the row of gone is left, so that what
// names it leads on to keep. Where both have a seat in a subscription the better one stays, and where both have an account at a
// portal the one that has it; the other is closed there as a leaver's is. usher.ErrNotFound: there is no such person.
// *usher.InvalidError: the two cannot be one, and why.
func (l *Ledger) MergePeople(ctx context.Context, by usher.Principal, keep, gone usher.ID) (usher.PeopleChange, error) {
	return l.reshape(ctx, by, false, func(r *reshaping) error { return r.merge(keep, gone) })
}

// PreviewMerge is what MergePeople would do now, with the same refusals. It changes nothing.
func (l *Ledger) PreviewMerge(ctx context.Context, by usher.Principal, keep, gone usher.ID) (usher.PeopleChange, error) {
	return l.reshape(ctx, by, true, func(r *reshaping) error { return r.merge(keep, gone) })
}

// reshaping is a transaction that makes one of two people, or two of one.
type reshaping struct {
	*change
	kept, other usher.ID
	merged      []usher.ID // who were merged into the one who is split, but for the other: an account to be closed can be theirs
	kind        usher.EventKind
	made        usher.PeopleChange
}

// errPreviewed takes back what a preview did.
var errPreviewed = errors.New("this was a preview")

// reshape does it; a preview does the same, and then nothing of it is kept.
func (l *Ledger) reshape(ctx context.Context, by usher.Principal, preview bool, f func(*reshaping) error) (usher.PeopleChange, error) {
	var made usher.PeopleChange
	err := l.store.Write(ctx, func(tx *store.Tx) error {
		p, err := l.policyFor(ctx, tx)
		if err != nil {
			return err
		}
		r := &reshaping{change: newChange(ctx, l, tx, p, by), made: usher.PeopleChange{Notes: []string{}}}
		if err := f(r); err != nil {
			return err
		}
		if err := r.bringAbout(); err != nil {
			return err
		}
		if err := r.after(); err != nil {
			return err
		}
		made = r.made
		if preview {
			return errPreviewed
		}
		return r.writeDown()
	})
	if errors.Is(err, errPreviewed) {
		err = nil
	}
	return made, err
}

// before takes the images of both before anything is done.
func (r *reshaping) before(kept, other usher.ID) (err error) {
	r.kept, r.other = kept, other
	if r.made.Before.Kept, err = r.image(kept); err == nil {
		r.made.Before.Other, err = r.image(other)
	}
	return err
}

// after takes them again, and writes down for both what became of them.
func (r *reshaping) after() (err error) {
	if r.made.After.Kept, err = r.image(r.kept); err != nil {
		return err
	}
	if r.made.After.Other, err = r.image(r.other); err != nil {
		return err
	}
	for _, person := range []usher.ID{r.kept, r.other} {
		r.record(usher.Event{Kind: r.kind, Subject: "person", SubjectID: person, Person: person, Before: payload(r.made.Before), After: payload(r.made.After)})
	}
	return nil
}

func (r *reshaping) note(format string, args ...any) {
	r.made.Notes = append(r.made.Notes, fmt.Sprintf(format, args...))
}

func (r *reshaping) merge(keep, gone usher.ID) error {
	if keep == gone {
		return &usher.InvalidError{Attribute: "person", Problem: "is the same one twice; name two"}
	}
	r.kind = usher.EventPersonMerged
	doubted, err := r.doubted(keep, gone)
	if err != nil {
		return err
	}
	people, err := r.lockAround(doubted, keep, gone)
	if err != nil {
		return err
	}
	if err := r.mayBeOne(people[keep], people[gone]); err != nil {
		return err
	}
	if err := r.before(keep, gone); err != nil {
		return err
	}
	if err := r.hand(people[keep], people[gone]); err != nil {
		return err
	}
	if err := r.relink(doubted); err != nil {
		return err
	}
	if err := r.meet(keep, gone); err != nil {
		return err
	}
	return r.computeBoth(reason{caution: store.CautionApproved, why: "merged by " + r.by.Name})
}

// computeBoth computes both people again; the other first, whose teams may need one member less.
func (r *reshaping) computeBoth(why reason) error {
	for id, list := range r.wishes { // of before they had their seats
		r.wishes[id] = slices.DeleteFunc(list, func(w wish) bool { return w.person == r.kept || w.person == r.other })
	}
	for _, person := range []usher.ID{r.other, r.kept} {
		if err := r.compute(person, why); err != nil {
			return err
		}
		r.touchAccounts(person)
	}
	return nil
}

// lockAround locks records, and then the people whose they are.
func (r *reshaping) lockAround(records []usher.ID, people ...usher.ID) (map[usher.ID]usher.Person, error) {
	held, err := r.tx.LockRecordsAround(r.ctx, people, records)
	if err != nil {
		return nil, err
	}
	locked, err := r.tx.LockPersons(r.ctx, people...)
	if err != nil {
		return nil, err
	}
	found := map[usher.ID]usher.Person{}
	for _, p := range locked {
		found[p.ID] = p
		theirs, err := r.tx.RecordsOfPerson(r.ctx, p.ID)
		if err != nil {
			return nil, err
		}
		for _, one := range theirs {
			if !slices.ContainsFunc(held, func(h usher.Record) bool { return h.ID == one.ID }) {
				return nil, store.ErrAgain // it was linked to them a moment ago
			}
		}
	}
	return found, nil
}

// mayBeOne refuses two people who cannot be one. Roles are an owner's to give: whoever is merged gets those of the other.
func (r *reshaping) mayBeOne(keep, gone usher.Person) error {
	for _, p := range []usher.Person{keep, gone} {
		if p.MergedInto != "" {
			return &usher.InvalidError{Attribute: "person", Problem: fmt.Sprintf("%s was merged into person %s already", p.ID, p.MergedInto)}
		}
		if err := r.mayReshape(p); err != nil {
			return err
		}
	}
	ours, err := r.tx.RecordsOfPerson(r.ctx, keep.ID)
	if err != nil {
		return err
	}
	theirs, err := r.tx.RecordsOfPerson(r.ctx, gone.ID)
	for _, a := range ours {
		for _, b := range theirs {
			if d := r.policy.directories[a.Directory]; a.Directory == b.Directory && plan.Apart(d, a, b, r.now()) {
				return &usher.InvalidError{Attribute: "directory", Problem: d.Name +
					" knows them as two people, who are both there with ids of their own; have one of them ended there first"}
			}
		}
	}
	return err
}

// mayReshape refuses whoever may not give roles where the person has some.
func (r *reshaping) mayReshape(p usher.Person) error {
	held, err := r.tx.HeldRoles(r.ctx, p.ID)
	if err != nil || len(held.Grants)+len(held.Addresses) == 0 {
		return err
	}
	if r.by.Kind == usher.PrincipalOperator || r.by.Kind == usher.PrincipalPerson && r.by.Rights.Owner {
		return nil
	}
	return &usher.InvalidError{Attribute: "person", Problem: "has roles at usher, which go along: an owner has to do it, or an operator on usher's host"}
}

// lockStanding locks somebody who stands for themselves; *usher.InvalidError: they were merged into another person.
func (c *change) lockStanding(person usher.ID) (usher.Person, error) {
	locked, err := c.tx.LockPersons(c.ctx, person)
	if err != nil {
		return usher.Person{}, err
	}
	if p := locked[0]; p.MergedInto != "" {
		return p, &usher.InvalidError{Attribute: "person", Problem: fmt.Sprintf("%s was merged into person %s, who is meant now", p.ID, p.MergedInto)}
	}
	return locked[0], nil
}
