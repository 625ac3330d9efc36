package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
)

// AdoptClass is what somebody in a portal's list, or missing from it, is to usher.
type AdoptClass string

// The classes.
const (
	AdoptMatched AdoptClass = "matched"    // somebody's account; the seats named are theirs here now
	AdoptUnruled AdoptClass = "no rule"    // somebody's, and nothing entitles them: link, pin or release
	AdoptOrphan  AdoptClass = "orphan"     // nobody's, or a second account of somebody
	AdoptMissing AdoptClass = "missing"    // entitled and not at the portal; in complete lists alone
	AdoptAdmin   AdoptClass = "admin only" // administers the portal and has no seat here
	AdoptLeft    AdoptClass = "admin left" // administers the portal, and left the company
)

// AdoptLine is one account or person of an adoption.
type AdoptLine struct {
	Class         AdoptClass `json:"class"`
	Person        usher.ID   `json:"person,omitempty"` // empty for an orphan
	Name          string     `json:"name,omitempty"`
	Address       string     `json:"address"` // as the portal has it, else the person's
	Subscriptions []string   `json:"subscriptions,omitempty"`
	Note          string     `json:"note,omitempty"`
}

// AdoptReport is what an adoption found and did.
type AdoptReport struct {
	ExportReport

	Lines   []AdoptLine
	Adopted int // seats that are ours now, or would be
}

// Adopt takes an export up as TakeExport does, and makes the seats that it shows with people
// whom a rule or pin entitles seats of ours: active, ahead of the queue. It releases and invites
// nobody. Whoever is not entitled is listed. With preview nothing is written.
func (l *Ledger) Adopt(ctx context.Context, by usher.Principal, portal usher.ID, file ExportFile, preview bool) (AdoptReport, error) {
	var r AdoptReport
	var err error
	if preview {
		r.ExportReport, err = l.PreviewExport(ctx, by, portal, file)
	} else {
		r.ExportReport, err = l.TakeExport(ctx, by, portal, file)
	}
	if err != nil {
		return r, err
	}
	t, err := l.adoptable(ctx, by, portal, file)
	if err != nil {
		return r, err
	}
	for _, e := range t.order() {
		line, err := t.adoptEntry(ctx, e, preview)
		if err != nil {
			return r, err
		}
		if line.Class == AdoptMatched {
			r.Adopted += len(line.Subscriptions)
		}
		if line.Class != "" {
			r.Lines = append(r.Lines, line)
		}
	}
	if err := t.agreeAll(ctx); err != nil {
		return r, err
	}
	if t.Export.Complete {
		missing, err := t.missing(ctx)
		if err != nil {
			return r, err
		}
		r.Lines = append(r.Lines, missing...)
	}
	slices.SortStableFunc(r.Lines, func(a, b AdoptLine) int {
		return cmp.Or(cmp.Compare(a.Class, b.Class), cmp.Compare(a.Address, b.Address))
	})
	if r.ExportReport.Drift, err = l.driftNow(ctx, portal, r.ExportReport, preview); err != nil || preview {
		return r, err
	}
	for i, p := range r.Pools {
		now, err := l.store.Look().SubscriptionNamed(ctx, p.Subscription)
		if err != nil {
			return r, err
		}
		r.Pools[i].Here = now.Used // with those that were adopted
	}
	return r, nil
}

// adoptable matches the export once more, as it stands beside the ledger now.
func (l *Ledger) adoptable(ctx context.Context, by usher.Principal, portal usher.ID, file ExportFile) (*taking, error) {
	t := &taking{ledger: l, by: by, file: file, open: map[usher.ID][]usher.Drift{}}
	return t, l.store.Read(ctx, func(tx *store.Tx) error {
		if err := t.load(ctx, tx, portal); err != nil {
			return err
		}
		t.Export, t.report.Again = file.Export, false
		t.Export.Portal = portal
		t.counts = t.StartCounting()
		open, err := tx.OpenDrift(ctx, portal)
		if err != nil {
			return err
		}
		t.open = map[usher.ID][]usher.Drift{}
		for _, d := range open {
			t.open[d.Account] = append(t.open[d.Account], d)
		}
		if _, err := t.matchAll(ctx, tx); err != nil {
			return err
		}
		c := newChange(ctx, l, tx, nil, by)
		for _, e := range t.entries {
			a := usher.Account{}
			if e.account != "" {
				if a, err = tx.Account(ctx, e.account); err != nil {
					return err
				}
			}
			if err := t.stand(c, e, a, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// adoptEntry says what one account is, and takes its seats over where somebody is entitled to them.
func (t *taking) adoptEntry(ctx context.Context, e *entry, preview bool) (AdoptLine, error) {
	if e.seen == nil {
		return AdoptLine{}, nil
	}
	line := AdoptLine{Person: e.standing.Person.ID, Address: cmp.Or(e.seen.Address, e.seen.RemoteID), Name: e.standing.Person.Name()}
	drift := t.Of(e.standing)
	admin := slices.IndexFunc(drift, isAdmins)
	switch {
	case admin >= 0 && drift[admin].Code == usher.DriftAdminLeft:
		line.Class, line.Note = AdoptLeft, drift[admin].Text
		return line, nil
	case t.Portal.Profile.AdminSeats && admin >= 0, admin >= 0 && drift[admin].Code == usher.DriftAdmin:
		line.Class = AdoptAdmin
		if drift[admin].Code == usher.DriftAdminSeat {
			line.Note = drift[admin].Text
		}
		return line, nil
	case e.match.Person == "" || e.match.Second:
		line.Class, line.Person, line.Subscriptions = AdoptOrphan, "", e.seen.Subscriptions
		line.Name = cmp.Or(e.seen.DisplayName, e.seen.GivenName+" "+e.seen.FamilyName)
		if e.match.Second {
			line.Note = "a second account of " + e.standing.Person.Name()
		}
		return line, nil
	}
	line.Class, line.Note = AdoptMatched, "by "+e.match.By.String()
	return t.adoptSeats(ctx, e, line, preview)
}

// isAdmins says that a difference is about an admin.
func isAdmins(d usher.Drift) bool {
	return d.Code == usher.DriftAdmin || d.Code == usher.DriftAdminLeft || d.Code == usher.DriftAdminSeat
}

func (t *taking) adoptSeats(ctx context.Context, e *entry, line AdoptLine, preview bool) (AdoptLine, error) {
	var unruled []string
	for _, sub := range t.Subscriptions {
		if !e.seen.Active || !slices.Contains(e.seen.Subscriptions, sub.Name) {
			continue
		}
		i := slices.IndexFunc(e.standing.Seats, func(s usher.Seat) bool { return s.Subscription == sub.ID && s.State.Live() })
		if i >= 0 && e.standing.Seats[i].State.Occupies() {
			continue // ours already
		}
		ok, err := i >= 0, error(nil)
		if !preview {
			ok, err = t.adoptSeat(ctx, e, sub)
		}
		switch {
		case err != nil:
			return line, err
		case ok:
			line.Subscriptions = append(line.Subscriptions, sub.Name)
		default:
			unruled = append(unruled, sub.Name)
		}
	}
	if len(unruled) > 0 && len(line.Subscriptions) == 0 {
		line.Class, line.Subscriptions, line.Note = AdoptUnruled, unruled, "no rule or pin entitles them; the seat is left as it is"
		return line, nil
	}
	if e.seen.Active && e.seen.Subscriptions == nil {
		line.Note += "; the list does not say which seats they have"
	}
	return line, nil
}

// adoptSeat makes one seat ours, in a transaction of its own; false: nothing entitles the person. What
// differed in it until now differs no more.
func (t *taking) adoptSeat(ctx context.Context, e *entry, sub usher.Subscription) (bool, error) {
	err := t.ledger.write(ctx, t.by, func(c *change) error {
		why := fmt.Sprintf("adopted: portal %s shows it in %s as of %s", t.Portal.Name, t.Export.Name, minuteOf(t.Export.AsOf))
		if err := c.adopt(e.match.Person, sub.ID, why); err != nil {
			return err
		}
		for _, d := range t.open[e.account] {
			if d.Subscription == sub.ID && (d.Code == usher.DriftToolMore || d.Code == usher.DriftUnruled) {
				d.EndedAt = c.now()
				if err := c.tx.UpdateDrift(c.ctx, d); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if errors.Is(err, usher.ErrInvalid) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("adopt a seat in %s: %w", sub.Name, err)
	}
	e.adopted = true
	return true, nil
}

// agreeAll confirms adopted accounts that the portal shows as they should be: nobody need be told.
func (t *taking) agreeAll(ctx context.Context) error {
	adopted := slices.DeleteFunc(t.order(), func(e *entry) bool { return !e.adopted })
	for part := range slices.Chunk(adopted, exportPart) {
		err := t.ledger.write(ctx, t.by, func(c *change) error {
			pools, err := c.lockPortal(t.Portal.ID)
			if err != nil {
				return err
			}
			for _, e := range part {
				a, err := c.tx.LockAccount(ctx, e.account)
				if err != nil {
					return err
				}
				seats, err := c.tx.SeatsOf(ctx, e.match.Person)
				if err != nil {
					return err
				}
				e.standing.Seats = t.here(seats)
				if err := t.agree(c, e, a, pools); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// missing are the people who have a seat here, or wait for one, and are not in a complete list.
func (t *taking) missing(ctx context.Context) ([]AdoptLine, error) {
	shown := map[usher.ID]bool{}
	for _, e := range t.entries {
		shown[e.match.Person] = shown[e.match.Person] || e.seen != nil && e.seen.Active && !e.match.Second
	}
	var lines []AdoptLine
	at := map[usher.ID]int{}
	return lines, t.ledger.store.Read(ctx, func(tx *store.Tx) error {
		for _, sub := range t.Subscriptions {
			seats, err := tx.LiveSeats(ctx, sub.ID)
			if err != nil {
				return err
			}
			for _, s := range seats {
				if shown[s.Person] || s.State == usher.Releasing {
					continue
				}
				if i, known := at[s.Person]; known {
					lines[i].Subscriptions = append(lines[i].Subscriptions, sub.Name)
					continue
				}
				p, err := tx.Person(ctx, s.Person)
				if err != nil {
					return err
				}
				at[s.Person] = len(lines)
				lines = append(lines, AdoptLine{AdoptMissing, p.ID, p.Name(), p.Address, []string{sub.Name}, string(s.State) + " here"})
			}
		}
		return nil
	})
}

// driftNow are the differences that are left once seats were adopted.
func (l *Ledger) driftNow(ctx context.Context, portal usher.ID, r ExportReport, preview bool) ([]usher.Drift, error) {
	if preview {
		return r.Drift, nil
	}
	return l.store.Look().OpenDrift(ctx, portal)
}
