package ledger

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
)

// putPortals writes the portals; those that are named no longer are left alone from now on.
func (l *Ledger) putPortals(ctx context.Context, tx *store.Tx, wanted []usher.Portal) error {
	known, err := tx.Portals(ctx)
	if err != nil {
		return err
	}
	named := map[string]bool{}
	for _, p := range wanted {
		named[p.Name] = true
		p.ID = tx.NewID()
		if p.Live {
			p.LiveAt = tx.Now()
		}
		put, err := tx.PutPortal(ctx, p)
		if err != nil {
			return fmt.Errorf("portal %s: %w", p.Name, err)
		}
		i := slices.IndexFunc(known, func(k usher.Portal) bool { return k.ID == put.ID })
		var old usher.Portal
		if i >= 0 {
			old = known[i]
		}
		if err := l.profileChanged(ctx, tx, old, put); err != nil {
			return fmt.Errorf("portal %s: %w", p.Name, err)
		}
	}
	for _, p := range known {
		if named[p.Name] || p.RetiredAt != 0 {
			continue
		}
		if err := tx.RetirePortal(ctx, p.ID); err != nil {
			return err
		}
	}
	return nil
}

// profileChanged has the accounts of a portal computed again that now works otherwise, and
// those of its admins. Whoever would be released by it meets the guards.
func (l *Ledger) profileChanged(ctx context.Context, tx *store.Tx, old, now usher.Portal) error {
	if old.ID == "" && len(now.Profile.Admins) == 0 || old.ID != "" && sameProfile(old, now) && (old.RetiredAt == 0 || len(now.Profile.Admins) == 0) {
		return nil
	}
	if old.ID != "" && old.Profile.Whole != now.Profile.Whole {
		if err := holdAnew(ctx, tx, now); err != nil {
			return err
		}
	}
	due := store.DuePerson{Why: "the profile of portal " + now.Name + " changed", Caution: store.CautionGuard}
	admins, err := peopleAt(ctx, tx, slices.Concat(old.Profile.Admins, now.Profile.Admins))
	if err != nil {
		return err
	}
	if err := tx.MarkDue(ctx, admins, due); err != nil {
		return err
	}
	tx.AfterCommit(l.onDue)
	return tx.MarkPortalDue(ctx, now.ID, due)
}

// sameProfile says that two portals work alike, whatever their lists without anything are.
func sameProfile(a, b usher.Portal) bool {
	return bytes.Equal(payload(a.Profile), payload(b.Profile))
}
