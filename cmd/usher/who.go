package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"usher/internal/usher"
)

// person finds the one person that a text means: an id, an address by which they are
// known, an employee number, or their name.
func (d *desk) person(text string) (usher.Person, error) {
	found, err := d.people(text)
	switch {
	case err != nil:
		return usher.Person{}, err
	case len(found) == 0:
		return usher.Person{}, fmt.Errorf("nobody is known by %q: `usher explain` says where an address was seen", text)
	case len(found) == 1:
		return found[0], nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d people are called %q; name one of them by address or id:", len(found), text)
	for _, p := range found {
		fmt.Fprintf(&b, "\n  %s  %s  %s", p.ID, p.Address, p.State())
	}
	return usher.Person{}, errors.New(b.String())
}

// people finds everybody that a text can mean, the surest way first.
func (d *desk) people(text string) ([]usher.Person, error) {
	look := d.daemon.Store().Look()
	wanted, err := d.identifiers(text)
	if err != nil {
		return nil, err
	}
	found, err := look.FindIdentifiers(d.ctx, wanted)
	if err != nil {
		return nil, err
	}
	var people []usher.Person
	seen := map[usher.ID]bool{}
	for _, id := range append([]usher.ID{usher.ID(text)}, peopleOf(found)...) {
		p, err := look.PersonNow(d.ctx, id)
		if errors.Is(err, usher.ErrNotFound) || seen[p.ID] {
			continue
		}
		if err != nil {
			return nil, err
		}
		seen[p.ID] = true
		people = append(people, p)
	}
	if len(people) > 0 {
		return people, nil
	}
	return look.PeopleNamed(d.ctx, text)
}

func peopleOf(found []usher.Identifier) (ids []usher.ID) {
	for _, i := range found {
		ids = append(ids, i.Person)
	}
	return ids
}

// identifiers are what a text can be as an identifier.
func (d *desk) identifiers(text string) ([]usher.Identifier, error) {
	if key, err := usher.FoldAddress(text); err == nil {
		return []usher.Identifier{{Space: usher.SpaceAddress, Key: key}}, nil
	}
	directories, err := d.daemon.Store().Look().Directories(d.ctx)
	var wanted []usher.Identifier
	for _, dir := range directories {
		if number := usher.FoldEmployeeNumber(text); number != "" && dir.EmployeeNumbers != "" {
			wanted = append(wanted, usher.Identifier{Space: usher.SpaceEmployee, Key: dir.EmployeeNumbers + "\n" + number})
		}
		wanted = append(wanted, usher.Identifier{Space: usher.SpaceExternal, Key: string(dir.ID) + "\n" + text})
	}
	return wanted, err
}

// until reads a last day, which counts to its end, in the place where usher runs.
func (d *desk) until(flag, text string) (usher.Time, error) {
	if text == "" {
		return 0, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, time.Local)
	if err != nil {
		return 0, &usher.InvalidError{Attribute: flag, Problem: "is not a day written as YYYY-MM-DD"}
	}
	end := usher.TimeOf(day.AddDate(0, 0, 1))
	if end <= d.daemon.Store().Now() {
		return 0, &usher.InvalidError{Attribute: flag, Problem: text + " is over; name a day that is not"}
	}
	return end, nil
}
