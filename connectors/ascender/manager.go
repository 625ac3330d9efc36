package ascender

import (
	"slices"

	"usher/internal/usher"
)

// manager is what a row says of somebody's manager.
type manager struct {
	address string // blank: as it is, or nobody
	code    string // why it is blank although there is one
	note    string
	// later says that the portal can be told only by a task behind the file: who comes back is not
	// there before, and whose own manager is a task still stands where they stood.
	later bool
}

// named finds the address under which the portal knows the manager by the time it reads the
// row. A manager whom it does not know is left out: that costs no seat and keeps nobody from
// coming.
func (v *visit) named(p *person) manager {
	d := p.change.Desired
	up := v.above(p)
	switch {
	case d.Manager == "" && p.change.ManagerRemoteID == "":
		return manager{}
	case up == p, d.Key != "" && string(d.Manager) == d.Key, fold(p.change.ManagerRemoteID) == fold(p.address) && up == nil:
		return manager{code: codeManagerSelf, note: "the person is their own manager; mend it at its source"}
	case up != nil:
		return v.namedAmong(up)
	case p.change.ManagerRemoteID == "":
		return manager{code: codeManagerUnknown, note: "the manager has no seat at the portal"}
	}
	if held, ok := v.held[fold(p.change.ManagerRemoteID)]; ok && !held.Active {
		return manager{code: codeManagerUnknown, note: "the manager is Inactive at the portal"}
	}
	return manager{address: p.change.ManagerRemoteID}
}

// namedAmong is for a manager who is among the changes.
func (v *visit) namedAmong(up *person) manager {
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

// nameManagers decides what is said of everybody's manager. The portal refuses whoever reports to
// themselves, by way of others or not: once the visit is done, and as it reads the file, when only
// what the file says has changed.
func (v *visit) nameManagers() {
	for _, p := range v.order {
		p.boss = v.named(p)
	}
	for v.eachCircle(v.edgeInTheEnd, v.leaveOut) {
	}
	for v.eachCircle(v.edgeInTheFile, v.tellLater) {
	}
}

// eachCircle opens every circle, and says whether there was one: what takes the place of a manager
// who is not named is what the portal shows, and can close another.
func (v *visit) eachCircle(edge func(string) string, open func([]string) bool) bool {
	opened := false
	for _, c := range v.circles(edge) {
		opened = open(c) || opened
	}
	return opened
}

// leaveOut leaves the managers of a circle out. Where the portal alone closes it, somebody there
// keeps a manager whom nobody wants them to have, because blank means as it is.
func (v *visit) leaveOut(circle []string) bool {
	left := manager{code: codeManagerCycle, note: "the line of managers leads back to the person; mend it at its source"}
	for _, address := range circle {
		if p := v.byAddress[address]; p == nil || p.boss.address == "" {
			left.note = "at the portal the manager still stands below the person; take Reports To from them by hand, which no file can do, then enter it here"
		}
	}
	opened := false
	for _, address := range circle {
		if p := v.byAddress[address]; p != nil && p.boss.address != "" {
			p.boss, opened = left, true
		}
	}
	return opened
}

// tellLater makes tasks of what closes a circle in the file alone.
func (v *visit) tellLater(circle []string) bool {
	told := false
	for _, address := range circle {
		if p := v.byAddress[address]; p != nil && p.inFile() && p.boss.address != "" && !p.boss.later {
			p.boss.later, told = true, true
		}
	}
	return told
}

// circles are the lines of managers that come back to where they began, by address.
func (v *visit) circles(above func(string) string) [][]string {
	const on, off = 1, 2
	var out [][]string
	met := map[string]int{}
	for _, p := range v.people {
		var path []string
		at := fold(p.address)
		for at != "" && met[at] == 0 {
			met[at] = on
			path = append(path, at)
			at = above(at)
		}
		if at != "" && met[at] == on {
			out = append(out, path[slices.Index(path, at):])
		}
		for _, address := range path {
			met[address] = off
		}
	}
	return out
}

// edgeInTheEnd is whom somebody reports to once everything is carried to the portal.
func (v *visit) edgeInTheEnd(address string) string {
	p := v.byAddress[address]
	switch {
	case p != nil && p.leaves:
		return ""
	case p != nil && p.refused == "" && p.boss.address != "":
		return fold(p.boss.address)
	}
	return v.edgeShown(address)
}

// edgeInTheFile is whom somebody reports to once the file is read and no task behind it is done.
func (v *visit) edgeInTheFile(address string) string {
	if p := v.byAddress[address]; p != nil && !p.leaves && (p.boss.later || !p.inFile()) {
		return v.edgeShown(address)
	}
	return v.edgeInTheEnd(address)
}

// edgeShown is whom somebody reports to at the portal. Whoever reports to somebody who is
// deactivated first moves up to the manager of those.
func (v *visit) edgeShown(address string) string {
	for range len(v.people) + 1 {
		p := v.byAddress[address]
		if p == nil {
			address = fold(v.held[address].Manager)
		} else {
			address = fold(shownManager(p.change.Seen))
		}
		if up := v.byAddress[address]; up == nil || !up.leaves {
			return address
		}
	}
	return ""
}

func shownManager(s *usher.Seen) string {
	if s == nil {
		return ""
	}
	return s.Manager
}
