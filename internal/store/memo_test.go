package store

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"usher/internal/usher"
)

// full is a memo that knows something on every shelf.
func full() memo {
	return memo{
		on: true, people: map[usher.ID]usher.Person{"p": {ID: "p"}}, managers: map[usher.ID]usher.ID{"p": "m"},
		records: map[usher.ID]usher.Record{"r": {ID: "r"}}, recordsOf: map[usher.ID][]usher.Record{"p": nil}, references: map[referenceKey]map[string]usher.Record{{}: nil},
		identifiersOf: map[usher.ID][]usher.Identifier{"p": nil}, identifiers: map[identifierKey]usher.Identifier{{}: {}},
		undisputed: map[usher.ID]bool{"p": true}, conflictsOf: map[usher.ConflictKind][]usher.Conflict{"cycle": nil},
		due: map[usher.ID]DuePerson{"p": {}}, groupsOf: map[usher.ID][]usher.GroupRef{"r": nil},
		seatsOf: map[usher.ID][]usher.Seat{"p": nil}, neverSeated: map[usher.ID]bool{"p": true}, decisionsOf: map[usher.ID][]usher.Decision{"p": nil},
		teams: map[teamKey]usher.Team{{}: {}}, teamsOf: map[usher.ID][]usher.ID{"p": nil},
	}
}

// emptied are the shelves that have nothing.
func emptied(m memo) []string {
	sizes := map[string]int{
		"people": len(m.people), "managers": len(m.managers), "records": len(m.records), "recordsOf": len(m.recordsOf),
		"references": len(m.references), "identifiersOf": len(m.identifiersOf), "identifiers": len(m.identifiers), "undisputed": len(m.undisputed),
		"conflictsOf": len(m.conflictsOf), "due": len(m.due), "groupsOf": len(m.groupsOf), "seatsOf": len(m.seatsOf),
		"neverSeated": len(m.neverSeated), "decisionsOf": len(m.decisionsOf), "teams": len(m.teams), "teamsOf": len(m.teamsOf),
	}
	maps.DeleteFunc(sizes, func(_ string, n int) bool { return n > 0 })
	return slices.Sorted(maps.Keys(sizes))
}

// TestMemoForgets sends statements past the memo: whatever writes to a table that it knows
// of empties what it holds of it, and a statement that it cannot place empties all.
func TestMemoForgets(t *testing.T) {
	everything := "conflictsOf decisionsOf due groupsOf identifiers identifiersOf managers neverSeated people records recordsOf references seatsOf teams teamsOf undisputed"
	for query, want := range map[string]string{
		"select 1 from person":                                    "",
		"\n\t\tSELECT id from person where id = $1":               "",
		"update person set name = ''":                             "managers people",
		"insert into record (id) values ($1)":                     "records recordsOf references",
		"\n\tdelete from identifier where key = $1":               "identifiers identifiersOf",
		"INSERT  INTO conflict (id) values ($1)":                  "conflictsOf undisputed",
		"delete from person_due where person_id = $1":             "due",
		"insert into group_member (group_id) values ($1)":         "groupsOf",
		"update pushed_group set display_name = $1":               "groupsOf",
		"update account set refused = false":                      "",
		"update seat set reserved_until = 0":                      "neverSeated seatsOf",
		"delete from decision where person_id = $1":               "decisionsOf",
		"insert into team (id) values ($1) returning id":          "teams",
		"delete from team_member where team_id = $1":              "teamsOf",
		"insert into event (id) values ($1)":                      "",
		"with gone as (select 1) delete from seat where id = 'x'": everything,
	} {
		tx := &Tx{memo: full()}
		following{tx: tx}.follow(t.Context(), query)
		if got := strings.Join(emptied(tx.memo), " "); got != want {
			t.Errorf("%s\n empties %s\n want    %s", query, got, want)
		}
	}
}

// TestMemoForgetsSeats: what others may have changed before a lock was taken is forgotten,
// except of people whom nobody else can know.
func TestMemoForgetsSeats(t *testing.T) {
	m := full()
	m.seatsOf["q"] = nil
	m.forgetSeats()
	if left := slices.Collect(maps.Keys(m.seatsOf)); !slices.Equal(left, []usher.ID{"p"}) {
		t.Errorf("seats of %v are left, want those of p alone", left)
	}
}

// TestDoubtFindsWhatIsWrong plants something wrong on each shelf: the check that all tests of
// the ledger run with has to find it.
func TestDoubtFindsWhatIsWrong(t *testing.T) {
	s, err := Open(t.Context(), Options{Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for what, plant := range map[string]func(*memo){
		"person":            func(m *memo) { hold(&m.people, "p", usher.Person{ID: "p"}) },
		"manager of":        func(m *memo) { put(m, &m.managers, "p", "q") },
		"record ":           func(m *memo) { hold(&m.records, "r", usher.Record{ID: "r"}) },
		"records of":        func(m *memo) { put(m, &m.recordsOf, "p", []usher.Record{{ID: "r"}}) },
		"identifiers of":    func(m *memo) { put(m, &m.identifiersOf, "p", []usher.Identifier{{Key: "k"}}) },
		"identifier {":      func(m *memo) { put(m, &m.identifiers, identifierKey{"address", "k"}, usher.Identifier{Key: "k"}) },
		"due":               func(m *memo) { put(m, &m.due, "p", DuePerson{Person: "p"}) },
		"groups of":         func(m *memo) { put(m, &m.groupsOf, "r", []usher.GroupRef{{ID: "g"}}) },
		"seats of":          func(m *memo) { put(m, &m.seatsOf, "p", []usher.Seat{{ID: "s"}}) },
		"decisions for":     func(m *memo) { put(m, &m.decisionsOf, "p", []usher.Decision{{Person: "p"}}) },
		"conflicts of kind": func(m *memo) { put(m, &m.conflictsOf, usher.ConflictCycle, []usher.Conflict{{ID: "c"}}) },
		"reference ref":     func(m *memo) { m.refers(referenceKey{"d", "ref"}, "ref", usher.Record{ID: "r"}) },
		"teams of":          func(m *memo) { put(m, &m.teamsOf, "p", []usher.ID{"t"}) },
		"team ":             func(m *memo) { put(m, &m.teams, teamKey{"department", "k"}, usher.Team{ID: "t"}) },
	} {
		err := s.Write(t.Context(), func(tx *Tx) error {
			if err := tx.Remember(context.Background(), Around{}); err != nil {
				return err
			}
			if err := tx.doubt(t.Context()); err != nil {
				return err
			}
			plant(&tx.memo)
			if err := tx.doubt(t.Context()); err == nil || !strings.Contains(err.Error(), "the memo is wrong about "+what) {
				t.Errorf("%s: %v", what, err)
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}
