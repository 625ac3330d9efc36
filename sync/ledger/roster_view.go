package ledger

import (
	"encoding/json"
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
	written int                       // of the planner's staged changes, how many were looked at
}

func newPlanView(w *planner) *planView {
	return &planView{planner: w, wishes: map[usher.ID][]wish{}, people: map[usher.ID]usher.Person{}}
}

// add looks at the changes that were staged since it was last called.
func (v *planView) add(tx *store.Tx, staged []usher.Change) error {
	c := v.change(tx)
	for _, ch := range staged[v.written:] {
		if ch.Class == usher.ClassMissing || ch.Class == usher.ClassKept {
			continue
		}
		if err := v.look(c, ch); err != nil {
			return err
		}
	}
	v.written = len(staged)
	return nil
}

func (v *planView) change(tx *store.Tx) *change {
	c := newChange(v.planner.ctx, v.planner.ledger, tx, v.planner.policy, usher.Principal{Directory: v.planner.plan.Directory})
	c.wishes = v.wishes
	return c
}

func (v *planView) look(c *change, ch usher.Change) error {
	old, records, err := v.afterwards(c, ch)
	if err != nil || records == nil {
		return err
	}
	p, _ := c.merge(old, records)
	p.Revision = old.Revision + 1
	groups, err := c.groupsOf(records)
	if err != nil {
		return err
	}
	before := wishesIn(c.wishes)
	if err := c.wish(p, records, groups, reason{}); err != nil {
		return err
	}
	if wishesIn(c.wishes) > before {
		v.people[p.ID] = usher.Person{ID: p.ID, Address: p.Address, Attributes: usher.Attributes{DisplayName: p.Name()}}
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
func (v *planView) afterwards(c *change, ch usher.Change) (usher.Person, []usher.Record, error) {
	var after usher.Image
	if err := json.Unmarshal(ch.After, &after); err != nil {
		return usher.Person{}, nil, err
	}
	r := usher.Record{ID: ch.Record, Directory: v.planner.plan.Directory, Attributes: after.Attributes, AbsentSince: absentSince(after)}
	if ch.Class != usher.ClassJoiner && ch.Person == "" {
		return usher.Person{}, nil, nil // nobody's
	}
	person := ch.Person
	if ch.Class == usher.ClassJoiner {
		r.ID = c.tx.NewID()
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
	old, err := c.tx.Person(c.ctx, person)
	if err != nil {
		return old, nil, err
	}
	records, err := c.tx.RecordsOfPerson(c.ctx, person)
	if err != nil {
		return old, nil, err
	}
	for i := range records {
		if records[i].ID == r.ID && after.Gone {
			old.Sponsor, old.EndsAt = after.Sponsor, after.EndsAt
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
