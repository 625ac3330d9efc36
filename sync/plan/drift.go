package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"usher/internal/usher"
)

// Standing is one account as an export shows it, beside what the ledger has of it.
type Standing struct {
	Account usher.ID
	// Person is who has the account; without ID: only the portal knows them.
	Person usher.Person
	By     MatchedBy // by which of the person's addresses the portal calls them
	// Second says that the person has another account at the portal.
	Second bool
	// Seen is what the export shows, as [Subscribed] gives it; nil: it does not show the account.
	Seen *usher.Seen
	// Desired is what the portal should hold; nil when nothing is wanted of it.
	Desired *usher.Desired
	// Manager is who Desired.Manager is, by the names that a portal can show for them.
	Manager []string
	// Seats are the person's in the portal's subscriptions: those that live, and the released ones.
	Seats []usher.Seat
	// Untold says that what is desired now was not carried to the portal before the export was made:
	// where the two differ in seats, nobody asked yet.
	Untold bool
	// AnotherAdmin says that another declared admin of the portal is there, who did not leave.
	AnotherAdmin bool
	// Told is how often the portal was told of Desired as it is now.
	Told int
}

// TellAtMost is how often a portal that takes files is told of the same details while it shows others.
// Then it is for a person to see why.
const TellAtMost = 3

// Shown is an export and what it is compared with.
type Shown struct {
	Portal        usher.Portal
	Export        usher.Export
	Subscriptions []usher.Subscription // the portal's
	Teams         []string             // names of those of usher's that the portal has
}

// Subscribed is what an export shows with names of subscriptions for codes. Of a portal that
// has one subscription, whoever is active there has it if nothing else is shown. Names and codes
// that no subscription has are given apart.
func (x Shown) Subscribed(s usher.Seen) (usher.Seen, []string) {
	var unknown, names []string
	for _, shown := range s.Subscriptions {
		i := slices.IndexFunc(x.Subscriptions, func(sub usher.Subscription) bool { return sub.Name == shown })
		if i < 0 {
			i = slices.IndexFunc(x.Subscriptions, func(sub usher.Subscription) bool { return sub.Code != "" && sub.Code == shown })
		}
		if i < 0 {
			unknown = append(unknown, shown)
		} else {
			names = append(names, x.Subscriptions[i].Name)
		}
	}
	admin := s.Admin != nil && *s.Admin
	switch {
	case s.Subscriptions != nil:
		s.Subscriptions = append([]string{}, set(names)...)
	case len(x.Subscriptions) == 1 && (!admin || x.Portal.Profile.AdminSeats):
		s.Subscriptions = []string{x.Subscriptions[0].Name}
	}
	if admin && x.Portal.Profile.AdminSeats && len(x.Subscriptions) == 1 && len(s.Subscriptions) == 0 && len(unknown) == 0 {
		s.Subscriptions = []string{x.Subscriptions[0].Name}
	}
	if !s.Active {
		s.Subscriptions = []string{}
	}
	s.Kept, s.Returning = x.named(s.Kept), x.named(s.Returning)
	return s, unknown
}

// named are the names of those of the subscriptions that are shown by name or code; nil for none.
func (x Shown) named(shown []string) (names []string) {
	for _, sub := range x.Subscriptions {
		if slices.Contains(shown, sub.Name) || sub.Code != "" && slices.Contains(shown, sub.Code) {
			names = append(names, sub.Name)
		}
	}
	return set(names)
}

// Drifts are the differences of some accounts and of the portal's subscriptions: [Shown.Of]
// for each of the standings, and then [Counting.Drifts].
func Drifts(x Shown, standings []Standing) []usher.Drift {
	var out []usher.Drift
	count := x.StartCounting()
	for _, s := range standings {
		drifts := x.Of(s)
		count.Add(s)
		out = append(out, drifts...)
	}
	return append(out, count.Drifts()...)
}

// Of are the differences of one account. Only what was carried to the portal before the export
// was made is asked of it, and absence counts only in a complete export.
func (x Shown) Of(s Standing) []usher.Drift {
	if s.Seen == nil && !x.Export.Complete {
		return nil
	}
	d := drifting{Shown: x, Standing: s}
	switch {
	case s.Seen == nil:
		d.absent()
	case x.administers(s) && !d.takenBack():
		d.admin()
	case s.Person.ID == "" || s.Second:
		d.stranger()
		d.undeclared()
	default:
		d.address()
		d.seats()
		d.undeclared()
		if d.wanted() && s.Seen.Active {
			d.details()
		}
		d.status()
	}
	return d.out
}

func takes(s *usher.Seen) string {
	taken := s.Kept
	if s.Active {
		taken = s.Subscriptions
	}
	if len(taken) == 0 {
		return ""
	}
	return "; takes a seat there: " + strings.Join(taken, ", ")
}

// drifting collects the differences of one account.
type drifting struct {
	Shown
	Standing

	out []usher.Drift
}

// add notes a difference; sub is its subscription where it is about one.
func (d *drifting) add(code usher.DriftCode, sub usher.ID, text string) {
	address := d.Person.Address
	if d.Seen != nil {
		address = cmp.Or(d.Seen.Address, d.Seen.RemoteID)
	}
	d.out = append(d.out, usher.Drift{
		Portal: d.Portal.ID, Export: d.Export.ID, Code: code, Severity: SeverityOf(code, d.Portal.Hard),
		Account: d.Account, Person: d.Person.ID, Subscription: sub, Address: address, Text: text,
	})
}

// SeverityOf is how grave a sort of drift is; hard says that a seat too many at the portal is one
// too few for somebody else.
func SeverityOf(code usher.DriftCode, hard bool) usher.Severity {
	switch code {
	case usher.DriftCase, usher.DriftAlias, usher.DriftName, usher.DriftTransfer, usher.DriftReleased, usher.DriftAdmin:
		return usher.SeverityInfo
	case usher.DriftUnreleased, usher.DriftMissing:
		return usher.SeverityError
	case usher.DriftOver:
		if hard {
			return usher.SeverityError
		}
	}
	return usher.SeverityWarning
}

func (d *drifting) stranger() {
	if !d.Seen.Active && len(d.Seen.Kept) == 0 {
		return // nobody's, and it may not enter
	}
	if d.Second {
		d.add(usher.DriftUnknown, "", "a second account of "+d.Person.Name()+takes(d.Seen))
		return
	}
	d.add(usher.DriftUnknown, "", "nobody is known by this address"+takes(d.Seen)+"; it could have joined by itself: link, or remove it there")
}

// address tells how the portal's address differs from the person's present one.
func (d *drifting) address() {
	shown := cmp.Or(d.Seen.Address, d.Seen.RemoteID)
	switch {
	case d.By == MatchAlias || d.By == MatchRetired:
		d.add(usher.DriftAlias, "", fmt.Sprintf("the portal knows them by %s; their address is %s now", d.By, d.Person.Address))
	case d.By == MatchAddress && shown != d.Person.Address && usher.FoldText(shown) == usher.FoldText(d.Person.Address):
		d.add(usher.DriftCase, "", "the portal has their address in another case than "+d.Person.Address)
	}
}

// status tells what the portal's own word for the account says.
func (d *drifting) status() {
	if !d.Seen.Active {
		return
	}
	word := usher.FoldText(strings.TrimSpace(d.Seen.Status))
	if word == "pending transfer" {
		d.add(usher.DriftTransfer, "", "the portal waits for them to agree that their account comes over; it takes a seat meanwhile")
	}
	limit, since := d.Portal.Profile.Waiting, d.invited()
	if !slices.Contains([]string{"waiting", "pending", "invited"}, word) || limit <= 0 || since == 0 || d.Seen.LastActiveAt != 0 || !d.wanted() {
		return
	}
	if waited := d.Export.AsOf.Sub(since); waited > limit {
		d.add(usher.DriftWaiting, "", fmt.Sprintf("invited %s and has not come since, %d days; a seat is taken", since.Std().Format(time.DateOnly), int(waited.Hours()/24)))
	}
}

// invited is since when the person is invited: as the portal shows it, else since their seat is theirs.
func (d *drifting) invited() usher.Time {
	since := d.Seen.InvitedAt
	if since != 0 {
		return since
	}
	for _, s := range d.Seats {
		if s.State.Occupies() && s.SeatedAt != 0 && (since == 0 || s.SeatedAt < since) {
			since = s.SeatedAt
		}
	}
	return since
}

// wanted says that the person has a seat that is not on its way out.
func (d *drifting) wanted() bool {
	return slices.ContainsFunc(d.Seats, func(s usher.Seat) bool { return s.State == usher.Invited || s.State == usher.Active })
}
