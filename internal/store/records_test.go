package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

func write(t *testing.T, s *store.Store, f func(*store.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func putDirectory(t *testing.T, tx *store.Tx, name string) usher.ID {
	t.Helper()
	id, err := tx.PutDirectory(t.Context(), usher.Directory{ID: tx.NewID(), Name: name, Kind: usher.DirectorySCIM, CreatedAt: tx.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func insertRecord(t *testing.T, tx *store.Tx, r usher.Record) {
	t.Helper()
	if ok, err := tx.InsertRecord(t.Context(), r); !ok || err != nil {
		t.Fatalf("insert record %s: %v, %v", r.ID, ok, err)
	}
}

func insertGroup(t *testing.T, tx *store.Tx, g usher.Group) {
	t.Helper()
	if ok, err := tx.InsertGroup(t.Context(), g); !ok || err != nil {
		t.Fatalf("insert group %s: %v, %v", g.ID, ok, err)
	}
}

func idsOf[T any](list []T, of func(T) usher.ID) []usher.ID {
	found := make([]usher.ID, len(list))
	for i, v := range list {
		found[i] = of(v)
	}
	return found
}

func person(userName, externalID string) document {
	d := document{id: usher.ID("r-" + userName), created: 1, modified: 1, values: []usher.Value{{Path: "userName", Text: userName}}}
	if externalID != "" {
		d.values = append(d.values, usher.Value{Path: "externalId", Text: externalID})
	}
	return d
}

func TestRecordComesBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var want usher.Record
		write(t, s, func(tx *store.Tx) error {
			insertPerson(t, tx, "p1")
			want = usher.Record{
				ID: "r1", Directory: putDirectory(t, tx, "staff"), Person: "p1", Document: []byte(`{"userName": "Ann"}`),
				Attributes: usher.Attributes{UserName: "Ann", ExternalID: "X1", Active: true, Emails: []usher.Email{{Value: "a@example.com", Primary: true}}},
				Version:    3, CreateHash: "hash", CreatedAt: 11, ModifiedAt: 12,
			}
			insertRecord(t, tx, want)
			return nil
		})
		got, err := s.Record(t.Context(), want.Directory, "r1")
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(err, diff)
		}
		for _, at := range []struct{ directory, id usher.ID }{{"other", "r1"}, {want.Directory, "r2"}} {
			if _, err := s.Record(t.Context(), at.directory, at.id); !errors.Is(err, usher.ErrNotFound) || !strings.Contains(err.Error(), string(at.id)) {
				t.Errorf("%v: %v, want ErrNotFound with the id", at, err)
			}
		}
	})
}

func TestRecordNamesAreUnique(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			staff, other := putDirectory(t, tx, "staff"), putDirectory(t, tx, "others")
			insertRecord(t, tx, recordOf(staff, person("ann", "x1")))
			insertRecord(t, tx, recordOf(staff, person("bob", "")))
			insertRecord(t, tx, recordOf(staff, person("cyd", "")))
			elsewhere := recordOf(other, person("ann", "x1"))
			elsewhere.ID = "elsewhere"
			insertRecord(t, tx, elsewhere)

			for name, r := range map[string]usher.Record{
				"userName in another spelling": recordOf(staff, person("ANN", "x2")),
				"external id":                  recordOf(staff, person("dan", "x1")),
			} {
				r.ID = "new"
				if ok, err := tx.InsertRecord(t.Context(), r); ok || err != nil {
					t.Errorf("insert with a taken %s: %v, %v", name, ok, err)
				}
				if kept, err := tx.Values(t.Context(), "new"); len(kept) > 0 || err != nil {
					t.Errorf("refused record left %v, %v", kept, err)
				}
				r.ID = "r-bob"
				if ok, err := tx.UpdateRecord(t.Context(), r); ok || err != nil {
					t.Errorf("update to a taken %s: %v, %v", name, ok, err)
				}
			}

			gone := recordOf(staff, person("ann", "x1"))
			gone.DeletedAt = 5
			mustUpdate(t, tx, gone)
			again := recordOf(staff, person("Ann", "x1"))
			again.ID = "again"
			insertRecord(t, tx, again)
			gone.DeletedAt = 0
			if ok, err := tx.UpdateRecord(t.Context(), gone); ok || err != nil {
				t.Errorf("a tombstone came back under a name that is taken: %v, %v", ok, err)
			}
			gone.DeletedAt = 5
			mustUpdate(t, tx, gone)
			mustUpdate(t, tx, again)
			return nil
		})
	})
}

func mustUpdate(t *testing.T, tx *store.Tx, r usher.Record) {
	t.Helper()
	if ok, err := tx.UpdateRecord(t.Context(), r); !ok || err != nil {
		t.Fatalf("update record %s: %v, %v", r.ID, ok, err)
	}
}

func TestRecordNamesHaveALimit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			directory := putDirectory(t, tx, "staff")
			// Four bytes each, and no two alike: PostgreSQL cannot make the index entry shorter.
			var long strings.Builder
			for i := range rune(128) {
				long.WriteRune('\U00020000' + i*37)
			}
			r := recordOf(directory, person(long.String(), long.String()))
			insertRecord(t, tx, r)
			for attribute, d := range map[string]document{
				"userName":   person(long.String()+"a", ""),
				"externalId": person("bob", long.String()+"a"),
			} {
				over := recordOf(directory, d)
				var invalid *usher.InvalidError
				if _, err := tx.InsertRecord(t.Context(), over); !errors.As(err, &invalid) || invalid.Attribute != attribute {
					t.Errorf("insert with a long %s: %v", attribute, err)
				}
				over.ID = r.ID
				if _, err := tx.UpdateRecord(t.Context(), over); !errors.As(err, &invalid) || invalid.Attribute != attribute {
					t.Errorf("update to a long %s: %v", attribute, err)
				}
			}
			return nil
		})
	})
}

func TestUpdateWritesValuesOnlyWhenTheyChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			r := recordOf(putDirectory(t, tx, "staff"), person("ann", ""))
			r.Values = append(r.Values, usher.Value{Path: "emails.value", Element: 1, Text: "b"}, usher.Value{Path: "emails.value", Element: 0, Text: "a"})
			insertRecord(t, tx, r)
			same, fewer, none := slices.Clone(r.Values), r.Values[:1], []usher.Value(nil)
			slices.Reverse(same)
			for _, step := range []struct {
				name   string
				values []usher.Value
				kept   int
				writes bool
				gone   usher.Time
			}{
				{"the same in another order", same, 3, false, 0},
				{"nil", none, 3, false, 0},
				{"fewer", fewer, 1, true, 0},
				{"tombstone", fewer, 0, true, 7},
			} {
				r.Values, r.DeletedAt = step.values, step.gone
				seen := tx.Watch()
				mustUpdate(t, tx, r)
				writes := slices.ContainsFunc(*seen, func(st store.Statement) bool { return strings.HasPrefix(st.SQL, "delete from attribute_value") })
				kept, err := tx.Values(t.Context(), r.ID)
				if err != nil || len(kept) != step.kept || writes != step.writes {
					t.Errorf("%s: kept %v, wrote %v, %v", step.name, kept, writes, err)
				}
			}
			return nil
		})
	})
}

func TestRecordIsFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			staff := putDirectory(t, tx, "staff")
			insertPerson(t, tx, "p1")
			ann, bob, gone := recordOf(staff, person("Ann", "X1")), recordOf(staff, person("bob", "ann")), recordOf(staff, person("gone", "X9"))
			ann.Person, gone.Person, gone.CreatedAt = "p1", "p1", 0
			for _, r := range []usher.Record{ann, bob, gone} {
				insertRecord(t, tx, r)
			}
			gone.DeletedAt = 5
			mustUpdate(t, tx, gone)
			for _, c := range []struct {
				call string
				want usher.ID
				find func() (usher.Record, error)
			}{
				{"lock", ann.ID, func() (usher.Record, error) { return tx.LockRecord(t.Context(), staff, ann.ID) }},
				{"lock a tombstone", "", func() (usher.Record, error) { return tx.LockRecord(t.Context(), staff, gone.ID) }},
				{"lock elsewhere", "", func() (usher.Record, error) { return tx.LockRecord(t.Context(), "other", ann.ID) }},
				{"find by userName", ann.ID, func() (usher.Record, error) { return tx.FindRecord(t.Context(), staff, "aNN", "ann") }},
				{"find by external id", ann.ID, func() (usher.Record, error) { return tx.FindRecord(t.Context(), staff, "new", "X1") }},
				{"find by external id in another spelling", "", func() (usher.Record, error) { return tx.FindRecord(t.Context(), staff, "new", "x1") }},
				{"find without external id", "", func() (usher.Record, error) { return tx.FindRecord(t.Context(), staff, "new", "") }},
				{"find a tombstone", "", func() (usher.Record, error) { return tx.FindRecord(t.Context(), staff, "gone", "X9") }},
				{"reference by id", ann.ID, func() (usher.Record, error) { return tx.RecordByReference(t.Context(), staff, "r-Ann") }},
				{"reference by external id before userName", bob.ID, func() (usher.Record, error) { return tx.RecordByReference(t.Context(), staff, "ann") }},
				{"reference by userName", bob.ID, func() (usher.Record, error) { return tx.RecordByReference(t.Context(), staff, "BOB") }},
				{"reference to nobody", "", func() (usher.Record, error) { return tx.RecordByReference(t.Context(), staff, "zoe") }},
			} {
				got, err := c.find()
				if got.ID != c.want || errors.Is(err, usher.ErrNotFound) != (c.want == "") || c.want != "" && err != nil {
					t.Errorf("%s: %q, %v; want %q", c.call, got.ID, err, c.want)
				}
			}
			list, err := tx.RecordsOfPerson(t.Context(), "p1")
			if err != nil || len(list) != 2 || list[0].ID != gone.ID || list[0].DeletedAt != 5 || list[1].ID != ann.ID {
				t.Errorf("records of the person: %v, %v", list, err)
			}
			return nil
		})
	})
}

// TestRivalsForAName has two transactions give the same name to two records. The second
// waits for the first, and may not win.
func TestRivalsForAName(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var first, second usher.Record
		write(t, s, func(tx *store.Tx) error {
			directory := putDirectory(t, tx, "staff")
			first, second = recordOf(directory, person("ann", "")), recordOf(directory, person("bob", ""))
			insertRecord(t, tx, first)
			insertRecord(t, tx, second)
			return nil
		})
		first.Attributes.UserName, second.Attributes.UserName = "cyd", "Cyd"
		var ok bool
		rival := make(chan error, 1)
		write(t, s, func(tx *store.Tx) error {
			mustUpdate(t, tx, first)
			go func() {
				rival <- s.Write(t.Context(), func(tx *store.Tx) (err error) {
					ok, err = tx.UpdateRecord(t.Context(), second)
					return err
				})
			}()
			return nil
		})
		if err := <-rival; ok || err != nil && !errors.Is(err, usher.ErrConflict) {
			t.Errorf("the rival got %v, %v", ok, err)
		}
	})
}

func TestRecordShowsGroupsAndSeats(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var directory usher.ID
		write(t, s, func(tx *store.Tx) error {
			directory = putDirectory(t, tx, "staff")
			for _, name := range []string{"ann", "bob", "cyd", "dan"} {
				insertPerson(t, tx, usher.ID(name))
				r := recordOf(directory, person(name, ""))
				r.Person = usher.ID(name)
				insertRecord(t, tx, r)
			}
			insertRecord(t, tx, recordOf(directory, person("nobody", "")))
			for _, g := range []usher.Group{{ID: "g1", DisplayName: "Writers"}, {ID: "g2", DisplayName: "Editors"}} {
				g.Directory = directory
				insertGroup(t, tx, g)
				apply(t, tx, g, usher.MemberOp{Kind: usher.MembersAdd, IDs: []usher.ID{"r-ann"}})
			}
			insertSeats(t, tx)
			return nil
		})
		wantGroups := []usher.GroupRef{{ID: "g2", DisplayName: "Editors"}, {ID: "g1", DisplayName: "Writers"}}
		wantSeats := map[usher.ID][]usher.SeatView{
			"r-ann": {
				{Subscription: "basic", Portal: "desk", State: usher.Active, Reason: "rule"},
				{Subscription: "pro", Portal: "desk", State: usher.Queued, Reason: "full", Place: 3},
			},
			"r-bob": {{Subscription: "pro", Portal: "desk", State: usher.Queued, Reason: "full", Place: 1}},
			"r-cyd": {{Subscription: "pro", Portal: "desk", State: usher.Queued, Reason: "full", Place: 2}},
		}
		page, err := s.Records(t.Context(), usher.Query{Directory: directory, Limit: 10, Groups: true, Seats: true})
		if err != nil || page.Total != 5 {
			t.Fatal(page.Total, err)
		}
		for _, r := range page.Items {
			if diff := cmp.Diff(wantSeats[r.ID], r.Seats); diff != "" {
				t.Errorf("seats of %s: %s", r.ID, diff)
			}
			alone, err := s.Record(t.Context(), directory, r.ID)
			if diff := cmp.Diff(r, alone); diff != "" || err != nil {
				t.Errorf("%s alone and in a page: %v %s", r.ID, err, diff)
			}
			if got := r.Groups; r.ID == "r-ann" && !slices.Equal(got, wantGroups) || r.ID != "r-ann" && got != nil {
				t.Errorf("groups of %s: %v", r.ID, got)
			}
		}
		plain, err := s.Records(t.Context(), usher.Query{Directory: directory, Limit: 10})
		if err != nil || len(plain.Items) != 5 || slices.ContainsFunc(plain.Items, func(r usher.Record) bool { return r.Groups != nil || r.Seats != nil }) {
			t.Errorf("not asked for: %v, %v", plain.Items, err)
		}
	})
}

// insertSeats queues cyd before ann by priority, bob before both, and lets ann sit
// elsewhere; what dan had is released.
func insertSeats(t *testing.T, tx *store.Tx) {
	t.Helper()
	portal, err := tx.PutPortal(t.Context(), usher.Portal{ID: "portal", Name: "desk", Kind: "worklist"})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"basic", "pro"} {
		if err := tx.InsertSubscription(t.Context(), usher.Subscription{ID: usher.ID(name), Name: name, Portal: portal.ID, Purchased: 1, Cap: 1}); err != nil {
			t.Fatal(err)
		}
	}
	for _, seat := range []usher.Seat{
		{ID: "s1", Subscription: "basic", Person: "ann", State: usher.Active, Reason: "rule"},
		{ID: "s2", Subscription: "pro", Person: "ann", State: usher.Queued, Reason: "full", Priority: 1, RequestedAt: 10},
		{ID: "s3", Subscription: "pro", Person: "bob", State: usher.Queued, Reason: "full", Priority: 2, RequestedAt: 30},
		{ID: "s0", Subscription: "pro", Person: "cyd", State: usher.Queued, Reason: "full", Priority: 1, RequestedAt: 10},
		{ID: "s4", Subscription: "pro", Person: "dan", State: usher.Released, Priority: 9},
	} {
		if err := tx.InsertSeat(t.Context(), seat); err != nil {
			t.Fatal(err)
		}
	}
}

func insertPerson(t *testing.T, tx *store.Tx, id usher.ID) {
	t.Helper()
	if err := tx.InsertPerson(t.Context(), usher.Person{ID: id, Active: true}); err != nil {
		t.Fatal(err)
	}
}
