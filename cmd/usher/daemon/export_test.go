package daemon

import (
	"context"

	"usher/internal/usher"
)

// Post sends the mail that is due, as the postman does, and knows of no failure before.
func (d *Daemon) Post(ctx context.Context) error { return d.post(ctx, map[usher.ID]pause{}) }

// SCIMRoutes and PlainRoutes are the paths that have no list of their own.
func SCIMRoutes() []string  { return scimRoutes() }
func PlainRoutes() []string { return plainRoutes() }

// SCIMRoot is where those of SCIM stand.
const SCIMRoot = scimRoot
