package ledger

import (
	"errors"
	"fmt"
	"slices"

	"usher/internal/usher"
)

// guardPlan has those changes of a plan wait that no file may make by itself, and says
// why. Everything else flows: a tripped guard on leavers does not stop a joiner. It gives how
// many changes wait. rekeyed is for how many a row came with another key.
func (c *change) guardPlan(p *usher.Plan, byHand bool, rekeyed int) (int, error) {
	people, err := c.tx.CountActive(c.ctx, p.Directory)
	if err != nil {
		return 0, err
	}
	swing, err := c.swing(*p)
	if err != nil {
		return 0, err
	}
	losing, err := c.losing(*p, people)
	if err != nil {
		return 0, err
	}
	guards := append([]rosterGuard{{0, swing}, {0, c.another(*p, people)}}, c.rosterGuards(*p, people, rekeyed)...)
	guards = append(guards, losing)
	held := 0
	for _, g := range guards {
		if g.why == "" {
			continue
		}
		n, err := c.tx.HoldChanges(c.ctx, p.ID, g.risk, g.why)
		if err != nil {
			return held, err
		}
		if n > 0 { // else it is held for another reason
			p.Reasons = append(p.Reasons, g.why)
		}
		held += int(n)
	}
	if byHand {
		n, err := c.tx.HoldChanges(c.ctx, p.ID, 0, "")
		return held + int(n), err
	}
	return held, nil
}

// swing says by how much a complete file is longer or shorter than the last one that was
// accepted, where that is more than the guard allows.
func (c *change) swing(p usher.Plan) (string, error) {
	if !p.Full || c.policy.guards.Rows == 0 {
		return "", nil
	}
	last, err := c.tx.LastAccepted(c.ctx, p.Directory, true)
	if errors.Is(err, usher.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	before, now := last.Summary.Records, p.Summary.Records
	difference := max(before-now, now-before)
	if before < c.policy.guards.ArmedFrom || difference*100 <= before*c.policy.guards.Rows {
		return "", nil
	}
	return fmt.Sprintf("the file has %d rows and the last one had %d: more than %d %% of a difference is looked at first", now, before, c.policy.guards.Rows), nil
}

// another says that a complete file of about the usual length leaves out many whom the last
// one had: then it is of other people, or finds them by another key.
func (c *change) another(p usher.Plan, people int) string {
	gone := p.Counts.Missing + p.Counts.Absent
	if c.policy.guards.Rows == 0 || people < c.policy.guards.ArmedFrom || gone*100 <= people*c.policy.guards.Rows {
		return ""
	}
	return fmt.Sprintf("the file leaves out %d of %d people and has %d who are new: is it the right file, and its key the same as before?", gone, people, p.Counts.Joiners)
}

// losing guards against files in which hundreds move out of what entitles them, as when two
// columns are swapped: whoever would lose a seat has the risk of a leaver.
func (c *change) losing(p usher.Plan, people int) (rosterGuard, error) {
	var losers []usher.ID
	for _, s := range p.Seats {
		if s.Kind == usher.PlanRelease {
			losers = append(losers, s.Person)
		}
	}
	slices.Sort(losers)
	losers = slices.Compact(losers)
	why := c.tooMany("people who would lose a seat", len(losers), c.policy.guards.Releases, people)
	if why == "" {
		return rosterGuard{}, nil
	}
	return rosterGuard{usher.RiskRelease, why}, c.tx.AddRisk(c.ctx, p.ID, usher.RiskRelease, losers)
}

// rosterGuard holds what has a risk, or everything where there is none, for a reason.
type rosterGuard struct {
	risk usher.Risk
	why  string
}

// rosterGuards are the guards over classes of changes; one without a reason did not trip.
func (c *change) rosterGuards(p usher.Plan, people, rekeyed int) []rosterGuard {
	g := c.policy.guards
	leaving := p.Counts.Leavers + p.Counts.Absent
	guards := []rosterGuard{
		{usher.RiskRelease, c.tooMany("leavers", leaving, g.Releases, people)},
		{usher.RiskAddress, c.tooMany("changed addresses", p.Counts.Addresses, g.Addresses, people)},
		{usher.RiskManager, c.tooMany("changed managers", p.Counts.Managers, g.Managers, people)},
	}
	if p.Summary.Keyless > 0 && p.Counts.Absent+p.Counts.Missing > 0 {
		guards = append(guards, rosterGuard{usher.RiskRelease | usher.RiskMissing,
			fmt.Sprintf("%d refused rows do not say for certain whom they are about, so nobody knows whether those are absent whom no row names", p.Summary.Keyless)})
	}
	if rekeyed > 0 {
		guards = append(guards, rosterGuard{usher.RiskKey,
			fmt.Sprintf("%d rows have another key than the record that bears their user name: are they the same people?", rekeyed)})
	}
	return guards
}

func (c *change) tooMany(what string, n int, limit usher.Limit, people int) string {
	if people < c.policy.guards.ArmedFrom || n <= limit.Of(people) || limit.Percent >= 100 {
		return ""
	}
	return fmt.Sprintf("%d %s in one file; %d of %d people go by themselves", n, what, limit.Of(people), people)
}
