package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

// How long usher may take to come to rest after a step, and how often that is looked at.
const (
	restWithin = 30 * time.Second
	restLook   = 20 * time.Millisecond
)

// rest waits until usher has nothing more to do by itself: nobody is due, nothing settles
// unheld, every account at the portal is as it should be, every worklist is written.
func (s *story) rest(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, restWithin)
	defer cancel()
	look := time.NewTicker(restLook)
	defer look.Stop()
	for {
		busy, err := s.busy(ctx)
		if err != nil || busy == "" {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("usher did not come to rest within %s: %s: %w", restWithin, busy, ctx.Err())
		case <-look.C:
		}
	}
}

// busy says what is still to be done; empty when nothing is.
func (s *story) busy(ctx context.Context) (busy string, err error) {
	err = s.daemon.Store().Read(ctx, func(tx *store.Tx) error {
		if n, err := tx.CountDue(ctx); n > 0 || err != nil {
			busy = "people are to be looked at again"
			return err
		}
		for _, f := range []func(context.Context, *store.Tx) (string, error){s.settling, s.behind, s.unwritten, s.unlike} {
			if busy, err = f(ctx, tx); busy != "" || err != nil {
				return err
			}
		}
		return nil
	})
	return busy, err
}

// settling finds a release that will go by itself.
func (s *story) settling(ctx context.Context, tx *store.Tx) (string, error) {
	for _, sub := range s.subscriptions {
		leaving, err := tx.Leaving(ctx, sub.ID)
		if err != nil {
			return "", err
		}
		if slices.ContainsFunc(leaving, func(seat usher.Seat) bool { return seat.Hold == "" }) {
			return "a release from " + sub.Name + " settles", nil
		}
	}
	return "", nil
}

// behind finds an account that is not in line although nobody has to confirm it.
func (s *story) behind(ctx context.Context, tx *store.Tx) (string, error) {
	n, _, err := tx.CountBehind(ctx, s.learning.ID)
	if n > 0 || err != nil {
		return "portal learning is behind", err
	}
	open, err := tx.OpenBatches(ctx, s.prosci.ID)
	if open > 0 || err != nil {
		return "", err // whatever comes now waits for the open list
	}
	due, err := tx.DueAccounts(ctx, s.prosci.ID, 1)
	if len(due) > 0 {
		return "a worklist for prosci is to be made", err
	}
	return "", err
}

func (s *story) unwritten(ctx context.Context, tx *store.Tx) (string, error) {
	list, err := tx.UnwrittenBatches(ctx, s.prosci.ID)
	if len(list) > 0 {
		return "a worklist is to be written", err
	}
	return "", err
}

// unlike asks the portal itself: it must show what usher wants of every account.
func (s *story) unlike(ctx context.Context, tx *store.Tx) (string, error) {
	shown := map[string]bool{}
	for _, u := range s.portal.Users() {
		shown[u.UserName] = u.Active
	}
	accounts, err := tx.Accounts(ctx, s.learning.ID, "", 500)
	for _, a := range accounts {
		if a.Kind == usher.AccountPerson && a.Desired != nil && shown[a.Desired.UserName] != a.Desired.Active {
			return "portal learning shows something else for an account", err
		}
	}
	return "", err
}
