package api

import (
	"slices"

	"usher/internal/usher"
)

// Route is one thing that can be asked for.
type Route struct {
	Method, Path string // as in http.ServeMux
	// Scope is what a token needs for it; empty: anybody may ask.
	Scope usher.Scope
	// Query are the names of the parameters that it takes, and Body the zero value of what it
	// takes as JSON; nil: nothing of ours.
	Query []string
	Body  any
	serve func(*visit) (any, error)
}

// Routes are all routes. A new one gets a row here and its place in openapi.yaml.
func Routes() []Route {
	return slices.Concat(peopleRoutes, seatRoutes, planRoutes, holdRoutes, portalRoutes, eventRoutes, directoryRoutes, documentRoutes)
}

// sets is a body of another status than 200.
type sets struct {
	status int
	body   any
}
