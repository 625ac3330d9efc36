package ledger

import (
	"errors"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// guardRelease stops a release that is one too many within the last day, for its
// subscription or for the directory whose signal it was. While a hold is open, every
// release of its scope joins it.
func (p *pool) guardRelease(s *usher.Seat, w wish) error {
	if s.Approved {
		return nil
	}
	hold, err := p.openHold(p.sub.ID, "")
	if err == nil && hold.ID == "" && s.LeavingBy != "" {
		hold, err = p.openHold("", s.LeavingBy)
	}
	if err != nil {
		return err
	}
	if hold.ID == "" {
		if hold, err = p.trip(s, w); err != nil || hold.ID == "" {
			return err
		}
	}
	return p.hold(s, hold)
}

func (c *change) openHold(subscription, directory usher.ID) (usher.Hold, error) {
	hold, err := c.tx.OpenHold(c.ctx, usher.HoldReleases, subscription, directory)
	if errors.Is(err, usher.ErrNotFound) {
		return usher.Hold{}, nil
	}
	return hold, err
}

// trip opens the hold that the release calls for; a hold without id is none.
func (p *pool) trip(s *usher.Seat, w wish) (usher.Hold, error) {
	if why, err := p.alwaysHeld(w); why != "" || err != nil {
		return p.open(usher.Hold{Class: usher.HoldReleases, Subscription: p.sub.ID, Why: why}, err)
	}
	limit, armed := p.policy.guards.Releases, p.policy.guards.ArmedFrom
	if limit.Percent >= 100 {
		return usher.Hold{}, nil // no more than all of them can leave: nothing to count
	}
	since := p.now().Add(-plan.Window)
	freed, started, err := p.tx.WindowOfReleases(p.ctx, p.sub.ID, since)
	if err != nil {
		return usher.Hold{}, err
	}
	occupied := p.sub.Used + freed
	if plan.Trips(limit, armed, plan.Count{Population: occupied, Started: started}) {
		why := fmt.Sprintf("%d releases from %s within 24 h; %d of %d go by themselves", started, p.sub.Name, limit.Of(occupied), occupied)
		return p.open(usher.Hold{Class: usher.HoldReleases, Subscription: p.sub.ID, Why: why}, nil)
	}
	if s.LeavingBy == "" {
		return usher.Hold{}, nil
	}
	return p.tripDirectory(s.LeavingBy, since)
}

// atOnceLeavers is more than all processes together have under way at one time.
const atOnceLeavers = 200

// tripDirectory looks at all the leavers of a directory, whatever they leave. Near the
// limit they are counted one at a time; far below the part of it that depends on nobody,
// neither a lock nor the number of people is needed.
func (p *pool) tripDirectory(directory usher.ID, since usher.Time) (usher.Hold, error) {
	limit, armed := p.policy.guards.Releases, p.policy.guards.ArmedFrom
	leaving, err := p.tx.LeaversOf(p.ctx, directory, since)
	if err != nil || leaving+atOnceLeavers <= limit.Min {
		return usher.Hold{}, err
	}
	if err := p.tx.LockDirectory(p.ctx, directory); err != nil {
		return usher.Hold{}, err
	}
	if leaving, err = p.tx.LeaversOf(p.ctx, directory, since); err != nil || leaving <= limit.Min {
		return usher.Hold{}, err
	}
	active, err := p.tx.CountActive(p.ctx, directory)
	people := active + leaving
	if err != nil || !plan.Trips(limit, armed, plan.Count{Population: people, Started: leaving}) {
		return usher.Hold{}, err
	}
	why := fmt.Sprintf("%d leavers from directory %s within 24 h; %d of %d go by themselves",
		leaving, p.policy.directories[directory].Name, limit.Of(people), people)
	return p.open(usher.Hold{Class: usher.HoldReleases, Directory: directory, Why: why}, nil)
}

// alwaysHeld says why a release is held from the first person; empty when it is not.
func (p *pool) alwaysHeld(w wish) (string, error) {
	if w.reason.caution == store.CautionHold {
		return w.reason.why, nil
	}
	if w.By != plan.ByRule {
		return "", nil
	}
	for _, name := range p.rule.Groups() {
		known, err := p.tx.GroupExists(p.ctx, name)
		if err != nil {
			return "", err
		}
		if !known {
			return fmt.Sprintf("the rule of %s names the group %q, which no directory has pushed", p.sub.Name, name), nil
		}
	}
	return "", nil
}

// open makes a hold and puts the releases of the subscription that still settle under it.
func (p *pool) open(h usher.Hold, err error) (usher.Hold, error) {
	if err != nil {
		return h, err
	}
	if h.Number, err = p.tx.NextNumber(p.ctx, "hold"); err != nil {
		return h, err
	}
	h.ID, h.OpenedAt = p.tx.NewID(), p.now()
	if err := p.tx.InsertHold(p.ctx, h); err != nil {
		return h, err
	}
	p.record(usher.Event{Kind: usher.EventHoldOpened, Subject: "hold", SubjectID: h.ID, Subscription: h.Subscription, Why: h.Why})
	if h.Class != usher.HoldReleases {
		return h, nil
	}
	settling, err := p.tx.Leaving(p.ctx, p.sub.ID)
	if err != nil {
		return h, err
	}
	for _, s := range settling {
		if s.Approved || s.Hold != "" || h.Directory != "" && s.LeavingBy != h.Directory {
			continue
		}
		if err := p.hold(&s, h); err != nil {
			return h, err
		}
	}
	return h, nil
}

func (p *pool) hold(s *usher.Seat, h usher.Hold) error {
	if s.Hold == h.ID {
		return nil
	}
	s.Hold, s.ChangedAt = h.ID, p.now()
	return p.tx.UpdateSeat(p.ctx, *s)
}

// guardInvitations lets through whom a human approved, and the others while the day's
// number stays within the limit; beyond it they are held together.
func (p *pool) guardInvitations(next []usher.Seat) ([]usher.Seat, error) {
	var pass, ask []usher.Seat
	for _, s := range next {
		if s.Approved {
			pass = append(pass, s)
		} else {
			ask = append(ask, s)
		}
	}
	if len(ask) == 0 {
		return pass, nil
	}
	hold, err := p.tx.OpenHold(p.ctx, usher.HoldInvitations, p.sub.ID, "")
	if errors.Is(err, usher.ErrNotFound) {
		hold, err = p.tripInvitations(len(ask))
	}
	if err != nil {
		return nil, err
	}
	if hold.ID == "" {
		return next, nil
	}
	for _, s := range ask {
		if err := p.hold(&s, hold); err != nil {
			return nil, err
		}
	}
	if len(pass) > 0 {
		return pass, nil
	}
	// The head of the queue is held; somebody approved may stand behind it.
	if next, err = p.next(); err != nil || len(next) == 0 {
		return nil, err
	}
	return p.guardInvitations(next)
}

func (p *pool) tripInvitations(asked int) (usher.Hold, error) {
	if p.sub.ArmedAt == 0 || p.now() < p.sub.ArmedAt {
		return usher.Hold{}, nil
	}
	// The first load, which was confirmed by name, does not count.
	given, err := p.tx.WindowOfInvitations(p.ctx, p.sub.ID, max(p.sub.ArmedAt, p.now().Add(-plan.Window)))
	if err != nil {
		return usher.Hold{}, err
	}
	limit := p.policy.guards.Invitations
	if !plan.Trips(limit, p.policy.guards.ArmedFrom, plan.Count{Population: p.sub.Used, Started: given + asked}) {
		return usher.Hold{}, nil
	}
	why := fmt.Sprintf("%d invitations to %s within 24 h; %d go by themselves", given+asked, p.sub.Name, limit.Of(p.sub.Used))
	return p.open(usher.Hold{Class: usher.HoldInvitations, Subscription: p.sub.ID, Why: why}, nil)
}
