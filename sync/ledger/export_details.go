package ledger

import (
	"fmt"
	"slices"

	"usher/internal/usher"
	"usher/sync/plan"
)

// keepTeam notes a team of usher's that the portal had when the list was made, by its name there: of one
// that is to be made or renamed, nobody knows who is in it.
func (t *taking) keepTeam(a usher.Account) {
	if a.Kind == usher.AccountTeam && a.Desired != nil && a.Desired.Active && a.Confirmed >= a.Generation && a.SeenAt <= t.Export.AsOf {
		t.Teams = append(t.Teams, a.Desired.DisplayName)
	}
}

// anotherAdmin says that beside a person another declared admin is at the portal, and active here: the list
// shows them, or usher knows of them.
func (t *taking) anotherAdmin(c *change, person usher.ID) (bool, error) {
	declared, err := peopleAt(c.ctx, c.tx, t.Portal.Profile.Admins)
	if err != nil {
		return false, err
	}
	for _, other := range slices.DeleteFunc(declared, func(id usher.ID) bool { return id == person }) {
		if slices.ContainsFunc(t.entries, func(e *entry) bool { return e.match.Person == other && t.people[other].Active && mayAdminister(e.seen) }) {
			return true, nil
		}
		if there, err := c.isAdmin(t.Portal.ID, other); there || err != nil {
			return there, err
		}
	}
	return false, nil
}

// mayAdminister says that an account may enter, and is not shown as that of somebody who is no admin.
func mayAdminister(s *usher.Seen) bool { return s != nil && s.Active && (s.Admin == nil || *s.Admin) }

// tellings are how often the portal was told of what is desired now, and when that was last.
func (c *change) tellings(a usher.Account) (times int, last usher.Time, err error) {
	rows, err := c.tx.RowsTaking(c.ctx, a.ID)
	visits := map[usher.ID]bool{}
	for _, r := range rows {
		if r.Row.Generation != a.Generation || r.Row.State == usher.RowSuperseded {
			continue
		}
		visits[r.Batch.Visit] = true
		last = max(last, r.Batch.WrittenAt, r.CarriedAt)
	}
	return len(visits), last, err
}

// toldEnough says why an account is not asked for once more: details of somebody who is there, and no
// seat, were asked for as often as that helps. Empty: ask again. Whoever was invited and has not come can
// only have them later.
func (c *change) toldEnough(a usher.Account, rows []usher.BatchRow) (string, error) {
	seats := slices.ContainsFunc(rows, func(r usher.BatchRow) bool { return len(r.Gives)+len(r.Takes) > 0 })
	if seats || a.Kind != usher.AccountPerson || a.Desired == nil || !a.Desired.Active || a.Seen == nil || !a.Seen.Active || plan.Awaited(*a.Seen) {
		return "", nil
	}
	times, _, err := c.tellings(a)
	if err != nil || times < plan.TellAtMost {
		return "", err
	}
	return fmt.Sprintf("told %d times, and nothing at the portal showed it: see to it there, or correct it here", times), nil
}

// detailsDiffer says which details of an account in line the portal is to be told again, which it shows
// otherwise; empty for none. It is told after the portal's time for a row, and not more often than
// [plan.TellAtMost]: then the difference is for a person. Of one that was named before and has no
// row, there is nothing that the connector could write.
func (t *taking) detailsDiffer(c *change, e *entry, a usher.Account) string {
	i := slices.IndexFunc(e.drift, isDetail)
	if i < 0 || e.standing.Told >= plan.TellAtMost {
		return ""
	}
	if e.standing.Told == 0 {
		if slices.ContainsFunc(t.open[a.ID], func(d usher.Drift) bool { return d.Code == e.drift[i].Code && d.Text == e.drift[i].Text }) {
			return ""
		}
		return e.drift[i].Text
	}
	if after := t.Portal.Profile.Reissue; after <= 0 || c.now() < e.toldAt.Add(after) {
		return ""
	}
	return e.drift[i].Text
}

// isDetail says that a difference is in what the portal was told of somebody beside their seats.
func isDetail(d usher.Drift) bool {
	return d.Code == usher.DriftValue || d.Code == usher.DriftManager || d.Code == usher.DriftTeam
}
