package connectortest

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"usher/connectors"
	"usher/internal/usher"
)

// wholeCase is one case of the suite for [connectors.Whole].
type wholeCase struct {
	name string
	run  func(*testing.T, Setup)
}

func wholeCases() []wholeCase {
	return []wholeCase{
		{"every change has an outcome and a row", everyChange},
		{"the same changes give the same bytes", sameBytes},
		{"releases come before invitations", releasesFirst},
		{"nothing to do", nothingToRender},
	}
}

// mixed are changes of every sort: new people, a leaver, somebody who comes back, and one
// with another name.
func (s Setup) mixed() []usher.AccountChange {
	changes := people(6)
	for i := range changes {
		if s.Adapt != nil {
			s.Adapt(&changes[i])
		}
	}
	for i := range changes[2:] {
		d := changes[i+2].Desired
		changes[i+2].RemoteID = d.Address
		changes[i+2].Seen = &usher.Seen{
			RemoteID: d.Address, Active: true, UserName: d.UserName, Address: d.Address, DisplayName: d.DisplayName,
			GivenName: d.GivenName, FamilyName: d.FamilyName, Subscriptions: d.Subscriptions, Values: d.Values,
		}
		changes[i+2].Generation = int64(i + 2)
	}
	changes[3].Releasing, changes[3].Left = changes[3].Desired.Subscriptions, true
	changes[3].Desired.Active, changes[3].Desired.Subscriptions = false, nil
	changes[4].Seen.Active, changes[4].Seen.Subscriptions = false, nil
	changes[5].Desired.DisplayName = "Zoë Ünal"
	changes[5].Desired.GivenName, changes[5].Desired.FamilyName = "Zoë", "Ünal"
	return changes
}

func (s Setup) handover(changes []usher.AccountChange) connectors.Handover {
	return connectors.Handover{Changes: changes, Templates: s.Templates, Pools: s.Pools}
}

// render renders and checks what holds for every rendering.
func (s Setup) render(t *testing.T, changes []usher.AccountChange) ([]connectors.File, []usher.Outcome) {
	t.Helper()
	before := fmt.Sprint(changes)
	files, outcomes, err := s.Whole.Render(s.handover(changes))
	if err != nil {
		t.Fatalf("render: %v", err)
	}
	if fmt.Sprint(changes) != before {
		t.Fatal("the changes were altered by the connector")
	}
	if len(outcomes) != len(changes) {
		t.Fatalf("%d outcomes for %d changes", len(outcomes), len(changes))
	}
	return files, outcomes
}

// rowsOf are the rows of files by account; each file is looked at.
func rowsOf(t *testing.T, files []connectors.File) map[usher.ID][]usher.BatchRow {
	t.Helper()
	rows := map[usher.ID][]usher.BatchRow{}
	for _, f := range files {
		if f.Name == "" || len(f.Content) == 0 || len(f.Rows) == 0 || f.Kind != usher.BatchUpload && f.Kind != usher.BatchTasks {
			t.Errorf("file %q (%s) has %d bytes and %d rows", f.Name, f.Kind, len(f.Content), len(f.Rows))
		}
		for i, r := range f.Rows {
			if r.Row != i+1 || r.State != usher.RowOpen || r.Action == "" || r.Text == "" {
				t.Errorf("row %d of %s: %+v", i+1, f.Name, r)
			}
			rows[r.Account] = append(rows[r.Account], r)
		}
	}
	return rows
}

func everyChange(t *testing.T, s Setup) {
	changes := s.mixed()
	files, outcomes := s.render(t, changes)
	rows := rowsOf(t, files)
	awaiting := 0
	for i, o := range outcomes {
		mine := rows[changes[i].Account]
		switch {
		case o.Result == usher.Awaiting:
			awaiting++
			checkRows(t, changes[i], mine)
		case o.Result == usher.Done:
			checkNothingMoves(t, changes[i], mine)
		case o.Result != usher.Refused || o.Reason == "" || len(mine) > 0:
			t.Errorf("change %d: %+v, %d rows", i, o, len(mine))
		}
	}
	if awaiting == 0 || awaiting != len(rows) {
		t.Errorf("%d changes are awaiting, %d accounts have rows", awaiting, len(rows))
	}
}

// checkRows: the rows of a change are of its generation and move all the seats that it moves.
func checkRows(t *testing.T, c usher.AccountChange, rows []usher.BatchRow) {
	t.Helper()
	var gives, takes []string
	for _, r := range rows {
		gives, takes = append(gives, r.Gives...), append(takes, r.Takes...)
		if r.Generation != c.Generation {
			t.Errorf("row of generation %d for %+v", r.Generation, c)
		}
	}
	slices.Sort(gives)
	slices.Sort(takes)
	wantGives, wantTakes := c.Moves()
	if len(rows) == 0 || !slices.Equal(gives, wantGives) || !slices.Equal(takes, wantTakes) {
		t.Errorf("%d rows give %v and take %v, want %v and %v", len(rows), gives, takes, wantGives, wantTakes)
	}
}

// checkNothingMoves: a change for which the portal need not be told has no row and no seats.
func checkNothingMoves(t *testing.T, c usher.AccountChange, rows []usher.BatchRow) {
	t.Helper()
	gives, takes := c.Moves()
	if len(rows)+len(gives)+len(takes) > 0 {
		t.Errorf("done with %d rows, and %v to give and %v to take: %+v", len(rows), gives, takes, c)
	}
}

func sameBytes(t *testing.T, s Setup) {
	changes := s.mixed()
	files, _ := s.render(t, changes)
	slices.Reverse(changes)
	again, _ := s.render(t, changes)
	if len(files) == 0 || !reflect.DeepEqual(files, again) {
		t.Errorf("the files differ:\n%+v\n%+v", files, again)
	}
}

func releasesFirst(t *testing.T, s Setup) {
	changes := s.mixed()
	files, _ := s.render(t, changes)
	active := map[usher.ID]bool{}
	for _, c := range changes {
		active[c.Account] = c.Desired.Active
	}
	releases, invited := 0, false
	for _, f := range files {
		for _, r := range f.Rows {
			if active[r.Account] {
				invited = true
				continue
			}
			releases++
			if invited {
				t.Errorf("row %d of %s releases a seat after an invitation", r.Row, f.Name)
			}
		}
	}
	if releases == 0 || !invited {
		t.Errorf("%d releases, invitations: %t: the case shows nothing", releases, invited)
	}
}

func nothingToRender(t *testing.T, s Setup) {
	if files, _ := s.render(t, nil); len(files) != 0 {
		t.Errorf("%d files for no changes", len(files))
	}
}
