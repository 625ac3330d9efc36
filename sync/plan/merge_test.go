package plan_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"usher/internal/usher"
	"usher/sync/plan"
)

// The directories of the tables: hr owns the lifecycle and ranks first, the others follow.
func hr() usher.Directory  { return usher.Directory{ID: "d-hr", Name: "hr", Rank: 1, Owner: true} }
func crm() usher.Directory { return usher.Directory{ID: "d-crm", Name: "crm", Rank: 2} }
func lms() usher.Directory { return usher.Directory{ID: "d-lms", Name: "lms", Rank: 2} }

func saw(d usher.Directory, id usher.ID, a usher.Attributes) plan.Observation {
	return plan.Observation{Directory: d, Record: usher.Record{ID: id, Directory: d.ID, Attributes: a}}
}

func deleted(o plan.Observation) plan.Observation {
	o.Record.DeletedAt = 1
	return o
}

func TestMergeTakesEachAttributeFromTheFirstWhoHasIt(t *testing.T) {
	got := plan.Merge([]plan.Observation{
		saw(lms(), "r3", usher.Attributes{
			UserName: "lms", Title: "lms", Country: "lms", Manager: "lms-boss", Emails: []usher.Email{{Value: "c@x.com"}},
			Custom: map[string]any{"a": "lms", "c": "lms"},
		}),
		saw(hr(), "r1", usher.Attributes{Active: true, UserName: "hr", Custom: map[string]any{"a": "hr"}}),
		saw(crm(), "r2", usher.Attributes{
			UserName: "crm", Title: "crm", Emails: []usher.Email{{Value: "a@x.com"}, {Value: "b@x.com", Primary: true}},
			Custom: map[string]any{"a": "crm", "b": "crm"},
		}),
	}, now)
	want := plan.Merged{
		Attributes: usher.Attributes{
			UserName: "hr", Active: true, Title: "crm", Country: "lms", Manager: "lms-boss",
			Emails: []usher.Email{{Value: "a@x.com"}, {Value: "b@x.com", Primary: true}},
			Custom: map[string]any{"a": "hr", "b": "crm", "c": "lms"},
		},
		Active: true, Address: "b@x.com", ManagerDirectory: "d-lms", Left: []usher.ID{"d-crm", "d-lms"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestMergeKeepsTheManagerWithItsDirectory(t *testing.T) {
	boss := func(s string) usher.Attributes { return usher.Attributes{Active: true, Manager: s} }
	got := plan.Merge([]plan.Observation{saw(hr(), "1", boss("hr-boss")), saw(crm(), "2", boss("crm-boss")), saw(lms(), "3", boss(""))}, now)
	if got.Attributes.Manager != "hr-boss" || got.ManagerDirectory != "d-hr" {
		t.Errorf("got %q of %q", got.Attributes.Manager, got.ManagerDirectory)
	}
	if got := plan.Merge([]plan.Observation{saw(hr(), "1", boss(""))}, now); got.ManagerDirectory != "" {
		t.Errorf("nobody's reference is of %q", got.ManagerDirectory)
	}
}

func TestMergeOrder(t *testing.T) {
	title := func(s string, active bool) usher.Attributes { return usher.Attributes{Title: s, Active: active} }
	for _, c := range []struct {
		name  string
		first plan.Observation
		then  plan.Observation
	}{
		{"rank", saw(hr(), "r9", title("first", true)), saw(crm(), "r1", title("then", true))},
		{"rank, active or not", saw(hr(), "r9", title("first", false)), saw(crm(), "r1", title("then", true))},
		{"name", saw(crm(), "r9", title("first", true)), saw(lms(), "r1", title("then", true))},
		{"deleted ones last", saw(lms(), "r9", title("first", true)), deleted(saw(hr(), "r1", title("then", true)))},
		{"of one directory the active one", saw(crm(), "r9", title("first", true)), saw(crm(), "r1", title("then", false))},
		{"of one directory the older id", saw(crm(), "r1", title("first", true)), saw(crm(), "r9", title("then", true))},
	} {
		for _, obs := range [][]plan.Observation{{c.first, c.then}, {c.then, c.first}} {
			if got := plan.Merge(obs, now).Attributes.Title; got != "first" {
				t.Errorf("%s: got %q", c.name, got)
			}
		}
	}
}

// A field added to usher.Attributes must not be forgotten here.
func TestMergeKeepsEveryAttribute(t *testing.T) {
	var a usher.Attributes
	for field, value := range reflect.ValueOf(&a).Elem().Fields() {
		switch value.Kind() {
		case reflect.String:
			value.SetString(field.Name)
		case reflect.Bool:
			value.SetBool(true)
		case reflect.Slice:
			value.Set(reflect.ValueOf([]usher.Email{{Value: "a@x.com"}}))
		case reflect.Map:
			value.Set(reflect.ValueOf(map[string]any{"a": 1}))
		default:
			t.Fatalf("%s is of a kind that this test does not know", field.Name)
		}
	}
	if got := plan.Merge([]plan.Observation{saw(hr(), "r1", a)}, now).Attributes; !reflect.DeepEqual(got, a) {
		t.Errorf("got  %+v\nwant %+v", got, a)
	}
}

func TestMergeLifecycle(t *testing.T) {
	yes, no := usher.Attributes{Active: true}, usher.Attributes{}
	other := usher.Directory{ID: "d-other", Name: "other owner", Rank: 5, Owner: true}
	for _, c := range []struct {
		name   string
		obs    []plan.Observation
		active bool
		left   []usher.ID
	}{
		{"nobody knows the person", nil, false, nil},
		{"the owner's word", []plan.Observation{saw(hr(), "1", yes)}, true, nil},
		{"the owner says left", []plan.Observation{saw(hr(), "1", no)}, false, nil},
		{"the owner deletes", []plan.Observation{deleted(saw(hr(), "1", yes))}, false, nil},
		{"the owner says left, another does not", []plan.Observation{saw(hr(), "1", no), saw(crm(), "2", yes)}, false, nil},
		{"the owner deletes, another does not", []plan.Observation{deleted(saw(hr(), "1", yes)), saw(crm(), "2", yes)}, false, nil},
		{"another says left", []plan.Observation{saw(hr(), "1", yes), saw(crm(), "2", no)}, true, []usher.ID{"d-crm"}},
		{"another deletes", []plan.Observation{saw(hr(), "1", yes), deleted(saw(crm(), "2", yes))}, true, []usher.ID{"d-crm"}},
		{"two others say left", []plan.Observation{saw(lms(), "3", no), saw(hr(), "1", yes), saw(crm(), "2", no)}, true, []usher.ID{"d-crm", "d-lms"}},
		{"another has a second record", []plan.Observation{saw(hr(), "1", yes), saw(crm(), "2", no), saw(crm(), "3", yes)}, true, nil},
		{"another says left with both records", []plan.Observation{saw(hr(), "1", yes), saw(crm(), "2", no), saw(crm(), "3", no)}, true, []usher.ID{"d-crm"}},
		{"the owner has two records", []plan.Observation{saw(hr(), "1", no), saw(hr(), "2", yes)}, true, nil},
		{"one of two owners", []plan.Observation{saw(hr(), "1", no), saw(other, "2", yes)}, true, nil},
		{"neither of two owners", []plan.Observation{saw(hr(), "1", no), saw(other, "2", no), saw(crm(), "3", yes)}, false, nil},
		{"known to one alone", []plan.Observation{saw(crm(), "2", yes)}, true, nil},
		{"left where known alone", []plan.Observation{saw(crm(), "2", no)}, false, nil},
		{"two who do not own", []plan.Observation{saw(crm(), "2", no), saw(lms(), "3", yes)}, true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := plan.Merge(c.obs, now)
			if got.Active != c.active || got.Attributes.Active != c.active || !slices.Equal(got.Left, c.left) {
				t.Errorf("got active %v, left %v", got.Active, got.Left)
			}
		})
	}
}

func TestMergeDoesNotShareWithItsInput(t *testing.T) {
	a := usher.Attributes{Emails: []usher.Email{{Value: "a@x.com"}}, Custom: map[string]any{"a": 1}}
	m := plan.Merge([]plan.Observation{saw(hr(), "1", a)}, now)
	m.Attributes.Emails[0].Value, m.Attributes.Custom["a"] = "changed", 2
	if a.Emails[0].Value != "a@x.com" || a.Custom["a"] != 1 {
		t.Error("changing the person changes the record")
	}
}

// I6: every order of arrival gives the same person.
func TestMergeDoesNotDependOnOrder(t *testing.T) {
	word := rapid.SampledFrom([]string{"", "", "a", "b", "c"})
	rapid.Check(t, func(t *rapid.T) {
		var directories []usher.Directory
		for i := range 3 {
			directories = append(directories, usher.Directory{
				ID: usher.ID(rune('a' + i)), Name: word.Draw(t, "name"),
				Rank: rapid.IntRange(1, 2).Draw(t, "rank"), Owner: rapid.Bool().Draw(t, "owner"),
				StandIn: drawStandIn(t, word),
			})
		}
		var obs []plan.Observation
		for i := range rapid.IntRange(0, 5).Draw(t, "records") {
			o := saw(rapid.SampledFrom(directories).Draw(t, "directory"), usher.ID(rune('0'+i)), usher.Attributes{
				Active: rapid.Bool().Draw(t, "active"), UserName: word.Draw(t, "userName"), Title: word.Draw(t, "title"),
				Department: word.Draw(t, "department"), Manager: word.Draw(t, "manager"),
			})
			if mail := word.Draw(t, "mail"); mail != "" {
				o.Record.Attributes.Emails = []usher.Email{{Value: mail + "@x.com"}}
				o.Record.Attributes.Custom = map[string]any{mail: i}
			}
			o.Record.DeletedAt = usher.Time(rapid.IntRange(0, 1).Draw(t, "deleted"))
			if !o.Record.Attributes.Active {
				o.Record.AbsentSince = usher.Time(rapid.IntRange(0, 1).Draw(t, "absent"))
			}
			obs = append(obs, o)
		}
		want := plan.Merge(obs, now)
		random := rand.New(rand.NewPCG(1, rapid.Uint64().Draw(t, "seed")))
		for range 10 {
			before := slices.Clone(obs)
			random.Shuffle(len(before), func(i, j int) { before[i], before[j] = before[j], before[i] })
			shuffled := slices.Clone(before)
			if got := plan.Merge(shuffled, now); !reflect.DeepEqual(got, want) {
				t.Fatalf("in another order got\n%+v, not\n%+v", got, want)
			}
			if !reflect.DeepEqual(shuffled, before) {
				t.Fatal("the caller's list was reordered")
			}
		}
	})
}

func TestMergeForgetsWhatADeletedRecordSaidOnceAnotherSpeaks(t *testing.T) {
	gone := deleted(saw(hr(), "r1", usher.Attributes{UserName: "ann", Title: "Head"}))
	if got := plan.Merge([]plan.Observation{gone}, now); got.Attributes.Title != "Head" {
		t.Errorf("alone: title %q, want what it said last", got.Attributes.Title)
	}
	again := saw(hr(), "r2", usher.Attributes{Active: true, UserName: "ann"})
	if got := plan.Merge([]plan.Observation{gone, again}, now); got.Attributes.Title != "" {
		t.Errorf("come back without a title: title %q, want none", got.Attributes.Title)
	}
}
