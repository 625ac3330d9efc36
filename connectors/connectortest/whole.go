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
func mixed() []usher.AccountChange {
	changes := people(6)
	for i := range changes[2:] {
		d := changes[i+2].Desired
		changes[i+2].RemoteID = d.Address
		changes[i+2].Seen = &usher.Seen{RemoteID: d.Address, Active: true, UserName: d.UserName, Address: d.Address, DisplayName: d.DisplayName}
		changes[i+2].Generation = int64(i + 2)
	}
	changes[3].Desired.Active = false
	changes[4].Seen.Active = false
	changes[5].Desired.DisplayName = "Zoë Ünal"
	return changes
}

// render renders and checks what holds for every rendering.
func (s Setup) render(t *testing.T, changes []usher.AccountChange) ([]connectors.File, []usher.Outcome) {
	t.Helper()
	before := fmt.Sprint(changes)
	files, outcomes, err := s.Whole.Render(changes, s.Template)
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

func everyChange(t *testing.T, s Setup) {
	changes := mixed()
	files, outcomes := s.render(t, changes)
	rows := map[usher.ID]usher.BatchRow{}
	for _, f := range files {
		if f.Name == "" || len(f.Content) == 0 || len(f.Rows) == 0 {
			t.Errorf("file %q has %d bytes and %d rows", f.Name, len(f.Content), len(f.Rows))
		}
		for i, r := range f.Rows {
			if _, twice := rows[r.Account]; twice || r.Row != i+1 || r.State != usher.RowOpen || r.Action == "" || r.Text == "" {
				t.Errorf("row %d of %s: %+v", i+1, f.Name, r)
			}
			rows[r.Account] = r
		}
	}
	awaiting := 0
	for i, o := range outcomes {
		row, ok := rows[changes[i].Account]
		switch {
		case o.Result == usher.Awaiting:
			awaiting++
			if !ok || row.Generation != changes[i].Generation {
				t.Errorf("change %d is awaiting with row %+v", i, row)
			}
		case o.Result != usher.Refused || o.Reason == "" || ok:
			t.Errorf("change %d: %+v, row %t", i, o, ok)
		}
	}
	if awaiting == 0 || awaiting != len(rows) {
		t.Errorf("%d changes are awaiting, %d rows", awaiting, len(rows))
	}
}

func sameBytes(t *testing.T, s Setup) {
	changes := mixed()
	files, _ := s.render(t, changes)
	slices.Reverse(changes)
	again, _ := s.render(t, changes)
	if len(files) == 0 || !reflect.DeepEqual(files, again) {
		t.Errorf("the files differ:\n%+v\n%+v", files, again)
	}
}

func releasesFirst(t *testing.T, s Setup) {
	changes := mixed()
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
