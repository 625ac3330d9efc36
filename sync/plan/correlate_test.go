package plan_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"usher/internal/usher"
	"usher/sync/plan"
)

// hit is a candidate: a known identifier of that kind finds that person, whose records here are those.
func hit(kind usher.IdentifierKind, person usher.ID, here ...usher.Record) plan.Candidate {
	return plan.Candidate{
		Identifier: usher.Identifier{Kind: kind, Person: person},
		Person:     usher.Person{ID: person, Active: true},
		Here:       here,
	}
}

// retired is c found by an identifier that the person gave up.
func retired(c plan.Candidate) plan.Candidate {
	c.Identifier.RetiredAt = 1
	return c
}

// leaver is c whose person left with that employee number.
func leaver(c plan.Candidate, number string) plan.Candidate {
	c.Person.Active = false
	c.Person.Attributes.EmployeeNumber = number
	return c
}

func live(external, number string) usher.Record {
	return usher.Record{ID: "old", Attributes: usher.Attributes{Active: true, ExternalID: external, EmployeeNumber: number}}
}

func deactivated(external, number string) usher.Record {
	r := live(external, number)
	r.Attributes.Active = false
	return r
}

func tombstone(external, number string) usher.Record {
	r := live(external, number)
	r.DeletedAt = 1
	return r
}

// The new record in every case: external id "new", employee number "7".
func newcomer() usher.Record {
	return usher.Record{ID: "rec", Attributes: usher.Attributes{Active: true, ExternalID: "new", EmployeeNumber: "7"}}
}

func TestCorrelate(t *testing.T) {
	const (
		external, number, upn, email, alias = usher.KindExternal, usher.KindEmployee, usher.KindUPN, usher.KindEmail, usher.KindAlias
		ambiguous, taken, recycled          = usher.ConflictAmbiguous, usher.ConflictTaken, usher.ConflictRecycled
	)
	type found = []plan.Candidate
	for _, c := range []struct {
		name  string
		found found
		// want is one of these; a person with by.
		isNew    bool
		person   usher.ID
		by       usher.IdentifierKind
		conflict usher.ConflictKind
	}{
		{name: "nobody known", isNew: true},

		{name: "external id", found: found{hit(external, "p1", tombstone("new", ""))}, person: "p1", by: external},
		{name: "external id decides against a number", found: found{hit(number, "p2"), hit(external, "p1")}, person: "p1", by: external},
		{name: "external id decides against addresses", found: found{hit(upn, "p2"), hit(email, "p3"), hit(external, "p1")}, person: "p1", by: external},
		{name: "external id decides whatever the number says", found: found{hit(external, "p1", deactivated("new", "8"))}, person: "p1", by: external},
		{name: "retired external id of a pruned record", found: found{retired(hit(external, "p1"))}, person: "p1", by: external},
		{name: "retired external id that a tombstone bears", found: found{retired(hit(external, "p1", tombstone("new", "")))}, person: "p1", by: external},
		{name: "retired external id while the person is here under another", found: found{retired(hit(external, "p1", live("other", "")))}, conflict: taken},
		{name: "retired external id of a leaver who had another last", found: found{retired(hit(external, "p1", deactivated("other", "")))}, conflict: recycled},
		{name: "retired external id against an address", found: found{retired(hit(external, "p1", live("other", ""))), hit(upn, "p2")}, conflict: ambiguous},
		{name: "retired external id, but the number agrees", found: found{retired(hit(external, "p1", deactivated("other", "7")))}, person: "p1", by: external},
		{name: "retired external id, but the number finds the same", found: found{retired(hit(external, "p1", live("other", ""))), hit(number, "p1", live("other", ""))}, person: "p1", by: number},

		{name: "number", found: found{hit(number, "p1")}, person: "p1", by: number},
		{name: "number of a leaver under another external id", found: found{hit(number, "p1", tombstone("other", "7"))}, person: "p1", by: number},
		{name: "number of somebody who has another live account here", found: found{hit(number, "p1", live("other", "7"))}, person: "p1", by: number},
		{name: "number and address of one", found: found{hit(email, "p1"), hit(number, "p1")}, person: "p1", by: number},
		{name: "number and address of two", found: found{hit(number, "p1"), hit(email, "p2")}, conflict: ambiguous},
		{name: "number and retired alias of two", found: found{hit(number, "p1"), retired(hit(alias, "p2"))}, conflict: ambiguous},

		{name: "UPN", found: found{hit(upn, "p1")}, person: "p1", by: upn},
		{name: "e-mail", found: found{hit(email, "p1")}, person: "p1", by: email},
		{name: "alias in use", found: found{hit(alias, "p1")}, person: "p1", by: alias},
		{name: "the most trusted kind is told", found: found{hit(alias, "p1"), hit(email, "p1"), hit(upn, "p1")}, person: "p1", by: upn},
		{name: "UPN and e-mail of two", found: found{hit(upn, "p1"), hit(email, "p2")}, conflict: ambiguous},
		{name: "two e-mails of two", found: found{hit(email, "p2"), hit(email, "p1")}, conflict: ambiguous},

		{name: "address of somebody live here", found: found{hit(email, "p1", live("other", ""))}, conflict: taken},
		{name: "address of somebody live here, with the same number", found: found{hit(email, "p1", live("other", "7"))}, conflict: taken},
		{name: "address of somebody live and gone here", found: found{hit(email, "p1", deactivated("new", "7"), live("other", ""))}, conflict: taken},

		{name: "address back with another external id", found: found{hit(email, "p1", deactivated("other", ""))}, conflict: recycled},
		{name: "address of a tombstone with another external id", found: found{hit(email, "p1", tombstone("other", ""))}, conflict: recycled},
		{name: "address back with another number", found: found{hit(email, "p1", tombstone("", "8"))}, conflict: recycled},
		{name: "address back with the same external id", found: found{hit(email, "p1", tombstone("new", "8"))}, person: "p1", by: email},
		{name: "address back with the same number", found: found{hit(email, "p1", tombstone("other", " 7 "))}, person: "p1", by: email},
		{name: "address back, and one of two old records agrees", found: found{hit(email, "p1", tombstone("other", "8"), tombstone("new", ""))}, person: "p1", by: email},
		{name: "address back where nothing was known", found: found{hit(email, "p1", tombstone("", ""))}, person: "p1", by: email},

		{name: "retired address", found: found{retired(hit(email, "p1"))}, conflict: recycled},
		{name: "retired alias of somebody who is elsewhere", found: found{retired(hit(alias, "p1"))}, conflict: recycled},
		{name: "retired address, but a tombstone agrees", found: found{retired(hit(alias, "p1", tombstone("new", "")))}, person: "p1", by: alias},
		{name: "retired and present address of one", found: found{retired(hit(upn, "p1")), hit(email, "p1")}, person: "p1", by: upn},

		{name: "address of a leaver known elsewhere", found: found{leaver(hit(email, "p1"), "")}, person: "p1", by: email},
		{name: "address of a leaver known elsewhere with the same number", found: found{leaver(hit(email, "p1"), "7")}, person: "p1", by: email},
		{name: "address of a leaver known elsewhere with another number", found: found{leaver(hit(email, "p1"), "8")}, conflict: recycled},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := usher.Directory{ID: "d1", Name: "okta", EmployeeNumbers: "hr"}
			got := plan.Correlate(dir, newcomer(), c.found, now)
			if got.New != c.isNew || got.Person != c.person || got.By != c.by {
				t.Errorf("got %+v", got)
			}
			if (got.Conflict != nil) != (c.conflict != "") {
				t.Fatalf("got conflict %+v, want %q", got.Conflict, c.conflict)
			}
			if got.Conflict == nil {
				return
			}
			checkConflict(t, *got.Conflict, c.conflict, c.found)
		})
	}
}

func checkConflict(t *testing.T, got usher.Conflict, kind usher.ConflictKind, found []plan.Candidate) {
	t.Helper()
	var people []usher.ID
	for _, c := range found {
		people = append(people, c.Person.ID)
	}
	slices.Sort(people)
	people = slices.Compact(people)
	if got.Kind != kind || got.Record != "rec" || !slices.Equal(got.Others, people) || got.Detail == "" {
		t.Errorf("got %+v", got)
	}
	if kind == usher.ConflictAmbiguous && got.Person != "" || kind != usher.ConflictAmbiguous && got.Person != people[0] {
		t.Errorf("concerns %q", got.Person)
	}
}

func TestCorrelateComparesNumbersOfLeaversOnlyInANamespace(t *testing.T) {
	dir := usher.Directory{ID: "d1", Name: "okta"}
	got := plan.Correlate(dir, newcomer(), []plan.Candidate{leaver(hit(usher.KindEmail, "p1"), "8")}, now)
	if got.Person != "p1" {
		t.Errorf("another directory may number its people otherwise: got %+v", got)
	}
}

func TestCorrelateSaysWhy(t *testing.T) {
	dir := usher.Directory{ID: "d1", Name: "okta"}
	for want, found := range map[string][]plan.Candidate{
		"none of its identifiers is known":                             nil,
		"found by external id of directory okta":                       {hit(usher.KindExternal, "p1")},
		"found by e-mail":                                              {hit(usher.KindEmail, "p1")},
		"its identifiers belong to 2 people":                           {hit(usher.KindEmail, "p1"), hit(usher.KindUPN, "p2")},
		"another record of directory okta is linked to the person":     {hit(usher.KindUPN, "p1", live("other", ""))},
		"in directory okta under another external id":                  {hit(usher.KindUPN, "p1", tombstone("other", ""))},
		"the alias was given up by the person who had it: say whether": {retired(hit(usher.KindAlias, "p1"))},
	} {
		if got := plan.Correlate(dir, newcomer(), found, now); !strings.Contains(got.Why, want) {
			t.Errorf("got %q, want %q", got.Why, want)
		}
	}
}

// Whatever is found, in whatever order: one and only one of person, new and conflict comes out, the same one each time.
func TestCorrelateDoesNotDependOnOrder(t *testing.T) {
	kinds := []usher.IdentifierKind{usher.KindExternal, usher.KindEmployee, usher.KindUPN, usher.KindEmail, usher.KindAlias}
	old := []usher.Record{live("other", "7"), deactivated("other", "8"), tombstone("new", ""), tombstone("", "")}
	rapid.Check(t, func(t *rapid.T) {
		here := map[usher.ID][]usher.Record{}
		for _, p := range []usher.ID{"p1", "p2"} {
			here[p] = rapid.SliceOfN(rapid.SampledFrom(old), 0, 2).Draw(t, "here")
		}
		var found []plan.Candidate
		for range rapid.IntRange(0, 4).Draw(t, "hits") {
			p := rapid.SampledFrom([]usher.ID{"p1", "p2"}).Draw(t, "person")
			kind := rapid.SampledFrom(kinds).Draw(t, "kind")
			if kind == usher.KindExternal && slices.ContainsFunc(found, func(c plan.Candidate) bool { return c.Identifier.Kind == kind }) {
				continue // a record has one external id, and a key belongs to one person
			}
			c := hit(kind, p, here[p]...)
			c.Identifier.RetiredAt = usher.Time(rapid.IntRange(0, 1).Draw(t, "retired"))
			found = append(found, c)
		}
		dir := usher.Directory{ID: "d1", EmployeeNumbers: "hr"}
		want := plan.Correlate(dir, newcomer(), found, now)
		outcomes := 0
		for _, one := range []bool{want.Person != "", want.New, want.Conflict != nil} {
			if one {
				outcomes++
			}
		}
		if outcomes != 1 || want.New != (len(found) == 0) {
			t.Fatalf("got %+v", want)
		}
		random := rand.New(rand.NewPCG(1, rapid.Uint64().Draw(t, "seed")))
		random.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
		got := plan.Correlate(dir, newcomer(), found, now)
		if got.Person != want.Person || got.By != want.By || (got.Conflict == nil) != (want.Conflict == nil) {
			t.Fatalf("in another order got %+v, not %+v", got, want)
		}
		if got.Conflict != nil && got.Conflict.Kind != want.Conflict.Kind {
			t.Fatalf("in another order got %s, not %s", got.Conflict.Kind, want.Conflict.Kind)
		}
	})
}
