package demo_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/cmd/usher/demo"
	"usher/internal/store"
	"usher/internal/usher"
)

// summary says in words what there is to be seen at the company: all that is the same whenever it is made.
func summary(t *testing.T, c *demo.Company) string {
	t.Helper()
	s := &summariser{T: t, look: c.Daemon.Store().Look(), ctx: t.Context()}
	s.awaitFirstLooks()
	for _, part := range []func() error{s.people, s.subscriptions, s.plans, s.questions, s.portals, s.events} {
		if err := part(); err != nil {
			t.Fatal(err)
		}
	}
	return s.text.String()
}

type summariser struct {
	*testing.T
	ctx  context.Context
	look *store.Tx
	text strings.Builder
}

func (s *summariser) say(format string, args ...any) { fmt.Fprintf(&s.text, format+"\n", args...) }

// awaitFirstLooks waits until the daemon has found that one portal fails and that one file is late, and has sealed the
// events.
func (s *summariser) awaitFirstLooks() {
	s.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		late, err := s.look.Events(s.ctx, store.EventQuery{Kind: usher.EventFeedLate, Limit: 10})
		p, err2 := s.look.PortalNamed(s.ctx, "academy")
		open, err3 := s.look.CountUnsealed(s.ctx)
		if err := errors.Join(err, err2, err3); err != nil || time.Now().After(deadline) {
			s.Fatal("the daemon did not look around: ", err, len(late), p.Failures, open)
		}
		if len(late) > 0 && p.Failures > 0 && open == 0 {
			return
		}
	}
}

func (s *summariser) people() error {
	active, all, err := s.look.CountPeople(s.ctx)
	if err != nil {
		return err
	}
	s.say("people: %d active of %d", active, all)
	found, err := s.look.People(s.ctx, usher.Person{}, 1000)
	countries, managers, unresolved := map[string]int{}, map[usher.ID]bool{}, map[string]int{}
	for _, p := range found {
		countries[p.Attributes.Country]++
		if p.Manager != "" {
			managers[p.Manager] = true
		} else if p.Attributes.Manager != "" {
			unresolved[p.Attributes.Manager]++
		}
	}
	s.say("%d countries, %d managers, unresolved %v", len(countries), len(managers), unresolved)
	return err
}

func (s *summariser) subscriptions() error {
	subs, err := s.look.Subscriptions(s.ctx)
	if err != nil {
		return err
	}
	for _, sub := range subs {
		states, err := s.look.CountStates(s.ctx, sub.ID)
		if err != nil {
			return err
		}
		s.say("%s: %d of %d seats, %v", sub.Name, sub.Used, sub.Purchased, states)
		seats, err := s.look.LiveSeats(s.ctx, sub.ID)
		if err != nil {
			return err
		}
		for _, seat := range seats {
			if seat.State == usher.Queued || seat.State == usher.Releasing || seat.LeavingAt != 0 {
				p, err := s.look.Person(s.ctx, seat.Person)
				if err != nil {
					return err
				}
				s.say("  %s %s, held %t", seat.State, p.Name(), seat.Hold != "")
			}
		}
	}
	return nil
}

func (s *summariser) plans() error {
	plans, err := s.look.Plans(s.ctx, "", 100)
	for _, p := range plans {
		if p.State != usher.PlanUnchanged {
			n := p.Counts
			s.say("plan %d %s: %d rows, %d joiners, %d movers, %d leavers, %d refused, %d held, %d applied %q", p.Number, p.State,
				n.Rows, n.Joiners, n.Movers, n.Leavers, n.Refused, n.Held, n.Applied, p.Reasons)
		}
	}
	return err
}

func (s *summariser) questions() error {
	holds, err := s.look.Holds(s.ctx, false)
	if err != nil {
		return err
	}
	for _, h := range holds {
		s.say("hold %d, %q: %s", h.Number, h.Decision, h.Why)
	}
	conflicts, err := s.look.Conflicts(s.ctx, false)
	if err != nil {
		return err
	}
	for _, c := range conflicts {
		s.say("conflict %d, %q: %s, %s", c.Number, c.Decision, c.Kind, c.Detail)
	}
	requests, err := s.look.OpenRequests(s.ctx)
	for _, r := range requests {
		s.say("request %d: %s", r.Number, r.Reason)
	}
	return err
}

func (s *summariser) portals() error {
	portals, err := s.look.Portals(s.ctx)
	if err != nil {
		return err
	}
	for _, p := range portals {
		s.say("%s fails: %t", p.Name, p.Failures > 0)
		drift, err := s.look.OpenDrift(s.ctx, p.ID)
		if err != nil {
			return err
		}
		var lines []string
		for _, d := range drift {
			lines = append(lines, fmt.Sprintf("  drift %s %s", d.Code, d.Address))
		}
		slices.Sort(lines)
		for _, line := range lines {
			s.say("%s", line)
		}
		if err := s.activity(p); err != nil {
			return err
		}
		if err := s.visits(p); err != nil {
			return err
		}
	}
	return nil
}

// activity counts the accounts of people, and those of which the portal has said when they were last active.
func (s *summariser) activity(p usher.Portal) error {
	accounts, err := s.look.Accounts(s.ctx, p.ID, "", 1000)
	people, active := 0, 0
	for _, a := range accounts {
		if a.Kind == usher.AccountPerson {
			people++
			if a.Seen != nil && a.Seen.LastActiveAt != 0 {
				active++
			}
		}
	}
	s.say("  %d accounts of people, of %d activity is known", people, active)
	return err
}

func (s *summariser) visits(p usher.Portal) error {
	open, err := s.look.VisitsToCarry(s.ctx, p.ID)
	for _, v := range open {
		batches, err := s.look.BatchesOf(s.ctx, v.ID)
		if err != nil {
			return err
		}
		for _, b := range batches {
			rows, err := s.look.OpenRows(s.ctx, b.ID)
			if err != nil {
				return err
			}
			s.say("  visit %d: %s with %d open rows", v.Number, b.Name, len(rows))
		}
	}
	return err
}

// events counts those that do not hang on how quick the machine is, and the days on which there are any.
func (s *summariser) events() error {
	all, err := s.look.Events(s.ctx, store.EventQuery{Limit: 100_000})
	if err != nil {
		return err
	}
	counts, days := map[usher.EventKind]int{}, map[string]bool{}
	first, last := all[0].At, all[0].At
	for _, e := range all {
		counts[e.Kind]++
		days[e.At.Std().Format(time.DateOnly)] = true
		first, last = min(first, e.At), max(last, e.At)
	}
	s.say("events over %d days, on more than 40: %t", int(last.Sub(first).Hours()/24), len(days) > 40)
	for _, kind := range usher.EventKinds() {
		switch kind {
		case usher.EventAccountTold, usher.EventAccountSeen, usher.EventPortalFailing:
			continue
		}
		if counts[kind] > 0 {
			s.say("  %s: %d", kind, counts[kind])
		}
	}
	return nil
}
