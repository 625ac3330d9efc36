package api

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"usher/internal/usher"
)

// Plans let what a plan holds go.
type Plans interface {
	// ConfirmPlan applies what a selection of a plan's changes names. usher.ErrStale: the plan is
	// no longer what the asker saw.
	ConfirmPlan(ctx context.Context, by usher.Principal, number int64, s Selection) error
}

// Selection says which of a plan's held changes are meant: all, those of a class, or of some people.
type Selection struct {
	Class  usher.ChangeClass
	People []string
	// Held is how many were held when the asker saw the plan.
	Held int
}

var planRoutes = []Route{
	{Method: "GET", Path: "/api/v1/plans", Scope: usher.ScopePlansRead, Query: []string{"directory", "limit", "after"}, serve: listPlans},
	{Method: "GET", Path: "/api/v1/plans/{number}", Scope: usher.ScopePlansRead, serve: showPlan},
	{Method: "GET", Path: "/api/v1/plans/{number}/changes", Scope: usher.ScopePlansRead, Query: []string{"state", "limit", "after"}, serve: listChanges},
	{Method: "POST", Path: "/api/v1/plans/{number}/confirm", Scope: usher.ScopePlansWrite, Body: Confirmation{}, serve: confirmPlan},
	{Method: "POST", Path: "/api/v1/plans/{number}/discard", Scope: usher.ScopePlansWrite, Body: Reason{}, serve: discardPlan},
	{Method: "POST", Path: "/api/v1/plans/{number}/undo", Scope: usher.ScopePlansWrite, Body: Reason{}, serve: undoPlan},
}

// Confirmation lets what a plan holds go.
type Confirmation struct {
	// Held is counts.held of the plan as the asker saw it: a plan that holds another number of
	// changes by now is not applied.
	Held   int               `json:"held"`
	Class  usher.ChangeClass `json:"class,omitempty"`
	People []string          `json:"people,omitempty"` // keys or addresses
	Reason string            `json:"reason"`
}

// shownOfPlan is how many seats and findings of a plan are shown with it.
const shownOfPlan = 1000

func listPlans(v *visit) (any, error) {
	after, n, err := v.part()
	if err != nil {
		return nil, err
	}
	before := int64(after.At)
	if before == 0 {
		before = math.MaxInt64
	}
	list, err := v.Reads.Plans(v.r.Context(), v.query.Get("directory"), before, n)
	return pageOf(list), err
}

func showPlan(v *visit) (any, error) {
	number, err := v.number()
	if err != nil {
		return nil, err
	}
	return v.Reads.Plan(v.r.Context(), number, shownOfPlan)
}

func listChanges(v *visit) (any, error) {
	number, err := v.number()
	if err != nil {
		return nil, err
	}
	state, err := v.choice("state", "", string(usher.ChangePlanned), string(usher.ChangeHeld), string(usher.ChangeConfirmed), string(usher.ChangeApplied), string(usher.ChangeStale), string(usher.ChangeDropped))
	if err != nil {
		return nil, err
	}
	after, n, err := v.part()
	if err != nil {
		return nil, err
	}
	list, err := v.Reads.Changes(v.r.Context(), number, usher.ChangeState(state), int64(after.At), n)
	return pageOf(list), err
}

func confirmPlan(v *visit) (any, error) {
	var c Confirmation
	if err := v.readReason(&c, &c.Reason); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return v.plan(c.Reason, func(ctx context.Context, by usher.Principal, number int64) (int64, error) {
		return number, v.Plans.ConfirmPlan(ctx, by, number, Selection{Class: c.Class, People: c.People, Held: c.Held})
	})
}

func (c Confirmation) check() error {
	switch c.Class {
	case "", usher.ClassJoiner, usher.ClassMover, usher.ClassRejoiner, usher.ClassLeaver, usher.ClassAbsent, usher.ClassMissing:
	default:
		return invalid("class", "is none of joiner, mover, rejoiner, leaver, absent, missing")
	}
	for _, p := range c.People {
		if !plainText(p) || strings.TrimSpace(p) == "" {
			return invalid("people", "names nobody: each is a key of the roster or an address")
		}
	}
	if c.Held < 1 {
		return invalid("held", "is missing: say how many changes the plan held when you saw it (counts.held)")
	}
	return nil
}

func discardPlan(v *visit) (any, error) {
	var why Reason
	if err := v.readReason(&why, &why.Reason); err != nil {
		return nil, err
	}
	return v.plan(why.Reason, func(ctx context.Context, by usher.Principal, number int64) (int64, error) {
		p, err := v.Writes.DiscardPlan(ctx, by, number)
		return p.Number, err
	})
}

// undoPlan plans the way back. The answer is the new plan.
func undoPlan(v *visit) (any, error) {
	var why Reason
	if err := v.readReason(&why, &why.Reason); err != nil {
		return nil, err
	}
	return v.plan(why.Reason, func(ctx context.Context, by usher.Principal, number int64) (int64, error) {
		p, err := v.Writes.UndoPlan(ctx, by, number)
		return p.Number, err
	})
}

// plan does something about the plan that the path names, and shows the plan whose number do gives: not
// whom it names, which is for those who may read.
// It can take long, and is finished although the client may have gone.
func (v *visit) plan(why string, do func(ctx context.Context, by usher.Principal, number int64) (int64, error)) (any, error) {
	number, err := v.number()
	if err != nil {
		return nil, err
	}
	if err := http.NewResponseController(v.w).SetWriteDeadline(time.Now().Add(longest)); err != nil {
		v.Failed(v.r, fmt.Errorf("write deadline: %w", err))
	}
	ctx := context.WithoutCancel(v.r.Context())
	shown, err := do(ctx, v.because(why), number)
	if err != nil {
		return nil, err
	}
	p, err := v.Reads.Plan(ctx, shown, 0)
	return p.PlanView, err
}
