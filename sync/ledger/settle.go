package ledger

import (
	"fmt"
	"slices"
	"strings"

	"usher/internal/usher"
)

// settle says what became of one open row of a batch. A confirmed row moves the seats that
// it gives and takes at once; the account is in line, refused or due again when the last of
// its rows in the visit is settled. seen is what the portal showed of the account, nil where
// a person says what became of the row; pools are those of the account, locked before it.
// usher.ErrStale: the row is settled already.
func (c *change) settle(b usher.Batch, r usher.BatchRow, state usher.BatchRowState, note string, seen *usher.Seen, pools []*pool) error {
	a, err := c.tx.LockAccount(c.ctx, r.Account)
	if err != nil {
		return err
	}
	if err := c.settleRow(b, &r, state, note, a); err != nil {
		return fmt.Errorf("batch %s: %w", b.Name, err)
	}
	admin := administers(a)
	if seen != nil {
		a.Seen, a.SeenAt = seen, c.now()
	}
	if state == usher.RowConfirmed {
		if err := c.confirmRow(&a, r, seen, pools); err != nil {
			return err
		}
	}
	if err := c.tx.UpdateAccount(c.ctx, a); err != nil {
		return err
	}
	if administers(a) != admin {
		if err := c.tellAdmins(a.Portal, a.Subject); err != nil {
			return err
		}
	}
	rows, err := c.tx.RowsInVisit(c.ctx, b.Visit, a.ID)
	if err != nil || slices.ContainsFunc(rows, func(r usher.BatchRow) bool { return r.State == usher.RowOpen }) {
		return err
	}
	return c.conclude(a, r, rows, seen, pools)
}

func (c *change) settleRow(b usher.Batch, r *usher.BatchRow, state usher.BatchRowState, note string, a usher.Account) error {
	r.State, r.Note, r.SettledAt, r.SettledBy = state, note, c.now(), c.by.Name
	closed, err := c.tx.SettleBatchRow(c.ctx, b.ID, *r)
	if err != nil {
		return err
	}
	if closed {
		c.told[b.Portal] = true // what waited for it can go on
	}
	e := usher.Event{Kind: usher.EventBatchConfirmed, Subject: "batch", SubjectID: b.ID, Portal: b.Portal,
		After: payload(map[string]any{"batch": b.Name, "row": r.Row, "state": r.State}), Why: note}
	if a.Kind == usher.AccountPerson {
		e.Person = a.Subject
	}
	c.record(e)
	return nil
}

// confirmRow takes up what a confirmed row says of its account.
func (c *change) confirmRow(a *usher.Account, r usher.BatchRow, seen *usher.Seen, pools []*pool) error {
	remote := a.RemoteID
	switch {
	case seen != nil:
		remote = seen.RemoteID
	case len(r.Gives) > 0 && remote == "":
		remote = r.Told.Address // what gives a seat makes the account
	}
	arrived, err := c.knownAs(a, remote, pools)
	if err != nil {
		return err
	}
	if seen == nil && (a.Seen != nil || len(r.Gives) > 0) {
		a.Seen, a.SeenAt = learned(*a, r), c.now()
	}
	if _, err := c.held(*a, pools); err != nil {
		return err
	}
	if arrived {
		if err := c.arrived(*a); err != nil {
			return err
		}
	}
	if err := c.moveSeats(*a, r, pools); err != nil {
		return err
	}
	return allocateFreed(pools)
}

// learned is what is known of an account once a row of it is confirmed: the seats that the
// row gave and took, and nothing else until all its rows are.
func learned(a usher.Account, r usher.BatchRow) *usher.Seen {
	seen := usher.Seen{RemoteID: a.RemoteID, Active: true}
	if a.Seen != nil {
		seen = *a.Seen
	}
	seen.Kept = after(seen.Kept, nil, r.Takes)
	if seen.Subscriptions == nil && len(r.Gives) == 0 {
		return &seen // which the portal does not show
	}
	if len(r.Gives) > 0 && !seen.Active {
		// What was kept meanwhile is theirs again.
		seen.Active, seen.Subscriptions, seen.Kept, seen.Returning = true, seen.Kept, nil, nil
	}
	seen.Subscriptions = append([]string{}, after(seen.Subscriptions, r.Gives, r.Takes)...)
	return &seen
}

// after are the names of a list once some are given and some taken; nil for none.
func after(names, gives, takes []string) []string {
	var has []string
	for _, name := range slices.Concat(names, gives) {
		if !slices.Contains(takes, name) {
			has = append(has, name)
		}
	}
	slices.Sort(has)
	return slices.Compact(has)
}

// moveSeats makes seats active that a confirmed row gave, and gives on those that it freed.
func (c *change) moveSeats(a usher.Account, r usher.BatchRow, pools []*pool) error {
	moves := usher.Desired{Active: true, Subscriptions: r.Gives}
	var concerned []*pool
	for _, p := range pools {
		if slices.Contains(r.Gives, p.sub.Name) || slices.Contains(r.Takes, p.sub.Name) {
			concerned = append(concerned, p)
		}
	}
	return c.confirmSeats(a, &moves, concerned)
}

// conclude ends what a visit asked of an account. A generation that was wanted since then
// is due, whatever became of this one.
func (c *change) conclude(a usher.Account, last usher.BatchRow, rows []usher.BatchRow, seen *usher.Seen, pools []*pool) error {
	t := telling{last.Generation, toldBy(a, last, rows)}
	if notes := notesOf(rows, usher.RowRefused); notes != nil {
		return c.refused(a, t, refusedThere+strings.Join(notes, "; "), pools)
	}
	if notes := notesOf(rows, usher.RowUnconfirmed); notes != nil {
		enough, err := c.toldEnough(a, rows)
		if err != nil {
			return err
		}
		if enough != "" {
			return c.outcome(a, t, usher.Outcome{Result: usher.Refused, Reason: enough}, 0, pools)
		}
		return c.askAgain(a, notes)
	}
	o := usher.Outcome{Result: usher.Done, Seen: seen}
	if seen == nil {
		o = confirmedBy(t.desired, a)
	} else {
		o.RemoteID = seen.RemoteID
	}
	return c.outcome(a, t, o, 0, pools)
}

// refusedThere begins the reason of an account whose rows came back refused, unlike that of one
// which usher itself held back.
const refusedThere = "refused at the portal: "

// refused ends a visit of which the portal refused something of an account. Where it refused
// all that it was ever asked, it holds nothing: it is as if it had never been told, and of
// somebody who left meanwhile there is nothing to take back.
func (c *change) refused(a usher.Account, t telling, why string, pools []*pool) error {
	none, err := c.neverMade(a)
	if err != nil {
		return err
	}
	if none {
		a.Sent = 0
	}
	if !none || a.Desired == nil || a.Desired.Active {
		return c.outcome(a, t, usher.Outcome{Result: usher.Refused, Reason: why}, 0, pools)
	}
	c.recordAccount(a, usher.EventAccountRefused, why)
	return c.outcome(a, telling{a.Generation, a.Desired}, usher.Outcome{Result: usher.Done}, 0, pools)
}

// neverMade says that a portal was never seen to hold an account and refused every row of it.
func (c *change) neverMade(a usher.Account) (bool, error) {
	if a.RemoteID != "" || a.Seen != nil {
		return false, nil
	}
	rows, err := c.tx.RowsOfAccount(c.ctx, a.ID)
	return err == nil && !slices.ContainsFunc(rows, func(r usher.BatchRow) bool { return r.State != usher.RowRefused }), err
}

// toldBy is what the portal holds of an account once all its rows are done: where one of them
// gives it another address, by that. The other rows name the address that was to be replaced, which
// must not come back where an export showed the new one before they were settled.
func toldBy(a usher.Account, last usher.BatchRow, rows []usher.BatchRow) *usher.Desired {
	for _, r := range rows {
		if a.Desired != nil && r.Told != nil && sameAddress(r.Told.Address, a.Desired.Address) {
			return r.Told
		}
	}
	for _, r := range rows {
		if a.RemoteID != "" && r.Told != nil && r.Told.Address != "" && !strings.EqualFold(r.Told.Address, a.RemoteID) {
			return r.Told
		}
	}
	return last.Told
}

func sameAddress(a, b string) bool {
	first, err := usher.FoldAddress(a)
	second, problem := usher.FoldAddress(strings.TrimSpace(b))
	return err == nil && problem == nil && first == second
}

// notesOf are the notes of the rows in a state; nil where none is.
func notesOf(rows []usher.BatchRow, state usher.BatchRowState) (notes []string) {
	for _, r := range rows {
		if r.State == state && !slices.Contains(notes, r.Note) {
			notes = append(notes, r.Note)
		}
	}
	return notes
}

// askAgain makes an account due of which the portal showed no sign.
func (c *change) askAgain(a usher.Account, notes []string) error {
	a.LastError = "unconfirmed: " + strings.Join(notes, "; ")
	if a.Generation <= a.Confirmed {
		return c.tx.UpdateAccount(c.ctx, a)
	}
	if a.NextTryAt == never {
		a.NextTryAt = c.now()
	}
	c.told[a.Portal] = true
	return c.tx.UpdateAccount(c.ctx, a)
}

// confirmedBy is the outcome when a person says that the portal now holds what was asked
// for. Such a portal has no ids of its own: it knows people by address and teams by name,
// and an address that it holds already stays as it has it. What nobody asked for is as it
// was last seen.
func confirmedBy(told *usher.Desired, a usher.Account) usher.Outcome {
	remote := told.Address
	if remote == "" {
		remote = told.DisplayName
	}
	if a.RemoteID != "" && strings.EqualFold(remote, a.RemoteID) {
		remote = a.RemoteID
	}
	seen := usher.Seen{}
	if a.Seen != nil {
		seen = *a.Seen
	}
	seen.RemoteID, seen.Key, seen.Active, seen.UserName, seen.Address = remote, told.Key, told.Active, told.UserName, told.Address
	seen.DisplayName, seen.GivenName, seen.FamilyName = told.DisplayName, told.GivenName, told.FamilyName
	seen.Title, seen.Department, seen.Subscriptions = told.Title, told.Department, told.Subscriptions
	seen.Manager, seen.Members, seen.Admin, seen.Teams, seen.Values = "", nil, &told.Admin, told.Teams, told.Values
	if told.Active {
		seen.Kept, seen.Returning = nil, nil // it is among what was told
	}
	return usher.Outcome{Result: usher.Done, RemoteID: remote, Seen: &seen}
}
