package daemon

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// Restore fills the empty store that a configuration names from a backup. No daemon may
// have it open.
func Restore(ctx context.Context, o Options, by usher.Principal, backup io.Reader) error {
	if o.Env == nil {
		o.Env = os.LookupEnv
	}
	d := &Daemon{options: o, log: o.Log}
	c, err := d.readConfig()
	if err != nil {
		return err
	}
	if err := ledger.Restore(ctx, d.storeOptions(c), by, backup); err != nil {
		return err
	}
	// The end of another store's events says nothing of this one's.
	if err := os.Remove(filepath.Join(c.Data, HeadFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
