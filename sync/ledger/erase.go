package ledger

import (
	"context"
	"encoding/json"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
)

// erasure is the payload of an EventErased.
type erasure struct {
	// OlderThan: what events before it said of before and after is gone.
	OlderThan usher.Time `json:"olderThan"`
}

// ErasePayloads empties what sealed events that are older than a time say of before and
// after, because retention ends; that something happened, when and to whom, stays, and
// the chain stays whole. It says how many events it emptied.
func (l *Ledger) ErasePayloads(ctx context.Context, by usher.Principal, olderThan usher.Time) (int, error) {
	found, err := l.store.Look().HasErasable(ctx, olderThan)
	if err != nil || !found {
		return 0, err
	}
	var at usher.Time
	err = l.write(ctx, by, func(c *change) error {
		at = c.now()
		c.record(usher.Event{Kind: usher.EventErased, Subject: "events", After: payload(erasure{olderThan})})
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("erase payloads: %w", err)
	}
	erased := 0
	for {
		var n int64
		err := l.store.Write(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.ErasePayloads(ctx, olderThan, at, sealSize)
			return err
		})
		if err != nil {
			return erased, fmt.Errorf("erase payloads: %w", err)
		}
		erased += int(n)
		if n < sealSize {
			return erased, nil
		}
	}
}

// readErasures learns which payloads may be missing. The events that say so are sealed
// like all others.
func (v *verifier) readErasures() error {
	events, err := v.tx.Erasures(v.ctx)
	if err != nil {
		return err
	}
	v.erasures = map[usher.Time]usher.Time{}
	for _, e := range events {
		var was erasure
		if err := json.Unmarshal(e.After, &was); err != nil {
			v.breach(0, e.ID, "the event about an erasure cannot be read")
			continue
		}
		v.erasures[e.At] = max(v.erasures[e.At], was.OlderThan)
	}
	return nil
}
