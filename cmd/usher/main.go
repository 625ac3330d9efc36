// Command usher shows people to their seats.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	_ "time/tzdata" // schedules and dates have zones, also where the machine knows none
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, process{args: os.Args[1:], stdout: os.Stdout, stderr: os.Stderr, env: os.LookupEnv})
	stop()
	os.Exit(code)
}
