package ascender

// manager is what a row says of somebody's manager.
type manager struct {
	address string // blank: as it is, or nobody
	code    string // why it is blank although there is one
	note    string
	// later says that the portal can be told only by a task behind the file: who comes back is not
	// there before, and whose own manager is a task still stands where they stood, and some addresses look like a formula.
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
