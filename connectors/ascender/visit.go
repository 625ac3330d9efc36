package ascender

import (
	"usher/connectors"
	"usher/internal/usher"
)

// visit is everything that one handover asks for, and what is known of whom it is about.
type visit struct {
	columns columns
	people  []*person // by account
	order   []*person // those who stay or come, managers first
	// byAccount, byKey and byAddress find those of people; by the address that the portal has,
	// or is to have.
	byAccount map[usher.ID]*person
	byKey     map[usher.ID]*person
	byAddress map[string]*person
	held      map[string]usher.Seen // by address
	pools     pools

	freeing []task
	upload  []uploadRow
	after   []task
}

// newVisit looks at a handover. Without a template it goes by the columns that are known.
func newVisit(h connectors.Handover, c columns) *visit {
	if c == nil {
		c = knownColumns().withValues(h.Changes)
	}
	v := &visit{
		columns: c, byAccount: map[usher.ID]*person{}, byKey: map[usher.ID]*person{}, byAddress: map[string]*person{},
		held: map[string]usher.Seen{}, pools: newPools(h.Pools),
	}
	for _, s := range h.Held {
		v.held[fold(s.RemoteID)] = s
	}
	for _, change := range sortedChanges(h.Changes) {
		p := newPerson(change, v.pools)
		v.people = append(v.people, p)
		v.byAccount[change.Account] = p
		if change.Kind == usher.AccountPerson && change.Desired.Key != "" {
			v.byKey[usher.ID(change.Desired.Key)] = p
		}
	}
	return v
}

// decide turns every change into rows, or refuses it. Refusals come first, because a manager who
// is refused cannot be named; then the count of seats, which goes by the order of the file.
func (v *visit) decide() {
	v.refuseAddresses()
	for _, p := range v.people {
		v.refuse(p)
	}
	v.order = v.managersFirst(v.above)
	v.refuseWithoutSeat()
	v.nameManagers()
	v.upload = make([]uploadRow, 0, len(v.order))
	for _, p := range v.people {
		if p.refused == "" && p.leaves {
			v.release(p)
		}
	}
	for _, p := range v.order {
		if p.refused == "" {
			v.write(p)
		}
	}
	for i, p := range v.managersFirst(v.aboveInTheEnd) {
		p.turn = i
	}
	sortTasks(v.freeing)
	sortTasks(v.after)
}

// write makes the rows of somebody who stays or comes. What the file says must be true when the
// portal reads it: a manager who comes back only afterwards is a task.
func (v *visit) write(p *person) {
	if p.change.Resend && p.state == waiting {
		v.resendTask(p)
	}
	if p.change.InLine {
		return
	}
	now := p.boss
	if p.inFile() && now.later {
		now = manager{}
	}
	differs := v.differences(p, now)
	v.methodologyTasks(p)
	switch p.state {
	case absent:
		v.invite(p, differs, now)
	case inactive:
		v.reactivate(p, differs, now)
	case active:
		v.change(p, differs, now)
	default:
		v.edit(p, differs, now)
	}
	if now != p.boss {
		v.managerTask(p, p.boss)
	}
	v.adminTask(p, differs)
	v.addressTask(p)
	v.checkTask(p, now)
}
