package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
)

// CompanyOptions say where the company lives.
type CompanyOptions struct {
	// Data is the folder of the installation; it has to be empty.
	Data string
	// Listen is where its daemon listens; empty for the usual address, or any free one when that is taken.
	Listen string
	// Now is the end of the history; zero for the machine's time.
	Now time.Time
	// Command answers the control socket, as in [daemon.Options].
	Command daemon.Command
	// Report hears how far the history is; nil: nobody does.
	Report func(string)
}

// Company is an installation of usher that looks after 300 people and has 90 days behind it. Its portals are in
// this process.
type Company struct {
	// Daemon is open, with the machine's clock; whoever opened the company has it serve, which closes it.
	Daemon *daemon.Daemon

	staff   *staff
	portals *counterparts
	log     *os.File
}

// OpenCompany makes the company and its history, which takes some seconds, and opens its daemon. What the daemon
// logs is in usher.log in its folder.
func OpenCompany(ctx context.Context, o CompanyOptions) (_ *Company, err error) {
	c := &Company{}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("company: %w", err), c.Close())
		}
	}()
	token := rand.Text()
	if c.portals, err = openCounterparts(ctx, token); err != nil {
		return nil, err
	}
	if c.log, err = os.Create(filepath.Join(o.Data, "usher.log")); err != nil {
		return nil, err
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	how := daemon.Options{Log: daemon.NewLog(config.Log{Level: "info", Format: "json"}, c.log)}
	left, err := makeHistory(ctx, o, newSettings(o.Data, token, c.portals, o.Now), c.portals, how)
	if err != nil {
		return nil, err
	}
	c.staff = left.staff
	left.settings.schedules(o.Now) // not before: they run by the machine's clock
	how.ConfigFile, how.Data, how.Env, how.Command, how.Zone = left.file("usher.yaml"), o.Data, left.settings.lookUp, o.Command, time.UTC
	if how.Listen = o.Listen; how.Listen != "" {
		c.Daemon, err = daemon.Open(ctx, how)
	} else {
		c.Daemon, err = openDaemon(ctx, how)
	}
	return c, err
}

// makeHistory plays the whole history on a daemon that is closed afterwards.
func makeHistory(ctx context.Context, o CompanyOptions, s settings, portals *counterparts, how daemon.Options) (*history, error) {
	h, err := newHistory(ctx, o.Data, o.Now, s, portals, how)
	if err != nil {
		return nil, err
	}
	h.report = o.Report
	return h, serve(ctx, h.Daemon, func(ctx context.Context) error {
		return h.play(ctx, append(past(), today()...))
	})
}

// Close ends what Serve does not: the portals and the log.
func (c *Company) Close() error {
	var errs []error
	if c.portals != nil {
		errs = append(errs, c.portals.close())
	}
	if c.log != nil {
		errs = append(errs, c.log.Close())
	}
	return errors.Join(errs...)
}
