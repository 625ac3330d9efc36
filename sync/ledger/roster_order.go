package ledger

import (
	"cmp"
	"slices"

	"usher/internal/usher"
)

// managersFirst orders changes so that a manager comes before the reports, and otherwise
// by row. A cycle has no first: its changes keep the order of their rows.
func managersFirst(changes []stagedChange) {
	managers := make([]string, len(changes))
	at := map[string]int{} // by which reference a change is found
	for i, c := range changes {
		managers[i] = usher.FoldText(c.manager)
		for _, name := range []string{c.Key, c.userName, c.Address} {
			if name != "" {
				at[usher.FoldText(name)] = i
			}
		}
	}
	depths := make([]int, len(changes))
	for i := range changes {
		depth := 0
		for j := i; depth <= maxChain; depth++ {
			up, ok := at[managers[j]]
			if !ok || managers[j] == "" {
				break
			}
			j = up
		}
		if depth > maxChain {
			depth = 0 // a cycle, or as good as one
		}
		depths[i] = depth
	}
	order := make([]int, len(changes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(depths[a], depths[b]), cmp.Compare(changes[a].Row, changes[b].Row))
	})
	sorted := make([]stagedChange, len(changes))
	for i, j := range order {
		sorted[i] = changes[j]
	}
	copy(changes, sorted)
}
