package ascender

// managersFirst are those who stay or come in the order of accounts, and before everybody the
// chain of their managers. A circle ends where it closes.
func (v *visit) managersFirst(above func(*person) *person) []*person {
	var order []*person
	done := make(map[*person]bool, len(v.people))
	for _, p := range v.people {
		var chain []*person
		for up := p; up != nil && !done[up]; up = above(up) {
			done[up] = true
			chain = append(chain, up)
		}
		for i := len(chain) - 1; i >= 0; i-- {
			if up := chain[i]; up.refused == "" && !up.leaves {
				order = append(order, up)
			}
		}
	}
	return order
}

// above is the manager of somebody, where they are among the changes.
func (v *visit) above(p *person) *person {
	if m := p.change.Desired.Manager; m != "" {
		return v.byKey[m]
	}
	return nil
}

// aboveInTheEnd is the next of somebody's line of managers who is among the changes, as it is once
// everything is carried to the portal. Tasks are done one by one, and each has to hold when it is done.
func (v *visit) aboveInTheEnd(p *person) *person {
	at := v.edgeInTheEnd(fold(p.address))
	for range len(v.held) + 1 {
		if at == "" || v.byAddress[at] != nil {
			break
		}
		at = v.edgeInTheEnd(at)
	}
	return v.byAddress[at]
}
