package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// undoing is a small company in the files of HR, some of whose people another directory
// knows as well.
type undoing struct {
	*rapid.T
	*filing
	ctx        context.Context
	rows       map[string]staff // what the next file says
	pushed     []usher.ID       // records of the other directory
	names      int
	back, kept int // records that were put back, and that were left as they are
}

// staff is one row.
type staff struct {
	name, address, department, manager, starts, ends string
	left, away                                       bool
}

var undoKeys = []string{"ann", "bob", "cy", "dot", "eve", "fay", "gus", "hal", "ida", "joe"}

func newUndoing(t *testing.T, rt *rapid.T, at store.Options) *undoing {
	w := newWorld(t, at)
	u := &undoing{T: rt, filing: newFiling(w), ctx: t.Context(), rows: map[string]staff{}}
	w.policy(ledger.Policy{
		Subscriptions: []ledger.SubscriptionPolicy{w.seats(rapid.IntRange(2, 6).Draw(rt, "seats"))},
		Teams:         ledger.TeamPolicy{ByDepartment: true}, Guards: wideGuards(),
	})
	for range rapid.IntRange(1, 3).Draw(rt, "files before") {
		u.edit(8)
		u.elsewhere()
		u.file()
	}
	return u
}

// known is what the ledger has of one key of the files.
type known struct {
	Record     usher.ID
	Version    int64
	Attributes usher.Attributes
	Dates      [3]usher.Time
	Row        store.RosterRow
}

func (u *undoing) look() map[string]known {
	look := u.store.Look()
	rows, err := look.RosterRowsOf(u.ctx, u.hr.Directory, undoKeys)
	u.check(err)
	all := map[string]known{}
	for key, row := range rows {
		r, err := look.RecordAny(u.ctx, row.Record)
		u.check(err)
		if r.DeletedAt != 0 {
			u.T.Fatalf("row %s is that of a deleted record", key)
		}
		all[key] = known{r.ID, r.Version, r.Attributes, [3]usher.Time{r.StartedAt, r.EndsKnownAt, r.AbsentSince}, row}
	}
	return all
}

// same says that two are alike in all that an undo restores: a record that is made again
// has another id.
func (k known) same(o known) bool {
	k.Version, o.Version, k.Record, o.Record, k.Row.Record, o.Row.Record = 0, 0, "", "", "", ""
	return reflect.DeepEqual(k, o)
}

// others are the records of the other directory.
func (u *undoing) others() map[usher.ID]string {
	all := map[usher.ID]string{}
	for _, id := range u.pushed {
		r, err := u.store.Look().RecordAny(u.ctx, id)
		u.check(err)
		all[id] = fmt.Sprintf("%s version %d deleted %d person %s: %+v", r.Directory, r.Version, r.DeletedAt, r.Person, r.Attributes)
	}
	return all
}

func (u *undoing) check(err error) {
	if err != nil {
		u.T.Fatalf("%v", err)
	}
}

func (u *undoing) play() {
	before, seats := u.look(), u.seated()
	u.edit(6)
	run := u.file()
	after, changes := u.look(), u.changes(run)
	if len(changes) == 0 {
		return
	}
	quiet := rapid.IntRange(0, 2).Draw(u.T, "edits") == 0
	files := false
	for i := 0; !quiet && i < rapid.IntRange(1, 3).Draw(u.T, "how many"); i++ {
		files = u.disturb() || files
	}
	atUndo, others := u.look(), u.others()
	undo := u.undone(run)
	u.compare("undo", changes, after, before, atUndo, undo)
	if now := u.others(); !reflect.DeepEqual(now, others) {
		u.T.Fatalf("the undo changed the other directory:\n%v\n%v", others, now)
	}
	if now := u.seated(); quiet && !contains(now, seats) {
		u.T.Fatalf("%v had seats before the run, and %v have them after its undo", seats, now)
	}
	if undo.Counts.Applied == 0 {
		return
	}
	afterUndo, changes := u.look(), u.changes(undo)
	again := u.undone(undo)
	u.compare("undo of the undo", changes, afterUndo, atUndo, afterUndo, again)
	if quiet || !files && u.stale(undo) == 0 {
		u.settled(run, again)
	}
}

func contains(all, some []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

// settled checks that the file of the run, once more, says nothing new but of whom it does
// not name.
func (u *undoing) settled(run, again usher.Plan) {
	p, err := u.ledger.ProposeRoster(u.ctx, u.hr, u.paper().feed(u.hr.Directory, false))
	u.check(err)
	if n := p.Counts; u.stale(run)+u.stale(again) == 0 && n.Joiners+n.Movers+n.Rejoiners+n.Leavers > 0 {
		u.T.Fatalf("the file of the run says something new after its undo was undone: %+v", n)
	}
	u.check(u.finish(p))
}

func (u *undoing) stale(p usher.Plan) int {
	return p.Counts.Stale
}

// compare checks what a run and its undo did: run's changes are given by key, made is how
// the run left things, was how it found them, and atUndo how they were when it was undone.
func (u *undoing) compare(step string, changes map[string]usher.Change, made, was, atUndo map[string]known, undo usher.Plan) {
	now := u.look()
	listed := map[string]bool{}
	findings, err := u.store.Look().Findings(u.ctx, undo.ID, 1000)
	u.check(err)
	for _, f := range findings {
		listed[strings.ToLower(f.Value)] = true
	}
	stale := map[string]string{}
	list, err := u.store.Look().Changes(u.ctx, undo.ID, 0, 1000, usher.ChangeStale)
	u.check(err)
	for _, ch := range list {
		stale[ch.Key] = ch.Why
	}
	for _, key := range undoKeys {
		_, changed := changes[key]
		touched := !reflect.DeepEqual(made[key], atUndo[key])
		switch {
		case listed[key] != (changed && touched):
			u.T.Fatalf("%s: %s was changed by the run: %v, and since: %v; listed: %v\nmade   %+v\nat undo %+v", step, key, changed, touched, listed[key], made[key], atUndo[key])
		case !changed || touched || stale[key] != "":
			if !reflect.DeepEqual(now[key], atUndo[key]) {
				u.T.Fatalf("%s: %s (changed %v, since %v, stale %q) was to be left alone\nwas %+v\nis  %+v", step, key, changed, touched, stale[key], atUndo[key], now[key])
			}
			if stale[key] != "" && !u.taken(was[key], atUndo) {
				u.T.Fatalf("%s: %s is stale: %s", step, key, stale[key])
			}
			if changed {
				u.kept++
			}
		default:
			if !now[key].same(was[key]) {
				u.T.Fatalf("%s: %s is not as before\nwas %+v\nis  %+v", step, key, was[key], now[key])
			}
			u.back++
		}
	}
	u.sealed()
}

// taken says that another row has the user name that a record was to get back.
func (u *undoing) taken(was known, rows map[string]known) bool {
	for _, k := range rows {
		if k.Record != was.Record && usher.FoldText(k.Attributes.UserName) == usher.FoldText(was.Attributes.UserName) {
			return true
		}
	}
	return false
}

// sealed checks the whole ledger.
func (u *undoing) sealed() {
	u.seal()
	for _, f := range u.findings() {
		u.T.Fatalf("%s %s: %s", f.Invariant, f.Subject, f.Detail)
	}
	if s := u.subscription("adkar"); s.Used > s.Purchased {
		u.T.Fatalf("oversold: %+v", s)
	}
}

// changes are those of a plan that were applied, by key.
func (u *undoing) changes(p usher.Plan) map[string]usher.Change {
	list, err := u.store.Look().Changes(u.ctx, p.ID, 0, 1000, usher.ChangeApplied)
	u.check(err)
	all := map[string]usher.Change{}
	for _, ch := range list {
		all[ch.Key] = ch
	}
	return all
}

func (u *undoing) undone(run usher.Plan) usher.Plan {
	p, err := u.ledger.UndoPlan(u.ctx, u.ann, run.Number)
	u.check(err)
	u.check(u.finish(p))
	p, err = u.store.Look().Plan(u.ctx, p.Number)
	u.check(err)
	return p
}

// finish confirms what waits of a plan and has it applied.
func (u *undoing) finish(p usher.Plan) error {
	_, err := u.ledger.ApplyPlan(u.ctx, p.Number)
	if p.Counts.Held > 0 && err == nil {
		if _, err = u.ledger.ConfirmPlan(u.ctx, u.ann, p.Number, ledger.Selection{}); err == nil {
			_, err = u.ledger.ApplyPlan(u.ctx, p.Number)
		}
	}
	u.sweep()
	u.deliver()
	return err
}

// file drops the next file and has all of it applied.
func (u *undoing) file() usher.Plan {
	u.clock.add(time.Hour)
	p, err := u.ledger.ProposeRoster(u.ctx, u.hr, u.paper().feed(u.hr.Directory, rapid.Bool().Draw(u.T, "by hand")))
	u.check(err)
	u.check(u.finish(p))
	p, err = u.store.Look().Plan(u.ctx, p.Number)
	u.check(err)
	return p
}

func (u *undoing) paper() *paper {
	p := &paper{}
	for _, key := range slices.Sorted(maps.Keys(u.rows)) {
		s := u.rows[key]
		p.add(key, s.department, func(a *usher.Attributes) {
			a.UserName, a.Emails[0].Value, a.Manager, a.Active = s.name, s.address, s.manager, !s.left
			a.Starts, a.Ends, a.OnLeave = s.starts, s.ends, s.away
		})
	}
	return p
}

// edit changes some rows of the next file.
func (u *undoing) edit(most int) {
	for range rapid.IntRange(1, most).Draw(u.T, "rows") {
		key := rapid.SampledFrom(undoKeys).Draw(u.T, "key")
		s, ok := u.rows[key]
		if !ok {
			u.names++
			s = staff{name: fmt.Sprintf("%s%d@example.com", key, u.names), address: key + "@example.com", department: "Sales"}
		}
		switch rapid.IntRange(0, 8).Draw(u.T, "what") {
		case 0:
			s.left = !s.left
		case 1:
			s.department = rapid.SampledFrom([]string{"Sales", "R&D"}).Draw(u.T, "department")
		case 2:
			s.manager = rapid.SampledFrom(undoKeys).Draw(u.T, "manager")
		case 3:
			s.starts, s.ends = u.day("starts"), u.day("ends")
		case 4:
			s.away = !s.away
		case 5:
			u.names++
			s.name = fmt.Sprintf("%s%d@example.com", key, u.names)
		case 6:
			s = u.swap(key, s)
		case 7:
			if ok {
				delete(u.rows, key)
				continue
			}
		}
		u.rows[key] = s
	}
}

// swap gives a row the name of another one, and that one its.
func (u *undoing) swap(key string, s staff) staff {
	with := rapid.SampledFrom(undoKeys).Draw(u.T, "with")
	o, ok := u.rows[with]
	if ok && with != key {
		s.name, o.name = o.name, s.name
		u.rows[with] = o
	}
	return s
}

func (u *undoing) day(what string) string {
	days := rapid.IntRange(-2, 3).Draw(u.T, what)
	if days == -2 {
		return ""
	}
	return u.clock.now().AddDate(0, 0, days).Format(time.DateOnly)
}

// disturb is something that happens between a run and its undo; true when it was another
// file.
func (u *undoing) disturb() bool {
	switch rapid.IntRange(0, 7).Draw(u.T, "disturb") {
	case 0, 1, 7:
		u.edit(3)
		u.file()
		return true
	case 2:
		u.elsewhere()
	case 3:
		u.decide()
	case 4:
		name := rapid.SampledFrom(undoKeys).Draw(u.T, "guest")
		_, err := u.ledger.AddGuest(u.ctx, u.ann, ledger.Guest{Address: name + "@example.com", Sponsor: "eve", EndsAt: u.store.Now().Add(5 * time.Hour)})
		if !errors.Is(err, usher.ErrConflict) {
			u.check(err)
		}
	default:
		u.clock.add(rapid.SampledFrom([]time.Duration{time.Hour, 26 * time.Hour}).Draw(u.T, "time"))
	}
	u.sweep()
	u.deliver()
	return false
}

// elsewhere is a word of the other directory about one of the same people.
func (u *undoing) elsewhere() {
	if len(u.pushed) == 0 || rapid.Bool().Draw(u.T, "create") {
		r, err := u.ledger.CreateRecord(u.ctx, u.okta, user(rapid.SampledFrom(undoKeys).Draw(u.T, "pushed")))
		if errors.Is(err, usher.ErrConflict) {
			return
		}
		u.check(err)
		u.pushed = append(u.pushed, r.ID)
		return
	}
	id := u.pushed[rapid.IntRange(0, len(u.pushed)-1).Draw(u.T, "record")]
	if rapid.IntRange(0, 3).Draw(u.T, "delete") == 0 {
		err := u.ledger.DeleteRecord(u.ctx, u.okta, id, func(usher.Record) error { return nil })
		if !errors.Is(err, usher.ErrNotFound) {
			u.check(err)
		}
		return
	}
	_, err := u.ledger.ChangeRecord(u.ctx, u.okta, id, func(r usher.Record) (usher.Record, error) {
		r.Attributes.Active = !r.Attributes.Active
		return withAttributes(r, r.Attributes), nil
	})
	if !errors.Is(err, usher.ErrNotFound) {
		u.check(err)
	}
}

// decide is a word of a human about one person's seat.
func (u *undoing) decide() {
	list, err := u.store.Look().People(u.ctx, usher.Person{}, 1000)
	u.check(err)
	if len(list) == 0 {
		return
	}
	p, sub := list[rapid.IntRange(0, len(list)-1).Draw(u.T, "person")], u.subscription("adkar").ID
	if rapid.Bool().Draw(u.T, "pin") {
		u.check(u.ledger.Grant(u.ctx, u.ann, sub, p.ID, 0))
		return
	}
	u.check(u.ledger.Withhold(u.ctx, u.ann, sub, p.ID, 0))
}
