package web

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"time"

	"usher/internal/usher"
)

// spare is how many people more than have to go are named to choose from, and mostNamed how many at most.
const (
	spare     = 20
	mostNamed = 400
)

// shrinkPage is the plan for a renewal with fewer seats: the open one, or the form for one.
type shrinkPage struct {
	pool

	Plan *usher.ShrinkPlan
	// Waits says that the plan's day has come, and that the configuration still has more seats.
	Waits bool
	Past  []usher.ShrinkPlan
	// Form is what was entered, Wrong what of it cannot be read.
	Form  url.Values
	Wrong string
	// Over is how many seats have to be given up, and People are those to choose from; the first Over are chosen.
	Asked  bool
	Over   int
	People []usher.ShrinkPerson
	May    bool
}

// Value is what stands in a field.
func (p shrinkPage) Value(field string) string { return p.Form.Get(field) }

// Chosen says that somebody is proposed.
func (p shrinkPage) Chosen(i int) bool { return i < p.Over }

// openShrink is the subscription's plan that is still to be carried out; nil for none.
func (v *visit) openShrink(p pool) (*usher.ShrinkPlan, error) {
	plans, err := v.o.Subscriptions.ShrinkPlans(v.r.Context(), p.ID)
	i := slices.IndexFunc(plans, func(s usher.ShrinkPlan) bool { return s.State == usher.ShrinkOpen })
	if i < 0 {
		return nil, err
	}
	return &plans[i], err
}

// showShrink shows the open plan, or proposes names for a new one.
func showShrink(v *visit) error {
	p, err := v.pool()
	if err != nil {
		return err
	}
	page := shrinkPage{pool: p, Form: v.r.URL.Query(), May: v.By.Rights.MaySeat(p.ID)}
	if page.Past, err = v.o.Subscriptions.ShrinkPlans(v.r.Context(), p.ID); err != nil {
		return err
	}
	if i := slices.IndexFunc(page.Past, func(s usher.ShrinkPlan) bool { return s.State == usher.ShrinkOpen }); i >= 0 {
		page.Plan = &page.Past[i]
		page.Waits = page.Plan.DueAt <= v.now() && p.Purchased > page.Plan.Seats
		page.Past = slices.Delete(slices.Clone(page.Past), i, i+1)
	} else if page.Form.Has("seats") {
		if err := v.propose(&page); err != nil {
			return err
		}
	}
	return v.showTitled("shrink", "Fewer seats: "+p.Name, page)
}

// propose names who would be asked first for as many seats as are too many on the day.
func (v *visit) propose(page *shrinkPage) error {
	r := formReader{form: page.Form}
	seats, day := r.number("seats", "Seats"), r.date("day", "The day")
	switch {
	case r.wrong != "":
	case seats < 0 || page.Form.Get("seats") == "":
		r.wrong = "Seats have to be a number from 0."
	case usher.TimeOf(day) <= v.now():
		r.wrong = "The day has to be one that is still to come."
	}
	if page.Wrong = r.wrong; r.wrong != "" {
		return nil
	}
	ahead := int(usher.TimeOf(day).Sub(v.now())/(24*time.Hour)) + 1
	result, err := v.o.Subscriptions.WhatIf(v.r.Context(), page.Name, usher.Assumption{Purchased: &seats, PurchasedFrom: v.now().Std(), Days: ahead})
	if err != nil {
		return err
	}
	page.Asked, page.Over = true, min(result.Over, mostNamed)
	if page.Over == 0 {
		return nil
	}
	page.People, err = v.o.Subscriptions.FirstToGo(v.r.Context(), page.Name, usher.TimeOf(day), page.Over+spare)
	return err
}

// planShrink keeps the plan with the people who were chosen.
func planShrink(v *visit) error {
	p, err := v.ownPool()
	if err != nil {
		return err
	}
	r := formReader{form: v.r.PostForm}
	plan := usher.ShrinkPlan{Subscription: p.ID, Seats: r.number("seats", "Seats"), DueAt: usher.TimeOf(r.date("day", "The day"))}
	if r.wrong != "" || v.r.PostFormValue("seats") == "" {
		return &usher.InvalidError{Attribute: "plan", Problem: "needs a number of seats and a day"}
	}
	for _, id := range v.r.PostForm["person"] {
		plan.People = append(plan.People, usher.ShrinkPerson{Person: usher.ID(id)})
	}
	if _, err := v.o.Queueing.PlanShrink(v.r.Context(), v.withReason(), plan); err != nil {
		if errors.Is(err, usher.ErrConflict) {
			return &usher.InvalidError{Attribute: "subscription", Problem: "has a plan already; discard that one first"}
		}
		return err
	}
	return v.done("/seats/"+url.PathEscape(p.Name)+"/shrink", "shrink-planned")
}

func discardShrink(v *visit) error {
	p, err := v.ownPool()
	if err != nil {
		return err
	}
	number, err := strconv.ParseInt(v.r.PostFormValue("number"), 10, 64)
	if err != nil {
		return &usher.InvalidError{Attribute: "number", Problem: "is that of a plan"}
	}
	if err := v.o.Queueing.DiscardShrink(v.r.Context(), v.withReason(), p.ID, number); err != nil {
		return err
	}
	return v.done("/seats/"+url.PathEscape(p.Name)+"/shrink", "shrink-discarded")
}
