package ledger

import (
	"context"

	"usher/internal/store"
	"usher/internal/usher"
)

// Events lists what happened, in the order of the chain and after a number in it, so that whoever
// reads on misses nothing: transactions end in another order than they begin, and only what is sealed
// is followed by nothing that comes later. It takes some seconds until an event is.
func (l *Ledger) Events(ctx context.Context, person usher.ID, since usher.Time, after int64, limit int) (list usher.Listed[usher.EventView], err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		events, err := tx.SealedEvents(ctx, person, since, after, limit+1)
		if err != nil {
			return err
		}
		page := cut(events, limit, func(e usher.Event) usher.Mark { return usher.Mark{At: usher.Time(e.Seal)} })
		list = usher.Listed[usher.EventView]{Next: page.Next}
		for _, e := range page.Items {
			list.Items = append(list.Items, eventView(n, e))
		}
		return nil
	})
	return list, err
}

// orNone is JSON as it is kept; nil for none.
func orNone(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}
