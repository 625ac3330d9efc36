package daemon

import (
	"context"

	"usher/internal/usher"
)

// rights are what somebody may do who is signed in over a session.
func (d *Daemon) rights(ctx context.Context, s usher.Session, p usher.Person) (usher.Rights, error) {
	manager, err := d.store.Look().HasReports(ctx, p.ID)
	return usher.Rights{Manager: manager}, err
}
