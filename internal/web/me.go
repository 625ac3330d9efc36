package web

import (
	"context"
	"strconv"

	"usher/internal/usher"
)

// Seat is one seat of somebody, in words for themselves.
type Seat struct {
	// ID is the subscription's, and Subscription its name.
	ID           usher.ID
	Subscription string
	Portal       string
	// Link is where people open the portal; empty where nobody has said.
	Link string
	// KnownAs is the address with which the portal knows them, where it is none that they sign in with; else empty.
	KnownAs string
	// State is empty where there is neither a seat nor a place in the queue.
	State usher.SeatState
	// Since is the day, as 2006-01-02.
	Since string
	// Place and Queue are the place in the queue and its length; zero for none.
	Place, Queue int
	// Because says why, and Waiting what somebody in the queue waits for.
	Because, Waiting string
	// MayAsk and MayGiveBack say what the person can do about it.
	MayAsk, MayGiveBack bool
}

// Seats are what people see of their own.
type Seats interface {
	// SeatsOf are the seats of a person, by subscription.
	SeatsOf(ctx context.Context, person usher.ID) ([]Seat, error)
	// RequestsOf are the newest requests of a person.
	RequestsOf(ctx context.Context, person usher.ID) ([]Request, error)
}

// Asking takes what people want for themselves (the ledger).
type Asking interface {
	AskSeat(ctx context.Context, by usher.Principal, subscription usher.ID, reason string) (usher.SeatRequest, error)
	WithdrawRequest(ctx context.Context, by usher.Principal, number int64) error
	GiveBack(ctx context.Context, by usher.Principal, subscription usher.ID) error
}

var meRoutes = []Route{
	{Method: "GET", Path: "/{$}", Access: usher.AccessAnyone, serve: enter},
	{Method: "GET", Path: "/me", Access: usher.AccessSignedIn, serve: showMe},
	{Method: "POST", Path: "/me/ask", Access: usher.AccessSignedIn, serve: ask},
	{Method: "POST", Path: "/me/withdraw", Access: usher.AccessSignedIn, serve: withdraw},
	{Method: "POST", Path: "/me/give-back", Access: usher.AccessSignedIn, serve: giveBack},
}

// enter is where somebody comes who knows usher's name and nothing else, and after signing in.
func enter(v *visit) error { return v.back(v.home()) }

// showMe is "my seats": each with its state, place in the queue and why.
func showMe(v *visit) error {
	seats, err := v.o.Seats.SeatsOf(v.r.Context(), v.Person.ID)
	if err != nil {
		return err
	}
	requests, err := v.o.Seats.RequestsOf(v.r.Context(), v.Person.ID)
	if err != nil {
		return err
	}
	return v.show("me", struct {
		Seats    []Seat
		Requests []Request
	}{seats, requests})
}

func ask(v *visit) error {
	if _, err := v.o.Asking.AskSeat(v.r.Context(), v.By, usher.ID(v.r.PostFormValue("subscription")), v.r.PostFormValue("reason")); err != nil {
		return err
	}
	return v.done("/me", "asked")
}

func withdraw(v *visit) error {
	number, err := v.number()
	if err != nil {
		return err
	}
	if err := v.o.Asking.WithdrawRequest(v.r.Context(), v.By, number); err != nil {
		return err
	}
	return v.done("/me", "withdrawn")
}

func giveBack(v *visit) error {
	if err := v.o.Asking.GiveBack(v.r.Context(), v.By, usher.ID(v.r.PostFormValue("subscription"))); err != nil {
		return err
	}
	return v.done("/me", "given-back")
}

// number is that of the request which a form is about.
func (v *visit) number() (int64, error) {
	number, err := strconv.ParseInt(v.r.PostFormValue("request"), 10, 64)
	if err != nil {
		return 0, usher.ErrNotFound
	}
	return number, nil
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
