package demo

import (
	"context"
	"fmt"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

// rest waits until the daemon has nothing more to do by itself at this time of the history.
func (h *history) rest(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, restWithin)
	defer cancel()
	look := time.NewTicker(restLook)
	defer look.Stop()
	for {
		busy, err := h.busy(ctx)
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
func (h *history) busy(ctx context.Context) (string, error) {
	tx := h.look()
	if n, err := tx.CountDue(ctx); n > 0 || err != nil {
		return "people are to be looked at again", err
	}
	for _, p := range h.scim {
		if busy, err := h.behind(ctx, tx, p); busy != "" || err != nil {
			return busy, err
		}
	}
	for _, p := range h.files {
		if busy, err := h.unwritten(ctx, tx, p); busy != "" || err != nil {
			return busy, err
		}
	}
	return "", nil
}

// behind finds a portal that speaks SCIM and was not told everything.
func (h *history) behind(ctx context.Context, tx *store.Tx, p usher.Portal) (string, error) {
	if p.Name == "academy" && h.failing {
		return "", nil
	}
	n, _, err := tx.CountBehind(ctx, p.ID)
	if n > 0 {
		return "portal " + p.Name + " is behind", err
	}
	return "", err
}

// gatherTime is more than changes for a file are gathered for.
const gatherTime = 3 * time.Second

// unwritten finds files that are to be made for a portal that somebody works at. What is to come into one file is
// there by now, so nobody has to wait for more.
func (h *history) unwritten(ctx context.Context, tx *store.Tx, p usher.Portal) (string, error) {
	if list, err := tx.UnwrittenBatches(ctx, p.ID); len(list) > 0 || err != nil {
		return "a file for " + p.Name + " is to be written", err
	}
	if carrying, err := tx.VisitsToCarry(ctx, p.ID); len(carrying) > 0 || err != nil {
		return "", err // whatever comes now waits for that visit
	}
	due, err := tx.SettledDueAccounts(ctx, p.ID, 1)
	if len(due) == 0 || err != nil {
		return "", err
	}
	if ready := due[0].NextTryAt.Std().Add(gatherTime); h.clock.now().Before(ready) {
		h.clock.forward(ready)
	}
	return "a file for " + p.Name + " is to be made", nil
}
