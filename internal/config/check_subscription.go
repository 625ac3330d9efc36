package config

import "slices"

func (d *decoder) checkSubscription(path string, s Subscription, portals []Portal) {
	declared := slices.ContainsFunc(portals, func(p Portal) bool { return p.Name == s.Portal })
	if d.given(path+".portal") && !declared && !d.failed["portals"] {
		d.fault(path+".portal", "names a portal that is not declared", portalHint(s.Portal, portals))
	}
	if !s.Starts.IsZero() && !s.Ends.IsZero() && s.Ends.Compare(s.Starts) < 0 {
		d.fault(path+".ends", "is before starts", "the term's last day, as YYYY-MM-DD")
	}
}

// portalHint names portals that may have been meant, valid names only: what is
// none may be a value that slipped into a key's place.
func portalHint(word string, portals []Portal) string {
	var known []string
	for _, p := range portals {
		if validName.MatchString(p.Name) {
			known = append(known, p.Name)
		}
	}
	if len(known) == 0 {
		return "declare it under portals"
	}
	return suggest(word, known)
}
