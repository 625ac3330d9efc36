package ledger

import (
	"context"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
)

// ConfirmNewcomer says that somebody whom a first sign-in made belongs here: rules count for them from now on. usher.ErrStale:
// there is nothing to confirm.
func (l *Ledger) ConfirmNewcomer(ctx context.Context, by usher.Principal, person usher.ID) error {
	return l.write(ctx, by, func(c *change) error {
		locked, err := c.tx.LockPersons(ctx, person)
		if err != nil {
			return err
		}
		p := locked[0]
		switch {
		case !p.Unconfirmed():
			return fmt.Errorf("person %s is not unconfirmed: %w", person, usher.ErrStale)
		case !p.Active:
			return &usher.InvalidError{Attribute: "person", Problem: "is not active any longer: " + p.WhyInactive()}
		}
		p.Newcomer, p.Revision, p.ChangedAt = usher.NewcomerConfirmed, p.Revision+1, c.now()
		if err := c.tx.UpdatePerson(ctx, p); err != nil {
			return err
		}
		c.record(usher.Event{Kind: usher.EventPersonConfirmed, Subject: "person", SubjectID: person, Person: person})
		return c.compute(person, reason{caution: store.CautionApproved, why: "confirmed by " + by.Name})
	})
}

// EndPerson sets when somebody is over whom no directory names: a guest or a newcomer. at may be now.
func (l *Ledger) EndPerson(ctx context.Context, by usher.Principal, person usher.ID, at usher.Time) error {
	return l.write(ctx, by, func(c *change) error {
		locked, err := c.tx.LockPersons(ctx, person)
		if err != nil {
			return err
		}
		p := locked[0]
		if p.Sponsor == "" && p.Newcomer == "" {
			return &usher.InvalidError{Attribute: "person", Problem: "is in a directory, which says when they leave"}
		}
		p.EndsAt = max(at, c.now())
		if err := c.tx.UpdatePerson(ctx, p); err != nil {
			return err
		}
		c.record(usher.Event{Kind: usher.EventPersonMoved, Subject: "person", SubjectID: person, Person: person,
			After: payload(map[string]any{"endsAt": p.EndsAt.RFC3339()}), Why: "end set by " + by.Name + reasonOf(by.Reason)})
		return c.compute(person, reason{caution: store.CautionApproved, why: "end set by " + by.Name})
	})
}
