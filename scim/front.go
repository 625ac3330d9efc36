package scim

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"usher/internal/usher"
)

// ServeHTTP implements http.Handler: the front through which every request passes.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), s.Deadline)
	defer cancel()
	r = r.WithContext(ctx)
	a, err := s.serve(w, r)
	if err != nil {
		a = s.refusal(r, err)
	}
	if err := a.write(w); err != nil {
		s.OnError(r, err)
	}
}

// serve authenticates before anything about the path is known, so that no spelling of
// a path can get around it.
func (s *server) serve(w http.ResponseWriter, r *http.Request) (answer, error) {
	who, err := s.authenticate(r)
	if err != nil {
		return answer{}, err
	}
	if err := within(s.tokens, who.Token); err != nil {
		return answer{}, err
	}
	t, err := s.route(r.URL.Path)
	if err != nil {
		return answer{}, err
	}
	if err := t.permit(r.Method); err != nil {
		return answer{}, err
	}
	return t.serve(w, r, who)
}

// authenticate knows the caller or refuses. Only refused credentials count against a
// client: a request without any guesses nothing, and clients that share an address with
// a guesser are still let in.
func (s *server) authenticate(r *http.Request) (usher.Principal, error) {
	who, err := s.Authenticate(r)
	switch {
	case err == nil && who.Directory != "":
		return who, nil
	case err != nil && !errors.Is(err, usher.ErrNotFound) && !errors.Is(err, usher.ErrInvalid):
		return usher.Principal{}, err
	}
	if r.Header.Get("Authorization") != "" {
		if err := within(s.failures, s.ClientIP(r)); err != nil {
			return usher.Principal{}, err
		}
	}
	return usher.Principal{}, &refused{
		problem: &problem{status: http.StatusUnauthorized, detail: "a valid bearer token of a directory is required"},
		header:  "WWW-Authenticate",
		value:   `Bearer realm="usher"`,
	}
}

// target is what a path leads to.
type target struct {
	methods []string // all that it answers; nil for any
	serve   func(w http.ResponseWriter, r *http.Request, who usher.Principal) (answer, error)
}

// permit is a 405 unless the target answers the method.
func (t target) permit(method string) error {
	if t.methods == nil || slices.Contains(t.methods, method) {
		return nil
	}
	return &refused{
		problem: &problem{status: http.StatusMethodNotAllowed, detail: "the method is not supported here; Allow names those that are"},
		header:  "Allow",
		value:   strings.Join(t.methods, ", "),
	}
}

// route reads the decoded path, and nothing else of the URL, once: endpoints in any
// case, at most one trailing slash.
func (s *server) route(path string) (target, error) {
	path = strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	endpoint, rest, deeper := strings.Cut(path, "/")
	switch strings.ToLower(endpoint) {
	case "users":
		return s.users.route(rest, deeper)
	case "groups":
		return s.groups.route(rest, deeper)
	case "serviceproviderconfig", "schemas", "resourcetypes":
		return s.discover(endpoint, rest, deeper)
	case "", ".search", "me", "bulk":
		if !deeper {
			return target{}, notImplemented()
		}
	}
	return target{}, notFound()
}
