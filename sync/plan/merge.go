package plan

import (
	"cmp"
	"slices"

	"usher/internal/usher"
)

// Observation is what one directory last said about a person.
type Observation struct {
	Directory usher.Directory
	Record    usher.Record
}

// Merged is the person that observations make together.
type Merged struct {
	Attributes usher.Attributes
	Active     bool
	Address    string // main address, as written
	// ManagerDirectory is the directory whose reference Attributes.Manager is; empty when there is none.
	ManagerDirectory usher.ID
	// Left are the directories that do not own the lifecycle and say "left" while the owner says active; sorted.
	Left []usher.ID
}

// Merge is a pure function of the set of observations: their order never counts. Every attribute comes from the first
// directory that has it, by rank, then by name; deleted records count only where there are no others. All e-mail
// addresses come from one record.
//
// Who decides whether the person is active:
//
//	records of owners  | records of others | active
//	-------------------+-------------------+---------------------------------------
//	one is active      | any               | yes; the others that say left are Left
//	none is active     | any               | no
//	there are none     | one is active     | yes: who knows the person alone owns it
//	there are none     | none is active    | no
func Merge(obs []Observation) Merged {
	obs = slices.SortedFunc(slices.Values(obs), compareObservations)
	var m Merged
	for _, o := range obs {
		if o.Record.DeletedAt != 0 && obs[0].Record.DeletedAt == 0 {
			break // what a deleted record said is void as soon as another one speaks
		}
		m.take(o)
	}
	m.Active, m.Left = lifecycle(obs)
	m.Attributes.Active = m.Active
	m.Address = m.Attributes.Address()
	return m
}

func compareObservations(a, b Observation) int {
	return cmp.Or(
		first(a.Record.DeletedAt == 0, b.Record.DeletedAt == 0),
		cmp.Compare(a.Directory.Rank, b.Directory.Rank),
		cmp.Compare(a.Directory.Name, b.Directory.Name),
		cmp.Compare(a.Directory.ID, b.Directory.ID),
		first(a.Record.Attributes.Active, b.Record.Attributes.Active),
		cmp.Compare(a.Record.ID, b.Record.ID),
	)
}

// first orders what is true before what is not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// take fills what is still empty from the next observation.
func (m *Merged) take(o Observation) {
	from := o.Record.Attributes
	to := texts(&m.Attributes)
	for i, value := range texts(&from) {
		if *to[i] == "" {
			*to[i] = *value
		}
	}
	if m.Attributes.Manager == "" && from.Manager != "" {
		m.Attributes.Manager, m.ManagerDirectory = from.Manager, o.Directory.ID
	}
	m.Attributes.OnLeave = m.Attributes.OnLeave || from.OnLeave
	if len(m.Attributes.Emails) == 0 {
		m.Attributes.Emails = slices.Clone(from.Emails)
	}
	for name, value := range from.Custom {
		if m.Attributes.Custom == nil {
			m.Attributes.Custom = map[string]any{}
		}
		if _, has := m.Attributes.Custom[name]; !has {
			m.Attributes.Custom[name] = value
		}
	}
}

// texts are the attributes that are merged one by one; Manager goes with its directory.
func texts(a *usher.Attributes) []*string {
	return []*string{
		&a.UserName, &a.ExternalID, &a.DisplayName, &a.GivenName, &a.FamilyName, &a.Title, &a.EmployeeType,
		&a.EmployeeNumber, &a.Department, &a.Division, &a.Organization, &a.CostCenter, &a.Country, &a.TimeZone,
		&a.Starts, &a.Ends,
	}
}

// lifecycle decides over sorted observations.
func lifecycle(obs []Observation) (active bool, left []usher.ID) {
	serves := map[usher.ID]bool{} // directory: one of its records is active
	owned, ownerSays, otherSays := false, false, false
	for _, o := range obs {
		live := !o.Record.Gone()
		serves[o.Directory.ID] = serves[o.Directory.ID] || live
		if o.Directory.Owner {
			owned, ownerSays = true, ownerSays || live
		} else {
			otherSays = otherSays || live
		}
	}
	if !owned {
		return otherSays, nil
	}
	if ownerSays {
		for _, o := range obs {
			if !o.Directory.Owner && !serves[o.Directory.ID] {
				left = append(left, o.Directory.ID)
			}
		}
	}
	slices.Sort(left)
	return ownerSays, slices.Compact(left)
}
