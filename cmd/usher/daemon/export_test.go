package daemon

import (
	"context"

	"usher/internal/usher"
)

// Post sends the mail that is due, as the postman does, and knows of no failure before.
func (d *Daemon) Post(ctx context.Context) error { return d.post(ctx, map[usher.ID]pause{}) }
