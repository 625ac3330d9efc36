package ledger

import (
	"fmt"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// link finds whose record r is, makes the person when it is nobody's, or opens a
// conflict for a human and leaves r with nobody.
func (c *change) link(r usher.Record) (usher.Record, error) {
	found, err := c.candidates(r)
	if err != nil {
		return r, err
	}
	link := plan.Correlate(c.policy.directories[r.Directory], r, found, c.now())
	if link.Conflict != nil {
		return r, c.openConflict(*link.Conflict)
	}
	if err := c.settleConflicts(r.ID, "the record's identifiers are clear now", usher.ConflictAmbiguous, usher.ConflictTaken, usher.ConflictRecycled); err != nil {
		return r, err
	}
	if link.Person != "" && (link.By == usher.KindUPN || link.By == usher.KindEmail || link.By == usher.KindAlias) {
		c.adopted = link.Person
	}
	return c.linkTo(r, link.Person, link.Why)
}

// settleConflicts closes the open conflicts of the given kinds about a record.
func (c *change) settleConflicts(record usher.ID, decision string, kinds ...usher.ConflictKind) error {
	open, err := c.tx.OpenConflictsOf(c.ctx, record, "")
	if err != nil {
		return err
	}
	for _, k := range open {
		if slices.Contains(kinds, k.Kind) {
			if err := c.closeConflict(k, decision); err != nil {
				return err
			}
		}
	}
	return nil
}

// linkTo links r to a person, or to a new one where person is empty.
func (c *change) linkTo(r usher.Record, person usher.ID, why string) (usher.Record, error) {
	if person == "" {
		p := usher.Person{ID: c.tx.NewID(), CreatedAt: c.now(), ChangedAt: c.now()}
		if err := c.tx.InsertPerson(c.ctx, p); err != nil {
			return r, err
		}
		person = p.ID
		c.fresh[person] = true
	}
	if _, err := c.tx.LockPersons(c.ctx, person); err != nil {
		return r, err
	}
	if err := c.tx.LinkRecord(c.ctx, r.ID, person); err != nil {
		return r, err
	}
	r.Person = person
	c.record(usher.Event{Kind: usher.EventRecordLinked, Subject: "record", SubjectID: r.ID, Person: person, Why: why})
	return r, nil
}

// candidates are the known identifiers of r, with whom they find.
func (c *change) candidates(r usher.Record) ([]plan.Candidate, error) {
	wanted, _ := plan.Identifiers(c.policy.directories[r.Directory], r)
	known, err := c.tx.FindIdentifiers(c.ctx, wanted)
	if err != nil {
		return nil, err
	}
	var found []plan.Candidate
	for _, i := range known {
		p, err := c.tx.Person(c.ctx, i.Person)
		if err != nil {
			return nil, err
		}
		records, err := c.tx.RecordsOfPerson(c.ctx, i.Person)
		if err != nil {
			return nil, err
		}
		here := slices.DeleteFunc(records, func(other usher.Record) bool { return other.Directory != r.Directory || other.ID == r.ID })
		found = append(found, plan.Candidate{Identifier: i, Person: p, Here: here})
	}
	return found, nil
}

// identify gives a person the identifiers of their records and retires those that none of
// these bears any longer: they still find the person, so that a rename loses nobody.
func (c *change) identify(person usher.ID) error {
	if _, err := c.tx.LockPersons(c.ctx, person); err != nil {
		return err
	}
	records, err := c.tx.RecordsOfPerson(c.ctx, person)
	if err != nil {
		return err
	}
	have, err := c.tx.IdentifiersOf(c.ctx, person)
	if err != nil {
		return err
	}
	borne := map[string]bool{}
	for _, record := range records {
		if record.DeletedAt != 0 {
			continue
		}
		if err := c.give(record, have, borne); err != nil {
			return err
		}
	}
	return c.retire(have, borne)
}

// give gives one record's identifiers to its person; one that is somebody else's becomes
// a conflict, never theirs.
func (c *change) give(r usher.Record, have []usher.Identifier, borne map[string]bool) error {
	wanted, refused := plan.Identifiers(c.policy.directories[r.Directory], r)
	taken := false
	for _, i := range wanted {
		borne[string(i.Space)+"\n"+i.Key] = true
		i.Person, i.Since = r.Person, c.now()
		if at := slices.IndexFunc(have, func(h usher.Identifier) bool { return h.Space == i.Space && h.Key == i.Key }); at >= 0 {
			if h := have[at]; h.Kind == i.Kind && h.Shown == i.Shown && h.RetiredAt == 0 {
				continue
			}
		}
		ok, err := c.tx.PutIdentifier(c.ctx, i)
		if err != nil {
			return err
		}
		if ok {
			c.touchAccounts(r.Person) // a portal's profile may know them by it
			continue
		}
		if c.fresh[r.Person] {
			return store.ErrAgain // nobody had it a moment ago: another transaction made the person
		}
		owners, err := c.tx.FindIdentifiers(c.ctx, []usher.Identifier{i})
		if err != nil {
			return err
		}
		if len(owners) == 0 {
			return store.ErrAgain
		}
		taken = true
		conflict := usher.Conflict{Kind: usher.ConflictTaken, Record: r.ID, Person: r.Person, Others: []usher.ID{owners[0].Person},
			Detail: fmt.Sprintf("the record's %s belongs to another person: say whose it is", i.Kind)}
		if err := c.openConflict(conflict); err != nil {
			return err
		}
	}
	if !taken {
		if err := c.settleConflicts(r.ID, "nobody else has what the record bears", usher.ConflictTaken); err != nil {
			return err
		}
	}
	if len(refused) == 0 {
		return c.settleConflicts(r.ID, "the address was corrected", usher.ConflictAddress)
	}
	for _, problem := range refused {
		conflict := usher.Conflict{Kind: usher.ConflictAddress, Record: r.ID, Person: r.Person, Detail: problem.Error()}
		if err := c.openConflict(conflict); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) retire(have []usher.Identifier, borne map[string]bool) error {
	for _, i := range have {
		if i.Kind == usher.KindAlias || i.RetiredAt != 0 || borne[string(i.Space)+"\n"+i.Key] {
			continue
		}
		i.RetiredAt = c.now()
		if _, err := c.tx.PutIdentifier(c.ctx, i); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) openConflict(k usher.Conflict) error {
	// A number is taken only when the conflict is new, so that numbers have no gaps.
	open, err := c.tx.OpenConflictsOf(c.ctx, k.Record, k.Person)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(open, func(o usher.Conflict) bool { return o.Kind == k.Kind && o.Record == k.Record && o.Person == k.Person }) {
		return nil
	}
	if k.Number, err = c.tx.NextNumber(c.ctx, "conflict"); err != nil {
		return err
	}
	k.ID, k.OpenedAt = c.tx.NewID(), c.now()
	if _, err := c.tx.OpenConflict(c.ctx, k); err != nil {
		return err
	}
	c.record(usher.Event{Kind: usher.EventConflictOpened, Subject: "conflict", SubjectID: k.ID, Person: k.Person, Why: string(k.Kind) + ": " + k.Detail})
	return nil
}
