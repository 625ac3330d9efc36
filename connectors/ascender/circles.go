package ascender

import (
	"slices"

	"usher/internal/usher"
)

// nameManagers decides what is said of everybody's manager. The portal refuses whoever reports to
// themselves, by way of others or not: once the visit is done, and as it reads the file, when only
// what the file says has changed.
func (v *visit) nameManagers() {
	for _, p := range v.order {
		p.boss = v.named(p)
		p.boss.later = p.boss.later || formula(p.boss.address) // no file can hold it
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
