package daemon

import (
	"context"
	"net/http"
	"time"
)

// ready says whether requests should be sent here: the database answers with a schema
// that this binary knows, and usher is not about to stop. Configuration and schema were
// checked before the first request could come.
func (d *Daemon) ready(w http.ResponseWriter, r *http.Request) {
	if d.stopping.Load() {
		plain(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	version, err := d.store.Schema(ctx)
	switch {
	case err != nil:
		d.log.Warn().Err(err).Msg("not ready: the database does not answer")
		plain(w, http.StatusServiceUnavailable, "the database does not answer")
	case version != d.schema:
		plain(w, http.StatusServiceUnavailable, "the database has another schema than this usher")
	default:
		plain(w, http.StatusOK, "ready")
	}
}
