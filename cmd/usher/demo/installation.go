package demo

import (
	"cmp"
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
	// Listen is where its daemon listens, or at any free port when that is taken; empty for the usual address.
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

	staff  *staff
	around *counterparts
	log    *os.File
}

// OpenCompany makes the company and its history, which takes some seconds, and opens its daemon. What the daemon
// logs is in usher.log in its folder.
func OpenCompany(ctx context.Context, o CompanyOptions) (*Company, error) {
	c := &Company{}
	if err := c.open(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("company: %w", err), c.Close())
	}
	return c, nil
}

func (c *Company) open(ctx context.Context, o CompanyOptions) (err error) {
	token := rand.Text()
	if c.around, err = openCounterparts(ctx, token); err != nil {
		return err
	}
	if c.log, err = os.Create(filepath.Join(o.Data, "usher.log")); err != nil {
		return err
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	how := daemon.Options{Log: daemon.NewLog(config.Log{Level: "info", Format: "json"}, c.log)}
	s := newSettings(o.Data, token, c.around, o.Now)
	if err := c.play(ctx, o, s, how); err != nil {
		return err
	}
	s.schedules(o.Now) // not before: they run by the machine's clock
	how.ConfigFile, how.Data, how.Env, how.Command, how.Zone = configurationIn(o.Data), o.Data, s.lookUp, o.Command, time.UTC
	how.Listen = cmp.Or(o.Listen, usualListen)
	if c.Daemon, err = openDaemon(ctx, how); err != nil {
		return err
	}
	c.around.identity.serves(c.Daemon.URL()+"/sso/"+staffConnection+"/callback", c.staff.guises())
	return nil
}

// play plays the whole history on a daemon that is closed afterwards.
func (c *Company) play(ctx context.Context, o CompanyOptions, s settings, how daemon.Options) error {
	h := &history{today: o.Now, data: o.Data, settings: s, portals: c.around, report: o.Report}
	if err := h.open(ctx, how); err != nil {
		return err
	}
	c.staff = h.staff
	err := serve(ctx, h.Daemon, func(ctx context.Context) error { return h.play(ctx, append(past(), today()...)) })
	return errors.Join(err, ctx.Err())
}

// Close ends what Serve does not: the portals and the log.
func (c *Company) Close() error {
	var errs []error
	if c.around != nil {
		errs = append(errs, c.around.close())
	}
	if c.log != nil {
		errs = append(errs, c.log.Close())
	}
	return errors.Join(errs...)
}
