package api

import (
	"context"
	"time"

	"usher/internal/usher"
)

// Seat is what somebody has of one subscription, and why: ledger.ExplainedSeat says what its fields
// mean.
type Seat struct {
	Subscription string          `json:"subscription"`
	Portal       string          `json:"portal"`
	State        usher.SeatState `json:"state,omitempty"`
	Since        time.Time       `json:"since,omitzero"`
	Because      string          `json:"because"`
	Place        int             `json:"place,omitempty"`
	Queue        int             `json:"queue,omitempty"`
	Waiting      string          `json:"waiting,omitempty"`
	Priority     string          `json:"priority,omitempty"`
	Ahead        []string        `json:"ahead,omitempty"`
	LeavingAt    time.Time       `json:"leavingAt,omitzero"`
	DueAt        time.Time       `json:"dueAt,omitzero"`
	Hold         int64           `json:"hold,omitempty"`
	HeldBecause  string          `json:"heldBecause,omitempty"`
	Before       string          `json:"before,omitempty"`
	Parked       bool            `json:"parked,omitempty"`
	Purchased    int             `json:"purchased"`
	Used         int             `json:"used"`
	StartsAt     time.Time       `json:"startsAt,omitzero"`
	EndsAt       time.Time       `json:"endsAt,omitzero"`
}

// Seats are the seats of single people.
type Seats interface {
	// SeatsOf are a person's, of every subscription.
	SeatsOf(ctx context.Context, person usher.ID) ([]Seat, error)
	// Subscription is the id of the subscription of that name.
	Subscription(ctx context.Context, name string) (usher.ID, error)
}

var seatRoutes = []Route{
	{Method: "GET", Path: "/api/v1/subscriptions", Scope: usher.ScopeSeatsRead, Query: []string{"state"}, serve: listPools},
	{Method: "GET", Path: "/api/v1/subscriptions/{name}/seats", Scope: usher.ScopeSeatsRead, Query: []string{"state", "limit", "after"}, serve: listSeats},
	{Method: "PUT", Path: "/api/v1/subscriptions/{name}/decisions/{id}", Scope: usher.ScopeSeatsWrite, Body: Decision{}, serve: decide},
	{Method: "DELETE", Path: "/api/v1/subscriptions/{name}/decisions/{id}", Scope: usher.ScopeSeatsWrite, Query: []string{"reason"}, serve: clearDecision},
	{Method: "POST", Path: "/api/v1/subscriptions/{name}/seats/{id}/release", Scope: usher.ScopeSeatsWrite, Body: Reason{}, serve: release},
}

// Decision is what is decided about somebody's seat.
type Decision struct {
	Decision string `json:"decision"` // grant or withhold
	// Until is the last day of it, as 2006-01-02; empty: until it is taken back.
	Until  string `json:"until,omitempty"`
	Reason string `json:"reason"`
}

// Reason is why something is done.
type Reason struct {
	Reason string `json:"reason"`
}

func listPools(v *visit) (any, error) {
	state, err := v.choice("state", "current", "all")
	if err != nil {
		return nil, err
	}
	return whole(v.Reads.Pools(v.r.Context(), state == "all"))
}

func listSeats(v *visit) (any, error) {
	state, err := v.choice("state", "", string(usher.Queued), string(usher.Invited), string(usher.Active), string(usher.Releasing))
	if err != nil {
		return nil, err
	}
	after, n, err := v.part()
	if err != nil {
		return nil, err
	}
	list, err := v.Reads.Seated(v.r.Context(), v.r.PathValue("name"), usher.SeatState(state), after.ID, n)
	return pageOf(list), err
}

// decide writes a decision over an earlier one.
func decide(v *visit) (any, error) {
	var d Decision
	if err := v.read(&d); err != nil {
		return nil, err
	}
	if err := reason(d.Reason); err != nil {
		return nil, err
	}
	until, err := v.day("until", d.Until)
	if err != nil {
		return nil, err
	}
	write := v.Writes.Grant
	switch d.Decision {
	case "grant":
	case "withhold":
		write = v.Writes.Withhold
	default:
		return nil, invalid("decision", "is neither grant nor withhold")
	}
	return v.seat(d.Reason, func(by usher.Principal, subscription, person usher.ID) error {
		return write(v.r.Context(), by, subscription, person, until)
	})
}

// clearDecision takes a decision back: the rule decides again.
func clearDecision(v *visit) (any, error) {
	why := v.query.Get("reason")
	if err := reason(why); err != nil {
		return nil, err
	}
	return v.seat(why, func(by usher.Principal, subscription, person usher.ID) error {
		return v.Writes.ClearDecision(v.r.Context(), by, subscription, person)
	})
}

func release(v *visit) (any, error) {
	var why Reason
	if err := v.readReason(&why, &why.Reason); err != nil {
		return nil, err
	}
	return v.seat(why.Reason, func(by usher.Principal, subscription, person usher.ID) error {
		return v.Writes.Release(v.r.Context(), by, subscription, person)
	})
}

// readReason reads a body that bears a reason.
func (v *visit) readReason(into any, why *string) error {
	if err := v.read(into); err != nil {
		return err
	}
	return reason(*why)
}

// seat changes the seat that the path names, and shows it as it is then: not who else is queued, which
// is for those who may read.
func (v *visit) seat(why string, change func(by usher.Principal, subscription, person usher.ID) error) (any, error) {
	ctx, name := v.r.Context(), v.r.PathValue("name")
	subscription, err := v.Seats.Subscription(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := change(v.because(why), subscription, v.person()); err != nil {
		return nil, err
	}
	seats, err := v.Seats.SeatsOf(ctx, v.person())
	for _, s := range seats {
		if s.Subscription == name {
			s.Ahead = nil
			return s, err
		}
	}
	return Seat{Subscription: name, Because: "the configuration no longer names the subscription"}, err
}
