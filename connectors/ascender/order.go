package ascender

import (
	"slices"

	"usher/internal/usher"
)

// sortManagersFirst puts those who stay or come into the order of the file: the order of
// accounts, and before everybody the chain of their managers.
func (v *visit) sortManagersFirst() {
	v.findCircles()
	done := make(map[*person]bool, len(v.people))
	for _, p := range v.people {
		var chain []*person
		for up := p; up != nil && !done[up]; up = v.above(up) {
			done[up] = true
			chain = append(chain, up)
		}
		for i := len(chain) - 1; i >= 0; i-- {
			if up := chain[i]; up.refused == "" && !up.leaves {
				v.order = append(v.order, up)
			}
		}
	}
}

// above is the manager of somebody, where they are among the changes.
func (v *visit) above(p *person) *person {
	if m := p.change.Desired.Manager; m != "" {
		return v.byKey[m]
	}
	return nil
}

// findCircles marks everybody who would report to themselves, by way of others or not, as the
// portal will have it after the file: those who are not in it, and those whose manager is not
// there, keep the one that it shows.
func (v *visit) findCircles() {
	const on, off = 1, 2
	met := map[string]int{}
	for _, p := range v.people {
		var path []string
		at := fold(p.address)
		for at != "" && met[at] == 0 {
			met[at] = on
			path = append(path, at)
			at, _ = v.managerAddress(at)
		}
		if at != "" && met[at] == on {
			v.markCircle(path[slices.Index(path, at):])
		}
		for _, address := range path {
			met[address] = off
		}
	}
}

// markCircle marks the people of one circle, and whether the portal alone closes it.
func (v *visit) markCircle(circle []string) {
	mark := circleWanted
	for _, address := range circle {
		if _, shown := v.managerAddress(address); shown {
			mark = circleShown
		}
	}
	for _, address := range circle {
		if p := v.byAddress[address]; p != nil {
			p.circle = mark
		}
	}
}

// circle says whether the line of managers comes back to somebody.
type circle int

const (
	noCircle     circle = iota
	circleWanted        // as the directories have it
	circleShown         // because the portal still has somebody below the person
)

// managerAddress is whom somebody reports to once the file is there, and whether that is only
// what the portal shows.
func (v *visit) managerAddress(address string) (manager string, shown bool) {
	p := v.byAddress[address]
	if p == nil {
		return fold(v.held[address].Manager), true
	}
	switch up := v.above(p); {
	case p.leaves:
		return "", false
	case up != nil && !up.leaves && (up.refused == "" || up.state != absent):
		return fold(up.address), false
	case up == nil && p.change.ManagerRemoteID != "":
		return fold(p.change.ManagerRemoteID), false
	}
	return fold(shownManager(p.change.Seen)), true
}

func shownManager(s *usher.Seen) string {
	if s == nil {
		return ""
	}
	return s.Manager
}

// manager is what a row says of somebody's manager.
type manager struct {
	address string // blank: as it is, or nobody
	code    string // why it is blank although there is one
	note    string
	// later says that the portal knows the manager by address only once the visit's
	// reactivations are done: not when it reads the file.
	later bool
}

// manager finds the address under which the portal knows the manager by the time it reads the
// row. A manager whom it does not know is left out: that costs no seat and keeps nobody from
// coming.
func (v *visit) manager(p *person) manager {
	d := p.change.Desired
	up := v.above(p)
	switch {
	case d.Manager == "" && p.change.ManagerRemoteID == "":
		return manager{}
	case up == p, d.Key != "" && string(d.Manager) == d.Key, fold(p.change.ManagerRemoteID) == fold(p.address) && up == nil:
		return manager{code: codeManagerSelf, note: "the person is their own manager; mend it at its source"}
	case p.circle == circleWanted:
		return manager{code: codeManagerCycle, note: "the line of managers leads back to the person; mend it at its source"}
	case p.circle == circleShown:
		return manager{code: codeManagerCycle, note: "at the portal the manager still stands below the person; take Reports To from them by hand, which no file can do, then enter it here"}
	case up != nil:
		return v.managerAmong(up)
	case p.change.ManagerRemoteID == "":
		return manager{code: codeManagerUnknown, note: "the manager has no seat at the portal"}
	}
	if held, ok := v.held[fold(p.change.ManagerRemoteID)]; ok && !held.Active {
		return manager{code: codeManagerUnknown, note: "the manager is Inactive at the portal"}
	}
	return manager{address: p.change.ManagerRemoteID}
}

// managerAmong is for a manager who is among the changes.
func (v *visit) managerAmong(up *person) manager {
	switch {
	case up.leaves:
		return manager{code: codeManagerUnknown, note: "the manager is deactivated in this visit"}
	case up.state == inactive && up.refused != "":
		return manager{code: codeManagerUnknown, note: "the manager is Inactive at the portal and cannot be reactivated now"}
	case up.state == inactive:
		return manager{address: up.address, later: true}
	case up.state == absent && up.refused != "":
		return manager{code: codeManagerUnknown, note: "the manager cannot be invited now"}
	}
	return manager{address: up.address}
}
