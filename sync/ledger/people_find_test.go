package ledger

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// TestTheTableFindsWhatLookingAtEverybodyFinds: whatever came, went and changed in between, a search finds exactly whom one
// finds who looks at everybody, in the same order, each once over all parts.
func TestTheTableFindsWhatLookingAtEverybodyFinds(t *testing.T) {
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 1))
		m := &peopleModel{table: newPeopleTable(0), facts: map[usher.ID]store.PersonFacts{}, folded: map[string]string{}, r: r}
		for range 40 {
			m.step()
			for range 4 {
				m.compare(t)
			}
		}
		if m.found == 0 || m.table.sorted == 0 {
			t.Fatalf("seed %d: %d found, %d in order: the test looks at nothing", seed, m.found, m.table.sorted)
		}
	}
}

type peopleModel struct {
	table *peopleTable
	facts map[usher.ID]store.PersonFacts
	// folded are texts as they are searched.
	folded map[string]string
	r      *rand.Rand
	found  int
}

func (m *peopleModel) fold(texts ...string) string {
	var all []string
	for _, text := range texts {
		if _, has := m.folded[text]; !has {
			m.folded[text] = usher.FoldSearch(text)
		}
		all = append(all, m.folded[text])
	}
	return strings.Join(all, "\n")
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func (m *peopleModel) id() usher.ID { return usher.ID(fmt.Sprintf("p%04d", m.r.IntN(3000))) }

func (m *peopleModel) someone(id usher.ID) store.PersonFacts {
	name := pick(m.r, []string{"mara", "jose", "ann", "søren", "li", "Ännchen"}) + " " + pick(m.r, []string{"lindqvist", "andersen", "anderson", "o'neil", "x"})
	f := store.PersonFacts{ID: id, Name: usher.FoldText(name), State: pick(m.r, []usher.PeopleState{usher.PeopleActive, usher.PeopleLeft}),
		Address: fmt.Sprintf("%s@%s.example", strings.ReplaceAll(name, " ", "."), pick(m.r, []string{"a", "b"})), Identifiers: []string{string(id)},
		Department: pick(m.r, []string{"", "Sales", "Årsredovisning"})}
	if m.r.IntN(3) > 0 {
		f.Manager = m.id()
	}
	if m.r.IntN(2) > 0 {
		f.Teams = []string{pick(m.r, []string{"Leads", "Mara's"})}
	}
	return f
}

// step takes up some people, as a refresh does.
func (m *peopleModel) step() {
	var ids []usher.ID
	var facts []store.PersonFacts
	for range 1 + m.r.IntN(400) {
		id := m.id()
		if slices.Contains(ids, id) {
			continue
		}
		ids = append(ids, id)
		if m.r.IntN(5) == 0 {
			delete(m.facts, id)
			continue
		}
		m.facts[id] = m.someone(id)
		facts = append(facts, m.facts[id])
	}
	m.table.takeUp(ids, facts)
	if m.table.loose() {
		m.table = m.table.inOrder()
	}
}

func (m *peopleModel) compare(t *testing.T) {
	t.Helper()
	words := searchWords(pick(m.r, []string{"", "mara", "MAR", "a", "jose o", "soren", "anders", "andersen b.example", "sales", "li leads", "annchen", "ars", "p00", "zzz", "x mara"}))
	w := wantedPeople{words: words, limit: 1 + m.r.IntN(40), is: pick(m.r, []states{isActive, isActive | isLeft})}
	if m.r.IntN(3) == 0 {
		w.labels = [][]label{{{labelTeam, "leads"}, {labelTeam, "nobody's"}}}
	}
	var got []usher.ID
	for {
		h := m.table.find(w)
		for _, p := range h.people {
			got = append(got, p.id)
		}
		if w.after == nil && !h.atLeast && h.count != len(m.brute(w)) {
			t.Errorf("%q: counted %d, there are %d", words, h.count, len(m.brute(w)))
		}
		if !h.more {
			break
		}
		w.after = &h.people[len(h.people)-1]
	}
	want := m.brute(w)
	m.found += len(want)
	if !slices.Equal(got, want) {
		t.Fatalf("%q, %v: found %v, want %v", words, w.labels, got, want)
	}
}

// brute finds by looking at everybody.
func (m *peopleModel) brute(w wantedPeople) []usher.ID {
	var ranks [2][]foundPerson
	for _, f := range m.facts {
		if statesOf(f.State)&w.is == 0 || len(w.labels) > 0 && !slices.Contains(f.Teams, "Leads") {
			continue
		}
		own := m.fold(string(f.ID), f.Name, f.Address)
		around := append([]string{f.Department}, f.Teams...)
		if manager, has := m.facts[f.Manager]; has {
			around = append(around, manager.Name)
		}
		shared := m.fold(around...)
		named, known := true, true
		for _, word := range w.words {
			named = named && strings.Contains(own, word)
			known = known && (strings.Contains(own, word) || strings.Contains(shared, word))
		}
		switch {
		case named:
			ranks[0] = append(ranks[0], foundPerson{id: f.ID, name: f.Name})
		case known:
			ranks[1] = append(ranks[1], foundPerson{id: f.ID, name: f.Name})
		}
	}
	var ids []usher.ID
	for _, rank := range ranks {
		slices.SortFunc(rank, func(a, b foundPerson) int { return comparePeople(&a, &b) })
		for _, p := range rank {
			ids = append(ids, p.id)
		}
	}
	return ids
}

// TestEverybodyIsLookedAtAgain: what no event tells of comes into line all the same.
func TestEverybodyIsLookedAtAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := New(s, Options{})
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		p := usher.Person{ID: "p", Active: true, Address: "ann@example.com", Revision: 1}
		must(s.Write(t.Context(), func(tx *store.Tx) error { return tx.InsertPerson(t.Context(), p) }))
		find := func() int {
			found, err := l.FindPeople(t.Context(), usher.PeopleSearch{Find: "crew", Limit: 5})
			must(err)
			return len(found.People)
		}
		before := find()
		must(s.Write(t.Context(), func(tx *store.Tx) error {
			team, err := tx.PutTeam(t.Context(), usher.Team{ID: "t", Name: "Crew", Source: "test", Key: "crew"})
			if err == nil {
				_, err = tx.SetTeamsOf(t.Context(), "p", []usher.ID{team.ID})
			}
			return err
		}))
		next, err := l.people.lookAgain(t.Context(), "")
		must(err)
		if after := find(); before != 0 || after != 1 || next != "p" {
			t.Errorf("%d found before, %d after, next %q", before, after, next)
		}
		if next, err = l.people.lookAgain(t.Context(), next); next != "" || err != nil {
			t.Errorf("behind the last: %q, %v", next, err)
		}
	})
}
