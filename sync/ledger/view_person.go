package ledger

import (
	"context"
	"errors"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// firstReports is how many reports a person's page names.
const firstReports = 10

// PersonDetail shows one person, in one snapshot and as far as by may see it: seats of the subscriptions that they may
// read, portals where they may read all of them, sign-ins to who sees everything. usher.ErrNotFound: nobody has the id.
func (l *Ledger) PersonDetail(ctx context.Context, by usher.Rights, id usher.ID) (d usher.PersonDetail, err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		p, err := l.policyFor(ctx, tx)
		if err != nil {
			return err
		}
		d = usher.PersonDetail{}
		v := &personDetail{explainer: &explainer{change: newChange(ctx, l, tx, p, usher.System("console"))}, by: by, names: n, d: &d}
		var e Explanation
		if err := v.explainOnly(&e, id, v.whom, v.seats, v.portals, v.conflicts); err != nil {
			return err
		}
		for _, part := range []func(Explanation) error{v.head, v.line, v.why, v.told, v.sources, v.signIns} {
			if err := part(e); err != nil {
				return err
			}
		}
		return nil
	})
	return d, err
}

// personDetail is one such page in the making.
type personDetail struct {
	*explainer

	by    usher.Rights
	names labels
	d     *usher.PersonDetail
}

// oversees says that whoever asks sees everything.
func (v *personDetail) oversees() bool { return usher.AccessOverseers.Allows(v.by) }

func (v *personDetail) head(e Explanation) error {
	views, err := peopleViews(v.ctx, v.tx, v.names, []usher.ID{v.person.ID}, v.by)
	if err != nil {
		return err
	}
	p := v.person
	v.d.PersonView = views[0]
	v.d.MergedInto = p.MergedInto
	v.d.Standing, v.d.Teams, v.d.Groups = e.Person.standing(), e.Person.Teams, e.Person.Groups
	v.d.Ends, v.d.EndsAt, v.d.Unconfirmed = p.Sponsor != "" || p.Newcomer != "", p.EndsAt.Std(), p.Unconfirmed()
	for _, k := range e.Conflicts {
		v.d.Conflicts = append(v.d.Conflicts, usher.OpenConflict{Number: k.Number, Kind: usher.ConflictKind(k.Kind), Detail: k.Detail, OpenedAt: k.OpenedAt})
	}
	return nil
}

// line is who is above and below the person.
func (v *personDetail) line(e Explanation) error {
	var failed error
	above := plan.Chain(v.person.ID, func(id usher.ID) usher.ID {
		manager, err := v.tx.ManagerOf(v.ctx, id)
		failed = errors.Join(failed, err)
		return manager
	}, maxChain)
	if failed != nil {
		return failed
	}
	managers, err := v.tx.PeopleByID(v.ctx, above)
	if err != nil {
		return err
	}
	for _, id := range above {
		v.d.Line = append(v.d.Line, usher.PersonName{ID: id, Name: managers[id].Name()})
	}
	if e.Person.Manager != nil && e.Person.Manager.Found == nil {
		v.d.Referred = e.Person.Manager.words()
	}
	return v.reports()
}

func (v *personDetail) reports() error {
	reports, count, err := v.tx.FirstReports(v.ctx, v.person.ID, firstReports)
	v.d.Reports = count
	for _, r := range reports {
		v.d.FirstReports = append(v.d.FirstReports, usher.PersonName{ID: r.ID, Name: r.Name()})
	}
	return err
}

// why is what the person has of each subscription.
func (v *personDetail) why(e Explanation) error {
	decisions, err := v.tx.DecisionsFor(v.ctx, v.person.ID)
	if err != nil {
		return err
	}
	subs, err := v.tx.AllSubscriptions(v.ctx)
	if err != nil {
		return err
	}
	for _, x := range e.Seats {
		at := slices.IndexFunc(subs, func(s usher.Subscription) bool { return s.Name == x.Subscription })
		if at < 0 || !v.by.MayRead(subs[at].ID) {
			continue
		}
		s := usher.SeatDetail{Subscription: subs[at].ID, Name: x.Subscription, Portal: x.Portal, State: x.State, Since: x.Since, Because: x.Because, Waiting: x.Waiting,
			Place: x.Place, Queue: x.Queue, Ahead: v.ahead[x.Subscription], LeavingAt: x.LeavingAt, DueAt: x.DueAt, Parked: x.Parked, Hold: x.Hold, HeldBecause: x.HeldBecause,
			Before: x.Before, Purchased: x.Purchased, Used: x.Used}
		if i := slices.IndexFunc(decisions, func(d usher.Decision) bool { return d.Subscription == s.Subscription }); i >= 0 {
			said := decisions[i]
			s.Decision = &usher.DecisionView{Kind: said.Kind, By: said.By, Reason: said.Reason, At: said.CreatedAt.Std(), Until: said.Until.Std()}
		}
		v.d.Why = append(v.d.Why, s)
	}
	return nil
}

// told is what each portal was told and showed.
func (v *personDetail) told(e Explanation) error {
	portals, err := v.tx.Portals(v.ctx)
	if err != nil {
		return err
	}
	sold := soldAt(v.names)
	for _, x := range e.Portals {
		at := slices.IndexFunc(portals, func(p usher.Portal) bool { return p.Name == x.Portal })
		if at < 0 || !v.mayReadAll(sold[portals[at].ID]) {
			continue
		}
		p := portals[at]
		t := usher.ToldPortal{ID: p.ID, Name: p.Name, Kind: p.Kind, Live: p.Live, Wanted: x.Wanted, Standing: x.Standing, SeenAt: x.SeenAt, Notes: x.Notes, Subscriptions: sold[p.ID]}
		if x.Trouble != "" {
			t.Notes = append(t.Notes, x.Trouble)
		}
		if x.Seen != nil {
			t.Seen = x.Seen.words()
		}
		for _, told := range x.Told {
			t.Calls = append(t.Calls, usher.PortalCall{At: told.At, What: told.What, Result: told.Result})
		}
		if err := v.account(&t, p); err != nil {
			return err
		}
		v.d.Told = append(v.d.Told, t)
	}
	return nil
}

// mayReadAll says whether by may read the seats of all these subscriptions; of none, whether they see everything.
func (v *personDetail) mayReadAll(subscriptions []usher.ID) bool {
	if len(subscriptions) == 0 {
		return v.oversees()
	}
	return !slices.ContainsFunc(subscriptions, func(id usher.ID) bool { return !v.by.MayRead(id) })
}

// soldAt are the subscriptions of each portal.
func soldAt(n labels) map[usher.ID][]usher.ID {
	sold := map[usher.ID][]usher.ID{}
	for _, sub := range sorted(n.portalOf) {
		sold[n.portalOf[sub]] = append(sold[n.portalOf[sub]], sub)
	}
	return sold
}

func (v *personDetail) account(t *usher.ToldPortal, p usher.Portal) error {
	a, err := v.tx.AccountOf(v.ctx, p.ID, usher.AccountPerson, v.person.ID)
	if errors.Is(err, usher.ErrNotFound) {
		return nil
	}
	t.Attempts, t.LastError = a.Attempts, a.LastError
	t.MayResend = p.Profile.Whole && p.Live && p.RetiredAt == 0 && resendable(p, a) == nil
	return err
}

// signIns is how the person signs in.
func (v *personDetail) signIns(Explanation) error {
	if !v.oversees() {
		return nil
	}
	links, err := v.tx.LinksOf(v.ctx, v.person.ID)
	if err != nil {
		return err
	}
	sessions, err := v.tx.SessionsOf(v.ctx, v.person.ID)
	if err != nil {
		return err
	}
	s := &usher.SignInsView{}
	var last usher.Time
	for _, l := range links {
		s.Links = append(s.Links, usher.LinkView{Connection: l.Connection, Subject: l.Subject, How: string(l.How), At: l.At.Std(), SeenAt: l.SeenAt.Std()})
		last = max(last, l.SeenAt)
	}
	for _, open := range sessions {
		last = max(last, open.SeenAt)
		if v.now() < open.ExpiresAt {
			s.Open++
		}
	}
	s.Last, v.d.SignIns = last.Std(), s
	return nil
}
