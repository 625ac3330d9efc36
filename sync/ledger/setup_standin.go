package ledger

import (
	"slices"

	"usher/internal/usher"
)

// standIns are the wanted directories, where it takes two that are configured for one to stand in: one of which the
// other is gone can do so for nobody, and one that is gone itself is written once more without. Its people stay, and
// so would its word on those of others.
func standIns(wanted, known []usher.Directory) []usher.Directory {
	list := slices.Clone(wanted)
	for i, d := range list {
		if !named(wanted, d.StandIn.For) {
			list[i].StandIn = usher.StandIn{}
		}
	}
	for _, k := range known {
		if k.StandIn.For != "" && !named(wanted, k.Name) {
			k.StandIn = usher.StandIn{}
			list = append(list, k)
		}
	}
	return list
}

func named(list []usher.Directory, name string) bool {
	return slices.ContainsFunc(list, func(d usher.Directory) bool { return d.Name == name })
}
