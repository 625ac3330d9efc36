package api

import (
	"context"

	"usher/internal/usher"
)

var holdRoutes = []Route{
	{Method: "GET", Path: "/api/v1/holds", Scope: usher.ScopeHoldsRead, Query: []string{"state"}, serve: listHolds},
	{Method: "GET", Path: "/api/v1/holds/{number}", Scope: usher.ScopeHoldsRead, serve: showHold},
	{Method: "POST", Path: "/api/v1/holds/{number}/allow", Scope: usher.ScopeHoldsWrite, Body: Reason{}, serve: allowHold},
	{Method: "POST", Path: "/api/v1/holds/{number}/discard", Scope: usher.ScopeHoldsWrite, Body: Reason{}, serve: discardHold},
}

func listHolds(v *visit) (any, error) {
	state, err := v.choice("state", "open", "all")
	if err != nil {
		return nil, err
	}
	return whole(v.Reads.Holds(v.r.Context(), state == "all"))
}

func showHold(v *visit) (any, error) {
	number, err := v.number()
	if err != nil {
		return nil, err
	}
	return v.Reads.Hold(v.r.Context(), number)
}

func allowHold(v *visit) (any, error) { return v.closeHold(v.Writes.AllowHold) }

func discardHold(v *visit) (any, error) { return v.closeHold(v.Writes.DiscardHold) }

// closeHold decides about a hold, and shows it: not whom it stopped, which is for those who may read.
func (v *visit) closeHold(decide func(ctx context.Context, by usher.Principal, number int64) error) (any, error) {
	number, err := v.number()
	if err != nil {
		return nil, err
	}
	var why Reason
	if err := v.readReason(&why, &why.Reason); err != nil {
		return nil, err
	}
	if err := decide(v.r.Context(), v.because(why.Reason), number); err != nil {
		return nil, err
	}
	h, err := v.Reads.Hold(v.r.Context(), number)
	return h.HoldView, err
}
