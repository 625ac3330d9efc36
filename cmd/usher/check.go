package main

import (
	"errors"
	"fmt"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
)

// checkCmd checks the configuration and then the store.
type checkCmd struct {
	ConfigOnly bool `help:"Leave the store alone."`
}

// Help implements kong.HelpProvider.
func (checkCmd) Help() string {
	return `Every mistake in the configuration is reported with its place. The exit code is 0 when nothing is wrong.

Examples:
  usher check --config usher.yaml --config-only
  usher check`
}

// Run implements kong's contract.
func (c *checkCmd) Run(s *shell) error {
	_, err := daemon.LoadConfig(s.config, s.env)
	if problems, ok := errors.AsType[config.Problems](err); ok {
		for _, p := range problems {
			fmt.Fprintln(s.stderr, p)
		}
		return exitCode(exitFailed)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(s.stdout, "The configuration is right.")
	return nil
}
