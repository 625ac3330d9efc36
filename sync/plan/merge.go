package plan

import (
	"cmp"
	"slices"
	"time"

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
	// Inactive is why the person is not active, InactiveOn the civil date that goes with it: the last day, the first one,
	// or that on which the person was first missing. InactiveBy is the directory that says so.
	Inactive   usher.Inactive
	InactiveOn string
	InactiveBy usher.ID
	// Announced says that the last day of a person who is inactive by it was known a week before.
	Announced bool
	// NextAt is the first instant after now at which dates can change any of this, though nobody says anything new; zero
	// for none.
	NextAt  usher.Time
	Address string // main address, as written
	// ManagerDirectory is the directory whose reference Attributes.Manager is; empty when there is none.
	ManagerDirectory usher.ID
	// Left are the directories that do not own the lifecycle and say "left" while the owner says active; sorted.
	Left []usher.ID
}

// Merge is a pure function of the set of observations and of now: their order never counts. Every attribute comes from
// the first directory that has it, by rank, then by name; deleted records count only where there are no others. All
// e-mail addresses come from one record, and so do the first and the last day. Whoever is active is on leave when one of
// the records that are active says so.
//
// Who decides whether the person is active, where a record is active when it says so and its dates agree:
//
//	records of owners  | records of others | active
//	-------------------+-------------------+---------------------------------------
//	one is active      | any               | yes; the others that say left are Left
//	none is active     | any               | no
//	there are none     | one is active     | yes: who knows the person alone owns it
//	there are none     | none is active    | no
//
// Where a directory of files stands in for a silent one and both know the person (rolesOf says when a file does), it takes the other's
// place: it comes first where the other would, right before it, and owns the lifecycle if the other does. The silent one
// decides nothing then; like one that follows it can only be Left. Whom the silent one alone knows is as ever. User name, external id
// and addresses keep the order of the ranks: portals and sign-ins know people by them, and silence says nothing of them.
//
// Of several reasons why nobody is active the plainest counts: left, then ended, then absent, then future. So a person
// is inactive by absence only where no record that decides says more.
func Merge(obs []Observation, now usher.Time) Merged {
	roles := rolesOf(obs, now)
	var m Merged
	if roles != nil {
		for _, o := range speaking(heard(obs, nil, now)) {
			m.takeNames(o)
		}
	}
	obs = heard(obs, roles, now)
	for _, o := range speaking(obs) {
		m.take(o)
	}
	m.lifecycle(obs, roles, now)
	m.Attributes.Active = m.Active
	m.Address = m.Attributes.Address()
	return m
}

// speaking are those of sorted observations that count: what a deleted record said is void as
// soon as another one speaks.
func speaking(obs []Observation) []Observation {
	if i := slices.IndexFunc(obs, func(o Observation) bool { return o.Record.DeletedAt != 0 }); i > 0 {
		return obs[:i]
	}
	return obs
}

// Heard are the observations in the order in which they count, for whoever tells of them.
func Heard(obs []Observation, now usher.Time) []Observation {
	return heard(obs, rolesOf(obs, now), now)
}

func heard(obs []Observation, roles roles, now usher.Time) []Observation {
	return slices.SortedFunc(slices.Values(obs), func(a, b Observation) int { return compareObservations(a, b, roles, now) })
}

// compareObservations puts first who is heard first; of one directory the record that is active at now, then one that
// will be.
func compareObservations(a, b Observation, roles roles, now usher.Time) int {
	x, y := roles.of(a, now), roles.of(b, now)
	order := cmp.Or(
		first(a.Record.DeletedAt == 0, b.Record.DeletedAt == 0),
		cmp.Compare(x.rank, y.rank),
		cmp.Compare(x.name, y.name),
		first(!x.silent, !y.silent),
		cmp.Compare(a.Directory.Rank, b.Directory.Rank),
		cmp.Compare(a.Directory.Name, b.Directory.Name),
		cmp.Compare(a.Directory.ID, b.Directory.ID),
	)
	if order != 0 {
		return order
	}
	return cmp.Or(
		first(a.Standing(now) == "", b.Standing(now) == ""),
		first(!a.Over(now), !b.Over(now)),
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

// takeNames is take for that alone by which people are known elsewhere.
func (m *Merged) takeNames(o Observation) {
	from := o.Record.Attributes
	m.Attributes.UserName = cmp.Or(m.Attributes.UserName, from.UserName)
	m.Attributes.ExternalID = cmp.Or(m.Attributes.ExternalID, from.ExternalID)
	if len(m.Attributes.Emails) == 0 {
		m.Attributes.Emails = slices.Clone(from.Emails)
	}
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
	if m.Attributes.Starts+m.Attributes.Ends == "" {
		m.Attributes.Starts, m.Attributes.Ends = from.Starts, from.Ends
	}
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

// texts are the attributes that are merged one by one; Manager goes with its directory, and the days go together.
func texts(a *usher.Attributes) []*string {
	return []*string{
		&a.UserName, &a.ExternalID, &a.DisplayName, &a.GivenName, &a.FamilyName, &a.Title, &a.EmployeeType,
		&a.EmployeeNumber, &a.Department, &a.Division, &a.Organization, &a.CostCenter, &a.Country, &a.TimeZone,
	}
}

// lifecycle decides over sorted observations.
func (m *Merged) lifecycle(obs []Observation, roles roles, now usher.Time) {
	var owners, others, silent []Observation
	serves := map[usher.ID]bool{} // directory: one of its records is active, or will be
	next := never
	for _, o := range obs {
		switch role := roles.of(o, now); {
		case role.silent:
			silent = append(silent, o)
		case role.owner:
			owners = append(owners, o)
		default:
			others = append(others, o)
		}
		serves[o.Directory.ID] = serves[o.Directory.ID] || !o.Over(now)
		next = min(next, o.nextAt(now))
	}
	if next != never {
		m.NextAt = next
	}
	deciding := owners
	if len(owners) == 0 {
		deciding = others
	}
	active := func(o Observation) bool { return o.Standing(now) == "" }
	if m.Active = slices.ContainsFunc(deciding, active); !m.Active {
		m.because(deciding, now)
		return
	}
	m.Attributes.OnLeave = slices.ContainsFunc(slices.Concat(owners, others), func(o Observation) bool { return active(o) && o.Record.Attributes.OnLeave })
	if len(owners) == 0 {
		return
	}
	for _, o := range slices.Concat(others, silent) {
		if !serves[o.Directory.ID] {
			m.Left = append(m.Left, o.Directory.ID)
		}
	}
	slices.Sort(m.Left)
	m.Left = slices.Compact(m.Left)
}

// because says why none of the sorted observations makes the person active. Of one kind the last end, the last absence
// and the next start count.
func (m *Merged) because(deciding []Observation, now usher.Time) {
	var best Observation
	for i, o := range deciding {
		if o.Record.DeletedAt != 0 && i > 0 {
			break // sorted behind those that speak
		}
		if i == 0 || outweighs(o, best, now) {
			best = o
		}
	}
	m.Inactive, m.InactiveBy = usher.InactiveLeft, best.Directory.ID
	if len(deciding) == 0 {
		return
	}
	m.Inactive = best.Standing(now)
	switch m.Inactive {
	case usher.InactiveEnded:
		m.InactiveOn, m.Announced = best.Record.Attributes.Ends, best.announced()
	case usher.InactiveFuture:
		m.InactiveOn = best.Record.Attributes.Starts
	case usher.InactiveAbsent:
		m.InactiveOn = best.Record.AbsentSince.Std().In(best.zone()).Format(time.DateOnly)
	}
}

// plainness is the order in which reasons count.
func plainness(s usher.Inactive) int {
	return slices.Index([]usher.Inactive{usher.InactiveLeft, usher.InactiveEnded, usher.InactiveAbsent, usher.InactiveFuture}, s)
}

// outweighs says whether o, and not p, tells why the person is not active; of equal ones p does.
func outweighs(o, p Observation, now usher.Time) bool {
	x, y := o.Standing(now), p.Standing(now)
	if x != y {
		return plainness(x) < plainness(y)
	}
	switch x {
	case usher.InactiveEnded:
		return o.days().until > p.days().until
	case usher.InactiveFuture:
		return o.days().from < p.days().from
	case usher.InactiveAbsent:
		return o.Record.AbsentSince > p.Record.AbsentSince
	}
	return false
}
