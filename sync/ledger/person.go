package ledger

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

const hour = time.Hour

// reason is why a person is computed again.
type reason struct {
	cause   usher.ID // the directory whose change it was; empty for none
	caution store.Caution
	// named are the subscriptions that a human decided about: elsewhere the caution is that
	// of any change. Empty: it is the same everywhere.
	named []usher.ID
	why   string
	// pending is why releases are to be held for which the person still waits to be
	// computed; empty for none.
	pending string
	// others says that other directories may decide about the person than when they were last
	// computed.
	others bool
	// announced says that the person's last day was known long enough before, and came: no
	// guard counts what comes of it.
	announced bool
}

// in is the reason as it counts in one subscription.
func (r reason) in(subscription usher.ID) reason {
	if len(r.named) > 0 && !slices.Contains(r.named, subscription) {
		r.caution = store.CautionGuard
	}
	if r.pending != "" && r.caution > store.CautionApproved && r.caution < store.CautionHold {
		r.caution, r.why = store.CautionHold, r.pending
	}
	return r
}

// compute brings a person in line with what the directories say now, and notes what the
// rules wish for them.
func (c *change) compute(id usher.ID, r reason) error {
	locked, err := c.tx.LockPersons(c.ctx, id)
	if err != nil {
		return err
	}
	old := locked[0]
	if r, err = c.carefully(id, r); err != nil {
		return err
	}
	records, err := c.tx.RecordsOfPerson(c.ctx, id)
	if err != nil {
		return err
	}
	p, merged := c.merge(old, records)
	if p.Inactive == usher.InactiveEnded {
		r.announced = announced(old, p, merged, r, c.now())
		r.cause = merged.InactiveBy // an end is the word of who named it
	}
	if id == c.adopted && old.Address != "" { // whoever bears an address may not give it another owner in the same step
		p.Address, p.Attributes.UserName = old.Address, old.Attributes.UserName
	}
	if err := c.findManager(&p, old); err != nil {
		return err
	}
	if err := c.reportLeft(p, records, merged.Left); err != nil {
		return err
	}
	groups, err := c.groupsOf(records)
	if err != nil {
		return err
	}
	if err := c.savePerson(&p, old, r); err != nil {
		return err
	}
	if err := c.setTeams(p, groups); err != nil {
		return err
	}
	return c.wish(p, records, groups, r)
}

// carefully is the reason with the caution that the person waits for: a directory, or a
// decision about another subscription, that is quicker than the sweep must not carry out
// what a changed configuration or an emptied group is held for, or pass the guards with a last
// day that counts only because other directories decide.
func (c *change) carefully(id usher.ID, r reason) (reason, error) {
	due, err := c.tx.DueOf(c.ctx, id)
	if errors.Is(err, usher.ErrNotFound) {
		err = nil
	}
	if due.Caution == store.CautionHold {
		r.pending = due.Why
	}
	r.others = max(r.caution, due.Caution) >= store.CautionEnds
	return r, err
}

// merge is the person that the records make at this moment, or the guest without any.
func (c *change) merge(p usher.Person, records []usher.Record) (usher.Person, plan.Merged) {
	return c.mergeAt(p, records, c.now())
}

// mergeAt is merge for any moment, as long as nobody says anything new.
func (c *change) mergeAt(p usher.Person, records []usher.Record, at usher.Time) (usher.Person, plan.Merged) {
	if len(records) == 0 {
		return guestAt(p, at)
	}
	var observations []plan.Observation
	for _, r := range records {
		observations = append(observations, plan.Observation{Directory: c.policy.directories[r.Directory], Record: r})
	}
	m := plan.Merge(observations, at)
	p.Attributes, p.Active, p.Address, p.ManagerDirectory = m.Attributes, m.Active, m.Address, m.ManagerDirectory
	p.Inactive, p.InactiveOn, p.NextAt = m.Inactive, m.InactiveOn, m.NextAt
	if p.Active {
		p.OnLeave = m.Attributes.OnLeave
	}
	if p.Sponsor != "" || p.Newcomer != "" {
		c.hosted[p.ID] = usher.Image{Gone: true, Sponsor: p.Sponsor, EndsAt: p.EndsAt, Newcomer: p.Newcomer}
	}
	p.Sponsor, p.EndsAt, p.Newcomer = "", 0, "" // whom a directory knows is no guest or newcomer any longer
	return p, m
}

// guestAt is somebody of whom no directory says anything: a guest, or a newcomer. The last day was named by
// an admin.
func guestAt(p usher.Person, at usher.Time) (usher.Person, plan.Merged) {
	p.Active, p.Inactive, p.InactiveOn, p.NextAt = p.Sponsor != "" || p.Newcomer != "", "", "", 0
	switch {
	case !p.Active:
		p.Inactive = usher.InactiveLeft
	case p.EndsAt != 0 && at >= p.EndsAt:
		p.Active, p.Inactive, p.InactiveOn = false, usher.InactiveEnded, plan.LastDay(p.EndsAt)
	}
	p.Attributes.Active = p.Active
	return p, plan.Merged{Announced: true}
}

// groupsOf are the pushed groups of the person's records.
func (c *change) groupsOf(records []usher.Record) ([]usher.GroupRef, error) {
	var groups []usher.GroupRef
	for _, r := range records {
		if r.DeletedAt != 0 {
			continue
		}
		list, err := c.tx.GroupsOfRecord(c.ctx, r.ID)
		if err != nil {
			return nil, err
		}
		groups = append(groups, list...)
	}
	return groups, nil
}

// savePerson writes the person if anything changed, with the event that says what it was.
func (c *change) savePerson(p *usher.Person, old usher.Person, r reason) error {
	same := reflect.DeepEqual(p.Attributes, old.Attributes) && p.Active == old.Active && p.Manager == old.Manager &&
		p.Inactive == old.Inactive && p.InactiveOn == old.InactiveOn &&
		p.Address == old.Address && p.ManagerDirectory == old.ManagerDirectory && p.Sponsor == old.Sponsor && p.EndsAt == old.EndsAt && p.Newcomer == old.Newcomer
	if same && old.Revision > 0 {
		if p.NextAt == old.NextAt {
			return nil
		}
		return c.tx.UpdatePerson(c.ctx, *p) // when to look again is nothing new of the person
	}
	p.Revision, p.ChangedAt = old.Revision+1, c.now()
	kind := usher.EventPersonMoved
	switch {
	case p.Active && !old.Active && old.LeftAt != 0:
		kind, p.LeftAt = usher.EventPersonRejoined, 0
	case p.Active && !old.Active:
		kind = usher.EventPersonJoined
	case p.Inactive == usher.InactiveFuture && old.Revision == 0:
		kind = usher.EventPersonExpected
	case !p.Active && (old.Active || old.Revision == 0):
		kind, p.LeftAt = usher.EventPersonLeft, c.now()
	case old.Unconfirmed() && !p.Unconfirmed():
		kind = usher.EventPersonConfirmed
	}
	if err := c.tx.UpdatePerson(c.ctx, *p); err != nil {
		return err
	}
	if err := c.signOutChanged(*p, old); err != nil {
		return err
	}
	before, after := differences(old.Attributes, p.Attributes)
	why := r.why
	if why == "" {
		why = c.said(r.cause)
	}
	c.record(usher.Event{Kind: kind, Subject: "person", SubjectID: p.ID, Person: p.ID, Before: before, After: after, Why: why})
	c.touchAccounts(p.ID)
	if p.Active != old.Active {
		c.turned[p.ID] = true
	}
	return c.tellReports(*p, old)
}

// said names the source of a change: "directory okta".
func (c *change) said(cause usher.ID) string {
	if d, ok := c.policy.directories[cause]; ok {
		return "directory " + d.Name
	}
	return c.by.Reason
}

// touchAccounts has all accounts of a person computed again. Which these are is looked up at
// the end, when the seats are given.
func (c *change) touchAccounts(person usher.ID) { c.moved[person] = true }

// reportLeft keeps a conflict open for each directory that says "left" of somebody whom
// the directory that decides keeps active.
func (c *change) reportLeft(p usher.Person, records []usher.Record, left []usher.ID) error {
	open, err := c.tx.OpenConflictsOf(c.ctx, "", p.ID)
	if err != nil {
		return err
	}
	wanted := map[usher.ID]bool{}
	for _, r := range records {
		if !slices.Contains(left, r.Directory) {
			continue
		}
		wanted[r.ID] = true
		conflict := usher.Conflict{Kind: usher.ConflictLeft, Record: r.ID, Person: p.ID,
			Detail: fmt.Sprintf("directory %s says that the person left; the directory that decides keeps them active", c.policy.directories[r.Directory].Name)}
		if err := c.openConflict(conflict); err != nil {
			return err
		}
	}
	for _, k := range open {
		if k.Kind != usher.ConflictLeft || wanted[k.Record] {
			continue
		}
		if err := c.closeConflict(k, "resolved by the directories"); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) closeConflict(k usher.Conflict, decision string) error {
	return c.closeConflictBecause(k, decision, decision)
}

// closeConflictBecause closes a conflict; the event says why.
func (c *change) closeConflictBecause(k usher.Conflict, decision, why string) error {
	k.ClosedAt, k.ClosedBy, k.Decision = c.now(), c.by.Name, decision
	if err := c.tx.CloseConflict(c.ctx, k); err != nil {
		return err
	}
	c.record(usher.Event{Kind: usher.EventConflictClosed, Subject: "conflict", SubjectID: k.ID, Person: k.Person, Why: why})
	return nil
}

// setTeams puts the person into the teams of their department and groups.
func (c *change) setTeams(p usher.Person, groups []usher.GroupRef) error {
	var wanted []usher.Team
	if !p.Active {
		// While a release settles or is held nothing may reach a portal: the teams go when
		// the last seat does.
		if keeps, err := c.keepsSeat(p.ID); keeps || err != nil {
			return err
		}
	} else {
		wanted = plan.Teams(c.policy.teams.ByDepartment, c.policy.teams.Groups, p.Attributes, groups)
	}
	var ids []usher.ID
	for _, t := range wanted {
		team, err := c.team(t)
		if err != nil {
			return err
		}
		ids = append(ids, team.ID)
	}
	changed, err := c.tx.SetTeamsOf(c.ctx, p.ID, ids)
	if err != nil {
		return err
	}
	for _, id := range changed {
		c.touchTeam(id)
	}
	if len(changed) == 0 {
		return nil
	}
	c.touchAccounts(p.ID)
	return c.recordTeams(p, wanted, ids, changed)
}

// recordTeams says that nothing but the teams of a person changed; else an event says of the person what it comes of. That
// a leaver's end says nothing new.
func (c *change) recordTeams(p usher.Person, wanted []usher.Team, ids, changed []usher.ID) error {
	c.regrouped = append(c.regrouped, p.ID)
	if !p.Active || slices.ContainsFunc(c.events, func(e usher.Event) bool { return e.Person == p.ID }) {
		return nil
	}
	before, after := []string{}, []string{}
	for i, t := range wanted {
		after = append(after, t.Name)
		if !slices.Contains(changed, ids[i]) {
			before = append(before, t.Name)
		}
	}
	for _, id := range changed {
		if slices.Contains(ids, id) {
			continue
		}
		t, err := c.tx.Team(c.ctx, id)
		if err != nil {
			return err
		}
		before = append(before, t.Name)
	}
	c.record(usher.Event{Kind: usher.EventPersonMoved, Subject: "person", SubjectID: p.ID, Person: p.ID,
		Before: payload(map[string]any{"Teams": before}), After: payload(map[string]any{"Teams": after})})
	return nil
}

func (c *change) keepsSeat(person usher.ID) (bool, error) {
	seats, err := c.tx.LiveSeatsOf(c.ctx, person)
	return slices.ContainsFunc(seats, func(s usher.Seat) bool { return s.State == usher.Invited || s.State == usher.Active }), err
}

// team is the team of t's source and key, under t's present name.
func (c *change) team(t usher.Team) (usher.Team, error) {
	have, err := c.tx.TeamByKey(c.ctx, t.Source, t.Key)
	if err == nil && have.RetiredAt == 0 && (have.Name == t.Name || t.Source == plan.TeamOfDepartment) {
		return have, nil // two spellings of a department are one team, named by the first
	}
	t.ID = c.tx.NewID()
	if have, err = c.tx.PutTeam(c.ctx, t); err == nil {
		c.touchTeam(have.ID)
	}
	return have, err
}

func (c *change) touchTeamsOf(person usher.ID) error {
	teams, err := c.tx.TeamsOf(c.ctx, person)
	for _, t := range teams {
		c.touchTeam(t.ID)
	}
	return err
}

func (c *change) touchTeam(team usher.ID) {
	for id, portal := range c.policy.portals {
		if portal.Teams {
			c.touch(id, usher.AccountTeam, team)
		}
	}
}

// differences are the attributes that differ, before and after, as the JSON of an event.
func differences(old, now usher.Attributes) (before, after []byte) {
	b, a := map[string]any{}, map[string]any{}
	x, y := reflect.ValueOf(old), reflect.ValueOf(now)
	for i := range x.NumField() {
		if same(x.Field(i), y.Field(i)) {
			continue
		}
		name := x.Type().Field(i).Name
		b[name], a[name] = x.Field(i).Interface(), y.Field(i).Interface()
	}
	return payload(b), payload(a)
}

// same says that two fields are deeply equal; most are plain, and need no copy for that.
func same(x, y reflect.Value) bool {
	if x.Comparable() {
		return x.Equal(y)
	}
	return reflect.DeepEqual(x.Interface(), y.Interface())
}
