package ledger_test

import (
	"cmp"
	"slices"
	"time"

	"usher/internal/usher"
)

// facts are what the model's rules look at.
type facts struct {
	active            bool
	department, title string
	pilot             bool
}

// factsOf says again, from the records alone and in other words than the ledger's, who
// somebody is. The directory okta decides whether its people are active; of two
// directories that say something, okta is right.
func (k *checker) factsOf(p usher.Person) facts {
	var f facts
	records, err := k.store.Look().RecordsOfPerson(k.ctx, p.ID)
	k.try(err)
	if len(records) == 0 { // a guest or a newcomer
		f.active = (p.Sponsor != "" || p.Newcomer != "") && (p.EndsAt == 0 || k.store.Now() < p.EndsAt)
		return f
	}
	okta := slices.ContainsFunc(records, func(r usher.Record) bool { return r.Directory == k.okta.Directory })
	var live []usher.Record
	for _, r := range records {
		if k.serves(r) && (!okta || r.Directory == k.okta.Directory) {
			f.active = true
		}
		if r.DeletedAt == 0 {
			live = append(live, r)
			groups, err := k.store.Look().GroupsOfRecord(k.ctx, r.ID)
			k.try(err)
			f.pilot = f.pilot || slices.ContainsFunc(groups, func(g usher.GroupRef) bool { return g.DisplayName == "Pilots" })
		}
	}
	slices.SortFunc(live, func(a, b usher.Record) int {
		return cmp.Or(less(a.Directory == k.okta.Directory, b.Directory == k.okta.Directory), less(k.serves(a), k.serves(b)), less(!k.over(a), !k.over(b)), cmp.Compare(a.ID, b.ID))
	})
	for _, r := range live {
		f.department = cmp.Or(f.department, r.Attributes.Department)
		f.title = cmp.Or(f.title, r.Attributes.Title)
	}
	return f
}

// Where and how early dates of the directory hr are meant; those of okta are in UTC.
const (
	modelZone = "America/New_York"
	modelLead = 1
)

// today is the civil date in the zone of a record's directory, some days from now.
func (k *checker) today(r usher.Record, days int) string {
	zone := time.UTC
	if r.Directory != k.okta.Directory {
		var err error
		zone, err = time.LoadLocation(modelZone)
		k.try(err)
	}
	return k.store.Now().Std().In(zone).AddDate(0, 0, days).Format(time.DateOnly)
}

// over says that a directory has done with somebody: by word, or by the calendar on its wall.
func (k *checker) over(r usher.Record) bool {
	return r.Gone() || r.Attributes.Ends != "" && k.today(r, 0) > r.Attributes.Ends
}

// serves says that a record makes its person active now.
func (k *checker) serves(r usher.Record) bool {
	lead := 0
	if r.Directory != k.okta.Directory {
		lead = modelLead
	}
	return !k.over(r) && (k.started[r.ID] || r.Attributes.Starts <= k.today(r, lead))
}

// parked says that a seat is theirs and the portal holds nothing for it: they are on leave,
// or were when they left.
func (k *checker) parked(sub usher.Subscription, person usher.ID) bool {
	p, err := k.store.Look().Person(k.ctx, person)
	k.try(err)
	records, err := k.store.Look().RecordsOfPerson(k.ctx, person)
	k.try(err)
	if k.factsOf(p).active && len(records) > 0 {
		away := slices.ContainsFunc(records, func(r usher.Record) bool { return k.serves(r) && r.Attributes.OnLeave })
		if away != p.OnLeave {
			k.Fatalf("%s is on leave: %v, and the ledger says %v", p.Attributes.DisplayName, away, p.OnLeave)
		}
	}
	return sub.OnLeave == usher.LeavePark && p.OnLeave
}

// less orders what is true first.
func less(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// decision is what a human said of a place that counts now; empty for nothing.
func (k *checker) decision(at place) usher.DecisionKind {
	list, err := k.store.Look().DecisionsFor(k.ctx, at.person)
	k.try(err)
	for _, d := range list {
		if d.Subscription == at.subscription && (d.Until == 0 || k.store.Now() < d.Until) {
			return d.Kind
		}
	}
	return ""
}

// wantedIn says whether somebody shall have a seat, as the issue has it: nobody who left
// and no guest whose time is over; else what a human said; else no guest and no newcomer whom nobody
// confirmed; else the rule.
func (k *checker) wantedIn(p usher.Person, subscription usher.ID) bool {
	f := k.factsOf(p)
	decision := k.decision(place{subscription, p.ID})
	switch {
	case !f.active, p.EndsAt != 0 && k.store.Now() >= p.EndsAt:
		return false
	case decision != "":
		return decision == usher.Pin
	case p.Sponsor != "", p.Newcomer == usher.NewcomerUnconfirmed:
		return false
	}
	for _, s := range k.policy.Subscriptions {
		if s.Name == k.name(subscription) {
			return modelRules[s.Rule](f)
		}
	}
	return false
}
