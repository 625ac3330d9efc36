package ledger

import (
	"context"
	"fmt"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

// settingListening is the setting that says since when usher has been there to hear
// directories, and when that was last noted. Whoever pushed while it was away was not silent.
const settingListening = "listening"

const (
	// listeningNoted is how often it is noted.
	listeningNoted = time.Minute
	// listeningGap is what counts as having been away; a sweep with much to do takes minutes.
	listeningGap = 15 * time.Minute
)

// listening is since when a process that sweeps has been there all the time, whichever it
// was. To call it says that one is there now.
func (l *Ledger) listening(ctx context.Context) (usher.Time, error) {
	since, noted, err := listeningSince(ctx, l.store.Look())
	if err != nil || l.store.Now().Sub(noted) < listeningNoted {
		return since, err
	}
	err = l.store.Write(ctx, func(tx *store.Tx) error {
		if since, noted, err = listeningSince(ctx, tx); err != nil {
			return err
		}
		if tx.Now().Sub(noted) > listeningGap {
			since = tx.Now()
		}
		return tx.SetSetting(ctx, settingListening, fmt.Sprint(int64(since), " ", int64(tx.Now())))
	})
	return since, err
}

func listeningSince(ctx context.Context, tx *store.Tx) (since, noted usher.Time, err error) {
	text, err := tx.Setting(ctx, settingListening)
	if text == "" || err != nil {
		return 0, 0, err
	}
	if _, err := fmt.Sscan(text, &since, &noted); err != nil {
		return 0, 0, fmt.Errorf("setting %s: %w", settingListening, err)
	}
	return since, noted, nil
}
