package ledger

import (
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// planView computes what the changes of a roster would do to seats, with the same merge,
// rules and queue as the real thing, and writes nothing.
type planView struct {
	planner *planner
	wishes  map[usher.ID][]wish
	people  map[usher.ID]usher.Person // those about whom there are wishes; name and address alone
}

func newPlanView(w *planner) *planView {
	return &planView{planner: w, wishes: map[usher.ID][]wish{}, people: map[usher.ID]usher.Person{}}
}

// add looks at changes that were staged from what is near.
func (v *planView) add(tx *store.Tx, staged []imaged, around near) error {
	staged = slices.DeleteFunc(staged, func(i imaged) bool {
		return i.Change.Class == usher.ClassMissing || i.Change.Class == usher.ClassKept
	})
	if len(staged) == 0 {
		return nil
	}
	c := v.change(tx)
	known, err := readGrounds(c, around)
	if err != nil {
		return err
	}
	strangers, err := v.strangers(c, staged)
	if err != nil {
		return err
	}
	for n, i := range staged {
		if err := v.look(c, known, i, strangers[n]); err != nil {
			return err
		}
	}
	return nil
}

// strangers says of each change whether it is about somebody by none of whose identifiers
// anybody is known.
func (v *planView) strangers(c *change, staged []imaged) ([]bool, error) {
	wanted := make([][]usher.Identifier, len(staged))
	keys := map[usher.IdentifierSpace][]string{}
	for n, i := range staged {
		if i.Change.Class != usher.ClassJoiner {
			continue
		}
		wanted[n], _ = plan.Identifiers(c.policy.directories[v.planner.plan.Directory], usher.Record{Attributes: i.after.Attributes})
		for _, w := range wanted[n] {
			keys[w.Space] = append(keys[w.Space], w.Key)
		}
	}
	known := map[usher.IdentifierSpace]map[string]bool{}
	for space, list := range keys {
		var err error
		if known[space], err = c.tx.KnownKeys(c.ctx, space, list); err != nil {
			return nil, err
		}
	}
	strangers := make([]bool, len(staged))
	for n, list := range wanted {
		strangers[n] = !slices.ContainsFunc(list, func(w usher.Identifier) bool { return known[w.Space][w.Key] })
	}
	return strangers, nil
}

func (v *planView) change(tx *store.Tx) *change {
	c := newChange(v.planner.ctx, v.planner.ledger, tx, v.planner.policy, usher.Principal{Directory: v.planner.plan.Directory})
	c.wishes = v.wishes
	return c
}

func (v *planView) look(c *change, known nearGrounds, i imaged, stranger bool) error {
	old, records, err := v.afterwards(c, known.near, i, stranger)
	if err != nil || records == nil {
		return err
	}
	p, _ := c.merge(old, records)
	p.Revision = old.Revision + 1
	s, err := known.grounds(c, p.ID, records)
	if err != nil {
		return err
	}
	before := wishesIn(c.wishes)
	if err := c.wishOf(p, records, s, reason{}); err != nil {
		return err
	}
	if wishesIn(c.wishes) > before {
		named := usher.Person{ID: p.ID, Address: p.Address, Attributes: usher.Attributes{DisplayName: p.Name()}}
		if c.fresh[p.ID] {
			named.ID = "" // it is another one once the plan is applied
		}
		v.people[p.ID] = named
	}
	return nil
}

func wishesIn(m map[usher.ID][]wish) int {
	n := 0
	for _, list := range m {
		n += len(list)
	}
	return n
}

// afterwards is whom a change is about and what all directories would say of them. There
// are no records where a conflict would leave the record with nobody.
func (v *planView) afterwards(c *change, known near, i imaged, stranger bool) (usher.Person, []usher.Record, error) {
	ch, after := i.Change, i.after
	r := usher.Record{ID: ch.Record, Directory: v.planner.plan.Directory, Attributes: after.Attributes, AbsentSince: absentSince(after)}
	if ch.Class != usher.ClassJoiner && ch.Person == "" {
		return usher.Person{}, nil, nil // nobody's
	}
	person := ch.Person
	if ch.Class == usher.ClassJoiner {
		r.ID = c.tx.NewID()
	}
	if ch.Class == usher.ClassJoiner && !stranger {
		found, err := c.candidates(r)
		if err != nil {
			return usher.Person{}, nil, err
		}
		link := plan.Correlate(c.policy.directories[r.Directory], r, found, c.now())
		if link.Conflict != nil {
			return usher.Person{}, nil, nil
		}
		person = link.Person
	}
	if person == "" {
		p := usher.Person{ID: c.tx.NewID()}
		c.fresh[p.ID] = true
		return p, []usher.Record{r}, nil
	}
	old, records, err := known.person(c, person)
	if err != nil {
		return old, nil, err
	}
	for i := range records {
		if records[i].ID == r.ID && after.Gone {
			old.Sponsor, old.EndsAt, old.Newcomer = after.Sponsor, after.EndsAt, after.Newcomer
			return old, slices.Delete(records, i, i+1), nil
		}
		if records[i].ID == r.ID {
			r.CreatedAt, r.Person = records[i].CreatedAt, person
			records[i] = c.datedBy(v.planner.plan, after, records[i], r)
			return old, records, nil
		}
	}
	return old, append(records, r), nil
}

// seats names who would be seated, queued, released or kept.
func (v *planView) seats() ([]usher.PlannedSeat, error) {
	var result usher.RevisionPlan
	err := v.planner.ledger.store.Read(v.planner.ctx, func(tx *store.Tx) error {
		c := v.change(tx)
		return (&previewer{change: c}).seats(&result, v.people)
	})
	return result.Changes, err
}

// absentSince is when the record of an image left by absence; zero while it has not.
func absentSince(i usher.Image) usher.Time {
	if i.Absences < leftAfter {
		return 0
	}
	return i.AbsentSince
}
