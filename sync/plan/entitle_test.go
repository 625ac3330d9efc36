package plan_test

import (
	"strings"
	"testing"

	"usher/internal/usher"
	"usher/sync/plan"
)

const now = usher.Time(1_775_000_000_000_000) // 2026-03-31

func TestEntitle(t *testing.T) {
	const day = usher.Time(24 * 60 * 60 * 1_000_000)
	var (
		employee = usher.Person{ID: "p1", Active: true}
		gone     = usher.Person{ID: "p1"}
		done     = usher.Person{ID: "p1", Inactive: usher.InactiveEnded, InactiveOn: "2026-03-30"}
		absent   = usher.Person{ID: "p1", Inactive: usher.InactiveAbsent, InactiveOn: "2026-03-01"}
		future   = usher.Person{ID: "p1", Inactive: usher.InactiveFuture, InactiveOn: "2026-05-01"}
		newcomer = usher.Person{ID: "p1", Active: true, Newcomer: usher.NewcomerUnconfirmed}
		approved = usher.Person{ID: "p1", Active: true, Newcomer: usher.NewcomerConfirmed}
		gaveBack = usher.Decision{Kind: usher.GiveBack, By: "bob"}
		guest    = usher.Person{ID: "p1", Active: true, Sponsor: "bob", EndsAt: now + 1}
		over     = usher.Person{ID: "p1", Active: true, Sponsor: "bob", EndsAt: now}

		none     = usher.Decision{}
		pin      = usher.Decision{Kind: usher.Pin, By: "ann", Reason: "pilot group", Until: now + 30*day}
		expired  = usher.Decision{Kind: usher.Pin, By: "ann", Until: now}
		withhold = usher.Decision{Kind: usher.Withhold, By: "ann"}
		lapsed   = usher.Decision{Kind: usher.Withhold, By: "ann", Until: now}

		adkar   = usher.Subscription{ID: "s1", Name: "adkar"}
		ended   = usher.Subscription{ID: "s1", Name: "adkar", EndsAt: now}
		retired = usher.Subscription{ID: "s1", Name: "adkar", RetiredAt: 1}
	)
	for _, c := range []struct {
		name   string
		sub    usher.Subscription
		rule   string
		person usher.Person
		d      usher.Decision
		want   plan.Wish
	}{
		{"rule holds", adkar, `department == "Sales"`, employee, none, plan.Wish{Wanted: true, Priority: 5, By: plan.ByRule, Reason: `rule of adkar: department == "Sales"`}},
		{"rule does not hold", adkar, `department ==  "IT"`, employee, none, plan.Wish{By: plan.ByRule, Reason: `not in the rule of adkar: department == "IT"`}},
		{"no rule", adkar, ``, employee, none, plan.Wish{By: plan.ByRule, Reason: `adkar has no rule: seats are given by name`}},
		{"term over: wanted all the same", ended, `true`, employee, none, plan.Wish{Wanted: true, Priority: 5, By: plan.ByRule, Reason: `rule of adkar: true`}},

		{"pin without rule", adkar, ``, employee, pin, plan.Wish{Wanted: true, Priority: 5, By: plan.ByPin, Reason: `pinned by ann until 2026-04-30: pilot group`}},
		{"pin against the rule", adkar, `false`, employee, pin, plan.Wish{Wanted: true, Priority: 5, By: plan.ByPin, Reason: `pinned by ann until 2026-04-30: pilot group`}},
		{"pin that is over", adkar, `false`, employee, expired, plan.Wish{By: plan.ByRule, Reason: `not in the rule of adkar: false`}},
		{"withheld against the rule", adkar, `true`, employee, withhold, plan.Wish{By: plan.ByWithhold, Reason: `withheld by ann`}},
		{"withheld until now", adkar, `true`, employee, lapsed, plan.Wish{Wanted: true, Priority: 5, By: plan.ByRule, Reason: `rule of adkar: true`}},

		{"left", adkar, `true`, gone, none, plan.Wish{By: plan.ByInactive, Reason: `left`}},
		{"left though pinned", adkar, `true`, gone, pin, plan.Wish{By: plan.ByInactive, Reason: `left; pinned by ann until 2026-04-30: pilot group, but a pin does not seat somebody who left`}},
		{"left and a pin is over", adkar, `true`, gone, expired, plan.Wish{By: plan.ByInactive, Reason: `left`}},
		{"left and withheld", adkar, `true`, gone, withhold, plan.Wish{By: plan.ByInactive, Reason: `left`}},

		{"last day over", adkar, `true`, done, none, plan.Wish{By: plan.ByEnd, Reason: `left: end date 2026-03-30`}},
		{"missing from rosters", adkar, `true`, absent, none, plan.Wish{By: plan.ByAbsent, Reason: `not in the roster since 2026-03-01`}},
		{"still to come", adkar, `true`, future, none, plan.Wish{By: plan.ByInactive, Reason: `starts 2026-05-01`}},
		{"still to come though pinned", adkar, `true`, future, usher.Decision{Kind: usher.Pin, By: "ann"}, plan.Wish{By: plan.ByInactive, Reason: `starts 2026-05-01; pinned by ann, but a pin does not seat somebody who has not started`}},

		{"guest in the rule", adkar, `true`, guest, none, plan.Wish{By: plan.ByGuest, Reason: `guest of bob: only a pin seats a guest`}},
		{"guest pinned", adkar, ``, guest, pin, plan.Wish{Wanted: true, Priority: 5, By: plan.ByPin, Reason: `pinned by ann until 2026-04-30: pilot group`}},
		{"guest withheld", adkar, ``, guest, withhold, plan.Wish{By: plan.ByWithhold, Reason: `withheld by ann`}},
		{"newcomer in the rule", adkar, `true`, newcomer, none, plan.Wish{By: plan.ByNewcomer, Reason: `known by a first sign-in alone: only a pin seats somebody whom no directory and no admin has confirmed`}},
		{"newcomer pinned", adkar, `true`, newcomer, pin, plan.Wish{Wanted: true, Priority: 5, By: plan.ByPin, Reason: `pinned by ann until 2026-04-30: pilot group`}},
		{"newcomer withheld", adkar, `true`, newcomer, withhold, plan.Wish{By: plan.ByWithhold, Reason: `withheld by ann`}},
		{"newcomer who was confirmed", adkar, `true`, approved, none, plan.Wish{Wanted: true, Priority: 5, By: plan.ByRule, Reason: `rule of adkar: true`}},
		{"given back", adkar, `true`, employee, gaveBack, plan.Wish{By: plan.ByWithhold, Reason: `given back by bob`}},
		{"guest whose time is over", adkar, `true`, over, none, plan.Wish{By: plan.ByEnd, Reason: `left: end date 2026-03-31`}},
		{"guest whose time is over, pinned", adkar, `true`, over, pin, plan.Wish{By: plan.ByEnd, Reason: `left: end date 2026-03-31`}},

		{"retired, in the rule", retired, `true`, employee, none, plan.Wish{By: plan.ByRetired, Reason: `adkar is no longer configured`}},
		{"retired, pinned", retired, `true`, employee, pin, plan.Wish{By: plan.ByRetired, Reason: `adkar is no longer configured`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			priority, err := plan.CompilePriority(`title startsWith "Head" ? 5 : 0`)
			if err != nil {
				t.Fatal(err)
			}
			got, err := plan.Entitle(c.sub, compileRule(t, c.rule), priority, c.person, ann(), c.d, now)
			if err != nil || got != c.want {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, c.want)
			}
		})
	}
}

func TestEntitleDoesNotGuess(t *testing.T) {
	broken, err := plan.CompilePriority(`custom["urn:x:User:none"]`)
	if err != nil {
		t.Fatal(err)
	}
	sub, person := usher.Subscription{Name: "adkar"}, usher.Person{ID: "p1", Active: true}
	for name, c := range map[string]struct {
		rule     string
		priority *plan.Priority
	}{
		"rule":     {`custom["urn:x:User:none"] > 3`, nil},
		"priority": {`true`, broken},
	} {
		w, err := plan.Entitle(sub, compileRule(t, c.rule), c.priority, person, ann(), usher.Decision{}, now)
		if err == nil || !strings.Contains(err.Error(), "subscription adkar, person p1: line 1, column ") || w != (plan.Wish{}) {
			t.Errorf("%s: got %+v, %v", name, w, err)
		}
	}
	// A priority that cannot be computed takes no seat from anybody.
	if w, err := plan.Entitle(sub, compileRule(t, `false`), broken, person, ann(), usher.Decision{}, now); err != nil || w.Wanted {
		t.Errorf("got %+v, %v", w, err)
	}
}
