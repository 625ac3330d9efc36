package ascender

// sortManagersFirst puts those who stay or come into the order of the file: the order of
// accounts, and before everybody the chain of their managers. A circle ends where it closes.
func (v *visit) sortManagersFirst() {
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
