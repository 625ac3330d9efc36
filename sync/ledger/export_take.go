package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// take takes up some accounts of an export in one transaction: what differs, as it was before
// the rows that it confirms are settled; then these; then what was seen.
func (t *taking) take(c *change, part []*entry) error {
	if err := t.newest(c); err != nil {
		return err
	}
	for _, e := range part {
		e.drift, e.confirmed, e.left, e.passed = nil, 0, 0, false // of a transaction that was run again
	}
	rows, err := t.openRows(c, part)
	if err != nil {
		return err
	}
	pools, err := c.lockPortal(t.Portal.ID)
	if err != nil {
		return err
	}
	for _, e := range part {
		a, err := t.lockEntry(c, e)
		if err == nil && a.ID != "" {
			err = t.takeOne(c, e, a, rows[a.ID], pools)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *taking) openRows(c *change, part []*entry) (map[usher.ID][]store.OpenRow, error) {
	var ids []usher.ID
	for _, e := range part {
		if e.account != "" {
			ids = append(ids, e.account)
		}
	}
	return c.tx.OpenRowsOf(c.ctx, ids)
}

// lockEntry locks the account of an entry, made when the portal alone knew it. None: a row was
// taken out of the export's reach meanwhile.
func (t *taking) lockEntry(c *change, e *entry) (a usher.Account, err error) {
	m := e.match
	switch {
	case m.Account != "":
		a, err = c.tx.LockAccount(c.ctx, m.Account)
		if errors.Is(err, usher.ErrNotFound) && m.Person == "" {
			return usher.Account{}, nil // it was nobody's, and is somebody's now or gone
		}
		if err == nil && !m.Second && a.Subject != m.Person {
			err = fmt.Errorf("an account became somebody's while the export was taken; import it again: %w", usher.ErrStale)
		}
	case m.Person != "" && !m.Second:
		a, err = c.tx.LockAccountOf(c.ctx, t.Portal.ID, usher.AccountPerson, m.Person)
	default:
		a, err = t.strange(c, e.seen.RemoteID)
	}
	e.account = a.ID
	return a, err
}

// strange is an account that only the portal knows.
func (t *taking) strange(c *change, remote string) (usher.Account, error) {
	a, err := c.tx.AccountByRemote(c.ctx, t.Portal.ID, usher.AccountPerson, remote)
	if err == nil {
		return c.tx.LockAccount(c.ctx, a.ID)
	}
	if !errors.Is(err, usher.ErrNotFound) {
		return a, err
	}
	a = usher.Account{ID: c.tx.NewID(), Portal: t.Portal.ID, Kind: usher.AccountPerson, RemoteID: remote}
	fresh, err := c.tx.InsertAccount(c.ctx, a)
	if err == nil && !fresh {
		err = store.ErrAgain
	}
	return a, err
}

func (t *taking) takeOne(c *change, e *entry, a usher.Account, rows []store.OpenRow, pools []*pool) error {
	if err := t.stand(c, e, a, rows); err != nil || e.passed {
		return err
	}
	if err := t.show(c, a.ID, e.drift); err != nil {
		return err
	}
	if e.seen == nil && a.Subject == "" {
		if err := c.vanish(a, pools); err != nil {
			return err
		}
		return allocateFreed(pools)
	}
	for _, r := range rows {
		if err := t.settle(c, e, a, r, pools); err != nil {
			return err
		}
	}
	if len(rows) > 0 {
		var err error
		if a, err = c.tx.LockAccount(c.ctx, a.ID); err != nil {
			return err
		}
	}
	a, err := t.observe(c, e, a, pools)
	if err != nil || len(rows) > 0 {
		return err
	}
	return t.agree(c, e, a, pools)
}

// compare is what take would find, without writing.
func (t *taking) compare(c *change, part []*entry) error {
	rows, err := t.openRows(c, part)
	if err != nil {
		return err
	}
	for _, e := range part {
		a := usher.Account{Portal: t.Portal.ID, Kind: usher.AccountPerson, Subject: e.match.Person}
		if e.account != "" {
			if a, err = c.tx.Account(c.ctx, e.account); err != nil {
				return err
			}
		}
		if err := t.stand(c, e, a, rows[e.account]); err != nil {
			return err
		}
		for _, r := range rows[e.account] {
			if shows, err := t.shows(c, e, a, r); err != nil {
				return err
			} else if !e.passed {
				e.tally(shows, r, t.Export.AsOf)
			}
		}
	}
	return nil
}

// stand puts an account as the export shows it beside what the ledger has, and says what differs.
// Of one of which something newer is known the export says nothing.
func (t *taking) stand(c *change, e *entry, a usher.Account, rows []store.OpenRow) error {
	person := t.people[e.match.Person]
	s := plan.Standing{Account: a.ID, Person: person, By: plan.MatchNobody, Second: e.match.Second, Seen: e.seen}
	if e.seen != nil && person.ID != "" {
		s.By = plan.KnownBy(*e.seen, person, t.names[person.ID])
	}
	if person.ID != "" && !e.match.Second {
		s.Desired = a.Desired
		var err error
		if s.Untold, err = t.untold(c, e, a, rows); err != nil {
			return err
		}
		seats, err := c.tx.SeatsOf(c.ctx, person.ID)
		if err != nil {
			return err
		}
		s.Seats = t.here(seats)
		if a.Desired != nil && a.Desired.Manager != "" && e.seen != nil && e.seen.Manager != "" {
			if s.Manager, err = t.managerNames(c, a.Desired.Manager); err != nil {
				return err
			}
		}
		if plan.Left(person) && e.seen != nil {
			if s.AnotherAdmin, err = t.anotherAdmin(c, person.ID); err != nil {
				return err
			}
		}
	}
	e.standing, e.passed = s, a.SeenAt > t.Export.AsOf
	if e.passed {
		return nil
	}
	if e.drift = t.Of(s); !slices.ContainsFunc(e.drift, isDetail) {
		return nil
	}
	var err error
	if e.standing.Told, e.toldAt, err = c.tellings(a); err != nil {
		return err
	}
	e.drift = t.Of(e.standing)
	return nil
}

// here are the seats in the portal's subscriptions.
func (t *taking) here(seats []usher.Seat) []usher.Seat {
	return slices.DeleteFunc(seats, func(s usher.Seat) bool {
		return !slices.ContainsFunc(t.Subscriptions, func(sub usher.Subscription) bool { return sub.ID == s.Subscription })
	})
}

// untold says that the portal could not know at the export's time what is desired now: what it shows
// of a row nobody need have said that it was carried. One that is not live is told nothing: it is
// compared as it is.
func (t *taking) untold(c *change, e *entry, a usher.Account, rows []store.OpenRow) (bool, error) {
	if !t.Portal.Live || a.Desired == nil {
		return false, nil
	}
	if a.Generation > max(a.Sent, a.Confirmed) {
		return true, nil
	}
	for _, r := range rows {
		if r.CarriedAt != 0 && r.CarriedAt <= t.Export.AsOf || len(keptDespite(r, e.seen)) > 0 {
			continue
		}
		if shows, err := t.shows(c, e, a, r); err != nil || !shows {
			return !shows, err
		}
	}
	return false, nil
}

// managerNames are what a portal may call a manager: their id there, what it was seen to call
// them, their address and, last, their name.
func (t *taking) managerNames(c *change, manager usher.ID) ([]string, error) {
	p, err := c.tx.Person(c.ctx, manager)
	if err != nil {
		return nil, err
	}
	names := []string{p.Address, p.Attributes.UserName}
	a, err := c.tx.AccountOf(c.ctx, t.Portal.ID, usher.AccountPerson, manager)
	if err != nil && !errors.Is(err, usher.ErrNotFound) {
		return nil, err
	}
	if err == nil {
		names = append(names, a.RemoteID)
	}
	if a.Seen != nil {
		names = append(names, a.Seen.DisplayName, strings.TrimSpace(a.Seen.GivenName+" "+a.Seen.FamilyName))
	}
	return append(names, strings.TrimSpace(p.Attributes.GivenName+" "+p.Attributes.FamilyName), p.Name()), nil
}

// observe writes what was seen of an account, as of the export's time. Where seats differ that
// the portal was told of, or details that it is to be told again, the account is due: it will be asked
// for as it should be.
func (t *taking) observe(c *change, e *entry, a usher.Account, pools []*pool) (usher.Account, error) {
	arrived, admin := false, administers(a)
	if e.seen == nil && a.RemoteID == "" && a.Seen == nil && seatsDiffer(e.drift) == "" {
		return a, nil // it never was there
	}
	if e.seen == nil {
		a.Seen, a.RemoteID = nil, ""
	} else {
		var err error
		if arrived, err = c.knownAs(&a, e.seen.RemoteID, pools); err != nil {
			return a, err
		}
		arrived = arrived && a.Subject != ""
		seen := *e.seen
		if a.Seen != nil {
			seen.LastActiveAt, seen.InvitedAt = max(seen.LastActiveAt, a.Seen.LastActiveAt), max(seen.InvitedAt, a.Seen.InvitedAt)
		}
		a.Seen = &seen
	}
	a.SeenAt = t.Export.AsOf
	if _, err := c.held(a, pools); err != nil {
		return a, err
	}
	if err := allocateFreed(pools); err != nil {
		return a, err
	}
	if again := cmp.Or(seatsDiffer(e.drift), t.detailsDiffer(c, e, a)); again != "" && a.Desired != nil && a.Confirmed >= a.Generation && a.UnknownSince == 0 {
		a.Confirmed, a.NextTryAt = a.Generation-1, c.now()
		c.told[t.Portal.ID] = true
		c.recordAccount(a, usher.EventAccountSeen, again)
	}
	if err := c.tx.UpdateAccount(c.ctx, a); err != nil {
		return a, err
	}
	if administers(a) != admin {
		if err := c.tellAdmins(a.Portal, a.Subject); err != nil {
			return a, err
		}
	}
	if !arrived {
		return a, nil
	}
	return a, c.arrived(a)
}

// agree confirms what nobody has asked for yet and the portal shows already: also that somebody who
// is to be gone is not there. Somebody can be given a seat that they have at the portal already: then
// nothing is asked for, and what the list shows is all that makes it theirs.
func (t *taking) agree(c *change, e *entry, a usher.Account, pools []*pool) error {
	if a.Desired == nil || a.UnknownSince != 0 {
		return nil
	}
	if a.Confirmed >= a.Generation {
		if e.seen == nil || !e.seen.Active || e.seen.Subscriptions == nil {
			return nil
		}
		return c.confirmSeats(a, &usher.Desired{Active: true, Subscriptions: e.seen.Subscriptions}, pools)
	}
	if gone := e.seen == nil && !a.Desired.Active; !gone && (a.Seen == nil || !t.alike(e, a)) {
		return nil
	}
	at := a.SeenAt
	if err := c.outcome(a, telling{a.Generation, a.Desired}, usher.Outcome{Result: usher.Done}, 0, pools); err != nil {
		return err
	}
	a, err := c.tx.LockAccount(c.ctx, a.ID)
	if err != nil {
		return err
	}
	a.SeenAt = at
	if a.Desired != nil && !a.Desired.Active {
		c.recordAccount(a, usher.EventAccountSeen, exportNote(t.Export)) // which proves it
	}
	return c.tx.UpdateAccount(c.ctx, a)
}

// alike says that an account as the export shows it needs nothing: the same seats, and no detail that
// is shown differs.
func (t *taking) alike(e *entry, a usher.Account) bool {
	if a.Desired.Active != a.Seen.Active || a.Seen.Admin != nil && *a.Seen.Admin != a.Desired.Admin {
		return false
	}
	if a.Seen.Active && a.Seen.Subscriptions != nil && !slices.Equal(a.Seen.Subscriptions, a.Desired.Subscriptions) {
		return false
	}
	if a.Desired.Active && t.Portal.Teams && !plan.InTeams(*e.seen, a.Desired.Teams) {
		return false
	}
	s := e.standing
	s.Untold, s.Desired = false, a.Desired
	for _, d := range t.Of(s) {
		switch d.Code {
		case usher.DriftCase, usher.DriftAlias, usher.DriftTransfer, usher.DriftWaiting, usher.DriftReleased:
		default:
			return false
		}
	}
	return true
}

// seatsDiffer says in words in which seats an account is not as usher asked for it; empty for none.
// What the portal shows beyond that is not usher's to take away.
func seatsDiffer(drift []usher.Drift) string {
	for _, d := range drift {
		switch d.Code {
		case usher.DriftMissing, usher.DriftToolLess, usher.DriftStatus, usher.DriftUnreleased:
			return d.Text
		}
	}
	return ""
}

// settle settles one open row if the export shows what it asked for.
func (t *taking) settle(c *change, e *entry, a usher.Account, r store.OpenRow, pools []*pool) error {
	shows, err := t.shows(c, e, a, r)
	if err != nil {
		return err
	}
	e.tally(shows, r, t.Export.AsOf)
	if kept := keptDespite(r, e.seen); len(kept) > 0 && carried(r).Before(t.Export.AsOf) {
		note := fmt.Sprintf("%s shows that %s stays taken although the account is inactive", exportNote(t.Export), strings.Join(kept, ", "))
		return c.settle(r.Batch, r.Row, usher.RowRefused, note, e.seen, pools)
	}
	if !shows {
		return nil
	}
	seen := e.seen
	if seen == nil {
		seen = &usher.Seen{RemoteID: a.RemoteID, Subscriptions: []string{}}
	}
	return c.settle(r.Batch, r.Row, usher.RowConfirmed, exportNote(t.Export), seen, pools)
}

// keptDespite are the seats that a row was to take and that an account takes although it is not
// active: nobody can take them back any more, so there is nothing to wait for.
func keptDespite(r store.OpenRow, seen *usher.Seen) []string {
	if seen == nil || seen.Active {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.Row.Takes), func(name string) bool { return !slices.Contains(seen.Kept, name) })
}

// exportNote is how a row says that an export confirmed it; evidence knows it by that.
func exportNote(e usher.Export) string {
	return fmt.Sprintf("export %s as of %s", e.Name, minuteOf(e.AsOf))
}

// shows says whether the export shows what a row asked for, which was with the portal before.
func (t *taking) shows(c *change, e *entry, a usher.Account, r store.OpenRow) (bool, error) {
	if !carried(r).Before(t.Export.AsOf) {
		return false, nil
	}
	var manager []string
	if r.Row.Told != nil && r.Row.Told.Manager != "" && e.seen != nil && e.seen.Manager != "" {
		var err error
		if manager, err = t.managerNames(c, r.Row.Told.Manager); err != nil {
			return false, err
		}
	}
	return plan.Shows(r.Row, e.seen, a.Seen, manager), nil
}

func carried(r store.OpenRow) plan.Carried {
	return plan.Carried{BatchRow: r.Row, WrittenAt: r.Batch.WrittenAt, CarriedAt: r.CarriedAt}
}

// tally counts a row: confirmed, or still open although it was carried before the export.
func (e *entry) tally(shows bool, r store.OpenRow, asOf usher.Time) {
	switch {
	case shows:
		e.confirmed++
	case carried(r).Before(asOf) && len(keptDespite(r, e.seen)) == 0:
		e.left++
	}
}

// show writes what differs of an account, or, without one, of the subscriptions. What differed
// before stays since its first sight; what is not shown any more ends.
func (t *taking) show(c *change, account usher.ID, drift []usher.Drift) error {
	var fresh []usher.Drift
	for i := range drift {
		d := &drift[i]
		d.Account = account
		known := slices.IndexFunc(t.open[account], func(o usher.Drift) bool { return sameDrift(o, *d) })
		if known < 0 {
			d.ID, d.SinceAt = c.tx.NewID(), c.now()
			fresh = append(fresh, *d)
			continue
		}
		d.ID, d.SinceAt = t.open[account][known].ID, t.open[account][known].SinceAt
		if err := c.tx.UpdateDrift(c.ctx, *d); err != nil {
			return err
		}
	}
	if account != "" || t.Export.Complete { // a part says nothing of the whole
		for _, known := range t.open[account] {
			if slices.ContainsFunc(drift, func(d usher.Drift) bool { return sameDrift(known, d) }) {
				continue
			}
			known.EndedAt = c.now()
			if err := c.tx.UpdateDrift(c.ctx, known); err != nil {
				return err
			}
		}
	}
	return c.tx.InsertDrift(c.ctx, fresh)
}
