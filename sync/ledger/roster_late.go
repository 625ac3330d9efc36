package ledger

import (
	"context"
	"fmt"

	"usher/internal/usher"
)

// FeedLate notes since when a directory's file is overdue, zero that it is not, with an
// event for each change. It changes nobody: a late file is no information.
func (l *Ledger) FeedLate(ctx context.Context, by usher.Principal, directory string, since usher.Time) error {
	name, wanted := lateSetting(directory), ""
	if since != 0 {
		wanted = since.RFC3339()
	}
	if known, err := l.store.Look().Setting(ctx, name); err != nil || known == wanted {
		return err
	}
	return l.write(ctx, by, func(c *change) error {
		known, err := c.tx.Setting(ctx, name)
		if err != nil || known == wanted {
			return err
		}
		d, err := c.tx.DirectoryNamed(ctx, directory)
		if err != nil {
			return err
		}
		kind, why := usher.EventFeedCame, "the overdue file came"
		if since != 0 {
			kind, why = usher.EventFeedLate, fmt.Sprintf("no file since it was expected by %s; nobody is taken to have left", wanted)
		}
		c.record(usher.Event{Kind: kind, Subject: "directory", SubjectID: d.ID, Why: "directory " + directory + ": " + why})
		return c.tx.SetSetting(ctx, name, wanted)
	})
}

// lateSetting is the setting that says since when a directory's file is overdue.
func lateSetting(directory string) string { return "late/" + directory }
