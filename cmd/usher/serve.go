package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"usher/cmd/usher/daemon"
)

// serveCmd is the daemon.
type serveCmd struct {
	Listen string `placeholder:"ADDR" help:"host:port to listen on; counts instead of the configuration's. Default: 127.0.0.1:8080."`
	NewKey bool   `help:"Accept another installation key, because the old one is lost: every token must be made anew."`
}

// Help implements kong.HelpProvider.
func (serveCmd) Help() string {
	return `Without a configuration usher keeps everything in SQLite in the folder usher-data and listens on 127.0.0.1:8080. The first start makes the SCIM directory "default" and writes its token into the data folder.

SIGHUP reads the configuration again; SIGTERM finishes what is under way and stops.

Examples:
  usher serve
  usher serve --config /etc/usher/usher.yaml`
}

// Run implements kong's contract.
func (c *serveCmd) Run(s *shell) error {
	cfg, err := daemon.LoadConfig(s.config, s.env)
	if err != nil {
		return err
	}
	log := daemon.NewLog(cfg.Log, s.stderr)
	d, err := daemon.Open(s.ctx, daemon.Options{
		ConfigFile: s.config, Data: s.data, Listen: c.Listen, Env: s.env, Log: log, NewKey: c.NewKey, Command: inDaemon,
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "SCIM base URL: %s\n", d.SCIMURL())
	if file := d.TokenFile(); file != "" {
		fmt.Fprintf(s.stdout, "Token of the directory default: in %s\n", file)
	}
	_, restored, err := d.Ledger().Restored(s.ctx)
	if err != nil {
		return errors.Join(err, d.Close())
	}
	if restored {
		log.Warn().Msg("the store was restored from a backup: portals are told nothing before `usher resume`")
	}
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-hangup:
				if err := d.Reload(ctx); err != nil {
					log.Error().Err(err).Msg("the configuration cannot be used; the old one stays")
				}
			}
		}
	}()
	return d.Serve(ctx)
}
