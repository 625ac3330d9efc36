package daemon

import (
	"context"
	"time"
)

// sweepEvery is how long due work waits at most where no poke came, as when another
// process made it.
const sweepEvery = 500 * time.Millisecond

// sweeper does what is due, when poked and regularly. After a failure it takes its time,
// so that a database which is away is not also flooded.
func (d *Daemon) sweeper(ctx context.Context) {
	for pause := sweepEvery; ; {
		select {
		case <-ctx.Done():
			return
		case <-pokes(d.sweep, pause):
		case <-time.After(pause):
		}
		pause = sweepEvery
		if err := d.ledger.Sweep(ctx); err != nil && ctx.Err() == nil {
			d.log.Error().Err(err).Msg("sweep failed")
			pause = 10 * sweepEvery
		}
	}
}

// pokes are heard unless a failure has just been.
func pokes(sweep <-chan struct{}, pause time.Duration) <-chan struct{} {
	if pause > sweepEvery {
		return nil
	}
	return sweep
}

// Reload reads the configuration again: directories, portals and certificates count at
// once, the policy as a new revision. A configuration that cannot be used changes
// nothing. What is bound to the start (addresses, folder, store) needs a restart.
func (d *Daemon) Reload(ctx context.Context) error {
	c, err := d.readConfig()
	if err != nil {
		return err
	}
	old := d.config.Load()
	if c.TLS.CertFile != "" && old.TLS.CertFile != "" {
		if err := d.loadCertificate(c); err != nil {
			return err
		}
	}
	if err := d.apply(ctx, c); err != nil {
		return err
	}
	if c.Listen != old.Listen || c.Data != old.Data || c.Store != old.Store || c.Metrics != old.Metrics || c.Log != old.Log || c.PublicURL != old.PublicURL || c.Limits != old.Limits {
		d.log.Warn().Msg("listen, public_url, data, store, metrics, limits or log changed: that takes a restart")
	}
	d.log.Info().Msg("configuration read again")
	return nil
}
