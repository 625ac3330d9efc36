package drop

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Order says which of several files is handed over.
type Order string

const (
	// Newest is for full rosters: the newest file is handed over, the older ones are superseded by it.
	Newest Order = ""
	// Oldest is for rosters of changes: every file is handed over, the oldest first, and none past one that is not
	// complete.
	Oldest Order = "oldest"
)

// choose returns the entries to take now: one to hand over, and those that it supersedes.
func (f *Fetcher) choose(ctx context.Context, entries []entry) ([]entry, error) {
	slices.SortFunc(entries, newer)
	if f.Order == Oldest && len(entries) > 0 {
		entries = entries[len(entries)-1:]
	}
	var chosen []entry
	reason := ErrNothing
	for _, e := range entries {
		switch {
		case e.fault == nil:
			chosen = append(chosen, e)
		case len(chosen) > 0: // what is older than the newest complete file decides nothing
		case !errors.Is(e.fault, ErrUnsettled):
			return nil, fmt.Errorf("%s: %w", e.Name, e.fault)
		case errors.Is(reason, ErrNothing):
			reason = fmt.Errorf("%s: %w", e.Name, e.fault)
		}
	}
	if len(chosen) == 0 {
		return nil, reason
	}
	return chosen, f.checkAge(ctx, chosen[0].sighting)
}

// checkAge refuses a full roster that would bring back what a newer one has changed.
func (f *Fetcher) checkAge(ctx context.Context, item sighting) error {
	var last time.Time
	if _, err := recall(ctx, f.Memory, keyLast, &last); err != nil {
		return err
	}
	if f.Order == Newest && !item.ModTime.IsZero() && item.ModTime.Before(last) {
		return fmt.Errorf("%s: %w: it is of %s, and one of %s was handed over; remove it, or touch it if it is meant", item.Name, ErrStale,
			item.ModTime.Format(time.RFC3339), last.Format(time.RFC3339))
	}
	return nil
}
