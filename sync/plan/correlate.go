package plan

import (
	"cmp"
	"fmt"
	"slices"

	"usher/internal/usher"
)

// Candidate is one identifier of a record that is known already, and whom it finds.
type Candidate struct {
	// Identifier is the known one: its kind and whether it is retired count, not the record's.
	Identifier usher.Identifier
	Person     usher.Person
	// Here are the records of the record's own directory that are linked to Person, tombstones included.
	Here []usher.Record
}

// Link is whom a record belongs to: a person, somebody new, or a question for a human.
type Link struct {
	Person usher.ID // empty when New or Conflict
	New    bool
	// Conflict has Kind, Record, Person (when one is concerned), Others and Detail filled in.
	Conflict *usher.Conflict
	By       usher.IdentifierKind // what found Person; empty when New or Conflict
	Why      string               // in words, without personal data
}

// Correlate links a record that is linked to nobody yet; found are all candidates that its Identifiers hit.
//
//	what hits                              | then
//	---------------------------------------+--------------------------------------------------------------
//	nothing                                | a new person
//	external id of this directory          | that person, whatever else points elsewhere
//	several people                         | ambiguous: nobody guesses
//	employee number (and nobody else)      | that person: a rejoiner, or another account of theirs
//	addresses only; and of that person ... |
//	  .. a live record is here             | address taken
//	  .. a gone record here agrees         | that person: a rejoiner
//	  .. a gone record here, or the        | recycled: the address was given to somebody else
//	     leaver, differs                   |
//	  .. the address is retired            | recycled
//	  .. none of these                     | that person: adopted by address
//
// A record is live here until its directory has done with its person, by word or by date (Observation.Over).
//
// To agree is to have the same external id or the same employee number; to differ is to have another one of either
// without agreeing. A retired external id decides nothing when the person's records here bear other ones: ids made of
// nicknames are given out again. Nor does a retired employee number of somebody who bears another one now: it was
// corrected, and is somebody else's.
func Correlate(dir usher.Directory, rec usher.Record, found []Candidate, now usher.Time) Link {
	if len(found) == 0 {
		return Link{New: true, Why: "none of its identifiers is known"}
	}
	found = slices.SortedStableFunc(slices.Values(found), func(a, b Candidate) int {
		return cmp.Compare(trust(a), trust(b))
	})
	best := found[0]
	if best.Identifier.Kind == usher.KindExternal && externalDecides(rec, best) {
		return linked(dir, best)
	}
	if people := peopleOf(found); len(people) > 1 {
		return ambiguous(rec, people)
	}
	if i := slices.IndexFunc(found, func(c Candidate) bool { return employeeDecides(rec, c) }); i >= 0 {
		return linked(dir, found[i])
	}
	return adopt(dir, rec, found, now)
}

// trust is the rank of a candidate's kind, the most trusted first.
func trust(c Candidate) int {
	return slices.Index([]usher.IdentifierKind{
		usher.KindExternal, usher.KindEmployee, usher.KindUPN, usher.KindEmail, usher.KindAlias,
	}, c.Identifier.Kind)
}

func linked(dir usher.Directory, c Candidate) Link {
	why := fmt.Sprintf("found by %s", c.Identifier.Kind)
	if c.Identifier.Kind == usher.KindExternal {
		why += " of directory " + dir.Name
	}
	return Link{Person: c.Person.ID, By: c.Identifier.Kind, Why: why}
}

func externalDecides(rec usher.Record, c Candidate) bool {
	return c.Identifier.RetiredAt == 0 || len(c.Here) == 0 || slices.ContainsFunc(c.Here, func(h usher.Record) bool {
		return h.Attributes.ExternalID == rec.Attributes.ExternalID
	})
}

func employeeDecides(rec usher.Record, c Candidate) bool {
	return c.Identifier.Kind == usher.KindEmployee &&
		(c.Identifier.RetiredAt == 0 || !another(number(rec.Attributes), number(c.Person.Attributes)))
}

func peopleOf(found []Candidate) []usher.ID {
	var ids []usher.ID
	for _, c := range found {
		ids = append(ids, c.Person.ID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func ambiguous(rec usher.Record, people []usher.ID) Link {
	return asks(usher.Conflict{
		Kind: usher.ConflictAmbiguous, Record: rec.ID, Others: people,
		Detail: fmt.Sprintf("its identifiers belong to %d people: say whose record it is", len(people)),
	})
}

func asks(c usher.Conflict) Link { return Link{Conflict: &c, Why: c.Detail} }

// adopt links by address (or by a retired external id or employee number), all of which found one and the same person.
func adopt(dir usher.Directory, rec usher.Record, found []Candidate, now usher.Time) Link {
	person := found[0].Person
	var gone []usher.Record
	for _, h := range found[0].Here {
		if !(Observation{dir, h}).Over(now) {
			return asks(usher.Conflict{
				Kind: usher.ConflictTaken, Record: rec.ID, Person: person.ID, Others: []usher.ID{person.ID},
				Detail: fmt.Sprintf("another record of directory %s is linked to the person who has the %s", dir.Name, bears(found[0].Identifier)),
			})
		}
		gone = append(gone, h)
	}
	if slices.ContainsFunc(gone, func(h usher.Record) bool { return agrees(rec, h) }) {
		return linked(dir, found[0])
	}
	var recycled string
	switch {
	case slices.ContainsFunc(gone, func(h usher.Record) bool { return differs(rec, h) }):
		recycled = fmt.Sprintf("the address was in directory %s under another external id or employee number", dir.Name)
	case !person.Active && dir.EmployeeNumbers != "" && another(number(rec.Attributes), number(person.Attributes)):
		recycled = "the address belongs to somebody who left, with another employee number"
	case !slices.ContainsFunc(found, func(c Candidate) bool { return c.Identifier.RetiredAt == 0 }):
		recycled = fmt.Sprintf("the %s was given up by the person who had it", found[0].Identifier.Kind)
	default:
		return linked(dir, found[0])
	}
	return asks(usher.Conflict{
		Kind: usher.ConflictRecycled, Record: rec.ID, Person: person.ID, Others: []usher.ID{person.ID},
		Detail: recycled + ": say whether it is the same person",
	})
}

// bears is what an identifier is called in words.
func bears(i usher.Identifier) string {
	if i.Space == usher.SpaceAddress {
		return "address"
	}
	return string(i.Kind)
}

// Recycled says whether a record that was gone is back as somebody else's: old is what it was, rec what it is at now.
// The account was given on with its address; an id that people do not pass on says that it is another person.
func Recycled(dir usher.Directory, old, rec usher.Record, now usher.Time) bool {
	return Observation{dir, old}.Over(now) && !Observation{dir, rec}.Over(now) && !agrees(old, rec) && differs(old, rec)
}

// Apart says that a directory knows two people by a and b: both are live there at now, under another external id or employee number.
func Apart(dir usher.Directory, a, b usher.Record, now usher.Time) bool {
	return !Observation{dir, a}.Over(now) && !Observation{dir, b}.Over(now) && !agrees(a, b) && differs(a, b)
}

func number(a usher.Attributes) string { return usher.FoldEmployeeNumber(a.EmployeeNumber) }

// agrees says whether two records of one directory have an id in common that people do not pass on.
func agrees(a, b usher.Record) bool {
	x, y := a.Attributes, b.Attributes
	return x.ExternalID != "" && x.ExternalID == y.ExternalID || number(x) != "" && number(x) == number(y)
}

func differs(a, b usher.Record) bool {
	x, y := a.Attributes, b.Attributes
	return another(x.ExternalID, y.ExternalID) || another(number(x), number(y))
}

// another says whether both are known and not the same.
func another(x, y string) bool { return x != "" && y != "" && x != y }
