package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

func apply(t *testing.T, tx *store.Tx, g usher.Group, ops ...usher.MemberOp) (added, removed []usher.ID) {
	t.Helper()
	added, removed, err := tx.ApplyMembers(t.Context(), g, ops)
	if err != nil {
		t.Fatal(err)
	}
	return added, removed
}

// club puts a group and some records, each with a display name, into a directory.
func club(t *testing.T, tx *store.Tx, names ...string) usher.Group {
	t.Helper()
	directory := putDirectory(t, tx, "staff")
	for _, name := range names {
		r := recordOf(directory, person(name, ""))
		r.Attributes.DisplayName = strings.ToUpper(name)
		r.Values = append(r.Values, usher.Value{Path: "displayName", Text: usher.FoldText(name)})
		insertRecord(t, tx, r)
	}
	g := usher.Group{
		ID: "g", Directory: directory, DisplayName: "Club", ExternalID: "X1", Document: []byte("{}"), Version: 1, CreateHash: "hash", CreatedAt: 1,
		ModifiedAt: 2, Values: []usher.Value{{Path: "displayName", Text: "club"}},
	}
	insertGroup(t, tx, g)
	return g
}

func TestGroupComesBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var want usher.Group
		write(t, s, func(tx *store.Tx) error {
			want = club(t, tx, "ann", "bob")
			insertGroup(t, tx, usher.Group{ID: "inner", Directory: want.Directory, DisplayName: "Inner"})
			apply(t, tx, want, usher.MemberOp{Kind: usher.MembersAdd, IDs: []usher.ID{"r-ann", "inner"}})
			return nil
		})
		want.Values = nil
		got, err := s.Group(t.Context(), want.Directory, "g", false)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(err, diff)
		}
		want.Members = []usher.Member{{Value: "inner", Type: "Group", Display: "Inner"}, {Value: "r-ann", Type: "User", Display: "ANN"}}
		got, err = s.Group(t.Context(), want.Directory, "g", true)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(err, diff)
		}
		for limit, n := range map[int]int{0: 1, len(want.Members) - 1: 1, len(want.Members): 2} {
			page, err := s.Groups(t.Context(), usher.Query{Directory: want.Directory, Limit: 9, SortBy: "displayName", Members: true, MaxMembers: limit})
			if len(page.Items) != n || page.Total != 2 || err != nil {
				t.Errorf("%d groups of %d within %d members, %v; want %d", len(page.Items), page.Total, limit, err, n)
			}
		}
		page, err := s.Groups(t.Context(), usher.Query{Directory: want.Directory, Limit: 1, SortBy: "displayName", Members: true})
		if diff := cmp.Diff(usher.Page[usher.Group]{Items: []usher.Group{want}, Total: 2}, page); diff != "" || err != nil {
			t.Error(err, diff)
		}
		if _, err := s.Group(t.Context(), "other", "g", true); !errors.Is(err, usher.ErrNotFound) {
			t.Errorf("in another directory: %v", err)
		}
	})
}

func TestGroupChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			g := club(t, tx, "ann")
			other := usher.Group{ID: "other", Directory: g.Directory, DisplayName: "Other", CreateHash: "made so", Version: 1, Values: []usher.Value{{Path: "displayName", Text: "other"}}}
			insertGroup(t, tx, other)

			taken := other
			taken.ID = "new"
			if ok, err := tx.InsertGroup(t.Context(), taken); ok || err != nil {
				t.Errorf("insert by the same create: %v, %v", ok, err)
			}
			taken = other
			taken.ExternalID = "X1"
			if ok, err := tx.UpdateGroup(t.Context(), taken); ok || err != nil {
				t.Errorf("update to a taken external id: %v, %v", ok, err)
			}
			taken.ID = "new"
			if ok, err := tx.InsertGroup(t.Context(), taken); ok || err != nil {
				t.Errorf("insert with a taken external id: %v, %v", ok, err)
			}
			taken.ExternalID = strings.Repeat("x", 513)
			var invalid *usher.InvalidError
			if _, err := tx.InsertGroup(t.Context(), taken); !errors.As(err, &invalid) {
				t.Errorf("insert with a long external id: %v", err)
			}

			g.DisplayName, g.Values = "Société", []usher.Value{{Path: "displayName", Text: "société"}}
			if ok, err := tx.UpdateGroup(t.Context(), g); !ok || err != nil {
				t.Fatal(ok, err)
			}
			for _, by := range []struct {
				externalID, createHash string
				want                   usher.ID
			}{{"X1", "", "g"}, {"", "made so", "other"}, {"X2", "made so", ""}, {"", "made otherwise", ""}} {
				got, err := tx.FindGroup(t.Context(), g.Directory, by.externalID, by.createHash)
				if got.ID != by.want || errors.Is(err, usher.ErrNotFound) != (by.want == "") {
					t.Errorf("find %q %q: %q, %v", by.externalID, by.createHash, got.ID, err)
				}
			}

			apply(t, tx, g, usher.MemberOp{Kind: usher.MembersAdd, IDs: []usher.ID{"r-ann"}})
			apply(t, tx, other, usher.MemberOp{Kind: usher.MembersAdd, IDs: []usher.ID{"g", "r-ann"}})
			if err := tx.DeleteGroup(t.Context(), g); err != nil {
				t.Fatal(err)
			}
			if values, err := tx.Values(t.Context(), "g"); len(values) > 0 || err != nil {
				t.Errorf("the deleted group left %v, %v", values, err)
			}
			if n, err := tx.MemberCount(t.Context(), "other"); n != 1 || err != nil {
				t.Errorf("%d members in the group around it, %v", n, err)
			}
			if _, err := tx.LockGroup(t.Context(), g.Directory, "g"); !errors.Is(err, usher.ErrNotFound) {
				t.Errorf("lock after delete: %v", err)
			}
			if err := tx.DeleteGroup(t.Context(), g); !errors.Is(err, usher.ErrNotFound) {
				t.Errorf("delete again: %v", err)
			}
			groups, err := tx.GroupsOfRecord(t.Context(), "r-ann")
			if !slices.Equal(groups, []usher.GroupRef{{ID: "other", DisplayName: "Other"}}) || err != nil {
				t.Errorf("groups of the record: %v, %v", groups, err)
			}
			left, err := tx.RemoveMember(t.Context(), "r-ann")
			if !slices.Equal(left, []usher.ID{"other"}) || err != nil {
				t.Errorf("the record left %v, %v", left, err)
			}
			return nil
		})
	})
}

func TestMembersThatCannotBe(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var g usher.Group
		write(t, s, func(tx *store.Tx) error {
			g = club(t, tx, "ann", "gone")
			gone, err := tx.LockRecord(t.Context(), g.Directory, "r-gone")
			gone.DeletedAt = 5
			mustUpdate(t, tx, gone)
			foreign := recordOf(putDirectory(t, tx, "others"), person("foreign", ""))
			insertRecord(t, tx, foreign)
			return err
		})
		for name, op := range map[string]usher.MemberOp{
			"nobody":      {Kind: usher.MembersAdd, IDs: []usher.ID{"r-ann", "nobody"}},
			"tombstone":   {Kind: usher.MembersAdd, IDs: []usher.ID{"r-ann", "r-gone"}},
			"foreign":     {Kind: usher.MembersReplace, IDs: []usher.ID{"r-ann", "r-foreign"}},
			"itself":      {Kind: usher.MembersAdd, IDs: []usher.ID{"r-ann", "g"}},
			"filter":      {Kind: usher.MembersRemove, Where: usher.Compare{Path: "color", Op: usher.Equal, Text: "red"}},
			"wrong shape": {Kind: usher.MembersRemove, Where: usher.Element{Path: "value"}},
		} {
			err := s.Write(t.Context(), func(tx *store.Tx) error {
				_, _, err := tx.ApplyMembers(t.Context(), g, []usher.MemberOp{op})
				return err
			})
			if invalid, ok := errors.AsType[*usher.InvalidError](err); !ok {
				t.Errorf("%s: %v, want an InvalidError", name, err)
			} else if len(op.IDs) > 0 && (invalid.Attribute != usher.PathMembers || name != "itself" && !strings.Contains(invalid.Problem, "number 2 of 2")) {
				t.Errorf("%s: %v does not say which", name, invalid)
			}
		}
		if n, err := s.Look().MemberCount(t.Context(), "g"); n != 0 || err != nil {
			t.Errorf("refused steps left %d members, %v", n, err)
		}
	})
}

// TestMembershipIsASet compares random steps with a set in plain Go.
func TestMembershipIsASet(t *testing.T) {
	names := []string{"ann", "bob", "cyd", "dan", "eve", "50%", "a_b"}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var g usher.Group
		pool := []usher.ID{"inner"}
		write(t, s, func(tx *store.Tx) error {
			g = club(t, tx, names...)
			insertGroup(t, tx, usher.Group{ID: "inner", Directory: g.Directory, DisplayName: "Inner", Values: []usher.Value{{Path: "displayName", Text: "inner"}}})
			for _, name := range names {
				pool = append(pool, usher.ID("r-"+name))
			}
			return nil
		})
		set := map[usher.ID]bool{}
		rapid.Check(t, func(rt *rapid.T) {
			before := sorted(set)
			ops := rapid.SliceOfN(memberOps(pool), 1, 4).Draw(rt, "ops")
			for _, op := range ops {
				step(set, op, pool)
			}
			var added, removed []usher.ID
			write(t, s, func(tx *store.Tx) error {
				locked, err := tx.LockGroup(t.Context(), g.Directory, g.ID)
				if err != nil {
					return err
				}
				added, removed = apply(t, tx, locked, ops...)
				return nil
			})
			got, err := s.Group(t.Context(), g.Directory, g.ID, true)
			if err != nil {
				rt.Fatal(err)
			}
			after := sorted(set)
			if ids := idsOf(got.Members, func(m usher.Member) usher.ID { return m.Value }); !slices.Equal(ids, after) {
				rt.Fatalf("members %v, want %v", ids, after)
			}
			if !slices.Equal(added, without(after, before)) || !slices.Equal(removed, without(before, after)) {
				rt.Fatalf("added %v, removed %v; from %v to %v", added, removed, before, after)
			}
		})
	})
}

func memberOps(pool []usher.ID) *rapid.Generator[usher.MemberOp] {
	return rapid.Custom(func(t *rapid.T) usher.MemberOp {
		op := usher.MemberOp{Kind: rapid.SampledFrom([]usher.MemberOpKind{usher.MembersAdd, usher.MembersAdd, usher.MembersRemove, usher.MembersReplace}).Draw(t, "kind")}
		op.IDs = rapid.SliceOfN(rapid.SampledFrom(pool), 0, 6).Draw(t, "ids")
		if op.Kind == usher.MembersRemove && rapid.Bool().Draw(t, "where") {
			op.IDs = nil
			op.Where = rapid.SampledFrom([]usher.Filter{
				usher.Compare{Path: "value", Op: usher.Equal, Text: "r-bob"},
				usher.Compare{Path: "value", Op: usher.Contains, Text: "%"},
				usher.Compare{Path: "type", Op: usher.Equal, Text: "group"},
				usher.Compare{Path: "type", Op: usher.NotEqual, Text: "Group"},
				usher.Compare{Path: "display", Op: usher.StartsWith, Text: "a_"},
				usher.And{Left: usher.Compare{Path: "display", Op: usher.Contains, Text: "n"}, Right: usher.Not{Filter: usher.Compare{Path: "type", Op: usher.Equal, Text: "group"}}},
			}).Draw(t, "filter")
		}
		return op
	})
}

// step is the meaning of a membership step.
func step(set map[usher.ID]bool, op usher.MemberOp, pool []usher.ID) {
	if op.Kind == usher.MembersReplace {
		clear(set)
	}
	for _, id := range op.IDs {
		if op.Kind == usher.MembersRemove {
			delete(set, id)
		} else {
			set[id] = true
		}
	}
	for _, id := range pool {
		name, kind := strings.TrimPrefix(string(id), "r-"), "user"
		if id == "inner" {
			kind = "group"
		}
		as := document{values: []usher.Value{{Path: "value", Text: string(id)}, {Path: "type", Text: kind}, {Path: "display", Text: name}}}
		if op.Where != nil && holds(foldTypes(op.Where), "", as) {
			delete(set, id)
		}
	}
}

// foldTypes brings the one filter that names a type as it is written into comparable form.
func foldTypes(f usher.Filter) usher.Filter {
	if c, ok := f.(usher.Compare); ok {
		c.Text = usher.FoldText(c.Text)
		return c
	}
	return f
}

func sorted(set map[usher.ID]bool) []usher.ID {
	list := make([]usher.ID, 0, len(set))
	for id := range set {
		list = append(list, id)
	}
	slices.Sort(list)
	return list
}

func without(list, others []usher.ID) []usher.ID {
	return slices.DeleteFunc(slices.Clone(list), func(id usher.ID) bool { return slices.Contains(others, id) })
}

// TestLargeGroup changes a group of ten thousand: one member costs no more than in a small
// group, and a replacement writes the difference only.
func TestLargeGroup(t *testing.T) {
	const size = 10_000
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var g usher.Group
		everyone := make([]usher.ID, size+2)
		write(t, s, func(tx *store.Tx) error {
			g = club(t, tx)
			for i := range everyone {
				everyone[i] = usher.ID(fmt.Sprintf("r%05d", i))
				r := recordOf(g.Directory, document{id: everyone[i], created: 1, values: []usher.Value{{Path: "userName", Text: string(everyone[i])}}})
				r.Values = nil
				insertRecord(t, tx, r)
			}
			added, _ := apply(t, tx, g, usher.MemberOp{Kind: usher.MembersReplace, IDs: everyone[:size]})
			if len(added) != size {
				t.Errorf("added %d", len(added))
			}
			return nil
		})
		if err := s.Analyze(t.Context()); err != nil {
			t.Fatal(err)
		}
		var seen *[]store.Statement
		write(t, s, func(tx *store.Tx) error {
			seen = tx.Watch()
			change(t, tx, g, everyone[size:size+1], everyone[:1], usher.MemberOp{Kind: usher.MembersAdd, IDs: everyone[size : size+1]},
				usher.MemberOp{Kind: usher.MembersRemove, IDs: everyone[:1]})
			*seen = slices.DeleteFunc(*seen, func(st store.Statement) bool { return len(st.Args) == 0 }) // what change asked
			return nil
		})
		if len(*seen) != 3 {
			t.Errorf("%d statements, want one to look, one to add and one to remove", len(*seen))
		}
		for _, st := range *seen {
			if len(st.Args) > 3 {
				t.Errorf("%d parameters in %s", len(st.Args), st.SQL)
			}
			wantByKey(t, s, st)
		}
		write(t, s, func(tx *store.Tx) error {
			change(t, tx, g, everyone[size+1:], everyone[1:5], usher.MemberOp{Kind: usher.MembersReplace, IDs: everyone[5:]})
			n, err := tx.MemberCount(t.Context(), g.ID)
			if n != len(everyone)-5 {
				t.Errorf("%d members", n)
			}
			return err
		})
	})
}

// change applies ops, and fails where they come to anything else or write more rows.
func change(t *testing.T, tx *store.Tx, g usher.Group, wantAdded, wantRemoved []usher.ID, ops ...usher.MemberOp) {
	t.Helper()
	before, err := tx.Touched(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	added, removed := apply(t, tx, g, ops...)
	if !slices.Equal(added, wantAdded) || !slices.Equal(removed, wantRemoved) {
		t.Errorf("added %v, removed %v", added, removed)
	}
	after, err := tx.Touched(t.Context())
	if rows := after - before; rows != len(added)+len(removed) || err != nil {
		t.Errorf("%d rows written for %d added and %d removed, %v", rows, len(added), len(removed), err)
	}
}

// wantByKey fails where a statement does more than look rows up by their keys. An insert of
// given rows has no plan on SQLite.
func wantByKey(t *testing.T, s *store.Store, st store.Statement) {
	t.Helper()
	if strings.HasPrefix(st.SQL, "insert into") {
		return
	}
	wantIndexes(t, s, st)
}

// TestConcurrentMembershipsLoseNothing has many add themselves at once.
func TestConcurrentMembershipsLoseNothing(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var g usher.Group
		write(t, s, func(tx *store.Tx) error {
			g = club(t, tx, names...)
			return nil
		})
		done := make(chan error)
		for _, name := range names {
			go func() {
				done <- s.Write(t.Context(), func(tx *store.Tx) error {
					locked, err := tx.LockGroup(t.Context(), g.Directory, g.ID)
					if err != nil {
						return err
					}
					_, _, err = tx.ApplyMembers(t.Context(), locked, []usher.MemberOp{{Kind: usher.MembersAdd, IDs: []usher.ID{usher.ID("r-" + name)}}})
					return err
				})
			}()
		}
		for range names {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if n, err := s.Look().MemberCount(t.Context(), g.ID); n != len(names) || err != nil {
			t.Errorf("%d members, %v", n, err)
		}
	})
}
