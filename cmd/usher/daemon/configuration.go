package daemon

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"

	"usher/internal/config"
	"usher/internal/usher"
)

// readConfig reads the configuration anew and checks what only the engine can check.
func (d *Daemon) readConfig() (*config.Config, error) {
	c := d.options.Config
	if c == nil {
		var err error
		if c, err = LoadConfig(d.options.ConfigFile, d.options.Env); err != nil {
			return nil, err
		}
	}
	own := *c
	if d.options.Data != "" {
		own.Data = d.options.Data
	}
	if d.options.Listen != "" {
		own.Listen = d.options.Listen
		if problem, hint := own.ListenProblem(); problem != "" {
			return nil, &usher.InvalidError{Attribute: "--listen", Problem: problem + " (" + hint + ")"}
		}
	}
	var err error
	if own.Data, err = filepath.Abs(own.Data); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	return &own, nil
}

// LoadConfig reads a configuration file, or gives the defaults for none, and checks its
// rules as well. The error is config.Problems where the file is at fault.
func LoadConfig(file string, env func(string) (string, bool)) (*config.Config, error) {
	if file == "" {
		return config.Default(), nil
	}
	return config.Load(file, env, CheckRules, CheckRosters, CheckHandovers, CheckPortals, CheckProfiles, CheckRoles, CheckNotifications)
}

// apply brings the store in line with a configuration: directories and portals at once,
// the policy as a revision, which waits for an admin when somebody would be released.
func (d *Daemon) apply(ctx context.Context, c *config.Config) error {
	engine, err := d.newEngine(c)
	if err != nil {
		return err
	}
	feeds, problems := feedsOf(c)
	if len(problems) > 0 {
		return problems
	}
	by := usher.System("configuration")
	if err := d.ledger.SetUp(ctx, by, setupOf(c)); err != nil {
		return fmt.Errorf("set up: %w", err)
	}
	revision, err := d.ledger.Propose(ctx, by, policyOf(c, d.options.Zone))
	if err != nil {
		return fmt.Errorf("propose the configuration: %w", err)
	}
	if revision.State == usher.RevisionProposed {
		d.log.Warn().Int64("revision", revision.Number).Msgf("the configuration would release people: nothing changes before `usher revisions confirm %d`; `usher revisions show %d` names them", revision.Number, revision.Number)
	}
	d.config.Store(c)
	d.engine.Store(engine)
	d.feeds.Store(&feeds)
	if d.timetable != nil {
		if err := d.timetable.Set(d.jobs()); err != nil {
			return fmt.Errorf("schedules: %w", err)
		}
	}
	wake(d.reloaded)
	return nil
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
	if needsRestart(old, c) {
		d.log.Warn().Msg("listen, public_url, trusted_proxies, data, store, log, metrics, limits, signin (but for its roles) or whether there is tls changed: that counts from the next start")
	}
	d.log.Info().Msg("configuration read again")
	return nil
}

// needsRestart says whether something changed that is bound to the start.
func needsRestart(old, c *config.Config) bool {
	return c.Listen != old.Listen || c.PublicURL != old.PublicURL || !slices.Equal(c.TrustedProxies, old.TrustedProxies) ||
		c.Data != old.Data || c.Store != old.Store || c.Log != old.Log || c.Metrics != old.Metrics || c.Limits != old.Limits ||
		!sameSignIn(c.SignIn, old.SignIn) || (c.TLS == config.TLS{}) != (old.TLS == config.TLS{})
}

// sameSignIn compares all but the roles, which count at once.
func sameSignIn(a, b config.SignIn) bool {
	a.Roles, b.Roles = nil, nil
	return reflect.DeepEqual(a, b)
}
