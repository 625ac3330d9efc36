package drop

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Keys of Memory.
const (
	keyLooks = "looks" // items of the last look
	keyKnown = "known" // items that were handed over and kept
	keyLast  = "last"  // time of the file that was handed over last
)

// look is how a file was first seen in the state that it is still in.
type look struct {
	sighting

	Since time.Time `json:"since"`
}

// looks tells files that rest from files that are being written, by what earlier looks saw.
//
// Several processes may share the memory without a lock: whatever an older text says was seen at that time, so a file
// that is in the same state now did not change since.
type looks struct {
	memory Memory
	now    time.Time
}

// settled remembers the files as they are now, forgets the others, and returns since when each is as it is.
func (l *looks) settled(ctx context.Context, items []sighting) (map[string]time.Time, error) {
	var before []look
	text, err := recall(ctx, l.memory, keyLooks, &before)
	if err != nil {
		return nil, err
	}
	seen := make(map[string]look, len(before))
	for _, b := range before {
		seen[b.Name] = b
	}
	since := make(map[string]time.Time, len(items))
	after := make([]look, len(items))
	for i, item := range items {
		after[i] = look{item, l.now}
		if b, ok := seen[item.Name]; ok && b.same(item) && !b.Since.After(l.now) {
			after[i].Since = b.Since
		}
		since[item.Name] = after[i].Since
	}
	return since, keep(ctx, l.memory, keyLooks, text, after)
}

// recall reads what keep wrote into to, and returns the text that it was.
func recall(ctx context.Context, memory Memory, key string, to any) (string, error) {
	text, err := memory.Get(ctx, key)
	if err != nil {
		return "", fmt.Errorf("remember %s: %w", key, err)
	}
	if text == "" {
		return "", nil
	}
	if err := json.Unmarshal([]byte(text), to); err != nil {
		return "", fmt.Errorf("remember %s: %w", key, err)
	}
	return text, nil
}

// keep writes a value to memory unless that is the text it has.
func keep(ctx context.Context, memory Memory, key, before string, value any) error {
	text, err := json.Marshal(value)
	if err == nil && string(text) != before {
		err = memory.Set(ctx, key, string(text))
	}
	if err != nil {
		return fmt.Errorf("keep %s: %w", key, err)
	}
	return nil
}
