package web

import (
	"context"
	"strconv"

	"usher/internal/usher"
)

// Revisions are the states of subscriptions, rules, teams and guards that a changed configuration proposes.
type Revisions interface {
	Revisions(ctx context.Context, limit int) ([]usher.RevisionView, error)
	// Revision shows one with whose seats it would change, as far as a query selects them.
	Revision(ctx context.Context, number int64, q usher.SeatQuery) (usher.RevisionView, usher.Listed[usher.PlannedSeat], error)
	Activate(ctx context.Context, by usher.Principal, number int64) (usher.Revision, error)
	Discard(ctx context.Context, by usher.Principal, number int64) error
}

var revisionRoutes = []Route{
	{Method: "GET", Path: "/revisions/{number}", Access: usher.AccessOverseers, serve: showRevision},
	{Method: "POST", Path: "/revisions/{number}/confirm", Access: usher.AccessDeciders, Fresh: true, serve: confirmRevision},
	{Method: "POST", Path: "/revisions/{number}/discard", Access: usher.AccessDeciders, Fresh: true, serve: discardRevision},
}

// revision is a revision in words.
type revision struct{ usher.RevisionView }

// Words says how it stands.
func (r revision) Words() string {
	return map[usher.RevisionState]string{
		usher.RevisionProposed: "to be decided", usher.RevisionActive: "in force", usher.RevisionPast: "was in force",
		usher.RevisionDiscarded: "discarded", usher.RevisionSuperseded: "another one came",
	}[r.State]
}

// Tag is the class of the mark beside it.
func (r revision) Tag() string {
	switch r.State {
	case usher.RevisionProposed:
		return "tag-warn"
	case usher.RevisionActive:
		return "tag-good"
	}
	return ""
}

// Proposed says that somebody has to decide about it.
func (r revision) Proposed() bool { return r.State == usher.RevisionProposed }

// Releases is how many seats it would release.
func (r revision) Releases() (n int) {
	for _, c := range r.Seats {
		if c.Kind == usher.PlanRelease {
			n += c.Seats
		}
	}
	return n
}

// Others is how many other seats it would change.
func (r revision) Others() int { return inAll(r.Seats) - r.Releases() }

type revisionPage struct {
	revision

	Pools  []poolRow
	Kinds  []usher.PlanChange
	Listed []usher.PlannedSeat
	Some   bool // only those of one subscription or kind are listed
	More   string
}

func (p revisionPage) path() string { return revisionPath(p.Number) }

func revisionPath(number int64) string { return "/revisions/" + strconv.FormatInt(number, 10) }

// SeatsOf is where it is said whose seats they are.
func (p revisionPage) SeatsOf(c usher.SeatCount) string {
	return moreSeats(p.path(), usher.SeatQuery{Subscription: c.Subscription, Kind: c.Kind}, nil)
}

func showRevision(v *visit) error {
	number, err := v.pathNumber()
	if err != nil {
		return err
	}
	q, err := v.seatQuery()
	if err != nil {
		return err
	}
	found, seats, err := v.o.Revisions.Revision(v.r.Context(), number, q)
	if err != nil {
		return err
	}
	page := revisionPage{revision: revision{found}, Pools: poolRows(found.Seats), Kinds: seatKinds, Listed: seats.Items, Some: q.Subscription != "" || q.Kind != ""}
	if seats.Next != nil {
		page.More = moreSeats(page.path(), q, seats.Next)
	}
	return v.showTitled("revision", "Revision "+strconv.FormatInt(number, 10)+" of the configuration", page)
}

func confirmRevision(v *visit) error {
	return v.decideRevision("revision-confirmed", func(ctx context.Context, by usher.Principal, number int64) error {
		_, err := v.o.Revisions.Activate(ctx, by, number)
		return err
	})
}

func discardRevision(v *visit) error {
	return v.decideRevision("revision-discarded", v.o.Revisions.Discard)
}

func (v *visit) decideRevision(done string, decide func(ctx context.Context, by usher.Principal, number int64) error) error {
	number, by, err := v.decision()
	if err != nil {
		return err
	}
	if err := decide(v.lasting(), by, number); err != nil {
		return err
	}
	return v.done(revisionPath(number), done)
}
