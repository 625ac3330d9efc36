package daemon

import (
	"context"
	"io"
	"os"

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
	return ledger.Restore(ctx, d.storeOptions(c), by, backup)
}
