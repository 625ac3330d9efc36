package ledger

import (
	"encoding/json"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// imaged is a change with the image that it leads to.
type imaged struct {
	usher.Change
	after usher.Image
}

func withImages(changes []usher.Change) ([]imaged, error) {
	list := make([]imaged, len(changes))
	for i, ch := range changes {
		list[i].Change = ch
		if err := json.Unmarshal(ch.After, &list[i].after); err != nil {
			return nil, fmt.Errorf("change %d: %w", ch.Seq, err)
		}
	}
	return list, nil
}

// remember has the transaction read at once what applying the changes will ask for.
func (c *change) remember(p usher.Plan, changes []imaged) error {
	a := store.Around{Directory: p.Directory}
	managers := map[string]bool{}
	for _, ch := range changes {
		r := usher.Record{Directory: p.Directory, Attributes: ch.after.Attributes}
		if ch.Record != "" {
			a.Records = append(a.Records, ch.Record)
		} else {
			wanted, _ := plan.Identifiers(c.policy.directories[p.Directory], r)
			a.Identifiers = append(a.Identifiers, wanted...)
		}
		if name := r.Attributes.Manager; name != "" && !managers[name] {
			managers[name] = true
			a.References = append(a.References, name)
		}
	}
	return c.tx.Remember(c.ctx, a)
}
