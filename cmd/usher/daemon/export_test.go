package daemon

import (
	"context"
	"time"

	"usher/internal/config"
	"usher/internal/usher"
	"usher/sync/schedule"
)

// Post sends the mail that is due, as the postman does, and knows of no failure before.
func (d *Daemon) Post(ctx context.Context) error { return d.post(ctx, map[usher.ID]pause{}) }

// Notify looks what is amiss and sends what is due, as the notifier does.
func (d *Daemon) Notify(ctx context.Context) error { return d.notify(ctx) }

// Digest keeps the digest of a slot, as the timetable has it done.
func (d *Daemon) Digest(ctx context.Context, slot string) error { return d.digest(ctx, slot) }

// DigestJobs are the jobs that make the digest.
func DigestJobs(c *config.Config) []schedule.Job {
	return (&Daemon{options: Options{Zone: time.UTC}}).digestJobs(c)
}

// SCIMRoutes and PlainRoutes are the paths that have no list of their own.
func SCIMRoutes() []string  { return scimRoutes() }
func PlainRoutes() []string { return plainRoutes() }

// SCIMRoot is where those of SCIM stand.
const SCIMRoot = scimRoot
