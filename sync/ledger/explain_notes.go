package ledger

import (
	"fmt"
	"strings"

	"usher/internal/usher"
)

// notes say what is out of the ordinary about the person's account at a portal.
func (x *explainer) notes(p usher.Portal, a usher.Account) ([]string, error) {
	var notes []string
	admin, err := x.adminAt(p.ID, x.person.ID, a)
	if err != nil {
		return nil, err
	}
	if admin.Last(x.person) && a.Desired != nil && a.Desired.Admin {
		notes = append(notes, "kept as "+lastAdmin(p))
	}
	if a.Desired != nil && len(a.Desired.Unmapped) > 0 {
		notes = append(notes, "cannot be written before these have a value: "+strings.Join(a.Desired.Unmapped, "; ")+". Add it to the table of the column in the configuration, mend it at its source, or usher portal correct "+p.Name)
	}
	corrections, err := x.tx.CorrectionsFor(x.ctx, p.ID, x.person.ID)
	if err != nil {
		return nil, err
	}
	for _, c := range corrections {
		notes = append(notes, fmt.Sprintf("%s is %q by a correction of %s on %s: %s", c.Column, c.Value, c.By, instant(c.CreatedAt.Std()), c.Reason))
	}
	holdings, err := x.tx.HoldingsOf(x.ctx, a.ID)
	if err != nil {
		return nil, err
	}
	for _, h := range holdings {
		if known, ok := x.policy.pool(h.Subscription); ok && h.Stranger {
			notes = append(notes, "shows a seat in "+known.sub.Name+" that is none of ours; it counts as taken")
		}
	}
	return notes, nil
}
