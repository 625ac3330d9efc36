package ledger_test

import (
	"encoding/json"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"usher/internal/usher"
)

// standing are the people who were not merged into others.
func (k *checker) standing() []usher.Person {
	return slices.DeleteFunc(k.people(), func(p usher.Person) bool { return p.MergedInto != "" })
}

// merge makes one of two people, as its preview said. No record is lost, and nobody is found by an identifier but the one who stays.
func (m *model) merge() {
	a, ok := pick(m, "keep", m.standing())
	b, _ := pick(m, "gone", m.standing())
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
	p, ok := pick(m, "person", m.standing())
	if !ok {
		return
	}
	records, err := m.store.Look().RecordsOfPerson(m.ctx, p.ID)
	m.try(err)
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
