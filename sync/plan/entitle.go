package plan

import (
	"fmt"
	"time"

	"usher/internal/usher"
)

// Wish is whether a person shall have a seat in a subscription, and why.
type Wish struct {
	Wanted   bool
	Priority int64 // place in the queue, higher first; 0 when not wanted
	Reason   string
	By       string // one of the By constants
}

// What decided a Wish.
const (
	ByRule     = "rule"
	ByPin      = "pin"
	ByWithhold = "withhold"
	ByInactive = "inactive" // the person left, or is still to come
	ByEnd      = "end date" // the last day is over, also a guest's
	ByAbsent   = "absent"   // nobody said that the person left: rosters do not name them
	ByGuest    = "guest"    // a guest whom nobody pinned
	ByNewcomer = "newcomer" // somebody of whom nobody has said that they belong here, and whom nobody pinned
	ByRetired  = "retired"  // the configuration no longer names the subscription
)

// Entitle says whether person shall have a seat in sub. The first line that fits decides:
//
//	subscription retired              no
//	person inactive                   no   a pin does not seat somebody who left or is to come; the reason says so
//	guest's end date reached          no
//	withheld by hand, or given back   no
//	pinned by hand                    yes
//	guest (a person with a sponsor)   no   guests are seated by pins alone
//	unconfirmed newcomer              no   and so are they
//	rule                              as the rule says
//
// The priority is the one that a human gave, else as the priority rule says.
//
// A term that is over or has not begun changes no wish: it is Allocate that seats nobody then. d is the zero Decision
// when there is none. On an error nobody knows: keep what is.
func Entitle(sub usher.Subscription, rule *Rule, prio *Priority, person usher.Person, f *Facts, d usher.Decision, now usher.Time) (Wish, error) {
	w, err := wish(sub, rule, person, f, d, now)
	switch {
	case err != nil || !w.Wanted:
	case d.Rank != nil:
		w.Priority = d.Rank.Priority
	default:
		w.Priority, err = prio.Of(f)
	}
	if err != nil {
		return Wish{}, fmt.Errorf("subscription %s, person %s: %w", sub.Name, person.ID, err)
	}
	return w, nil
}

func wish(sub usher.Subscription, rule *Rule, person usher.Person, f *Facts, d usher.Decision, now usher.Time) (Wish, error) {
	pinned := d.In(now) && d.Kind == usher.Pin
	switch {
	case sub.RetiredAt != 0:
		return Wish{By: ByRetired, Reason: sub.Name + " is no longer configured"}, nil
	case !person.Active:
		return inactive(person, d, pinned), nil
	case person.EndsAt != 0 && now >= person.EndsAt:
		return Wish{By: ByEnd, Reason: "left: end date " + LastDay(person.EndsAt)}, nil
	case d.Out(now) && d.Kind == usher.GiveBack:
		return Wish{By: ByWithhold, Reason: decided("given back", d)}, nil
	case d.Out(now):
		return Wish{By: ByWithhold, Reason: decided("withheld", d)}, nil
	case pinned:
		return Wish{Wanted: true, By: ByPin, Reason: decided("pinned", d)}, nil
	case person.Sponsor != "":
		return Wish{By: ByGuest, Reason: "guest of " + person.Sponsor + ": only a pin seats a guest"}, nil
	case person.Unconfirmed():
		return Wish{By: ByNewcomer, Reason: "known by a first sign-in alone: only a pin seats somebody whom no directory and no admin has confirmed"}, nil
	case rule.Empty():
		return Wish{By: ByRule, Reason: sub.Name + " has no rule: seats are given by name"}, nil
	}
	return ruled(sub, rule, f)
}

func inactive(person usher.Person, d usher.Decision, pinned bool) Wish {
	w := Wish{By: ByInactive, Reason: person.WhyInactive()}
	kind := "left"
	switch person.Inactive {
	case usher.InactiveEnded:
		w.By = ByEnd
	case usher.InactiveAbsent:
		w.By = ByAbsent
	case usher.InactiveFuture:
		kind = "has not started"
	}
	if pinned {
		w.Reason += "; " + decided("pinned", d) + ", but a pin does not seat somebody who " + kind
	}
	return w
}

func ruled(sub usher.Subscription, rule *Rule, f *Facts) (Wish, error) {
	wanted, err := rule.Entitled(f)
	reason := "rule of " + sub.Name + ": " + rule.String()
	if !wanted {
		reason = "not in the " + reason
	}
	return Wish{Wanted: wanted, By: ByRule, Reason: reason}, err
}

// decided tells of a decision: `pinned by ann until 2026-05-01: pilot group`.
func decided(verb string, d usher.Decision) string {
	s := verb + " by " + d.By
	if d.Until != 0 {
		s += " until " + LastDay(d.Until)
	}
	if d.Reason != "" {
		s += ": " + d.Reason
	}
	return s
}

// LastDay is the civil date, in UTC, of the last moment before t: what ends with a day ends at the midnight after it.
func LastDay(t usher.Time) string { return (t - 1).Std().Format(time.DateOnly) }
