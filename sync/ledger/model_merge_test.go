package ledger_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// standing are the people who were not merged into others.
func (k *checker) standing() []usher.Person {
	return slices.DeleteFunc(k.people(), func(p usher.Person) bool { return p.MergedInto != "" })
}

// merge makes one of two people, as its preview said. No record is lost, and nobody is found by an identifier but the one who stays.
func (m *model) merge() {
	a, ok := pick(m, "keep", m.standing())
	b, _ := pick(m, "gone", m.standing()) // the same one at times
	if !ok {
		return
	}
	before := m.everything()
	preview, err := m.ledger.PreviewMerge(m.ctx, m.ann, a.ID, b.ID)
	if now := m.everything(); now != before {
		m.T.Fatalf("a preview changed something:\n%s\n%s", before, now)
	}
	may := m.try(err, usher.ErrInvalid)
	made, err := m.ledger.MergePeople(m.ctx, m.ann, a.ID, b.ID)
	if m.try(err, usher.ErrInvalid) != may {
		m.T.Fatalf("the preview said that they may be merged: %v, and the deed says %v", may, err)
	}
	if !may {
		return
	}
	m.merges++
	m.joined[b.ID], m.joined[a.ID] = a.ID, b.ID
	m.asPreviewed(preview, made)
	gone, err := m.store.Look().Person(m.ctx, b.ID)
	m.try(err)
	left := made.After.Other
	if gone.MergedInto != a.ID || len(left.Records)+len(left.Identifiers)+len(left.Decisions)+len(left.SignIns) > 0 {
		m.T.Fatalf("%s was merged, and has %+v", b.ID, left)
	}
	for _, s := range left.Seats {
		if s.State != usher.Releasing {
			m.T.Fatalf("who was merged has a seat that is %s", s.State)
		}
	}
	if got, want := len(made.After.Kept.Records), len(made.Before.Kept.Records)+len(made.Before.Other.Records); got < want {
		m.T.Fatalf("%d records of %d are left", got, want)
	}
}

// split makes two people of one, as its preview said.
func (m *model) split() {
	p, ok := pick(m, "person", slices.DeleteFunc(m.standing(), func(p usher.Person) bool { return len(m.recordsOf(p)) < 2 }))
	if !ok {
		return
	}
	records := m.recordsOf(p)
	var chosen []usher.ID
	for _, r := range records {
		if rapid.Bool().Draw(m.T, "choose") {
			chosen = append(chosen, r.ID)
		}
	}
	preview, err := m.ledger.PreviewSplit(m.ctx, m.ann, p.ID, chosen...)
	may := m.try(err, usher.ErrInvalid)
	made, err := m.ledger.SplitPerson(m.ctx, m.ann, p.ID, chosen...)
	if m.try(err, usher.ErrInvalid) != may {
		m.T.Fatalf("the preview said that they may be split: %v, and the deed says %v", may, err)
	}
	if !may {
		return
	}
	m.splits++
	m.joined[p.ID], m.joined[made.After.Other.ID] = made.After.Other.ID, p.ID
	m.asPreviewed(preview, made)
	if len(made.After.Other.Records) != len(chosen) || len(made.After.Kept.Records) != len(records)-len(chosen) {
		m.T.Fatalf("of %d records %d were to go: %+v", len(records), len(chosen), made.After)
	}
}

func (m *model) recordsOf(p usher.Person) []usher.Record {
	records, err := m.store.Look().RecordsOfPerson(m.ctx, p.ID)
	m.try(err)
	return records
}

// asPreviewed: the deed is what the preview said, but for the ids of what both made.
func (m *model) asPreviewed(preview, made usher.PeopleChange) {
	if preview.After.Other.ID == "" {
		made.After.Other.ID = ""
	}
	if a, b := text(m, preview), text(m, made); a != b {
		m.T.Fatalf("the preview said\n%s\nand the deed was\n%s", a, b)
	}
}

func text(m *model, v any) string {
	b, err := json.Marshal(v)
	m.try(err)
	return string(b)
}

// everything is what there is of people, their seats and accounts, events and conflicts.
func (m *model) everything() string {
	var b strings.Builder
	for _, p := range m.people() {
		i, err := m.ledger.PersonImage(m.ctx, p.ID)
		m.try(err)
		b.WriteString(text(m, i) + text(m, p) + "\n")
	}
	events, err := m.store.Look().Events(m.ctx, eventQuery)
	m.try(err)
	conflicts, err := m.store.Look().Conflicts(m.ctx, false)
	m.try(err)
	b.WriteString(text(m, len(events)) + text(m, conflicts))
	return b.String()
}

// TestModelOfMerging plays the histories of TestModel with many merges and splits of people whom two directories know by different
// addresses, and has usher check after each of these.
func TestModelOfMerging(t *testing.T) {
	for engine, checks := range map[string]int{"sqlite": 12, "postgres": 2} {
		t.Run(engine, func(t *testing.T) {
			setFlag(t, "rapid.steps", "60")
			setFlag(t, "rapid.checks", strconv.Itoa(checks))
			setFlag(t, "rapid.nofailfile", "true")
			merges, splits := 0, 0
			rapid.Check(t, func(rt *rapid.T) {
				place := store.Options{Folder: t.TempDir()}
				if engine == "postgres" {
					place = store.Options{URL: storetest.Postgres(t)}
				}
				m := newModel(t, rt, place)
				defer func() { _ = m.store.Close() }()
				actions := map[string]func(*rapid.T){}
				for name, f := range m.merging() {
					actions[name] = func(*rapid.T) { m.step(name, f) }
				}
				rt.Repeat(actions)
				m.step("faults end", m.converge)
				m.verifyConverged()
				for _, p := range m.portals {
					m.readAll(p)
				}
				m.clean(true)
				merges, splits = merges+m.merges, splits+m.splits
			})
			if checks > 2 && (merges == 0 || splits == 0) {
				t.Errorf("%d merges and %d splits in %d histories", merges, splits, checks)
			}
			t.Logf("merges=%d splits=%d violations=0", merges, splits)
		})
	}
}

func (m *model) merging() map[string]func() {
	all := m.actions()
	actions := map[string]func(){"join elsewhere": m.joinElsewhere, "join elsewhere again": m.joinElsewhere, "link": m.linkConflict}
	for _, name := range []string{"join", "leave", "return", "move", "rename", "delete", "members", "guest", "newcomer", "pin", "withhold", "clear", "release now",
		"buy", "live", "wait", "deliver", "land", "observe", "drift"} {
		actions[name] = all[name]
	}
	for _, n := range []string{"first", "second", "third", "fourth"} {
		actions["merge "+n] = func() { m.merge(); m.clean() }
		actions["split "+n] = func() { m.split(); m.clean() }
		actions["deliver "+n] = m.deliver
	}
	return actions
}

// joinElsewhere has the directory of files know somebody by another address and number: a person of their own.
func (m *model) joinElsewhere() {
	name := rapid.SampledFrom(modelNames).Draw(m.T, "name") + ".hr"
	made, err := m.ledger.CreateRecord(m.ctx, m.hr, user(name, func(a *usher.Attributes) {
		a.Department = rapid.SampledFrom([]string{"Sales", "R&D"}).Draw(m.T, "department")
		a.Manager = rapid.SampledFrom([]string{"", "x-ann", "x-bob.hr"}).Draw(m.T, "manager")
	}))
	if m.try(err, usher.ErrConflict) {
		m.records["hr/"+name] = made.ID
	}
}

// linkConflict says whose a record in doubt is. Whoever dismisses such a question leaves the record with nobody, which the check tells.
func (m *model) linkConflict() {
	list, err := m.store.Look().Conflicts(m.ctx, true)
	m.try(err)
	k, ok := pick(m, "conflict", list)
	if !ok {
		return
	}
	var person usher.ID
	if len(k.Others) > 0 && rapid.Bool().Draw(m.T, "known") {
		person, _ = pick(m, "person", k.Others)
	}
	m.try(m.ledger.LinkConflict(m.ctx, m.ann, k.Number, person), usher.ErrInvalid, usher.ErrNotFound)
}

// clean: usher's own check finds nothing. What portals hold by now (I7) is looked at in the end alone.
func (m *model) clean(ended ...bool) {
	m.world.seal()
	for _, f := range m.findings() {
		if f.Invariant == "I7" && len(ended) == 0 {
			continue
		}
		about := ""
		if id, ok := strings.CutPrefix(f.Subject, "account "); ok {
			a, err := m.store.Look().Account(m.ctx, usher.ID(id))
			m.try(err)
			about = text(m, a)
		}
		m.T.Fatalf("%s %s: %s %s", f.Invariant, f.Subject, f.Detail, about)
	}
}
