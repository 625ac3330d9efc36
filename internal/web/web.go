// Package web is what people see of usher in a browser once they are signed in.
//
// Its invariant: a page shows what the person who is signed in may see, and decides nothing: every answer comes from the
// same reads as the command line's.
package web

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"html/template"
	"net/http"

	"usher/internal/usher"
)

// Seat is one seat of somebody, in words for themselves.
type Seat struct {
	Subscription string
	Portal       string
	// State is empty where there is neither a seat nor a place in the queue.
	State usher.SeatState
	// Since is the day, as 2006-01-02.
	Since string
	// Place and Queue are the place in the queue and its length; zero for none.
	Place, Queue int
	// Because says why, and Waiting what somebody in the queue waits for.
	Because, Waiting string
}

// Reads are what the pages show.
type Reads interface {
	// SeatsOf are the seats of a person, by subscription.
	SeatsOf(ctx context.Context, person usher.ID) ([]Seat, error)
}

// Options are what the pages work with.
type Options struct {
	Reads Reads
	// Who is signed in; ErrSignedOut for nobody.
	Who func(*http.Request) (usher.Person, error)
	// Failed hears what went wrong on our side.
	Failed func(*http.Request, error)
}

// ErrSignedOut says that a request is nobody's.
var ErrSignedOut = errors.New("not signed in")

//go:embed templates/pages.html
var pagesText string

var pages = template.Must(template.New("pages").Parse(pagesText))

// policy lets a page load our own style sheet. Signing out goes on to the provider, and browsers hold that against
// form-action.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' https:"

// MePath is the page of somebody's own seats.
const MePath = "/me"

// Me answers GET on MePath: my seats, each with its state, place in the queue and why.
func Me(o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers(w)
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		p, err := o.Who(r)
		switch {
		case errors.Is(err, ErrSignedOut):
			http.Redirect(w, r, "/signin?next="+MePath, http.StatusSeeOther)
			return
		case err != nil:
			o.failed(w, r, err)
			return
		}
		seats, err := o.Reads.SeatsOf(r.Context(), p.ID)
		if err != nil {
			o.failed(w, r, err)
			return
		}
		o.show(w, r, "me", struct {
			Name  string
			Seats []Seat
		}{p.Name(), seats})
	})
}

func headers(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
}

func (o Options) show(w http.ResponseWriter, r *http.Request, name string, data any) {
	var text bytes.Buffer
	if err := pages.ExecuteTemplate(&text, name, data); err != nil {
		o.failed(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(text.Bytes())
}

func (o Options) failed(w http.ResponseWriter, r *http.Request, err error) {
	o.Failed(r, err)
	w.Header().Set("Retry-After", "10")
	http.Error(w, "Something went wrong on our side. Try again in a moment.", http.StatusServiceUnavailable)
}

// Words says in words what a state means to the person.
func (s Seat) Words() string {
	switch s.State {
	case usher.Queued:
		return "in the queue"
	case usher.Invited:
		return "invited: look for the portal's mail"
	case usher.Active:
		return "yours"
	case usher.Releasing, usher.Released:
		return "ending"
	}
	return "none"
}
