package scimout

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"usher/connectors"
	"usher/internal/usher"
)

// config is what the portal says of itself (RFC 7643 5), asked for once.
type config struct {
	mu    sync.Mutex
	known bool
	patch bool
}

// patches says whether the portal takes PATCH. A portal that does not say so does, until
// it refuses one.
func (c *Connector) patches(ctx context.Context) (bool, error) {
	c.config.mu.Lock()
	defer c.config.mu.Unlock()
	if c.config.known {
		return c.config.patch, nil
	}
	a, err := c.do(ctx, request{method: http.MethodGet, path: "/ServiceProviderConfig"})
	var f *connectors.Failure
	if errors.As(err, &f) && f.Result != usher.Refused {
		return false, err
	}
	object, ok := a.object()
	c.config.known = gone(err) || (err == nil && ok)
	c.config.patch = err != nil || text(object, "patch", "supported") != "false"
	return c.config.patch, nil
}

// noPatch notes that the portal refused a PATCH as such.
func (c *Connector) noPatch() {
	c.config.mu.Lock()
	defer c.config.mu.Unlock()
	c.config.known, c.config.patch = true, false
}
