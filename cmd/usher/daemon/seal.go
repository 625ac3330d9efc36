package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"usher/internal/table"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// HeadFile is the file in the data folder that keeps the end of the chain over the
// events. It lies outside the database, so that an end which was cut off there is found.
const HeadFile = "usher.head"

// sealEvery is how long an event waits for its seal at most.
const sealEvery = 2 * time.Second

// sealer seals events until ctx ends. Of several processes one does it at a time.
func (d *Daemon) sealer(ctx context.Context) {
	var kept ledger.Head
	ticker := time.NewTicker(sealEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		head, err := d.ledger.Seal(ctx, d.key, d.owner)
		if err == nil && head != kept {
			err = d.keepHead(ctx, head)
			kept = head
		}
		if err != nil && ctx.Err() == nil && !errors.Is(err, usher.ErrBusy) {
			d.log.Error().Err(err).Msg("events cannot be sealed")
		}
	}
}

// keepHead replaces the end that was kept, unless that shows that the chain was cut: then
// it stays as the evidence.
func (d *Daemon) keepHead(ctx context.Context, head ledger.Head) error {
	kept, err := d.Head()
	if err != nil {
		return err
	}
	if kept != nil {
		if err := d.ledger.Follows(ctx, *kept); err != nil {
			return fmt.Errorf("%s stays as it is; run usher check: %w", HeadFile, err)
		}
	}
	return table.ReplaceFileAtomic(filepath.Join(d.config.Load().Data, HeadFile), 0o600, func(w io.Writer) error {
		return json.NewEncoder(w).Encode(head)
	})
}

// Head is the end of the chain as it was kept outside the database; nil for none.
func (d *Daemon) Head() (*ledger.Head, error) {
	file := filepath.Join(d.config.Load().Data, HeadFile)
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var head ledger.Head
	if err := json.Unmarshal(content, &head); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &head, nil
}
