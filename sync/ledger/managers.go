package ledger

import (
	"errors"
	"slices"
	"strings"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// findManager finds who the manager reference means. Nobody (yet) is no problem: the
// reference heals when the manager arrives. A line that would come back to its start is
// cut here and reported.
func (c *change) findManager(p *usher.Person, old usher.Person) error {
	p.Manager = ""
	if p.Attributes.Manager == "" {
		return c.reportCycle(*p, nil)
	}
	manager, err := c.referred(p.ManagerDirectory, p.Attributes.Manager)
	if err != nil {
		return err
	}
	if manager == "" {
		c.lost = append(c.lost, lostManager{p.ID, p.ManagerDirectory, p.Attributes.Manager})
		return c.reportCycle(*p, nil)
	}
	cycle, err := c.cycle(p.ID, manager)
	if err != nil {
		return err
	}
	if cycle == nil {
		p.Manager = manager
		if old.Manager == "" && old.Revision > 0 && old.Attributes.Manager == p.Attributes.Manager {
			c.record(usher.Event{Kind: usher.EventManagerFound, Subject: "person", SubjectID: p.ID, Person: p.ID, Why: "the manager arrived"})
		}
	}
	return c.reportCycle(*p, cycle)
}

// referred is whom a directory means by a reference: by its own names first, else by an
// address, whichever directory knows it. Empty: nobody is known by it.
func (c *change) referred(directory usher.ID, reference string) (usher.ID, error) {
	r, err := c.tx.RecordByReference(c.ctx, directory, reference)
	if err == nil && r.Person != "" || err != nil && !errors.Is(err, usher.ErrNotFound) {
		return r.Person, err
	}
	key, notAddress := usher.FoldAddress(reference)
	if notAddress != nil {
		return "", nil //nolint:nilerr // then nobody is called by it
	}
	found, err := c.tx.FindIdentifiers(c.ctx, []usher.Identifier{{Space: usher.SpaceAddress, Key: key}})
	return firstPerson(found), err
}

// cycle is the cycle that the line person -> manager would close; nil for none.
func (c *change) cycle(person, manager usher.ID) ([]usher.ID, error) {
	var failed error
	up := func(id usher.ID) usher.ID {
		if id == person {
			return manager
		}
		next, err := c.tx.ManagerOf(c.ctx, id)
		failed = errors.Join(failed, err)
		return next
	}
	return plan.Cycle(person, up), failed
}

// reportCycle keeps a conflict open while the person's line is cut because of a cycle.
func (c *change) reportCycle(p usher.Person, cycle []usher.ID) error {
	if cycle != nil {
		return c.openConflict(usher.Conflict{Kind: usher.ConflictCycle, Person: p.ID, Others: cycle,
			Detail: "the line of managers comes back to its start; this person's line to the manager is left out until one of them is corrected"})
	}
	open, err := c.tx.OpenConflictsOf(c.ctx, "", p.ID)
	if err != nil {
		return err
	}
	for _, k := range open {
		if k.Kind == usher.ConflictCycle {
			if err := c.closeConflict(k, "the cycle is gone"); err != nil {
				return err
			}
		}
	}
	return nil
}

// heal notes by which names people may call r their manager, now that r came, went or changed
// its names: at the end of the transaction they are marked to be computed again.
func (c *change) heal(r, old usher.Record) {
	keys := references(r)
	if old.ID != "" && r.DeletedAt == 0 && r.Person == old.Person && slices.Equal(keys, references(old)) {
		return
	}
	c.healing[r.Directory] = append(c.healing[r.Directory], append(keys, references(old)...)...)
}

func (c *change) healManagers() error {
	for _, directory := range sorted(c.healing) {
		keys := slices.Compact(slices.Sorted(slices.Values(c.healing[directory])))
		people, err := c.tx.PeopleReferringTo(c.ctx, directory, keys)
		if err != nil {
			return err
		}
		elsewhere, err := c.tx.PeopleReferringTo(c.ctx, "", slices.DeleteFunc(keys, func(k string) bool { return !strings.Contains(k, "@") }))
		if err != nil {
			return err
		}
		people = append(people, elsewhere...)
		slices.Sort(people)
		err = c.markDue(slices.Compact(people), store.DuePerson{Cause: directory, Why: "the manager's record changed", Caution: store.CautionGuard})
		if err != nil {
			return err
		}
	}
	return nil
}

// lostManager is a reference to a manager whom nobody knows.
type lostManager struct {
	person, directory usher.ID
	reference         string
}

// recheckManagers looks again for managers who were not there when the run began to be applied.
// Whoever made one meanwhile could not see the reports, which are not committed yet.
func (c *change) recheckManagers() error {
	c.tx.ForgetReferences()
	for _, l := range c.lost {
		manager, err := c.referred(l.directory, l.reference)
		if err != nil {
			return err
		}
		if manager == "" {
			continue
		}
		err = c.markDue([]usher.ID{l.person}, store.DuePerson{Cause: l.directory, Why: "the manager arrived", Caution: store.CautionGuard})
		if err != nil {
			return err
		}
	}
	return nil
}

// references are the folded keys by which a directory may call r as somebody's manager;
// another directory may by an address alone.
func references(r usher.Record) []string {
	var keys []string
	names := []string{string(r.ID), r.Attributes.ExternalID, r.Attributes.UserName}
	for _, e := range r.Attributes.Emails {
		names = append(names, e.Value)
	}
	for _, key := range names {
		if key != "" {
			keys = append(keys, usher.FoldText(key))
		}
	}
	return keys
}

// tellReports has people computed again who depend on the line above them that runs
// through p.
func (c *change) tellReports(p, old usher.Person) error {
	if p.Manager != old.Manager {
		if err := c.recheckCycles(p.ID); err != nil {
			return err
		}
	}
	if !c.policy.managersCount || old.Revision == 0 || p.Manager == old.Manager && p.Address == old.Address {
		return nil
	}
	reports, err := c.tx.Reports(c.ctx, p.ID)
	if err != nil {
		return err
	}
	// Each report tells theirs in turn when their line changed.
	return c.markDue(reports, store.DuePerson{Cause: p.ManagerDirectory, Why: "the line of managers changed", Caution: store.CautionGuard})
}

// recheckCycles looks again at cycles that a changed line of p may have opened.
func (c *change) recheckCycles(p usher.ID) error {
	open, err := c.tx.OpenConflictsOfKind(c.ctx, usher.ConflictCycle)
	if err != nil {
		return err
	}
	for _, k := range open {
		if k.Person == p || !slices.Contains(k.Others, p) {
			continue
		}
		if err := c.markDue([]usher.ID{k.Person}, store.DuePerson{Why: "a cycle of managers changed", Caution: store.CautionGuard}); err != nil {
			return err
		}
	}
	return nil
}

// maxChain bounds the line of managers that rules can see.
const maxChain = 32

// chain are the addresses of the managers above p, nearest first; empty unless a rule
// looks at them.
func (c *change) chain(p usher.Person) ([]string, error) {
	if !c.policy.managersCount || p.Manager == "" {
		return nil, nil
	}
	var failed error
	up := func(id usher.ID) usher.ID {
		if id == p.ID {
			return p.Manager
		}
		next, err := c.tx.ManagerOf(c.ctx, id)
		failed = errors.Join(failed, err)
		return next
	}
	var addresses []string
	for _, id := range plan.Chain(p.ID, up, maxChain) {
		m, err := c.tx.Person(c.ctx, id)
		if err != nil {
			return nil, err
		}
		addresses = append(addresses, m.Address)
	}
	return addresses, failed
}
