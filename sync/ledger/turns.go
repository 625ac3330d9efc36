package ledger

import (
	"cmp"
	"fmt"
	"slices"

	"usher/internal/usher"
	"usher/sync/plan"
)

// turnsUntil are, by subscription, the dates until a time on which what is wished for somebody changes: computed with the
// rules, the merge and the decisions of the real thing, for whoever has a date, at each of their dates. Where a rule
// cannot be computed nobody knows, and nothing is foretold.
func (c *change) turnsUntil(until usher.Time) (map[usher.ID][]plan.Turn, error) {
	turns := map[usher.ID][]plan.Turn{}
	dated, err := c.tx.DatedPeople(c.ctx, until)
	if err != nil {
		return nil, fmt.Errorf("people with dates: %w", err)
	}
	for part := range slices.Chunk(dated, peopleAtOnce) {
		known, err := c.nearPeople(part)
		if err != nil {
			return nil, err
		}
		for _, id := range part {
			if err := c.turnsOf(known, id, until, turns); err != nil {
				return nil, fmt.Errorf("person %s: %w", id, err)
			}
		}
	}
	return turns, nil
}

// nearPeople reads what wishes for some people depend on.
func (c *change) nearPeople(ids []usher.ID) (nearGrounds, error) {
	n := near{records: map[usher.ID]usher.Record{}, of: map[usher.ID][]usher.Record{}}
	var err error
	if n.people, err = c.tx.PeopleByID(c.ctx, ids); err != nil {
		return nearGrounds{}, err
	}
	records, err := c.tx.RecordsOfPeople(c.ctx, ids)
	if err != nil {
		return nearGrounds{}, err
	}
	for _, r := range records {
		n.of[r.Person] = append(n.of[r.Person], r)
	}
	for _, list := range n.of {
		slices.SortFunc(list, func(a, b usher.Record) int {
			return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.ID, b.ID))
		})
	}
	return readGrounds(c, n)
}

// turnsOf adds the turns of one person.
func (c *change) turnsOf(known nearGrounds, id usher.ID, until usher.Time, turns map[usher.ID][]plan.Turn) error {
	p, records, err := known.person(c, id)
	if err != nil {
		return err
	}
	grounds, err := known.grounds(c, id, records)
	if err != nil {
		return err
	}
	managers, err := c.chain(p)
	if err != nil {
		return err
	}
	last := map[usher.ID]plan.Wish{}
	for _, at := range c.datesOf(p, records, grounds.decisions, until) {
		then, _ := c.mergeAt(p, records, at)
		facts := plan.FactsOf(then, namesOf(grounds.groups), managers, c.bestDirectory(records))
		for _, pool := range c.policy.pools {
			w, err := plan.Entitle(pool.sub, pool.rule, pool.priority, then, facts, decisionFor(grounds.decisions, pool.sub.ID), at)
			if err != nil {
				continue // nobody knows: what is stays
			}
			old, seen := last[pool.sub.ID]
			last[pool.sub.ID] = w
			if seen && (old.Wanted != w.Wanted || old.Wanted && old.Priority != w.Priority) {
				turns[pool.sub.ID] = append(turns[pool.sub.ID], plan.Turn{At: at, Person: id, Wish: w})
			}
		}
	}
	return nil
}

// datesOf are now and the later dates of a person, in order.
func (c *change) datesOf(p usher.Person, records []usher.Record, decisions []usher.Decision, until usher.Time) []usher.Time {
	dates := []usher.Time{c.now()}
	add := func(at usher.Time) {
		if at > c.now() && at <= until {
			dates = append(dates, at)
		}
	}
	for at := c.now(); len(records) > 0; {
		_, m := c.mergeAt(p, records, at)
		if m.NextAt == 0 || m.NextAt > until || m.NextAt <= at {
			break
		}
		at = m.NextAt
		add(at)
	}
	if len(records) == 0 {
		add(p.EndsAt)
	}
	for _, d := range decisions {
		add(d.Until)
	}
	slices.Sort(dates)
	return slices.Compact(dates)
}
