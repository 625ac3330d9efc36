package web

import (
	"context"

	"usher/internal/usher"
)

// Sessions are where people are signed in.
type Sessions interface {
	// SignOutEverywhere ends all sessions of a person.
	SignOutEverywhere(ctx context.Context, by usher.Principal, person usher.ID) error
}

var signOutRoutes = []Route{{Method: "POST", Path: "/signout/everywhere", Access: usher.AccessSignedIn, serve: signOutEverywhere}}

// signOutEverywhere ends all of one's own sessions, this one too. It needs no fresh sign-in: whoever finds a stranger in
// their account must not have to wait.
func signOutEverywhere(v *visit) error {
	if err := v.o.Sessions.SignOutEverywhere(v.r.Context(), v.By, v.Person.ID); err != nil {
		return err
	}
	return v.back("/signin?next=%2Fme")
}
