package daemon

import (
	"context"
	"fmt"
	"time"

	"usher/connectors/worklist"
	"usher/internal/config"
	"usher/sync/reconcile"
)

// gather is how long the changes for a file are waited for, so that those of one push
// come in one.
const gather = 2 * time.Second

// connector makes the way to one portal of a configuration.
type connector func(p config.Portal, c *config.Config) (reconcile.Connector, error)

// kinds are the connectors that there are, by the kind that the configuration names.
func kinds() map[string]connector {
	return map[string]connector{
		"scim":        newSCIM,
		"pluralsight": newPluralsight,
		"worklist":    newWorklist,
		"prosci":      newProsci,
		"ascender":    newAscender,
		"proportal":   newProPortal,
		"myaci":       newMyACI,
	}
}

func newWorklist(config.Portal, *config.Config) (reconcile.Connector, error) {
	return reconcile.Connector{Whole: worklist.New(worklist.Options{BOM: true, CRLF: true})}, nil
}

// connectorsOf makes the connectors of a configuration, by portal; zone is the server's.
func connectorsOf(c *config.Config, zone *time.Location) (map[string]reconcile.Connector, error) {
	made := map[string]reconcile.Connector{}
	for _, p := range c.Portals {
		build, ok := kinds()[p.Kind]
		if !ok {
			return nil, fmt.Errorf("portal %s: this version has no connector of kind %q", p.Name, p.Kind)
		}
		var err error
		if made[p.Name], err = build(p, c); err == nil && made[p.Name].Whole != nil {
			made[p.Name], err = deliver(made[p.Name], p, c.Data, zone)
		}
		if err != nil {
			return nil, fmt.Errorf("portal %s: %w", p.Name, err)
		}
	}
	return made, nil
}

// newEngine makes the engine that keeps the portals of a configuration in line.
func (d *Daemon) newEngine(c *config.Config) (*reconcile.Engine, error) {
	portals, err := connectorsOf(c, d.options.Zone)
	if err != nil {
		return nil, err
	}
	return reconcile.New(reconcile.Options{
		Ledger: d.ledger, Look: func() reconcile.Reads { return d.store.Look() }, Connectors: portals, Owner: d.owner,
		WriteFile: d.options.WriteFile, Observer: d.metrics, Grace: grace,
		Log: func(portal, what string, err error) { d.log.Warn().Str("portal", portal).Err(err).Msg(what) },
	})
}

// reconciler runs the engine of the configuration in force until ctx ends.
func (d *Daemon) reconciler(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-d.reloaded: // the engine that is about to start is that one
		default:
		}
		engine := d.engine.Load()
		run, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			if err := engine.Run(run); err != nil {
				d.log.Warn().Err(err).Msg("portals: a lease was not given back")
			}
		}()
		select {
		case <-ctx.Done():
		case <-d.reloaded:
		}
		stop()
		<-done
	}
}
