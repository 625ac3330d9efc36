package ledger

import (
	"cmp"
	"maps"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
)

// near is what is known about some records and the people whom they are linked to, read by
// a few statements for all of them instead of some for each.
type near struct {
	records map[usher.ID]usher.Record
	people  map[usher.ID]usher.Person
	of      map[usher.ID][]usher.Record // all of a person, of whatever directory, oldest first
}

func (w *planner) readNear(tx *store.Tx, ids []usher.ID) (near, error) {
	n := near{of: map[usher.ID][]usher.Record{}}
	var err error
	if n.records, err = tx.RecordsByID(w.ctx, ids); err != nil {
		return n, err
	}
	for _, r := range n.records {
		if r.Person != "" {
			n.of[r.Person] = append(n.of[r.Person], r)
		}
	}
	persons := slices.Collect(maps.Keys(n.of))
	if n.people, err = tx.PeopleByID(w.ctx, persons); err != nil {
		return n, err
	}
	others, err := tx.OtherRecords(w.ctx, persons, slices.Collect(maps.Keys(n.records)))
	for _, r := range others {
		n.of[r.Person] = append(n.of[r.Person], r)
	}
	for _, list := range n.of {
		slices.SortFunc(list, func(a, b usher.Record) int {
			return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.ID, b.ID))
		})
	}
	return n, err
}

// person is somebody with their records, which the caller may change.
func (n near) person(c *change, id usher.ID) (usher.Person, []usher.Record, error) {
	if p, ok := n.people[id]; ok {
		return p, slices.Clone(n.of[id]), nil
	}
	p, err := c.tx.Person(c.ctx, id)
	if err != nil {
		return p, nil, err
	}
	records, err := c.tx.RecordsOfPerson(c.ctx, id)
	return p, records, err
}

// grounds are what wishes depend on beside records.
type grounds struct {
	groups    []usher.GroupRef
	seats     []usher.Seat // that are not released, by subscription
	decisions []usher.Decision
}

// nearGrounds are the grounds of all people who are near.
type nearGrounds struct {
	near
	groups    map[usher.ID][]usher.GroupRef // by record
	seats     map[usher.ID][]usher.Seat
	decisions map[usher.ID][]usher.Decision
}

func readGrounds(c *change, n near) (s nearGrounds, err error) {
	s.near = n
	persons := slices.Collect(maps.Keys(n.people))
	var records []usher.ID
	for _, list := range n.of {
		for _, r := range list {
			records = append(records, r.ID)
		}
	}
	if s.groups, err = c.tx.GroupsOfRecords(c.ctx, records); err != nil {
		return s, err
	}
	if s.seats, err = c.tx.LiveSeatsOfPeople(c.ctx, persons); err != nil {
		return s, err
	}
	s.decisions, err = c.tx.DecisionsForPeople(c.ctx, persons)
	return s, err
}

// grounds are those of somebody who has these records. Nobody has said anything about whom
// nobody knew.
func (s nearGrounds) grounds(c *change, person usher.ID, records []usher.Record) (grounds, error) {
	if c.fresh[person] {
		return grounds{}, nil
	}
	if _, ok := s.people[person]; !ok {
		return c.grounds(person, records)
	}
	out := grounds{seats: s.seats[person], decisions: s.decisions[person]}
	for _, r := range records {
		if r.DeletedAt == 0 {
			out.groups = append(out.groups, s.groups[r.ID]...)
		}
	}
	return out, nil
}

// grounds reads those of one person.
func (c *change) grounds(person usher.ID, records []usher.Record) (s grounds, err error) {
	if s.groups, err = c.groupsOf(records); err != nil {
		return s, err
	}
	if s.seats, err = c.tx.LiveSeatsOf(c.ctx, person); err != nil {
		return s, err
	}
	s.decisions, err = c.tx.DecisionsFor(c.ctx, person)
	return s, err
}
