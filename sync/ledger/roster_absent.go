package ledger

import (
	"usher/internal/store"
	"usher/internal/usher"
)

// absenceGap is how much later than the file that first left somebody out another one has to
// come to count.
const absenceGap = hour

// absences stages what a complete file means for those whom it does not name: the first
// time it is noted, the second time they have left. Whoever left before stays as they are.
func (w *planner) absences() error {
	if !w.feed.Full || !w.keys.any(unnamed) {
		return nil
	}
	var keys []string
	err := w.ledger.store.Read(w.ctx, func(tx *store.Tx) error {
		return tx.RosterRows(w.ctx, w.plan.Directory, func(key string, _ int64) error {
			if e := w.keys.get(key); e != nil && unnamed(e.state) {
				keys = append(keys, key)
			}
			return nil
		})
	})
	for len(keys) > 0 && err == nil {
		n := min(len(keys), comparedAtOnce)
		err = w.absent(keys[:n])
		keys = keys[n:]
	}
	return err
}

// unnamed says that the file does not name a key of somebody who has not left.
func unnamed(s keyState) bool { return s&(keySeen|keyGone) == 0 }

func (w *planner) absent(keys []string) error {
	return w.ledger.store.Read(w.ctx, func(tx *store.Tx) error {
		known, err := w.knownOf(tx, keys)
		if err != nil {
			return err
		}
		for _, key := range keys {
			k := known[key]
			if !k.record.Attributes.Active || k.record.DeletedAt != 0 {
				continue // left before, by a row that said so
			}
			if err := w.miss(key, k); err != nil {
				return err
			}
		}
		return w.look(tx)
	})
}

func (w *planner) miss(key string, k knownRow) error {
	after := usher.Image{Attributes: k.record.Attributes, Hash: k.row.Hash, Absences: k.row.Absences + 1, AbsentSince: k.row.AbsentSince}
	c := usher.Change{Key: key, Record: k.record.ID, Person: k.record.Person, Version: k.record.Version, Revision: k.person.Revision}
	if after.Absences == 1 {
		after.AbsentSince = w.plan.CreatedAt
	}
	if after.Absences > 1 && (w.feed.Reread || w.plan.CreatedAt.Sub(k.row.AbsentSince) < absenceGap) {
		return nil // the same file sent again, or one made again at once
	}
	if after.Absences < leftAfter {
		c.Class, c.Risks = usher.ClassMissing, usher.RiskMissing
	} else {
		c.Class, c.Risks = usher.ClassAbsent, usher.RiskRelease
		after.Attributes.Active = false
	}
	return w.stage(c, k, after)
}
