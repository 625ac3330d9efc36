package ledger

import (
	"context"
	"errors"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// CreateRecord keeps a directory's new record and links it to a person. A create that
// is repeated with the same CreateHash, while the record still is as it was created,
// gives that record again: after a time-out the client cannot know (RFC 7644 has no
// idempotency key). usher.ErrConflict: userName or externalId is taken.
func (l *Ledger) CreateRecord(ctx context.Context, by usher.Principal, r usher.Record) (usher.Record, error) {
	var made usher.Record
	err := l.write(ctx, by, func(c *change) error {
		made = r
		made.ID, made.Directory, made.Person, made.Version = c.tx.NewID(), by.Directory, "", 1
		made.CreatedAt, made.ModifiedAt, made.DeletedAt = c.now(), c.now(), 0
		made = c.dated(usher.Record{}, made)
		fresh, err := c.tx.InsertRecord(ctx, made)
		if err != nil {
			return fmt.Errorf("create record: %w", err)
		}
		if !fresh {
			made, err = c.replayed(r)
			return err
		}
		c.record(usher.Event{Kind: usher.EventRecordCreated, Subject: "record", SubjectID: made.ID, After: payload(made.Attributes)})
		made, err = c.observed(made, usher.Record{}, store.CautionGuard)
		return err
	})
	return made, err
}

// maxDocument bounds what one record or group may grow to over many changes, in bytes.
const maxDocument = 1 << 20

// bounded refuses a document that has grown too large.
func bounded(document []byte) error {
	if len(document) > maxDocument {
		return &usher.InvalidError{Attribute: "resource", Problem: fmt.Sprintf("would grow to %d bytes; at most %d are kept", len(document), maxDocument)}
	}
	return nil
}

// replayTime is how long a repeated create is taken for a retry of the first.
const replayTime = 24 * hour

// replayed finds the record that the same create made before.
func (c *change) replayed(r usher.Record) (usher.Record, error) {
	old, err := c.tx.FindRecord(c.ctx, c.by.Directory, r.Attributes.UserName, r.Attributes.ExternalID)
	if errors.Is(err, usher.ErrNotFound) {
		return r, store.ErrAgain // deleted meanwhile
	}
	if err != nil {
		return r, err
	}
	if old.Version == 1 && old.CreateHash == r.CreateHash && c.now().Sub(old.CreatedAt) < replayTime {
		return old, nil
	}
	return r, fmt.Errorf("a record with this userName or externalId exists: %w", usher.ErrConflict)
}

// ChangeRecord stores what f makes of a record, under its lock. An equal result changes
// nothing, not even the version. f may run more than once.
func (l *Ledger) ChangeRecord(ctx context.Context, by usher.Principal, id usher.ID, f func(usher.Record) (usher.Record, error)) (usher.Record, error) {
	var made usher.Record
	err := l.write(ctx, by, func(c *change) error {
		old, err := c.tx.LockRecord(ctx, by.Directory, id)
		if err != nil {
			return err
		}
		if made, err = f(old); err != nil {
			return err
		}
		if string(made.Document) == string(old.Document) {
			made = old
			return nil
		}
		if err := bounded(made.Document); err != nil {
			return err
		}
		made.ID, made.Directory, made.Person, made.CreatedAt, made.CreateHash = old.ID, old.Directory, old.Person, old.CreatedAt, old.CreateHash
		made.Version, made.ModifiedAt, made.DeletedAt = old.Version+1, c.now(), 0
		made = c.dated(old, made)
		if old.Person != "" && plan.Recycled(c.policy.directories[made.Directory], old, made, c.now()) {
			made.Person = ""
		}
		free, err := c.tx.UpdateRecord(ctx, made)
		if err != nil {
			return fmt.Errorf("change record %s: %w", id, err)
		}
		if !free {
			return fmt.Errorf("another record has this userName or externalId: %w", usher.ErrConflict)
		}
		before, after := differences(old.Attributes, made.Attributes)
		c.record(usher.Event{Kind: usher.EventRecordChanged, Subject: "record", SubjectID: id, Person: old.Person, Before: before, After: after})
		made, err = c.observed(made, old, store.CautionGuard)
		return err
	})
	return made, err
}

// DeleteRecord leaves a tombstone once check agrees: the person is a leaver of this
// directory, and the record's identity is kept so that a rejoiner is recognised.
func (l *Ledger) DeleteRecord(ctx context.Context, by usher.Principal, id usher.ID, check func(usher.Record) error) error {
	return l.write(ctx, by, func(c *change) error {
		old, err := c.tx.LockRecord(ctx, by.Directory, id)
		if err != nil {
			return err
		}
		if err := check(old); err != nil {
			return err
		}
		if _, err := c.tx.RemoveMember(ctx, id); err != nil {
			return fmt.Errorf("delete record %s: %w", id, err)
		}
		gone := old
		gone.DeletedAt, gone.ModifiedAt, gone.Version = c.now(), c.now(), old.Version+1
		if err := c.tx.BuryRecord(ctx, gone); err != nil {
			return err
		}
		err = c.settleConflicts(id, "the directory deleted the record",
			usher.ConflictAmbiguous, usher.ConflictTaken, usher.ConflictRecycled, usher.ConflictAddress, usher.ConflictLeft)
		if err != nil {
			return err
		}
		c.record(usher.Event{Kind: usher.EventRecordDeleted, Subject: "record", SubjectID: id, Person: old.Person, Before: payload(old.Attributes)})
		_, err = c.observed(gone, old, store.CautionGuard)
		return err
	})
}

// dated is what a record becomes, with what is remembered of its dates: whoever changes
// one asks here before it is written.
func (c *change) dated(old, next usher.Record) usher.Record {
	return plan.Dated(c.policy.directories[next.Directory], old, next, c.now())
}

// parted computes the person of a record again that is theirs no longer. What it bore they
// give up, and it asks a human whose it is now.
func (c *change) parted(old usher.Record, caution store.Caution) error {
	if err := c.identify(old.Person); err != nil {
		return err
	}
	return c.compute(old.Person, reason{cause: old.Directory, caution: caution})
}

// observed takes up what a directory now says in r (before: old): links the record when
// it is linked to nobody, and computes its person again.
func (c *change) observed(r, old usher.Record, caution store.Caution) (usher.Record, error) {
	if old.Person != "" && r.Person == "" {
		if err := c.parted(old, caution); err != nil {
			return r, err
		}
	}
	if r.Person == "" && r.DeletedAt == 0 {
		linked, err := c.link(r)
		if err != nil {
			return r, err
		}
		r = linked
	}
	if r.Person != "" {
		if err := c.identify(r.Person); err != nil {
			return r, err
		}
		if err := c.compute(r.Person, reason{cause: r.Directory, caution: caution}); err != nil {
			return r, err
		}
	}
	c.heal(r, old)
	return r, nil
}
