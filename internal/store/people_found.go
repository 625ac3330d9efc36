package store

import (
	"context"

	"usher/internal/usher"
)

// PersonFacts are what people are searched by.
type PersonFacts struct {
	ID         usher.ID
	State      usher.PeopleState // active, unconfirmed or left
	Name       string            // folded, by which lists are ordered
	Address    string
	Department string
	Manager    usher.ID
	// Identifiers are those that find the person, as they were written, retired ones too.
	Identifiers []string
	Teams       []string // by name
	Directories []usher.ID
	Seats       []usher.Seat // that are not released: their subscription and state
}

// PersonIDs lists the ids of people in their order, after one of them. Those who were merged into others are among them.
func (tx *Tx) PersonIDs(ctx context.Context, after usher.ID, limit int) ([]usher.ID, error) {
	return all(ctx, tx, scalar[usher.ID], `select id from person where id > $1 order by id limit $2`, after, limit)
}

// FactsOf reads what people are searched by, with a few statements for all of them. Who is not there, or was merged into
// somebody else, is missing.
func (tx *Tx) FactsOf(ctx context.Context, people []usher.ID) ([]PersonFacts, error) {
	found, err := rowsAmong(ctx, tx, people, scanFacts, `
		select id, active, newcomer, name, address, attributes, manager_id from person where merged_into is null and id in %s`)
	if err != nil {
		return nil, err
	}
	at := make(map[usher.ID]*PersonFacts, len(found))
	for i := range found {
		at[found[i].ID] = &found[i]
	}
	for text, put := range map[string]func(*PersonFacts, string){
		`select person_id, shown from identifier where person_id in %s`: func(f *PersonFacts, shown string) { f.Identifiers = append(f.Identifiers, shown) },
		`select m.person_id, t.name from team_member m join team t on t.id = m.team_id where m.person_id in %s`: func(f *PersonFacts, name string) {
			f.Teams = append(f.Teams, name)
		},
		`select person_id, directory_id from record where deleted_at = 0 and person_id is not null and person_id in %s`: func(f *PersonFacts, id string) {
			f.Directories = append(f.Directories, usher.ID(id))
		},
	} {
		if err := pairsAmong(ctx, tx, people, at, text, put); err != nil {
			return nil, err
		}
	}
	_, err = rowsAmong(ctx, tx, people, func(row scanner) (s usher.Seat, err error) {
		err = row.Scan(&s.Person, &s.Subscription, &s.State)
		if f := at[s.Person]; f != nil {
			f.Seats = append(f.Seats, s)
		}
		return s, err
	}, `select person_id, subscription_id, state from seat where state <> 'released' and person_id in %s`)
	return found, err
}

// pairsAmong gives each person the texts that a query has of them.
func pairsAmong(ctx context.Context, tx *Tx, people []usher.ID, at map[usher.ID]*PersonFacts, query string, put func(*PersonFacts, string)) error {
	_, err := rowsAmong(ctx, tx, people, func(row scanner) (struct{}, error) {
		var person usher.ID
		var text string
		err := row.Scan(&person, &text)
		if f := at[person]; f != nil {
			put(f, text)
		}
		return struct{}{}, err
	}, query)
	return err
}

func scanFacts(row scanner) (f PersonFacts, err error) {
	var active bool
	var newcomer usher.Newcomer
	var attributes struct {
		Department string `json:"department"`
	}
	err = row.Scan(&f.ID, &active, &newcomer, &f.Name, &f.Address, fromJSON{&attributes}, nullable[usher.ID]{&f.Manager})
	f.Department, f.State = attributes.Department, usher.PeopleActive
	switch {
	case !active:
		f.State = usher.PeopleLeft
	case newcomer == usher.NewcomerUnconfirmed:
		f.State = usher.PeopleUnconfirmed
	}
	return f, err
}

// PersonLines are people as far as lists show them: names, address, department, title, manager and whether they are active.
// The rest of each is not read. Who is not there is missing.
func (tx *Tx) PersonLines(ctx context.Context, people []usher.ID) (map[usher.ID]usher.Person, error) {
	found, err := rowsAmong(ctx, tx, people, scanLine, `select id, active, inactive, inactive_on, newcomer, address, attributes, manager_id from person where id in %s`)
	lines := make(map[usher.ID]usher.Person, len(found))
	for _, p := range found {
		lines[p.ID] = p
	}
	return lines, err
}

func scanLine(row scanner) (p usher.Person, err error) {
	var a struct { // what is not asked for costs as much as what is
		UserName    string `json:"userName"`
		DisplayName string `json:"displayName"`
		GivenName   string `json:"givenName"`
		FamilyName  string `json:"familyName"`
		Title       string `json:"title"`
		Department  string `json:"department"`
	}
	err = row.Scan(&p.ID, &p.Active, &p.Inactive, &p.InactiveOn, &p.Newcomer, &p.Address, fromJSON{&a}, nullable[usher.ID]{&p.Manager})
	p.Attributes = usher.Attributes{UserName: a.UserName, DisplayName: a.DisplayName, GivenName: a.GivenName, FamilyName: a.FamilyName, Title: a.Title, Department: a.Department}
	return p, err
}

// SubscriptionNames are all subscriptions with nothing but their id, name and portal.
func (tx *Tx) SubscriptionNames(ctx context.Context) ([]usher.Subscription, error) {
	return all(ctx, tx, func(row scanner) (s usher.Subscription, err error) {
		err = row.Scan(&s.ID, &s.Name, &s.Portal)
		return s, err
	}, `select id, name, portal_id from subscription order by name`)
}

// LiveSeatsOfAll are the seats of the given people that are not released, by subscription.
func (tx *Tx) LiveSeatsOfAll(ctx context.Context, people []usher.ID) ([]usher.Seat, error) {
	return rowsAmong(ctx, tx, people, scanSeat, `select `+seatColumns+` from seat where state <> 'released' and person_id in %s order by subscription_id, id`)
}

// SealedPerson is the person whom an event is about; empty: it is about nobody.
type SealedPerson struct {
	Number int64 // of the seal
	Event  usher.ID
	Person usher.ID
}

// SealedPeople are the people whom sealed events after a number in the chain are about, in the order of the chain. Whoever
// reads on from the last number misses no change that another process made.
func (tx *Tx) SealedPeople(ctx context.Context, after int64, limit int) ([]SealedPerson, error) {
	return all(ctx, tx, func(row scanner) (n SealedPerson, err error) {
		err = row.Scan(&n.Number, &n.Event, &n.Person)
		return n, err
	}, `select s.number, e.id, e.person_id from event_seal s join event e on e.id = s.event_id where s.number > $1 order by s.number limit $2`, after, limit)
}

// LastSealed is the number of the last seal; 0: nothing is sealed.
func (tx *Tx) LastSealed(ctx context.Context) (int64, error) {
	return one(ctx, tx, scalar[int64], `select coalesce(max(number), 0) from event_seal`)
}
