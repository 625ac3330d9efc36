package ascender

import (
	"slices"

	"usher/internal/usher"
)

// differences are the cells that say something else than the portal was seen to show, by column.
// What should be blank is left as it is there.
func (v *visit) differences(p *person, m manager) map[int]string {
	out := map[int]string{}
	for i, c := range v.columns {
		want := c.wanted(p.change.Desired)
		switch {
		case c.role == roleEmail:
			continue
		case c.role == roleManager:
			want = m.address
		}
		if want != "" && !sameCell(c, want, p.change.Seen) && !(p.sameName() && (c.role == roleGiven || c.role == roleFamily)) {
			out[i] = want
		}
	}
	return out
}

// sameCell says that the portal shows what is wanted.
func sameCell(c column, want string, s *usher.Seen) bool {
	shown := c.shown(s)
	if c.role == roleManager {
		return shown != "" && fold(shown) == fold(want)
	}
	return clean(shown) == want
}

// unwritable says which cell keeps a row from being written, and how to mend it.
func (v *visit) unwritable(p *person, differs map[int]string) string {
	for i, c := range v.columns {
		if _, written := differs[i]; !written || c.role == roleManager {
			continue
		}
		if why := unwritable(c.raw(p.change.Desired)); why != "" {
			return c.name + " " + why + mend
		}
	}
	return ""
}

// mend is what an admin can do about a cell.
const mend = ": mend it at its source, or correct the column for this person"

// refuseAddresses keeps out whoever is new and has the address of somebody else.
func (v *visit) refuseAddresses() {
	count := map[string][]*person{}
	for _, p := range v.people {
		if p.address != "" {
			count[fold(p.address)] = append(count[fold(p.address)], p)
		}
	}
	for address, people := range count {
		_, isHeld := v.held[address]
		for _, p := range people {
			if p.state == absent && !p.leaves && p.change.RemoteID == "" && (isHeld || len(people) > 1) {
				p.refused = email + ": somebody else has this address at the portal, or is to have it; correct it, or link the two people"
			}
		}
		v.byAddress[address] = people[max(0, slices.IndexFunc(people, func(p *person) bool { return p.refused == "" }))]
	}
}

// columnNames say what is written where, for texts.
func (v *visit) columnNames(differs map[int]string) []string {
	var out []string
	for i, c := range v.columns {
		if text, ok := differs[i]; ok {
			out = append(out, c.name+": "+text)
		}
	}
	return out
}

// place is where a column stands, -1 where there is none.
func (v *visit) place(r role) int {
	return slices.IndexFunc(v.columns, func(c column) bool { return c.role == r })
}
