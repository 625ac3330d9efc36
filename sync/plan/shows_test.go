package plan_test

import (
	"testing"

	"usher/internal/usher"
	"usher/sync/plan"
)

func TestShows(t *testing.T) {
	has := func(subs ...string) *usher.Seen {
		return &usher.Seen{RemoteID: "ann@example.com", Active: true, Subscriptions: append([]string{}, subs...)}
	}
	off := &usher.Seen{RemoteID: "ann@example.com"}
	told := func(f func(*usher.Desired)) usher.BatchRow {
		d := usher.Desired{Active: true, Address: "ann@example.com"}
		f(&d)
		return usher.BatchRow{Told: &d}
	}
	title := told(func(d *usher.Desired) { d.Title = "Lead" })
	rename := told(func(d *usher.Desired) { d.Address = "ann.new@example.com" })
	boss := told(func(d *usher.Desired) {})
	with := func(s *usher.Seen, f func(*usher.Seen)) *usher.Seen {
		made := *s
		f(&made)
		return &made
	}
	lead := with(has("A"), func(s *usher.Seen) { s.Title = "Lead" })
	engineer := with(has("A"), func(s *usher.Seen) { s.Title = "Engineer" })
	tests := []struct {
		name        string
		row         usher.BatchRow
		now, before *usher.Seen
		manager     []string
		want        bool
	}{
		{"given", usher.BatchRow{Gives: []string{"A"}}, has("A"), nil, nil, true},
		{"not given", usher.BatchRow{Gives: []string{"A"}}, has("B"), nil, nil, false},
		{"given, and not shown which", usher.BatchRow{Gives: []string{"A"}}, with(has(), func(s *usher.Seen) { s.Subscriptions = nil }), nil, nil, false},
		{"given, and absent", usher.BatchRow{Gives: []string{"A"}}, nil, has(), nil, false},
		{"taken", usher.BatchRow{Takes: []string{"A"}}, has("B"), nil, nil, true},
		{"taken with the account", usher.BatchRow{Takes: []string{"A"}}, off, nil, nil, true},
		{"taken, and absent", usher.BatchRow{Takes: []string{"A"}}, nil, has("A"), nil, true},
		{"not taken", usher.BatchRow{Takes: []string{"A"}}, has("A", "B"), nil, nil, false},
		{"taken, and not shown which", usher.BatchRow{Takes: []string{"A"}}, with(has(), func(s *usher.Seen) { s.Subscriptions = nil }), nil, nil, false},
		{"one for another", usher.BatchRow{Gives: []string{"B"}, Takes: []string{"A"}}, has("B"), nil, nil, true},
		{"title", title, lead, engineer, nil, true},
		{"title of old", title, engineer, engineer, nil, false},
		{"title, and no such column", title, has("A"), engineer, nil, false},
		{"title was right before", title, lead, lead, nil, false},
		{"rename", rename, with(has("A"), func(s *usher.Seen) { s.RemoteID = "Ann.New@example.com" }), has("A"), nil, true},
		{"not renamed", rename, has("A"), has("A"), nil, false},
		{"title, and renamed meanwhile", title, with(lead, func(s *usher.Seen) { s.RemoteID = "ann.new@example.com" }), engineer, nil, true},
		{"renamed, and the title of old", title, with(engineer, func(s *usher.Seen) { s.RemoteID = "ann.new@example.com" }), engineer, nil, false},
		{"manager", boss, with(has("A"), func(s *usher.Seen) { s.Manager = "Bob Lee" }), has("A"), []string{"bob@example.com", "bob lee"}, true},
		{"another manager", boss, with(has("A"), func(s *usher.Seen) { s.Manager = "Cy" }), has("A"), []string{"bob@example.com"}, false},
		{"nothing told", usher.BatchRow{}, has("A"), nil, nil, false},
		{"to be off", usher.BatchRow{Told: &usher.Desired{Address: "ann@example.com"}}, off, has(), nil, true},
		{"to be deleted, and off", usher.BatchRow{Told: &usher.Desired{}}, off, has(), nil, false},
		{"to be off, and absent", usher.BatchRow{Told: &usher.Desired{}}, nil, has(), nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := plan.Shows(tt.row, tt.now, tt.before, tt.manager); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestCarriedBefore(t *testing.T) {
	for want, rows := range map[bool][]plan.Carried{
		true:  {{WrittenAt: 5}, {WrittenAt: 10}, {WrittenAt: 5, CarriedAt: 10}},
		false: {{}, {WrittenAt: 11}, {WrittenAt: 5, CarriedAt: 11}},
	} {
		for _, r := range rows {
			if r.Before(10) != want {
				t.Errorf("%+v: %v", r, !want)
			}
		}
	}
}
