package main

import (
	"fmt"
	"runtime"

	"usher/cmd/usher/daemon"
)

// versionCmd says which usher this is.
type versionCmd struct{}

// Run implements kong's contract.
func (versionCmd) Run(s *shell) error {
	_, err := fmt.Fprintf(s.stdout, "usher %s (%s %s/%s)\n", daemon.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
