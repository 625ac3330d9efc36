package ledger

import (
	"context"

	"usher/internal/store"
	"usher/internal/usher"
)

// Directories lists directories by name, when each was last heard, and which stands in for which.
func (l *Ledger) Directories(ctx context.Context) (views []usher.DirectoryView, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		views = []usher.DirectoryView{}
		all, err := tx.Directories(ctx)
		if err != nil {
			return err
		}
		for _, d := range all {
			last := tx.LastHeard
			if d.Kind == usher.DirectoryFile {
				last = tx.LastFiled
			}
			heard, err := last(ctx, d.ID)
			if err != nil {
				return err
			}
			v := usher.DirectoryView{Name: d.Name, Kind: d.Kind, Rank: d.Rank, Lifecycle: "follower", LastHeard: heard.Std()}
			if d.Owner {
				v.Lifecycle = "owner"
			}
			views = append(views, standingIn(v, d, all))
		}
		return nil
	})
	return views, err
}

// standingIn adds who decides for whom.
func standingIn(v usher.DirectoryView, d usher.Directory, all []usher.Directory) usher.DirectoryView {
	for _, other := range all {
		switch {
		case d.StandsInFor(other.Name):
			v.StandsInFor, v.Since = other.Name, d.StandIn.Since.Std()
		case other.StandsInFor(d.Name):
			v.StoodInBy, v.Since = other.Name, other.StandIn.Since.Std()
		default:
			continue
		}
		return v
	}
	return v
}
