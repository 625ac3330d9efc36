package ledger

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"usher/internal/usher"
	"usher/sync/plan"
)

// ExplainedPerson is what usher knows of the person.
type ExplainedPerson struct {
	ExplainedName
	Active bool `json:"active"`
	// Inactive says in words why the person is not active: "starts 2026-05-01".
	Inactive string `json:"inactive,omitempty"`
	// LeftAt is when the person last became inactive.
	LeftAt time.Time `json:"leftAt,omitzero"`
	// Starts and Ends are the first and the last day, as 2006-01-02.
	Starts  string `json:"starts,omitempty"`
	Ends    string `json:"ends,omitempty"`
	OnLeave bool   `json:"onLeave,omitempty"`
	// Sponsor answers for a guest, until EndsAt.
	Sponsor     string                `json:"sponsor,omitempty"`
	EndsAt      time.Time             `json:"endsAt,omitzero"`
	Newcomer    string                `json:"newcomer,omitempty"` // whom a first sign-in made: unconfirmed or confirmed
	Records     []ExplainedRecord     `json:"records,omitempty"`  // what each directory says
	Manager     *ExplainedManager     `json:"manager,omitempty"`  // nil: no directory names one
	Teams       []string              `json:"teams,omitempty"`
	Groups      []string              `json:"groups,omitempty"`
	Identifiers []ExplainedIdentifier `json:"identifiers,omitempty"`
}

// ExplainedRecord is what one directory says of the person.
type ExplainedRecord struct {
	ID        usher.ID `json:"id"`
	Directory string   `json:"directory"`
	// Says is "active", "inactive", "deleted", "over" or "to come" by its dates, or "absent"
	// from the rosters of the directory.
	Says string `json:"says"`
	// Starts and Ends are the first and the last day, as 2006-01-02.
	Starts  string `json:"starts,omitempty"`
	Ends    string `json:"ends,omitempty"`
	OnLeave bool   `json:"onLeave,omitempty"`
	// AbsentSince is when the record was first missing.
	AbsentSince time.Time `json:"absentSince,omitzero"`
	// StandsInFor is a silent directory for which this one decides about the person, StoodInBy
	// the directory that decides for this one, and StandsInSince since when.
	StandsInFor   string    `json:"standsInFor,omitempty"`
	StoodInBy     string    `json:"stoodInBy,omitempty"`
	StandsInSince time.Time `json:"standsInSince,omitzero"`
	// AsOf is when the directory last said something new.
	AsOf       time.Time `json:"asOf"`
	UserName   string    `json:"userName"`
	Department string    `json:"department,omitempty"`
	Title      string    `json:"title,omitempty"`
}

// ExplainedManager is the line to the manager.
type ExplainedManager struct {
	// Reference is what Directory calls the manager.
	Reference string `json:"reference"`
	Directory string `json:"directory"`
	// Found is who is meant; nil while that is unknown.
	Found *ExplainedName `json:"found,omitempty"`
}

// ExplainedIdentifier is an address, number or id that finds the person.
type ExplainedIdentifier struct {
	Kind  string `json:"kind"`
	Shown string `json:"shown"`
	// RetiredAt is when the person stopped using it.
	RetiredAt time.Time `json:"retiredAt,omitzero"`
}

// find says whom a text means, and what led there when that is worth telling. The first
// sense in which it means anybody counts.
func (x *explainer) find(who string) (people []usher.ID, by string, err error) {
	if id, by, err := x.byID(usher.ID(who)); id != "" || err != nil {
		return []usher.ID{id}, by, err
	}
	for _, sense := range x.senses(who) {
		found, err := x.tx.FindIdentifiers(x.ctx, sense)
		if err != nil {
			return nil, "", err
		}
		if len(found) > 0 {
			return distinct(found), told(found[0]), nil
		}
	}
	named, err := x.tx.PeopleNamed(x.ctx, who)
	for _, p := range named {
		people = append(people, p.ID)
	}
	return people, "", err
}

// byID is whom an id means, of a person or a record. Whoever was merged into another is that other.
func (x *explainer) byID(id usher.ID) (person usher.ID, by string, err error) {
	p, err := x.tx.Person(x.ctx, id)
	if err == nil && p.MergedInto != "" {
		return p.MergedInto, "the id of " + p.Name() + ", who was merged into them", nil
	}
	if errors.Is(err, usher.ErrNotFound) {
		var r usher.Record
		r, err = x.tx.RecordAny(x.ctx, id)
		p.ID = r.Person
	}
	if errors.Is(err, usher.ErrNotFound) {
		err = nil
	}
	return p.ID, "", err
}

// senses are the identifiers that a text can stand for.
func (x *explainer) senses(who string) [][]usher.Identifier {
	var addresses, numbers, externals []usher.Identifier
	if key, err := usher.FoldAddress(who); err == nil {
		addresses = append(addresses, usher.Identifier{Space: usher.SpaceAddress, Key: key})
	}
	for _, id := range sorted(x.policy.directories) {
		d := x.policy.directories[id]
		number := usher.Identifier{Space: usher.SpaceEmployee, Key: d.EmployeeNumbers + "\n" + usher.FoldEmployeeNumber(who)}
		if d.EmployeeNumbers != "" && !slices.Contains(numbers, number) {
			numbers = append(numbers, number)
		}
		externals = append(externals, usher.Identifier{Space: usher.SpaceExternal, Key: string(id) + "\n" + who})
	}
	return [][]usher.Identifier{addresses, numbers, externals}
}

func distinct(found []usher.Identifier) []usher.ID {
	var people []usher.ID
	for _, i := range found {
		people = append(people, i.Person)
	}
	slices.Sort(people)
	return slices.Compact(people)
}

// told says what an identifier is to the person where it is not an address in use.
func told(i usher.Identifier) string {
	switch {
	case i.RetiredAt != 0:
		return fmt.Sprintf("%s %s, which is theirs no longer since %s", i.Kind, i.Shown, instant(i.RetiredAt.Std()))
	case i.Space != usher.SpaceAddress || i.Kind == usher.KindAlias:
		return fmt.Sprintf("%s %s", i.Kind, i.Shown)
	}
	return ""
}

func (x *explainer) names(people []usher.ID) ([]ExplainedName, error) {
	var names []ExplainedName
	for _, id := range people {
		p, err := x.tx.Person(x.ctx, id)
		if err != nil {
			return nil, err
		}
		names = append(names, nameOf(p))
	}
	return names, nil
}

func nameOf(p usher.Person) ExplainedName {
	return ExplainedName{ID: p.ID, Name: p.Name(), Address: p.Address}
}

// heard puts first whose word counts most.
func (x *explainer) heard(records []usher.Record) []usher.Record {
	var said []plan.Observation
	for _, r := range records {
		said = append(said, plan.Observation{Directory: x.policy.directories[r.Directory], Record: r})
	}
	for i, o := range plan.Heard(said, x.now()) {
		records[i] = o.Record
	}
	return records
}

// whom tells of the person.
func (x *explainer) whom(e *Explanation) error {
	p := &ExplainedPerson{ExplainedName: nameOf(x.person), Active: x.person.Active, Sponsor: x.person.Sponsor, Newcomer: string(x.person.Newcomer),
		Inactive: x.person.WhyInactive(), Starts: x.person.Attributes.Starts, Ends: x.person.Attributes.Ends, OnLeave: x.person.Attributes.OnLeave,
		LeftAt: x.person.LeftAt.Std(), EndsAt: x.person.EndsAt.Std(), Groups: namesOf(x.groups)}
	e.Person = p
	for _, r := range x.records {
		record := x.record(r)
		x.standIns(r, &record)
		p.Records = append(p.Records, record)
	}
	identifiers, err := x.tx.IdentifiersOf(x.ctx, x.person.ID)
	if err != nil {
		return err
	}
	for _, i := range identifiers {
		p.Identifiers = append(p.Identifiers, ExplainedIdentifier{Kind: string(i.Kind), Shown: i.Shown, RetiredAt: i.RetiredAt.Std()})
	}
	teams, err := x.tx.TeamsOf(x.ctx, x.person.ID)
	for _, t := range teams {
		p.Teams = append(p.Teams, t.Name)
	}
	if err != nil || x.person.Attributes.Manager == "" {
		return err
	}
	p.Manager, err = x.manager()
	return err
}

func (x *explainer) record(r usher.Record) ExplainedRecord {
	d, a := x.policy.directories[r.Directory], r.Attributes
	says := "active"
	switch (plan.Observation{Directory: d, Record: r}).Standing(x.now()) {
	case usher.InactiveLeft:
		says = "inactive"
		if r.DeletedAt != 0 {
			says = "deleted"
		}
	case usher.InactiveEnded:
		says = "over"
	case usher.InactiveAbsent:
		says = "absent"
	case usher.InactiveFuture:
		says = "to come"
	}
	return ExplainedRecord{ID: r.ID, Directory: d.Name, Says: says, AsOf: r.ModifiedAt.Std(), UserName: a.UserName,
		Department: a.Department, Title: a.Title, Starts: a.Starts, Ends: a.Ends, OnLeave: a.OnLeave, AbsentSince: r.AbsentSince.Std()}
}

// standIns says where the word of one directory counts for that of another.
func (x *explainer) standIns(r usher.Record, e *ExplainedRecord) {
	for _, other := range x.records {
		d, o := x.policy.directories[r.Directory], x.policy.directories[other.Directory]
		if d.StandsInFor(o.Name) && (plan.Observation{Directory: d, Record: r}).Knows(x.now()) {
			e.StandsInFor, e.StandsInSince = o.Name, d.StandIn.Since.Std()
		}
		if o.StandsInFor(d.Name) && (plan.Observation{Directory: o, Record: other}).Knows(x.now()) {
			e.StoodInBy, e.StandsInSince = o.Name, o.StandIn.Since.Std()
		}
	}
}

func (x *explainer) manager() (*ExplainedManager, error) {
	m := &ExplainedManager{Reference: x.person.Attributes.Manager, Directory: x.policy.directories[x.person.ManagerDirectory].Name}
	if x.person.Manager == "" {
		return m, nil
	}
	found, err := x.tx.Person(x.ctx, x.person.Manager)
	name := nameOf(found)
	m.Found = &name
	return m, err
}
