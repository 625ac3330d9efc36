package store

import (
	"slices"

	"usher/internal/usher"
)

// memo is what a writing transaction has read, table by table, and need not read again. A
// key that a shelf lacks is not known; one that is there is answered without the database.
//
// The people and records that the transaction has locked are always kept. The other shelves
// are used once Remember has filled them: a run of many changes asks once for all people what
// it would otherwise ask for each.
//
// What must stay true: no shelf differs from what the transaction itself wrote. The methods
// that write what is remembered follow on the shelves; any other statement that writes to
// such a table empties its shelves (see following).
//
// What others wrote meanwhile can be missing, on PostgreSQL, from what no lock of ours
// protects, as it can from any read before the commit, only for longer. Why that harms nobody:
//
//	seats                    forgotten when a subscription or an account is locked
//	identifiers              the unique index refuses a second owner, and the transaction starts again
//	references               looked up again at the end of a run (see ledger's recheckManagers)
//	managers                 two transactions that close a cycle at once can both miss it without us, too
//	groups, decisions, due   whoever changes them has the person computed again once we have committed
//	conflicts, teams         a question that is open, or a team's name, decides about no seat
//
// Options.Doubt has tests compare all of it with the tables where there is one writer.
type memo struct {
	on bool // Remember was called

	people   map[usher.ID]usher.Person // that are locked
	managers map[usher.ID]usher.ID

	records    map[usher.ID]usher.Record // that are locked and live
	recordsOf  map[usher.ID][]usher.Record
	references map[referenceKey]map[string]usher.Record // by the folded reference, then by the one as written; without an id: none

	identifiersOf map[usher.ID][]usher.Identifier
	identifiers   map[identifierKey]usher.Identifier // without a person: nobody's

	undisputed  map[usher.ID]bool // records and people without an open conflict
	conflictsOf map[usher.ConflictKind][]usher.Conflict

	due         map[usher.ID]DuePerson // without a person: none
	groupsOf    map[usher.ID][]usher.GroupRef
	seatsOf     map[usher.ID][]usher.Seat // that are not released
	neverSeated map[usher.ID]bool
	decisionsOf map[usher.ID][]usher.Decision
	teams       map[teamKey]usher.Team
	teamsOf     map[usher.ID][]usher.ID
}

type referenceKey struct {
	directory usher.ID
	folded    string
}

type identifierKey struct {
	space usher.IdentifierSpace
	key   string
}

type teamKey struct{ source, key string }

// put keeps a value on a shelf, if the memo is on.
func put[K comparable, V any](m *memo, shelf *map[K]V, key K, value V) {
	if m.on {
		hold(shelf, key, value)
	}
}

// hold keeps a row that is locked.
func hold[K comparable, V any](shelf *map[K]V, key K, value V) {
	if *shelf == nil {
		*shelf = map[K]V{}
	}
	(*shelf)[key] = value
}

// forget empties the shelves of a table; without a name, all.
func (m *memo) forget(table string) {
	switch table {
	case "person":
		m.people, m.managers = nil, nil
	case "record":
		m.records, m.recordsOf, m.references = nil, nil, nil
	case "identifier":
		m.identifiersOf, m.identifiers = nil, nil
	case "conflict":
		m.undisputed, m.conflictsOf = nil, nil
	case "person_due":
		m.due = nil
	case "group_member", "pushed_group":
		m.groupsOf = nil
	case "seat":
		m.seatsOf, m.neverSeated = nil, nil
	case "decision", "queue_rank":
		m.decisionsOf = nil
	case "team":
		m.teams = nil
	case "team_member":
		m.teamsOf = nil
	case "":
		*m = memo{on: m.on}
	}
}

// newPerson knows of somebody made in this transaction that nothing is about them yet.
func (m *memo) newPerson(p usher.Person) {
	hold(&m.people, p.ID, p)
	put(m, &m.recordsOf, p.ID, nil)
	put(m, &m.identifiersOf, p.ID, nil)
	put(m, &m.undisputed, p.ID, true)
	put(m, &m.due, p.ID, DuePerson{})
	put(m, &m.seatsOf, p.ID, nil)
	put(m, &m.neverSeated, p.ID, true)
	put(m, &m.decisionsOf, p.ID, nil)
	put(m, &m.teamsOf, p.ID, nil)
}

// changedPerson follows a change of a person.
func (m *memo) changedPerson(p usher.Person) {
	delete(m.managers, p.ID)
	if _, known := m.people[p.ID]; known {
		m.people[p.ID] = p
	}
}

// newRecord knows of a record made in this transaction that nothing is about it yet.
func (m *memo) newRecord(r usher.Record) {
	put(m, &m.undisputed, r.ID, true)
	put(m, &m.groupsOf, r.ID, nil)
	m.name(r)
	r.Values = nil
	hold(&m.records, r.ID, r)
}

// changedRecord follows a change of a record, or of whom it is linked to.
func (m *memo) changedRecord(r usher.Record) {
	r.Values, r.Groups, r.Seats = nil, nil, nil
	old, known := m.records[r.ID]
	if !known {
		m.recordsOf, m.references = nil, nil
	}
	m.name(old)
	m.name(r)
	if old.Person != r.Person {
		delete(m.recordsOf, old.Person)
	}
	if list, ok := m.recordsOf[r.Person]; ok && r.Person != "" {
		at := slices.IndexFunc(list, func(o usher.Record) bool { return o.ID == r.ID })
		switch {
		case at >= 0:
			list = slices.Clone(list)
			list[at] = r
			m.recordsOf[r.Person] = list
		case len(list) == 0:
			m.recordsOf[r.Person] = []usher.Record{r}
		default:
			delete(m.recordsOf, r.Person)
		}
	}
	delete(m.records, r.ID)
	if known && r.DeletedAt == 0 {
		m.records[r.ID] = r
	}
}

// name forgets whom references mean that a record's names may answer.
func (m *memo) name(r usher.Record) {
	for _, name := range []string{string(r.ID), r.Attributes.ExternalID, r.Attributes.UserName} {
		delete(m.references, referenceKey{r.Directory, usher.FoldText(name)})
	}
}

// followed is the transaction for a statement whose effect the caller puts on the shelves.
func (tx *Tx) followed() *Tx {
	f, ok := tx.q.(following)
	if !ok {
		return tx
	}
	plain := *tx
	plain.q = f.querier
	return &plain
}

// refers notes which live record a reference means; one without id is none.
func (m *memo) refers(key referenceKey, reference string, r usher.Record) {
	if m.references[key] == nil {
		put(m, &m.references, key, map[string]usher.Record{})
	}
	if named := m.references[key]; named != nil {
		named[reference] = r
	}
}

// forgetSeats forgets seats that were read before a lock was taken which protects them, or what
// is computed from them: whoever had the lock may have changed them. Nobody else can have
// changed those of people whom this transaction has made.
func (m *memo) forgetSeats() {
	for id := range m.seatsOf {
		if !m.neverSeated[id] {
			delete(m.seatsOf, id)
		}
	}
}

// dispute follows a conflict that was opened or closed.
func (m *memo) dispute(c usher.Conflict) {
	delete(m.undisputed, c.Record)
	delete(m.undisputed, c.Person)
	delete(m.conflictsOf, c.Kind)
}
