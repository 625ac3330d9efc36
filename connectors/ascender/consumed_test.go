package ascender

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"usher/internal/table"
	"usher/internal/usher"
)

// TestConsumedIsShown: what the list shows of somebody Inactive stays taken, or comes back with them,
// as was agreed; a list without the column says nothing of it.
func TestConsumedIsShown(t *testing.T) {
	const with = "Email,User Status,Methodology Access\nann@example.com,Inactive,Methodology A\nbob@example.com,Active,Methodology A\ncy@example.com,Inactive,\n"
	const without = "Email,User Status\nann@example.com,Inactive\n"
	method := []string{"Method"}
	for name, c := range map[string]struct {
		list            string
		enterprise      bool
		kept, returning []string // of ann
	}{
		"no agreement": {with, false, method, nil},
		"agreement":    {with, true, nil, method},
		"not shown":    {without, false, nil, nil},
		"nor with it":  {without, true, nil, nil},
	} {
		a := New(Options{Subscriptions: map[string]string{"": "Seats", "Methodology A": "Method"}, Enterprise: c.enterprise})
		seen := map[string]usher.Seen{}
		if _, err := a.ReadExport([]byte(c.list), func(s usher.Seen) error { seen[s.RemoteID] = s; return nil }); err != nil {
			t.Fatal(name, err)
		}
		if ann := seen["ann@example.com"]; !slices.Equal(ann.Kept, c.kept) || !slices.Equal(ann.Returning, c.returning) {
			t.Errorf("%s: kept %q, returning %q", name, ann.Kept, ann.Returning)
		}
		for _, other := range []string{"bob@example.com", "cy@example.com"} {
			if s := seen[other]; s.Kept != nil || s.Returning != nil {
				t.Errorf("%s: %+v", name, s)
			}
		}
	}
}

// consumed is somebody Inactive who brings Method back.
func consumed(c *usher.AccountChange) { c.Seen.Returning = []string{"Method"} }

func methodical(c *usher.AccountChange) { c.Desired.Subscriptions = []string{"Method", "Seats"} }

// TestReactivationTakesConsumedLicences: they count before the row is written, no two changes take the
// same one, and whoever is to have one goes before who only brings one back.
func TestReactivationTakesConsumedLicences(t *testing.T) {
	const back = "the person consumed Methodology A before, which a reactivation takes again, and none is free of the 3 bought: buy more, or release somebody"
	for name, c := range map[string]struct {
		free     int
		changes  []usher.AccountChange
		rows     []string
		refusals []string
	}{
		"one is free": {1, []usher.AccountChange{member("ann", statusInactive, consumed)},
			[]string{"reactivate Ann Lee <ann@example.com> +Method,Seats -"}, nil},
		"none is free": {0, []usher.AccountChange{member("ann", statusInactive, consumed)}, nil, []string{back}},
		"two bring one back": {1, []usher.AccountChange{member("ann", statusInactive, consumed), member("bob", statusInactive, consumed)},
			[]string{"reactivate Ann Lee <ann@example.com> +Method,Seats -"}, []string{back}},
		"who is to have it first": {1, []usher.AccountChange{member("ann", statusInactive, consumed), member("bob", statusActive, methodical)},
			[]string{"give Methodology A to Bob Lee <bob@example.com> +Method -"}, []string{back}},
		"desired again": {1, []usher.AccountChange{member("ann", statusInactive, consumed, methodical)},
			[]string{"reactivate Ann Lee <ann@example.com> +Seats -", "give Methodology A to Ann Lee <ann@example.com> +Method -"}, nil},
		"desired again, and none is free": {0, []usher.AccountChange{member("ann", statusInactive, consumed, methodical)}, nil, []string{back}},
		"a newcomer, and none is free": {0, []usher.AccountChange{newcomer("ann", methodical)}, nil,
			[]string{"no licence of Methodology A is free of the 3 bought: buy more, or release somebody"}},
		"who leaves brings nothing": {0, []usher.AccountChange{member("ann", statusInactive, consumed, leaver)},
			[]string{"deactivate Ann Lee <ann@example.com> + -Seats"}, nil},
	} {
		for i := range c.changes {
			c.changes[i].Desired.DisplayName = "" // so that rows name them shortly
		}
		h := handed(t, c.changes...)
		h.Pools[1].Purchased, h.Pools[1].Occupied = 3, 3-c.free
		rows, refusals, files := rendered(t, h)
		for i := range rows {
			_, rows[i], _ = strings.Cut(rows[i], ": ")
		}
		if !slices.Equal(rows, c.rows) || !slices.Equal(refusals, c.refusals) {
			t.Errorf("%s: %q, %q", name, rows, refusals)
		}
		for _, f := range files {
			for _, r := range f.Rows {
				if r.Told.Active && c.changes[0].Seen != nil && !c.changes[0].Seen.Active && r.Account == c.changes[0].Account && !slices.Equal(r.Told.Subscriptions, []string{"Method", "Seats"}) {
					t.Errorf("%s: told %q", name, r.Told.Subscriptions)
				}
			}
		}
	}
}

// TestReactivationSaysWhatComesBack: whoever reads the row is told.
func TestReactivationSaysWhatComesBack(t *testing.T) {
	_, _, files := rendered(t, handed(t, member("ann", statusInactive, consumed)))
	sheet, err := table.Open(strings.NewReader(string(files[0].Content)), int64(len(files[0].Content)), table.ReadOptions{FromPeople: true})
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range sheet.Rows {
		if err != nil || !strings.Contains(strings.Join(row.Cells, " "), "Methodology A, which the person consumed before, is taken again with it.") {
			t.Errorf("%q, %v", row.Cells, err)
		}
	}
}

// TestMovesCountWhatReturns: what comes back by itself is given, and only with the account.
func TestMovesCountWhatReturns(t *testing.T) {
	gives, takes := member("ann", statusInactive, consumed).Moves()
	if !reflect.DeepEqual(gives, []string{"Method", "Seats"}) || takes != nil {
		t.Errorf("%q, %q", gives, takes)
	}
	if gives, _ := member("ann", statusInactive, consumed, leaver).Moves(); gives != nil {
		t.Errorf("%q", gives)
	}
}
