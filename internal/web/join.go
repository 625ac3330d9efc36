package web

import (
	"context"
	"errors"
	"net/http"

	"usher/internal/usher"
)

// Joining lets people take what a join link gives.
type Joining interface {
	// JoinLink is the link of a code, with the names of what it would give the person. usher.ErrNotFound: there is none;
	// *usher.InvalidError: it gives them nothing, and why.
	JoinLink(ctx context.Context, person usher.ID, code string) (usher.JoinLink, []string, error)
	UseJoinLink(ctx context.Context, by usher.Principal, code string) (usher.JoinLink, error)
}

var joinRoutes = []Route{
	{Method: "GET", Path: usher.JoinPath + "{code}", Access: usher.AccessSignedIn, serve: showJoin},
	{Method: "POST", Path: usher.JoinPath + "{code}", Access: usher.AccessSignedIn, serve: join},
}

// showJoin says what a link gives. Following it changes nothing: mail programs and chats follow links too.
func showJoin(v *visit) error {
	link, names, err := v.o.Joining.JoinLink(v.r.Context(), v.Person.ID, v.r.PathValue("code"))
	if errors.Is(err, usher.ErrNotFound) {
		v.tell(http.StatusNotFound, "There is no such join link. Make sure that you have all of it, or ask whoever gave it to you.")
		return nil
	}
	if err != nil {
		return err
	}
	return v.show("join", struct {
		From, Action string
		Names        []string
	}{link.CreatedBy, v.r.URL.Path, names})
}

func join(v *visit) error {
	if _, err := v.o.Joining.UseJoinLink(v.r.Context(), v.By, v.r.PathValue("code")); err != nil {
		return err
	}
	return v.done("/me", "joined")
}
