package daemon

import (
	"net/http"
	"slices"
	"strings"

	"usher/internal/api"
	"usher/internal/config"
	"usher/internal/usher"
	"usher/internal/web"
	"usher/scim"
	"usher/sso"
)

// scimRoot is where the SCIM tree stands.
const scimRoot = "/scim/v2"

// The names of routes, in the log and in metrics. A path never gets there itself.
const (
	routeHealth  = "/healthz"
	routeReady   = "/readyz"
	routeMetrics = "/metrics"
	routePages   = "/me"
	routeSignIn  = "/signin"
	routeSSO     = "/sso"
	routeNone    = "none"
)

// scimRoutes are the endpoints of the SCIM tree.
func scimRoutes() []string {
	return []string{"/Users", "/Groups", "/Schemas", "/ResourceTypes", "/ServiceProviderConfig"}
}

// plainRoutes are those that answer everybody in plain text.
func plainRoutes() []string { return []string{routeHealth, routeReady, routeMetrics} }

// routeOf names the route of a path. The path is the decoded one and is read once, here
// and in dispatch: it is never cleaned and never redirected, so there is no second
// spelling that one part of usher understands and another does not.
func routeOf(path string) string {
	switch {
	case slices.Contains(plainRoutes(), path):
		return path
	case strings.HasPrefix(path, "/sso/"):
		return routeSSO
	case sso.Owns(path):
		return routeSignIn
	case web.Owns(path):
		return routePages
	}
	if route, ours := api.RouteOf(path); ours {
		return route
	}
	rest, ok := belowSCIM(path)
	if !ok {
		return routeNone
	}
	for _, endpoint := range scimRoutes() {
		if len(rest) < len(endpoint) || !strings.EqualFold(rest[:len(endpoint)], endpoint) {
			continue
		}
		switch tail := strings.TrimSuffix(rest[len(endpoint):], "/"); {
		case tail == "":
			return scimRoot + endpoint
		case strings.EqualFold(tail, "/.search"):
			return scimRoot + endpoint + "/.search"
		case tail[0] == '/':
			return scimRoot + endpoint + "/{id}"
		}
	}
	return scimRoot
}

// belowSCIM is what a path says below the SCIM root.
func belowSCIM(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, scimRoot)
	return rest, ok && (rest == "" || rest[0] == '/')
}

// routes is the one way in.
func (d *Daemon) routes(c *config.Config) (http.Handler, error) {
	trusted := proxies(c.TrustedProxies)
	door, err := scim.New(scim.Options{
		Reader: d.store, Writer: d.ledger, Authenticate: d.authenticateKind(usher.DirectorySCIM), BaseURL: d.SCIMURL(), ClientIP: trusted.client,
		Rate: float64(c.Limits.Rate), Burst: c.Limits.Burst, Now: d.options.Clock,
		OnError: d.requestFailed,
	})
	if err != nil {
		return nil, err
	}
	files := uploads{d, newUploadPace(c.Limits.Uploads, d.options.Clock)}
	to := doors{scim: door, api: d.newAPI(c, files), desk: d.desk, pages: d.pages(files)}
	return d.watch(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if trusted.secure(r) {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		d.dispatch(w, r, to, c.Metrics.Listen == "")
	})), nil
}

func (d *Daemon) requestFailed(r *http.Request, err error) {
	d.log.Error().Err(err).Str("request", visitOf(r).id).Msg("request failed")
}

// doors are what stands behind the one way in.
type doors struct{ scim, api, desk, pages http.Handler }

func (d *Daemon) dispatch(w http.ResponseWriter, r *http.Request, to doors, metrics bool) {
	if rest, ok := belowSCIM(r.URL.Path); ok {
		to.scim.ServeHTTP(w, at(r, rest))
		return
	}
	if strings.HasPrefix(r.URL.Path, api.Root) {
		to.api.ServeHTTP(w, r)
		return
	}
	switch path := r.URL.Path; {
	case sso.Owns(path):
		to.desk.ServeHTTP(w, r)
	case web.Owns(path):
		to.pages.ServeHTTP(w, r)
	case path == routeHealth:
		reading(w, r, func() { plain(w, http.StatusOK, "alive") })
	case path == routeReady:
		reading(w, r, func() { d.ready(w, r) })
	case path == routeMetrics && metrics:
		reading(w, r, func() { d.metrics.ServeHTTP(w, r) })
	default:
		plain(w, http.StatusNotFound, "nothing is here")
	}
}

// at is a request for another path.
func at(r *http.Request, path string) *http.Request {
	url := *r.URL
	url.Path, url.RawPath = path, ""
	r = r.WithContext(r.Context())
	r.URL = &url
	return r
}

// reading answers GET and HEAD only.
func reading(w http.ResponseWriter, r *http.Request, answer func()) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		plain(w, http.StatusMethodNotAllowed, "this is for reading")
		return
	}
	answer()
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}

// methodOf is a method for the log: one that exists.
func methodOf(method string) string {
	known := []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}
	if slices.Contains(known, method) {
		return method
	}
	return "other"
}
