package ledger_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// modelSteps is how many steps of the model go on one ledger.
const modelSteps = 60

// TestModel plays random histories on the real ledger and store, and checks after every
// step what must always be true. USHER_MODEL_STEPS sets how many steps are made on
// SQLite; PostgreSQL makes a tenth of them.
func TestModel(t *testing.T) {
	steps := 2400
	if text := os.Getenv("USHER_MODEL_STEPS"); text != "" {
		var err error
		if steps, err = strconv.Atoi(text); err != nil || steps < 1 {
			t.Fatalf("USHER_MODEL_STEPS=%q is not a number of steps", text)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		playModel(t, steps, func() (store.Options, func()) {
			folder, err := os.MkdirTemp(t.TempDir(), "")
			if err != nil {
				t.Fatal(err)
			}
			return store.Options{Folder: folder}, func() { _ = os.RemoveAll(folder) }
		})
	})
	t.Run("postgres", func(t *testing.T) {
		playModel(t, steps/10, func() (store.Options, func()) {
			return store.Options{URL: storetest.Postgres(t)}, func() {}
		})
	})
}

func playModel(t *testing.T, steps int, place func() (store.Options, func())) {
	setFlag(t, "rapid.steps", strconv.Itoa(modelSteps))
	setFlag(t, "rapid.checks", strconv.Itoa(max(1, steps/modelSteps)))
	setFlag(t, "rapid.nofailfile", "true") // ids are new in every run: a history is told by its draws
	made, reserved, merges, splits := 0, 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		at, remove := place()
		defer remove()
		m := newModel(t, rt, at)
		defer func() { _ = m.store.Close() }()
		actions := map[string]func(*rapid.T){}
		for name, f := range m.actions() {
			actions[name] = func(*rapid.T) { m.step(name, f); made++ }
		}
		rt.Repeat(actions)
		m.step("faults end", m.converge)
		m.verifyConverged()
		reserved, merges, splits = reserved+m.reserved, merges+m.merges, splits+m.splits
	})
	if made > 1000 && reserved == 0 {
		t.Error("no seat was ever kept back")
	}
	if made > 1000 && (merges == 0 || splits == 0) {
		t.Errorf("%d merges and %d splits", merges, splits)
	}
	t.Logf("steps=%d reservations=%d merges=%d splits=%d violations=0", made, reserved, merges, splits)
}

func setFlag(t *testing.T, name, value string) {
	t.Helper()
	f := flag.Lookup(name)
	before := f.Value.String()
	if err := f.Value.Set(value); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Value.Set(before) })
}

// model is a small company on a real ledger: a few people in two directories, three
// subscriptions at three portals, and what the test itself must remember of them.
type model struct {
	*rapid.T
	*checker
	hr       usher.Principal
	group    usher.ID // the group "Pilots"; empty while deleted
	records  map[string]usher.ID
	renames  int
	merges   int
	splits   int
	sessions int
}

var (
	modelNames = []string{"ann", "bob", "cy", "dot", "eve", "fay"}
	modelRules = map[string]func(facts) bool{
		`department == "Sales"`: func(f facts) bool { return f.department == "Sales" },
		`department == "R&D"`:   func(f facts) bool { return f.department == "R&D" },
		`title == "Head"`:       func(f facts) bool { return f.title == "Head" },
		`inGroup("Pilots")`:     func(f facts) bool { return f.pilot },
		`department != ""`:      func(f facts) bool { return f.department != "" },
	}
	ruleTexts  = slices.Sorted(maps.Keys(modelRules))
	priorities = []string{"", `title == "Head" ? 10 : 0`}
	parks      = []usher.OnLeave{usher.LeaveKeep, usher.LeavePark}
)

func newModel(t *testing.T, rt *rapid.T, at store.Options) *model {
	w := newWorld(t, at)
	w.setUp(ledger.Setup{
		Directories: []usher.Directory{{Name: "hr", Kind: usher.DirectoryFile, Rank: 2, EmployeeNumbers: "hr", Zone: modelZone, LeadDays: modelLead}},
		Portals: []usher.Portal{
			{Name: "learning", Kind: "scim", Live: true, Hard: true, Teams: true},
			{Name: "tools", Kind: "scim", Live: true},
			{Name: "later", Kind: "scim", Hard: true},
		},
	})
	k := &checker{TB: rt, world: w, ctx: t.Context(), discarded: map[place]int64{}, bought: map[string]int{}, lifted: map[place]bool{}, joined: map[usher.ID]usher.ID{}, started: map[usher.ID]bool{}}
	for _, name := range []string{"learning", "tools", "later"} {
		k.portals = append(k.portals, newFakePortal(k, name))
	}
	m := &model{T: rt, checker: k, hr: w.directory("hr"), records: map[string]usher.ID{}}
	m.policy = ledger.Policy{Guards: wideGuards(), Teams: ledger.TeamPolicy{ByDepartment: true, Groups: []string{"P*"}}}
	if rapid.Bool().Draw(rt, "tight guards") {
		m.policy.Guards = usher.Guards{Releases: usher.Limit{Min: 1, Percent: 10}, Invitations: usher.Limit{Min: 2, Percent: 25}, ArmedFrom: 2}
	}
	m.policy.Subscriptions = []ledger.SubscriptionPolicy{
		{Name: "adkar", Portal: "learning", Seats: 2, Rule: `department == "Sales"`, Priority: priorities[1], OnLeave: usher.LeavePark},
		{Name: "dev", Portal: "tools", Seats: 1, Rule: `inGroup("Pilots")`, Settle: 15 * time.Minute, Grace: 4 * time.Hour, OnLeave: usher.LeavePark},
		{Name: "flow", Portal: "later", Seats: 2, Rule: `department != ""`, Settle: time.Minute},
	}
	m.try(m.world.propose(m.policy))
	m.createGroup()
	for range rapid.IntRange(0, 4).Draw(rt, "people") {
		m.join()
	}
	m.clock.add(49 * time.Hour) // the guards count from now on
	m.sweep()
	m.before = m.look()
	return m
}

// propose makes p the active policy, as an admin who confirms the plan does.
func (w *world) propose(p ledger.Policy) error {
	r, err := w.ledger.Propose(w.Context(), w.ann, p)
	if err == nil && r.State == usher.RevisionProposed {
		_, err = w.ledger.Activate(w.Context(), w.ann, r.Number)
	}
	return err
}

// step takes an action, sweeps and checks.
func (m *model) step(name string, f func()) {
	m.clock.add(time.Millisecond)
	m.since = m.store.Now()
	clear(m.bought)
	clear(m.lifted)
	clear(m.joined)
	f()
	m.sweep()
	m.verify(name)
}

func (m *model) actions() map[string]func() {
	actions := map[string]func(){
		"join": m.join, "leave": m.leave, "return": m.comeBack, "move": m.move, "rename": m.rename, "delete": m.delete,
		"dates": m.redate, "vanish": m.vanish, "away": m.away,
		"members": m.members, "regroup": m.regroup, "guest": m.guest, "newcomer": m.newcomer, "confirm": m.confirm, "give back": m.giveBack,
		"pin": m.pin, "withhold": m.withhold, "clear": m.clear, "release now": m.releaseNow,
		"merge": m.merge, "split": m.split, "allow": m.allow, "discard": m.discard, "answer": m.answer,
		"buy": m.buy, "rules": m.rules, "live": m.live,
		"wait": m.wait, "deliver": m.deliver, "land": m.land, "observe": m.observe, "drift": m.drift,
	}
	names := slices.Sorted(maps.Keys(actions))
	// Two actions without a sweep between them, as from two callers at once.
	actions["two"] = func() {
		for _, s := range m.policy.Subscriptions { // the first may fill what the second takes away
			m.bought[s.Name] = s.Seats
		}
		for range 2 {
			actions[rapid.SampledFrom(names).Draw(m.T, "action")]()
			m.clock.add(time.Millisecond)
		}
	}
	return actions
}

// pick draws one of a list; false when it is empty. It is drawn by its index, because
// ids are new in every run.
func pick[T any](m *model, what string, list []T) (v T, ok bool) {
	if len(list) == 0 {
		return v, false
	}
	return list[rapid.IntRange(0, len(list)-1).Draw(m.T, what)], true
}

// somebody is a directory's record, if it has any.
func (m *model) somebody() (usher.Principal, usher.ID, bool) {
	key, ok := pick(m, "record", slices.Sorted(maps.Keys(m.records)))
	by := m.okta
	if strings.HasPrefix(key, "hr/") {
		by = m.hr
	}
	return by, m.records[key], ok
}

func (m *model) join() {
	by, _ := pick(m, "directory", []usher.Principal{m.okta, m.okta, m.hr})
	name := rapid.SampledFrom(modelNames).Draw(m.T, "name")
	r := user(name, func(a *usher.Attributes) {
		a.Department = rapid.SampledFrom([]string{"Sales", "R&D"}).Draw(m.T, "department")
		a.Title = rapid.SampledFrom([]string{"", "Head"}).Draw(m.T, "title")
		if rapid.IntRange(0, 9).Draw(m.T, "recycled") == 0 {
			a.ExternalID = "y-" + name
		}
		a.Manager = rapid.SampledFrom([]string{"", "x-ann", "x-bob"}).Draw(m.T, "manager")
		if rapid.IntRange(0, 4).Draw(m.T, "dated") == 0 {
			a.Starts, a.Ends = m.day("starts"), m.day("ends")
		}
	})
	made, err := m.ledger.CreateRecord(m.ctx, by, r)
	if m.try(err, usher.ErrConflict) {
		m.records[by.Name+"/"+name] = made.ID
	}
}

func (m *model) edit(f func(*usher.Attributes)) {
	by, id, ok := m.somebody()
	if !ok {
		return
	}
	m.alter(by, id, func(r *usher.Record) {
		f(&r.Attributes)
		r.AbsentSince = 0
	})
}

// alter changes a record, and remembers whether it had started: it has when it served its
// person just before.
func (m *model) alter(by usher.Principal, id usher.ID, f func(*usher.Record)) {
	started := false
	_, err := m.ledger.ChangeRecord(m.ctx, by, id, func(r usher.Record) (usher.Record, error) {
		started = m.serves(r)
		r.Attributes.Emails = slices.Clone(r.Attributes.Emails)
		f(&r)
		return withAttributes(r, r.Attributes), nil
	})
	if m.try(err, usher.ErrConflict) {
		m.started[id] = started
	}
}

// day is a civil date near today, or none.
func (m *model) day(what string) string {
	days := rapid.IntRange(-3, 4).Draw(m.T, what)
	if days == -3 {
		return ""
	}
	return m.clock.now().AddDate(0, 0, days).Format(time.DateOnly)
}

func (m *model) redate() {
	m.edit(func(a *usher.Attributes) {
		if rapid.Bool().Draw(m.T, "starts") {
			a.Starts = m.day("starts")
			return
		}
		a.Ends = m.day("ends")
	})
}

// vanish is a record that no roster names any longer.
func (m *model) vanish() {
	if by, id, ok := m.somebody(); ok {
		m.alter(by, id, func(r *usher.Record) { r.Attributes.Active, r.AbsentSince = false, m.store.Now() })
	}
}

func (m *model) away() { m.edit(func(a *usher.Attributes) { a.OnLeave = !a.OnLeave }) }

func (m *model) leave()    { m.edit(leaves) }
func (m *model) comeBack() { m.edit(returns) }

func (m *model) move() {
	m.edit(func(a *usher.Attributes) {
		a.Department = rapid.SampledFrom([]string{"Sales", "R&D"}).Draw(m.T, "department")
		a.Title = rapid.SampledFrom([]string{"", "Head"}).Draw(m.T, "title")
	})
}

func (m *model) rename() {
	m.renames++
	m.edit(func(a *usher.Attributes) {
		a.UserName = fmt.Sprintf("renamed%d@example.com", m.renames)
		a.Emails[0].Value = a.UserName
	})
}

func (m *model) delete() {
	by, id, ok := m.somebody()
	if !ok {
		return
	}
	m.try(m.ledger.DeleteRecord(m.ctx, by, id, func(usher.Record) error { return nil }))
	maps.DeleteFunc(m.records, func(_ string, r usher.ID) bool { return r == id })
}

func (m *model) createGroup() {
	g, err := m.ledger.CreateGroup(m.ctx, m.okta, group("Pilots"), nil)
	m.try(err)
	m.group = g.ID
}

func (m *model) members() {
	var all []usher.ID
	for _, key := range slices.Sorted(maps.Keys(m.records)) {
		if strings.HasPrefix(key, "okta/") {
			all = append(all, m.records[key])
		}
	}
	if m.group == "" || len(all) == 0 {
		return
	}
	ids := slices.DeleteFunc(all, func(usher.ID) bool { return rapid.Bool().Draw(m.T, "leave out") })
	op := usher.MemberOp{IDs: ids, Kind: rapid.SampledFrom([]usher.MemberOpKind{usher.MembersAdd, usher.MembersRemove, usher.MembersReplace}).Draw(m.T, "kind")}
	if len(ids) == 0 && op.Kind != usher.MembersReplace {
		return
	}
	_, err := m.ledger.ChangeGroup(m.ctx, m.okta, m.group, func(g usher.Group) (usher.Group, []usher.MemberOp, error) {
		return g, []usher.MemberOp{op}, nil
	})
	m.try(err)
}

// regroup deletes the group or makes it again.
func (m *model) regroup() {
	if m.group == "" {
		m.createGroup()
		return
	}
	if rapid.IntRange(0, 3).Draw(m.T, "really") > 0 {
		return
	}
	m.try(m.ledger.DeleteGroup(m.ctx, m.okta, m.group, func(usher.Group) error { return nil }))
	m.group = ""
}

func (m *model) guest() {
	name := rapid.SampledFrom([]string{"gus", "ann"}).Draw(m.T, "guest")
	_, err := m.ledger.AddGuest(m.ctx, m.ann, ledger.Guest{Address: name + "@example.com", Sponsor: "dot", EndsAt: m.store.Now().Add(2 * time.Hour)})
	m.try(err, usher.ErrConflict)
}

// newcomer is somebody who signs in and whom perhaps nobody knows.
func (m *model) newcomer() {
	name := rapid.SampledFrom([]string{"gus", "ann", "new"}).Draw(m.T, "newcomer")
	in := usher.SignedIn{Connection: "okta", Subject: "s-" + name, Address: name + "@example.com", AddressVerified: true}
	rule := usher.LinkRule{Domains: []string{"example.com"}, Newcomers: true}
	m.sessions++
	_, _, err := m.ledger.SignIn(m.ctx, in, rule, usher.Session{Hash: fmt.Sprint(m.sessions), ExpiresAt: m.store.Now().Add(time.Hour)})
	if _, refused := errors.AsType[*usher.SignInRefusedError](err); !refused {
		m.try(err)
	}
}

// confirm confirms or ends somebody who may be no newcomer.
func (m *model) confirm() {
	p, ok := pick(m, "person", m.people())
	if !ok {
		return
	}
	if rapid.Bool().Draw(m.T, "end") {
		m.try(m.ledger.EndPerson(m.ctx, m.ann, p.ID, m.until()), usher.ErrInvalid)
		return
	}
	m.try(m.ledger.ConfirmNewcomer(m.ctx, m.ann, p.ID), usher.ErrStale, usher.ErrInvalid)
}

func (m *model) giveBack() {
	if at, ok := m.anyPlace(); ok {
		by := usher.Principal{Kind: usher.PrincipalPerson, Name: "themselves", Person: at.person}
		m.try(m.ledger.GiveBack(m.ctx, by, at.subscription), usher.ErrInvalid)
	}
}

// anyPlace is a person and a subscription.
func (m *model) anyPlace() (place, bool) {
	p, ok := pick(m, "person", m.standing())
	if !ok {
		return place{}, false
	}
	s, _ := pick(m, "subscription", m.subscriptions())
	return place{s.ID, p.ID}, true
}

// until is when a decision lapses: never or soon.
func (m *model) until() usher.Time {
	if rapid.Bool().Draw(m.T, "for ever") {
		return 0
	}
	return m.store.Now().Add(30 * time.Minute)
}

func (m *model) pin() {
	if at, ok := m.anyPlace(); ok {
		m.try(m.ledger.Grant(m.ctx, m.ann, at.subscription, at.person, m.until()))
	}
}

func (m *model) withhold() {
	if at, ok := m.anyPlace(); ok {
		m.lifted[at] = true
		m.try(m.ledger.Withhold(m.ctx, m.ann, at.subscription, at.person, m.until()))
	}
}

func (m *model) clear() {
	if at, ok := m.anyPlace(); ok {
		m.try(m.ledger.ClearDecision(m.ctx, m.ann, at.subscription, at.person), usher.ErrNotFound)
	}
}

func (m *model) releaseNow() {
	at, ok := m.anyPlace()
	if !ok {
		return
	}
	m.lifted[at] = true
	done := m.try(m.ledger.Release(m.ctx, m.ann, at.subscription, at.person), usher.ErrInvalid)
	p, err := m.store.Look().Person(m.ctx, at.person)
	m.try(err)
	if !done {
		if !m.wantedIn(p, at.subscription) {
			m.T.Fatalf("nobody wants %s in %s, and the release was refused", p.Address, m.name(at.subscription))
		}
		return
	}
	s, err := m.store.Look().LiveSeat(m.ctx, at.subscription, at.person)
	if m.try(err, usher.ErrNotFound) && !m.wantedIn(p, at.subscription) && s.State != usher.Releasing {
		m.T.Fatalf("released now, and %s in %s is %s", p.Address, m.name(at.subscription), s.State)
	}
}

func (m *model) allow() {
	if h, ok := pick(m, "hold", m.openHolds()); ok {
		m.try(m.ledger.AllowHold(m.ctx, m.ann, h.Number))
	}
}

func (m *model) discard() {
	h, ok := pick(m, "hold", m.openHolds())
	if !ok {
		return
	}
	for _, s := range m.look().seats {
		settles := h.Directory != "" && s.LeavingBy == h.Directory && s.LeavingAt != 0 && s.Hold == "" && !s.Approved &&
			(s.State == usher.Invited || s.State == usher.Active)
		if s.Hold != h.ID && !settles { // that of a directory is also about what still settles
			continue
		}
		p, err := m.store.Look().Person(m.ctx, s.Person)
		m.try(err)
		m.discarded[place{s.Subscription, s.Person}] = p.Revision
	}
	m.try(m.ledger.DiscardHold(m.ctx, m.ann, h.Number))
}

// answer says whose a record in doubt is: somebody named in the question, or somebody new.
func (m *model) answer() {
	list, err := m.store.Look().Conflicts(m.ctx, true)
	m.try(err)
	k, ok := pick(m, "conflict", list)
	if !ok {
		return
	}
	if rapid.Bool().Draw(m.T, "dismiss") {
		m.try(m.ledger.DismissConflict(m.ctx, m.ann, k.Number))
		return
	}
	var person usher.ID
	if len(k.Others) > 0 && rapid.Bool().Draw(m.T, "known") {
		person, _ = pick(m, "person", k.Others)
	}
	m.try(m.ledger.LinkConflict(m.ctx, m.ann, k.Number, person), usher.ErrInvalid, usher.ErrNotFound)
}

func (m *model) repolicy(f func(*ledger.SubscriptionPolicy)) {
	next := m.policy
	next.Subscriptions = slices.Clone(m.policy.Subscriptions)
	f(&next.Subscriptions[rapid.IntRange(0, len(next.Subscriptions)-1).Draw(m.T, "subscription")])
	m.try(m.world.propose(next))
	m.policy = next
	for _, s := range next.Subscriptions {
		m.bought[s.Name] = max(m.bought[s.Name], s.Seats)
	}
}

func (m *model) buy() {
	m.repolicy(func(s *ledger.SubscriptionPolicy) { s.Seats = rapid.IntRange(0, 5).Draw(m.T, "seats") })
}

func (m *model) rules() {
	m.repolicy(func(s *ledger.SubscriptionPolicy) {
		s.Rule = rapid.SampledFrom(ruleTexts).Draw(m.T, "rule")
		s.Priority = rapid.SampledFrom(priorities).Draw(m.T, "priority")
		s.Seats = rapid.IntRange(0, 5).Draw(m.T, "seats")
		s.OnLeave = rapid.SampledFrom(parks).Draw(m.T, "on leave")
	})
}

func (m *model) live() {
	p, err := m.store.Look().PortalNamed(m.ctx, "later")
	m.try(err)
	m.try(m.ledger.GoLive(m.ctx, m.ann, p.ID), usher.ErrStale)
}

func (m *model) wait() {
	m.clock.add(rapid.SampledFrom([]time.Duration{time.Second, 5 * time.Minute, 20 * time.Minute, 3 * time.Hour, 22 * time.Hour, 49 * time.Hour}).Draw(m.T, "time"))
}
