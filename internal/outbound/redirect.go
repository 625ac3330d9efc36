package outbound

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// maxRedirects is the most that one request follows.
const maxRedirects = 3

// checkRedirect follows a redirect only within the origin (scheme, host and port) of the first request, because its
// credentials are meant for that origin, and only with the same method: net/http turns a redirected POST into a GET, and
// the change would be lost without an error. The target's path may hold secrets and is not shown.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case len(via) > maxRedirects:
		return fmt.Errorf("%w: more than %d in a row", ErrForbiddenRedirect, maxRedirects)
	case origin(req.URL) != origin(first.URL):
		return fmt.Errorf("%w: it leads from %s to %s; configure the final address", ErrForbiddenRedirect, origin(first.URL), origin(req.URL))
	case req.Method != first.Method:
		return fmt.Errorf("%w: %s would become %s; configure the final address", ErrForbiddenRedirect, first.Method, req.Method)
	}
	return nil
}

func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}
