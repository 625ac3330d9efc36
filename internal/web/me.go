package web

import (
	"context"

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

// Seats are what people see of their own.
type Seats interface {
	// SeatsOf are the seats of a person, by subscription.
	SeatsOf(ctx context.Context, person usher.ID) ([]Seat, error)
}

var meRoutes = []Route{{Method: "GET", Path: "/me", Access: usher.AccessSignedIn, serve: showMe}}

// showMe is "my seats": each with its state, place in the queue and why.
func showMe(v *visit) error {
	seats, err := v.o.Seats.SeatsOf(v.r.Context(), v.Person.ID)
	if err != nil {
		return err
	}
	return v.show("me", struct{ Seats []Seat }{seats})
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
