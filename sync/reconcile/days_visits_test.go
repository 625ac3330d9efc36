package reconcile_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"usher/internal/usher"
)

// visit is a day of whoever carries usher's files to the portal. Mostly they go in order, as usher
// says, sometimes from the end; they leave some for another day, and forget rows of lists.
func (c *company) visit() {
	c.Helper()
	for _, v := range c.visits() {
		batches := c.batches(v)
		if c.chance(10) {
			slices.Reverse(batches)
		}
		for _, b := range batches {
			if c.chance(15) {
				return // the rest has to wait until tomorrow
			}
			if c.chance(12) {
				continue // this one has, and what comes behind it goes first
			}
			c.carry(v, b, false)
		}
	}
}

func (c *company) visits() []usher.Visit {
	c.Helper()
	visits, err := c.store.Look().OpenVisits(c.Context(), c.at.ID)
	c.check(err)
	return visits
}

// batches are those of a visit, whole.
func (c *company) batches(v usher.Visit) []usher.Batch {
	c.Helper()
	heads, err := c.store.Look().BatchesOf(c.Context(), v.ID)
	c.check(err)
	for i, b := range heads {
		heads[i], err = c.store.Look().BatchNamed(c.Context(), b.Name)
		c.check(err)
	}
	return heads
}

// carry does what a batch says, once; what was forgotten then is forgotten, unless it is all to be done.
func (c *company) carry(v usher.Visit, b usher.Batch, all bool) {
	c.Helper()
	first := c.done[b.Name] == nil
	if b.ClosedAt != 0 || b.WrittenAt == 0 || !first && (b.Kind == usher.BatchUpload || !all) {
		return
	}
	if first {
		c.done[b.Name] = map[int]bool{}
		c.count["batches"]++
		c.count["rows"] += len(b.Rows)
		if b.Visit != c.lastVisit {
			c.lastVisit, c.count["visits"] = b.Visit, c.count["visits"]+1
		}
	}
	chosen := func(row int) bool {
		open := b.Rows[row-1].State == usher.RowOpen
		return open && !c.done[b.Name][row] && (all || !c.chance(8))
	}
	answers := c.portal.carry(c, b, chosen)
	c.report(b, answers, all)
	c.pass(time.Minute)
	if b.CarriedAt == 0 && (all || c.chance(80)) {
		if _, err := c.ledger.CarryVisit(c.Context(), c.ann, v.ID, b.Name); err != nil && !errors.Is(err, usher.ErrStale) {
			c.check(err)
		}
	}
}

// report says of some rows by name what became of them. What the portal refused is said, or is left
// for an export to show.
func (c *company) report(b usher.Batch, answers map[int]error, all bool) {
	c.Helper()
	for row, answer := range answers {
		c.done[b.Name][row] = answer == nil // whoever did it knows, even if no row can be told of now
	}
	for _, r := range b.Rows {
		answer, tried := answers[r.Row]
		if !tried {
			continue
		}
		if answer != nil {
			c.count["rows refused at the portal"]++
			c.unsold(b, r, answer)
		}
		if r.State == usher.RowOpen && (answer != nil && (all || c.chance(60)) || answer == nil && c.chance(25)) {
			c.tick(b, r.Row, answer)
		}
	}
}

// tick says what became of a row.
func (c *company) tick(b usher.Batch, row int, answer error) {
	c.Helper()
	note := ""
	if answer != nil {
		note = answer.Error()
	}
	if err := c.ledger.ConfirmBatchRow(c.Context(), c.ann, b.Name, row, answer == nil, note); err != nil && !errors.Is(err, usher.ErrStale) {
		c.check(err)
	}
}

// unsold notes a refusal for want of a seat: usher asked for one that there is not, unless somebody
// took one of the same subscription at the portal, and has it, since the last complete list before
// the file was made. Then nobody could know.
func (c *company) unsold(b usher.Batch, r usher.BatchRow, answer error) {
	c.Helper()
	if !seatless(answer) || len(r.Gives) == 0 {
		return // a file is refused as a whole, and this row of it asks for none
	}
	if c.takenSince(c.lastBefore(b), r.Gives) {
		c.count["seats taken by others"]++
		return
	}
	c.oversold++
	c.Errorf("day %d: %s asks for seats that there are not: %v\n%s", c.day, b.Name, answer, strings.Join(c.beside(), "\n"))
}

// takenSince says that the portal's own life gave one of some seats since then, which is still taken.
func (c *company) takenSince(since time.Time, subs []string) bool {
	for _, address := range c.portal.accounts() {
		for _, name := range c.portal.holds(address) {
			if slices.Contains(subs, name) && c.own[strings.ToLower(address)+" "+name].After(since) {
				return true
			}
		}
	}
	return false
}

// beside are all seats here and there.
func (c *company) beside() (list []string) {
	mine := map[string]bool{}
	for _, e := range c.people {
		a := c.account(e)
		mine[strings.ToLower(a.RemoteID)] = true
		for _, s := range c.standing(e, a) {
			if s.state != "" || s.there {
				list = append(list, fmt.Sprintf("%s <%s> %s: %q here, there %t; open %+v", e.key, a.RemoteID, s.sub.Name, s.state, s.there, c.openRows(a)))
			}
		}
	}
	for _, address := range c.portal.accounts() {
		if !mine[strings.ToLower(address)] {
			list = append(list, fmt.Sprintf("only there: %s %q", address, c.portal.holds(address)))
		}
	}
	subs, _ := c.store.Look().Subscriptions(c.Context())
	return append(list, fmt.Sprintf("%+v", subs))
}

// lastBefore is when the last complete list before a batch was made.
func (c *company) lastBefore(b usher.Batch) time.Time {
	c.Helper()
	exports, err := c.store.Look().Exports(c.Context(), c.at.ID, 200)
	c.check(err)
	for _, e := range exports {
		if e.Complete && e.TakenAt <= b.CreatedAt {
			return e.AsOf.Std()
		}
	}
	return time.Time{}
}

// look brings lists from the portal: mostly a whole one of now, sometimes a part, or one that lay
// about for a while.
func (c *company) look() {
	c.Helper()
	c.pass(time.Minute)
	switch {
	case c.stale != nil && c.chance(40):
		f := c.read(c.stale, true, c.staleAt)
		f.DespiteGuard = true
		_, err := c.ledger.TakeExport(c.Context(), c.ann, c.at.ID, f)
		switch {
		case errors.Is(err, usher.ErrStale) == !c.staleAt.Before(c.last):
			c.Errorf("day %d: a list of %s after one of %s: %v", c.day, c.staleAt, c.last, err)
		case err == nil:
			c.last = c.staleAt
		}
		c.stale = nil
	case c.stale == nil && c.chance(10):
		c.stale, c.staleAt = c.portal.export(c, true), c.now()
	case c.chance(20):
		f := c.read(c.portal.export(c, false), false, c.now())
		f.DespiteGuard = true
		_, err := c.ledger.TakeExport(c.Context(), c.ann, c.at.ID, f)
		c.check(err)
		c.last = c.now()
		c.count["exports"]++
	case c.chance(75):
		c.whole()
	}
	c.pass(time.Minute)
	c.check(c.ledger.Sweep(c.Context()))
}

// whole brings the whole list of now, after which all is as it should be.
func (c *company) whole() {
	c.Helper()
	if c.reader == nil {
		return // the portal gives out none
	}
	f := c.read(c.portal.export(c, true), true, c.now())
	f.DespiteGuard = true
	r, err := c.ledger.TakeExport(c.Context(), c.ann, c.at.ID, f)
	c.check(err)
	c.last = c.now()
	c.count["exports"]++
	c.count["complete exports"]++
	drift, err := c.store.Look().OpenDrift(c.Context(), c.at.ID)
	c.check(err)
	c.count["differences named"] += len(drift)
	c.lastReport = r
	c.agree(r, drift)
}

// rest lets nothing happen any more: every row is carried, everybody comes, and whole lists are
// brought, until usher asks for nothing. Twice it has to ask for nothing.
func (c *company) rest() {
	c.Helper()
	c.stale = nil
	quiet := 0
	_, err := c.ledger.RetryRefused(c.Context(), c.ann, c.at.ID)
	c.check(err)
	for range 15 {
		if quiet++; c.calmDay() {
			quiet = 0
		}
		if quiet == 2 || c.Failed() {
			break
		}
	}
	if c.Failed() {
		return
	}
	if c.count["rests"]++; quiet < 2 {
		c.Errorf("day %d: there is no end of it:\n%s", c.day, strings.Join(c.pending(), "\n"))
		return
	}
	c.rested()
}

// calmDay is a day on which all is done that usher asks for, and says whether that was anything.
func (c *company) calmDay() bool {
	c.Helper()
	c.pass(24 * time.Hour)
	c.morning()
	visits := c.visits()
	for _, v := range visits {
		for _, b := range c.batches(v) {
			c.carry(v, b, true)
		}
	}
	c.portal.come(c)
	c.pass(time.Minute)
	c.whole()
	c.sayDone()
	c.pass(time.Minute)
	return len(visits) > 0
}

// sayDone says by name of rows that were done, and that no list shows, that they were.
func (c *company) sayDone() {
	c.Helper()
	for _, v := range c.visits() {
		for _, b := range c.batches(v) {
			for _, r := range b.Rows {
				if r.State == usher.RowOpen && c.done[b.Name][r.Row] {
					c.tick(b, r.Row, nil)
				}
			}
		}
	}
}

// rested wants nothing left but what usher says it cannot do.
func (c *company) rested() {
	c.Helper()
	accounts, err := c.store.Look().Accounts(c.Context(), c.at.ID, "", 1000)
	c.check(err)
	for _, a := range accounts {
		switch {
		case a.Generation <= a.Confirmed:
		case a.LastError != "" && (a.Refused || a.NextTryAt > c.store.Now()):
			c.count["rows refused by usher"]++
		default:
			c.Errorf("day %d: account %s of %s is not in line, and nothing says why: %q%s", c.day, a.ID, a.RemoteID, a.LastError, c.told("account "+string(a.ID)))
		}
	}
	for _, e := range c.people {
		c.settled(e)
	}
}

// settled wants a person's seats to be here what they are there, now that nothing is under way.
func (c *company) settled(e *employee) {
	c.Helper()
	a := c.account(e)
	for _, s := range c.standing(e, a) {
		refused := a.Generation > a.Confirmed && a.LastError != ""
		if s.state == usher.Active && !s.there && !refused || (s.state == usher.Invited || s.state == usher.Releasing) && !refused {
			c.Errorf("day %d: %s is at rest with %s %s, there %t", c.day, e.key, s.sub.Name, s.state, s.there)
		}
	}
}

// under says that a list holds a text, whatever its case.
func under(list []string, text string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, text) })
}
