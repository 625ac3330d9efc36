package web

import (
	"context"
	"slices"
	"time"

	"usher/internal/usher"
)

// Request is a seat that somebody asked for.
type Request struct {
	usher.SeatRequest

	// Name is the subscription's, Who and Address the asker's, and Manager their manager.
	Name         string
	Who, Address string
	Manager      usher.ID
	// Asked is the day, as 2006-01-02.
	Asked string
}

// Open says that nobody has answered yet.
func (r Request) Open() bool { return r.State == usher.RequestOpen }

// Requests are what people have asked for.
type Requests interface {
	// OpenRequests are all that can be answered, oldest first.
	OpenRequests(ctx context.Context) ([]Request, error)
}

// Answers takes the answers (the ledger).
type Answers interface {
	AnswerRequest(ctx context.Context, by usher.Principal, number int64, a usher.RequestAnswer) error
}

var requestRoutes = []Route{
	{Method: "GET", Path: "/requests", Access: usher.AccessAnswers, serve: showRequests},
	{Method: "POST", Path: "/requests", Access: usher.AccessAnswers, Fresh: true, serve: answer},
}

// showRequests shows somebody the requests that they may answer.
func showRequests(v *visit) error {
	mine, err := v.requests()
	if err != nil {
		return err
	}
	return v.show("requests", struct{ Requests []Request }{mine})
}

// requests are the open ones that the visitor may answer.
func (v *visit) requests() ([]Request, error) {
	all, err := v.o.Requests.OpenRequests(v.r.Context())
	return slices.DeleteFunc(all, func(r Request) bool { return !v.mayAnswer(r) }), err
}

// mayAnswer says whether a request is for the visitor: as the manager, or for a subscription that they have; never their own.
func (v *visit) mayAnswer(r Request) bool {
	rights := v.By.Rights
	return r.Person != v.Person.ID && (rights.Manager && r.Manager == v.Person.ID || rights.MaySeat(r.Subscription))
}

func answer(v *visit) error {
	number, err := v.number()
	if err != nil {
		return err
	}
	mine, err := v.requests()
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(mine, func(r Request) bool { return r.Number == number }) {
		return usher.ErrNotFound
	}
	a := usher.RequestAnswer{Words: v.r.PostFormValue("words")}
	switch v.r.PostFormValue("answer") {
	case "approve":
		a.Approve = true
	case "refuse":
	default:
		return &usher.InvalidError{Attribute: "answer", Problem: "is neither approve nor refuse"}
	}
	if a.Until, err = v.lastDay("until"); err != nil {
		return err
	}
	if err := v.o.Answers.AnswerRequest(v.r.Context(), v.By, number, a); err != nil {
		return err
	}
	return v.done("/requests", "answered")
}

// lastDay reads a day of a form, which counts to its end in the place where usher runs; zero for none.
func (v *visit) lastDay(field string) (usher.Time, error) {
	text := v.r.PostFormValue(field)
	if text == "" {
		return 0, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, v.o.Now().Location())
	if err != nil {
		return 0, &usher.InvalidError{Attribute: field, Problem: "is not a day written as YYYY-MM-DD"}
	}
	return usher.TimeOf(day.AddDate(0, 0, 1)), nil
}
