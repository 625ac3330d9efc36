package daemon

import (
	"context"
	"fmt"
	"time"

	"usher/internal/usher"
	"usher/internal/web"
	"usher/sync/ledger"
)

// showForecast is how long the console shows a forecast again that took its time to make.
const showForecast = 30 * time.Second

// todayPage is the ledger with what only the daemon knows of directories.
type todayPage struct {
	*ledger.Ledger

	d *Daemon
}

// Feeds implements web.Today.
func (t todayPage) Feeds(ctx context.Context) ([]web.Feed, error) {
	directories, err := t.Directories(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]web.Feed, 0, len(directories))
	now := usher.TimeOf(t.d.options.Clock())
	for _, known := range directories {
		shown := web.Feed{DirectoryView: known}
		if f := (*t.d.feeds.Load())[known.Name]; f != nil {
			if f.source != nil && f.Schedule.Cron != "" {
				shown.NextRun = f.when.Next(now).DueAt.Std()
			}
			if f.Schedule.ExpectedBy != "" {
				late, err := t.d.lateSince(ctx, f)
				if err != nil {
					return nil, fmt.Errorf("directory %s: %w", known.Name, err)
				}
				shown.LateSince = late.Std()
			}
		}
		list = append(list, shown)
	}
	return list, nil
}
