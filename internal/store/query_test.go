package store_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// document is what the evaluator below knows of a record or group.
type document struct {
	id                usher.ID
	created, modified usher.Time
	values            []usher.Value
	links             []usher.ID // its groups, or its members
}

const department = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"

// TestFiltersAgreeWithPlainEvaluation compares what the engines find for random filters
// over random documents with an evaluation in plain Go.
func TestFiltersAgreeWithPlainEvaluation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		records, groups, directory := fill(t, s)
		if err := s.Analyze(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Run("records", func(t *testing.T) {
			compareQueries(t, directory, usher.PathGroups, records, func(q usher.Query) ([]usher.ID, int, error) {
				page, err := s.Records(t.Context(), q)
				return idsOf(page.Items, func(r usher.Record) usher.ID { return r.ID }), page.Total, err
			})
		})
		t.Run("groups", func(t *testing.T) {
			compareQueries(t, directory, usher.PathMembers, groups, func(q usher.Query) ([]usher.ID, int, error) {
				page, err := s.Groups(t.Context(), q)
				return idsOf(page.Items, func(g usher.Group) usher.ID { return g.ID }), page.Total, err
			})
		})
	})
}

func compareQueries(t *testing.T, directory usher.ID, linked string, documents []document, ask func(usher.Query) ([]usher.ID, int, error)) {
	draw := newDrawing(linked, documents)
	found, partial := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		q := usher.Query{
			Directory:  directory,
			Filter:     draw.filter(3).Draw(t, "filter"),
			SortBy:     rapid.SampledFrom(append([]string{"", "absent"}, draw.paths...)).Draw(t, "sort"),
			Descending: rapid.Bool().Draw(t, "descending"),
			Offset:     rapid.SampledFrom([]int{0, 0, 1, 7, 2000}).Draw(t, "offset"),
			Limit:      rapid.SampledFrom([]int{0, 1, 10, 2000, 2000}).Draw(t, "limit"),
		}
		want, total := evaluate(q, linked, documents)
		got, gotTotal, err := ask(q)
		if err != nil {
			t.Fatal(err)
		}
		if gotTotal != total || !slices.Equal(got, want) {
			t.Fatalf("found %d, %v;\nwant %d, %v", gotTotal, got, total, want)
		}
		if total > 0 {
			found++
		}
		if total > 0 && total < len(documents) {
			partial++
		}
	})
	if found < 10 || partial < 10 {
		t.Errorf("of all filters %d found something and %d not everything: they do not test enough", found, partial)
	}
}

// fill writes a thousand records and some groups, and gives those that can be found.
func fill(t *testing.T, s *store.Store) (records, groups []document, directory usher.ID) {
	t.Helper()
	const total = 1000
	write(t, s, func(tx *store.Tx) error {
		directory = putDirectory(t, tx, "staff")
		other := putDirectory(t, tx, "others")
		for i := range total {
			d := randomDocument(i)
			d.id = usher.ID(fmt.Sprintf("r%04d", i*7919%total))
			r := recordOf(directory, d)
			switch {
			case i%20 == 0:
				r.Directory = other
				insertRecord(t, tx, r)
			case i%20 == 1:
				insertRecord(t, tx, r)
				r.DeletedAt = 9
				if ok, err := tx.UpdateRecord(t.Context(), r); !ok || err != nil {
					t.Fatal(ok, err)
				}
			default:
				insertRecord(t, tx, r)
				records = append(records, d)
			}
		}
		for i := range 60 {
			d := randomDocument(total + i)
			d.id = usher.ID(fmt.Sprintf("g%02d", i*37%60))
			var ops []usher.MemberOp
			for k := range i % 6 {
				member := (i*31 + k*101) % len(records)
				records[member].links = append(records[member].links, d.id)
				d.links = append(d.links, records[member].id)
				ops = append(ops, usher.MemberOp{Kind: usher.MembersAdd, IDs: []usher.ID{records[member].id}})
			}
			g := groupOf(directory, d)
			insertGroup(t, tx, g)
			if _, _, err := tx.ApplyMembers(t.Context(), g, ops); err != nil {
				t.Fatal(err)
			}
			groups = append(groups, d)
		}
		return nil
	})
	return records, groups, directory
}

func recordOf(directory usher.ID, d document) usher.Record {
	r := usher.Record{ID: d.id, Directory: directory, Document: []byte("{}"), Version: 1, Values: d.values, CreatedAt: d.created, ModifiedAt: d.modified}
	for _, v := range d.values {
		switch v.Path {
		case "userName":
			r.Attributes.UserName = v.Text
		case "externalId":
			r.Attributes.ExternalID = v.Text
		case "active":
			r.Attributes.Active = v.Text == "true"
		}
	}
	return r
}

func groupOf(directory usher.ID, d document) usher.Group {
	r := recordOf(directory, d)
	return usher.Group{
		ID: d.id, Directory: directory, DisplayName: string(d.id), ExternalID: r.Attributes.ExternalID, Document: r.Document,
		Values: d.values, Version: 1, CreateHash: string(d.id), CreatedAt: d.created, ModifiedAt: d.modified,
	}
}

// pieces are texts that go wrong where somebody escapes, folds, cuts or sorts them.
var pieces = []string{"", "a", "b", "ab", "%", "_", `\`, "'", `"`, "-", "$1", "é", "日本", "Z", "🦉", strings.Repeat("x", 199), strings.Repeat("é", 200)}

func texts() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 3).Draw(t, "text"), "")
	})
}

// randomDocument is always the same one for the same seed.
func randomDocument(seed int) document {
	return rapid.Custom(func(t *rapid.T) document {
		text := texts()
		d := document{created: usher.Time(seed / 3 * 1000), modified: usher.Time(rapid.IntRange(1, 50).Draw(t, "modified"))}
		add := func(path string, element int, text string) {
			d.values = append(d.values, usher.Value{Path: path, Element: element, Text: text})
		}
		sometimes := func(path string, element int) {
			if rapid.Bool().Draw(t, path) {
				add(path, element, text.Draw(t, path))
			}
		}
		add("userName", 0, key(usher.FoldText(text.Draw(t, "userName")), seed))
		if rapid.Bool().Draw(t, "externalId") {
			add("externalId", 0, key(text.Draw(t, "externalId"), seed))
		}
		add("active", 0, strconv.FormatBool(rapid.Bool().Draw(t, "active")))
		for _, path := range []string{"displayName", "name.familyName", "emails-old.value", "emailsnew", department} {
			sometimes(path, 0)
		}
		for element := range rapid.IntRange(0, 3).Draw(t, "emails") {
			for _, path := range []string{"emails.value", "emails.display"} {
				sometimes(path, element)
			}
			add("emails.type", element, rapid.SampledFrom([]string{"work", "home"}).Draw(t, "type"))
		}
		for element := range rapid.IntRange(0, 2).Draw(t, "roles") {
			add("roles", element, text.Draw(t, "role"))
		}
		return d
	}).Example(seed)
}

// key makes a text unique and short enough for that.
func key(text string, seed int) string {
	return strings.ToValidUTF8(text[:min(len(text), 500)], "") + strconv.Itoa(seed)
}

// drawing makes filters, mostly of texts that the documents hold.
type drawing struct {
	linked string
	paths  []string
	known  map[string][]string
}

func newDrawing(linked string, documents []document) drawing {
	d := drawing{linked: linked, known: map[string][]string{}}
	for _, doc := range documents {
		for _, v := range doc.values {
			d.known[v.Path] = append(d.known[v.Path], v.Text)
		}
		for _, id := range doc.links {
			d.known[linked] = append(d.known[linked], string(id))
		}
		d.known[usher.PathID] = append(d.known[usher.PathID], string(doc.id))
	}
	for path := range d.known {
		if path != linked {
			d.paths = append(d.paths, path)
		}
	}
	d.paths = append(d.paths, usher.PathCreated, usher.PathLastModified)
	slices.Sort(d.paths)
	return d
}

func (d drawing) filter(depth int) *rapid.Generator[usher.Filter] {
	return rapid.Custom(func(t *rapid.T) usher.Filter {
		kind := rapid.IntRange(0, 9).Draw(t, "kind")
		switch {
		case kind == 0 && depth == 3:
			return nil
		case kind <= 2 && depth > 0:
			return usher.And{Left: d.inner(t, depth), Right: d.inner(t, depth)}
		case kind <= 4 && depth > 0:
			return usher.Or{Left: d.inner(t, depth), Right: d.inner(t, depth)}
		case kind == 5 && depth > 0:
			return usher.Not{Filter: d.inner(t, depth)}
		case kind == 6:
			return usher.Element{Path: "emails", Filter: d.within(2, "emails.value", "emails.type", "emails.display").Draw(t, "element")}
		case kind == 7:
			return usher.Element{Path: "roles", Filter: d.within(1, "roles").Draw(t, "element")}
		case kind == 8:
			return usher.Element{Path: strings.TrimSuffix(d.linked, ".value"), Filter: d.within(1, d.linked).Draw(t, "element")}
		}
		return d.compare(t, append([]string{d.linked, "absent"}, d.paths...))
	})
}

func (d drawing) inner(t *rapid.T, depth int) usher.Filter {
	return d.filter(min(depth, 3)-1).Draw(t, "filter")
}

// within draws a filter over the parts of one element.
func (d drawing) within(depth int, paths ...string) *rapid.Generator[usher.Filter] {
	return rapid.Custom(func(t *rapid.T) usher.Filter {
		part := d.within(depth-1, paths...)
		switch kind := rapid.IntRange(0, 5).Draw(t, "kind"); {
		case kind <= 1 && depth > 0:
			return usher.And{Left: part.Draw(t, "left"), Right: part.Draw(t, "right")}
		case kind == 2 && depth > 0:
			return usher.Or{Left: part.Draw(t, "left"), Right: part.Draw(t, "right")}
		case kind == 3 && depth > 0:
			return usher.Not{Filter: part.Draw(t, "not")}
		}
		return d.compare(t, paths)
	})
}

func (d drawing) compare(t *rapid.T, paths []string) usher.Compare {
	c := usher.Compare{
		Path: rapid.SampledFrom(paths).Draw(t, "path"),
		Op: rapid.SampledFrom([]usher.Op{
			usher.Equal, usher.Equal, usher.NotEqual, usher.Contains, usher.StartsWith, usher.EndsWith, usher.Present,
			usher.Greater, usher.GreaterOrEqual, usher.Less, usher.LessOrEqual,
		}).Draw(t, "op"),
	}
	if c.Path == usher.PathCreated || c.Path == usher.PathLastModified {
		c.Op = rapid.SampledFrom([]usher.Op{usher.Equal, usher.NotEqual, usher.Present, usher.Greater, usher.GreaterOrEqual, usher.Less, usher.LessOrEqual}).Draw(t, "op")
		c.Text = strconv.Itoa(rapid.SampledFrom([]int{0, 25, 3000, 99000, 170000}).Draw(t, "time"))
		return c
	}
	if c.Op == usher.Present && strings.HasPrefix(c.Path, "emails.") && len(paths) > 3 {
		c.Path = "emails" // all of a complex attribute
	}
	c.Text = texts().Draw(t, "text")
	if known := d.known[c.Path]; len(known) > 0 && rapid.IntRange(0, 3).Draw(t, "known") > 0 {
		c.Text = rapid.SampledFrom(known).Draw(t, "text")
		runes := []rune(c.Text)
		switch c.Op {
		case usher.StartsWith:
			c.Text = string(runes[:len(runes)/2])
		case usher.EndsWith:
			c.Text = string(runes[len(runes)/2:])
		case usher.Contains:
			c.Text = string(runes[len(runes)/4 : len(runes)*3/4])
		}
	}
	return c
}

// evaluate is the meaning of a query.
func evaluate(q usher.Query, linked string, documents []document) (page []usher.ID, total int) {
	var hits []document
	for _, d := range documents {
		if q.Filter == nil || holds(q.Filter, linked, d) {
			hits = append(hits, d)
		}
	}
	slices.SortFunc(hits, func(a, b document) int {
		order := cmp.Or(compareKeys(q.SortBy, a, b), cmp.Compare(a.id, b.id))
		if q.Descending {
			return -order
		}
		return order
	})
	total = len(hits)
	hits = hits[min(q.Offset, total):]
	return idsOf(hits[:min(q.Limit, len(hits))], func(d document) usher.ID { return d.id }), total
}

func compareKeys(path string, a, b document) int {
	switch path {
	case "", usher.PathCreated:
		return cmp.Compare(a.created, b.created)
	case usher.PathLastModified:
		return cmp.Compare(a.modified, b.modified)
	case usher.PathID:
		return cmp.Compare(a.id, b.id)
	}
	x, xok := firstValue(path, a)
	y, yok := firstValue(path, b)
	switch {
	case xok && yok:
		return cmp.Compare(x, y)
	case xok:
		return -1
	case yok:
		return 1
	}
	return 0
}

func firstValue(path string, d document) (text string, ok bool) {
	element := 0
	for _, v := range d.values {
		if v.Path == path && (!ok || v.Element < element || v.Element == element && v.Text < text) {
			text, element, ok = v.Text, v.Element, true
		}
	}
	return text, ok
}

func holds(f usher.Filter, linked string, d document) bool {
	switch f := f.(type) {
	case usher.And:
		return holds(f.Left, linked, d) && holds(f.Right, linked, d)
	case usher.Or:
		return holds(f.Left, linked, d) || holds(f.Right, linked, d)
	case usher.Not:
		return !holds(f.Filter, linked, d)
	case usher.Element:
		return slices.ContainsFunc(elements(f.Path, linked, d), func(e document) bool { return holds(f.Filter, linked, e) })
	case usher.Compare:
		if f.Op == usher.NotEqual {
			f.Op = usher.Equal
			return !holds(f, linked, d)
		}
		return compareHolds(f, linked, d)
	}
	panic("unknown filter")
}

// elements are the elements of a multi-valued attribute as documents of their own.
func elements(path, linked string, d document) (list []document) {
	if path+".value" == linked {
		for _, id := range d.links {
			list = append(list, document{links: []usher.ID{id}})
		}
		return list
	}
	byNumber := map[int]document{}
	for _, v := range d.values {
		if below(v.Path, path) {
			e := byNumber[v.Element]
			e.values = append(e.values, v)
			byNumber[v.Element] = e
		}
	}
	for _, e := range byNumber {
		list = append(list, e)
	}
	return list
}

func below(path, parent string) bool { return path == parent || strings.HasPrefix(path, parent+".") }

func compareHolds(c usher.Compare, linked string, d document) bool {
	switch c.Path {
	case usher.PathID:
		return textHolds(c.Op, string(d.id), c.Text)
	case usher.PathCreated:
		return timeHolds(c, d.created)
	case usher.PathLastModified:
		return timeHolds(c, d.modified)
	case linked:
		return slices.ContainsFunc(d.links, func(id usher.ID) bool { return textHolds(c.Op, string(id), c.Text) })
	}
	return slices.ContainsFunc(d.values, func(v usher.Value) bool {
		if c.Op == usher.Present {
			return below(v.Path, c.Path)
		}
		return v.Path == c.Path && textHolds(c.Op, v.Text, c.Text)
	})
}

func timeHolds(c usher.Compare, at usher.Time) bool {
	wanted, _ := strconv.ParseInt(c.Text, 10, 64)
	return ordered(c.Op, cmp.Compare(int64(at), wanted))
}

func textHolds(op usher.Op, have, want string) bool {
	switch op {
	case usher.Contains:
		return strings.Contains(have, want)
	case usher.StartsWith:
		return strings.HasPrefix(have, want)
	case usher.EndsWith:
		return strings.HasSuffix(have, want)
	}
	return ordered(op, strings.Compare(have, want))
}

func ordered(op usher.Op, order int) bool {
	switch op {
	case usher.Equal:
		return order == 0
	case usher.Greater:
		return order > 0
	case usher.GreaterOrEqual:
		return order >= 0
	case usher.Less:
		return order < 0
	case usher.LessOrEqual:
		return order <= 0
	}
	return op == usher.Present
}

func TestFilterTextIsExact(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		names := []string{`100%`, `100x`, `a_b`, `axb`, `c\d`, `cd`, `o'neil`, `oneil`, `say "hi"`, `say hi`, `$1`, `日本`, `日`}
		var directory usher.ID
		write(t, s, func(tx *store.Tx) error {
			directory = putDirectory(t, tx, "staff")
			for i, name := range names {
				insertRecord(t, tx, recordOf(directory, document{id: usher.ID("r" + strconv.Itoa(i)), values: []usher.Value{
					{Path: "userName", Text: name}, {Path: "title", Text: name},
				}}))
			}
			return nil
		})
		for i, name := range names {
			for _, path := range []string{"userName", "title"} {
				page, err := s.Records(t.Context(), usher.Query{Directory: directory, Limit: 10, Filter: usher.Compare{Path: path, Op: usher.Equal, Text: name}})
				if err != nil || page.Total != 1 || page.Items[0].ID != usher.ID("r"+strconv.Itoa(i)) {
					t.Errorf("%s eq %q found %d: %v", path, name, page.Total, err)
				}
			}
			for _, op := range []usher.Op{usher.Contains, usher.StartsWith, usher.EndsWith} {
				want := 0
				for _, other := range names {
					if textHolds(op, other, name) {
						want++
					}
				}
				page, err := s.Records(t.Context(), usher.Query{Directory: directory, Filter: usher.Compare{Path: "title", Op: op, Text: name}})
				if err != nil || page.Total != want {
					t.Errorf("%s %q found %d, want %d: %v", op, name, page.Total, want, err)
				}
			}
		}
	})
}

func TestFilterThatCannotBeAnswered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, f := range []usher.Filter{
			usher.Compare{Path: usher.PathCreated, Op: usher.Equal, Text: "yesterday"},
			usher.Compare{Path: usher.PathCreated, Op: usher.Contains, Text: "1"},
			usher.Compare{Path: "title", Op: "like", Text: "1"},
			usher.Element{Path: "emails", Filter: usher.Element{Path: "emails", Filter: usher.Compare{Path: "emails", Op: usher.Present}}},
			usher.Element{Path: "groups", Filter: usher.Compare{Path: "groups.color", Op: usher.Equal, Text: "red"}},
			usher.And{Left: usher.Compare{Path: "title", Op: usher.Present}, Right: nil},
		} {
			_, err := s.Records(t.Context(), usher.Query{Directory: "d", Filter: f, Limit: 1})
			if _, ok := errors.AsType[*usher.InvalidError](err); !ok {
				t.Errorf("%v: %v, want an InvalidError", f, err)
			}
		}
	})
}

// TestFiltersUseIndexes reads the engines' plans with a thousand records, for the filters
// with which directories look for one person.
func TestFiltersUseIndexes(t *testing.T) {
	work := usher.Compare{Path: "emails.type", Op: usher.Equal, Text: "work"}
	address := usher.Compare{Path: "emails.value", Op: usher.Equal, Text: "user7@example.com"}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var directory usher.ID
		write(t, s, func(tx *store.Tx) error {
			directory = putDirectory(t, tx, "staff")
			for i := range 1000 {
				n := strconv.Itoa(i)
				insertRecord(t, tx, recordOf(directory, document{id: usher.ID("r" + n), created: usher.Time(i), values: []usher.Value{
					{Path: "userName", Text: "user" + n},
					{Path: "externalId", Text: "x" + n},
					{Path: "emails.value", Text: "user" + n + "@example.com"},
					{Path: "emails.type", Text: "work"},
				}}))
			}
			return nil
		})
		check := func(t *testing.T) {
			for name, f := range map[string]usher.Filter{
				"userName":       usher.Compare{Path: "userName", Op: usher.Equal, Text: "user7"},
				"externalId":     usher.Compare{Path: "externalId", Op: usher.Equal, Text: "x7"},
				"emails.value":   address,
				"emails[].value": usher.Element{Path: "emails", Filter: usher.And{Left: work, Right: address}},
			} {
				oneByIndex(t, s, usher.Query{Directory: directory, Filter: f, Limit: 100}, name)
			}
		}
		if s.Engine() == "sqlite" { // which never counts rows by itself
			t.Run("new", check)
		}
		if err := s.Analyze(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Run("analysed", check)
	})
}

func oneByIndex(t *testing.T, s *store.Store, q usher.Query, name string) {
	t.Helper()
	tx := s.Look()
	seen := tx.Watch()
	page, err := tx.RecordsIn(t.Context(), q)
	if err != nil || page.Total != 1 || page.Items[0].ID != "r7" {
		t.Fatalf("%s: %v, %v", name, page, err)
	}
	if len(*seen) != 1 {
		t.Errorf("%s: %d statements, want one", name, len(*seen))
	}
	for _, st := range *seen {
		plan := wantIndexes(t, s, st, "record_page")
		text := map[string]string{"sqlite": "path=? AND <expr>=?", "postgres": "(substr(text, 1, 200) ="}[s.Engine()]
		if strings.HasPrefix(name, "emails") && !strings.Contains(plan, text) {
			t.Errorf("%s: the index is not used for the text\n%s", name, plan)
		}
	}
}

// wantIndexes fails where a statement reads a whole table, or walks one of the indexes
// that only order it.
func wantIndexes(t *testing.T, s *store.Store, st store.Statement, walks ...string) (plan string) {
	t.Helper()
	plan, err := s.Explain(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	if plan == "" {
		t.Error("no plan")
	}
	for _, sign := range append([]string{"Seq Scan", "SCAN "}, walks...) {
		if strings.Contains(plan, sign) {
			t.Errorf("%s: %s in the plan of %s\n%s", s.Engine(), sign, st.SQL, plan)
		}
	}
	return plan
}
