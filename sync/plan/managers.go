package plan

import "usher/internal/usher"

// Cycle is the cycle of managers that start is part of, from start on; nil when start is in none. managerOf gives the
// empty ID for a person without a known manager. A cycle further up, which does not come back to start, is not start's:
// it is found from its own members.
func Cycle(start usher.ID, managerOf func(usher.ID) usher.ID) []usher.ID {
	path := []usher.ID{start}
	seen := map[usher.ID]bool{start: true}
	for at := managerOf(start); at != ""; at = managerOf(at) {
		if at == start {
			return path
		}
		if seen[at] {
			return nil
		}
		seen[at] = true
		path = append(path, at)
	}
	return nil
}

// Chain is the managers above start, nearest first and at most limit of them. It ends before the first person who would
// come twice.
func Chain(start usher.ID, managerOf func(usher.ID) usher.ID, limit int) []usher.ID {
	var chain []usher.ID
	seen := map[usher.ID]bool{start: true}
	for at := managerOf(start); at != "" && !seen[at] && len(chain) < limit; at = managerOf(at) {
		seen[at] = true
		chain = append(chain, at)
	}
	return chain
}
