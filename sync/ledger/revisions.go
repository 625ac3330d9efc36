package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
)

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
		if err := tx.LockRevisions(ctx); err != nil {
			return err
		}
		known, err := tx.Revisions(ctx) // again: one may have become active meanwhile
		if err != nil {
			return err
		}
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
		if err := tx.UpdateRevision(ctx, r); err != nil {
			return err
		}
		c := newChange(ctx, l, tx, nil, by)
		c.record(usher.Event{Kind: usher.EventRevisionDropped, Subject: "revision", Why: because(fmt.Sprintf("revision %d", number), by)})
		return tx.InsertEvents(ctx, c.events)
	})
}
