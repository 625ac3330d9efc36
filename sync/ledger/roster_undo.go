package ledger

import (
	"encoding/json"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
)

// reverse stages the way back of changes that were applied. Whoever was changed since is
// listed and left alone.
func (w *planner) reverse(tx *store.Tx, page []usher.Change) error {
	var keys []string
	var ids []usher.ID
	for _, ch := range page {
		keys, ids = append(keys, ch.Key), append(ids, ch.Record)
	}
	rows, err := tx.RosterRowsOf(w.ctx, w.plan.Directory, keys)
	if err != nil {
		return err
	}
	records, err := tx.RecordsByID(w.ctx, ids)
	if err != nil {
		return err
	}
	for _, ch := range page {
		k := knownRow{row: rows[ch.Key], record: records[ch.Record]}
		if k.record.Person != "" {
			if k.person, err = tx.Person(w.ctx, k.record.Person); err != nil {
				return err
			}
		}
		if err := w.putBack(ch, k); err != nil {
			return fmt.Errorf("change %d: %w", ch.Seq, err)
		}
	}
	return nil
}

// putBack stages the way back of one change.
func (w *planner) putBack(ch usher.Change, k knownRow) error {
	if k.record.Version != ch.Version {
		w.findings = append(w.findings, usher.Finding{Row: ch.Row, Code: "undo.changed_since", Severity: usher.SeverityWarning, Value: ch.Name,
			Text: "somebody changed the record since; it stays as it is"})
		return nil
	}
	var was usher.Image
	if len(ch.Before) > 0 {
		if err := json.Unmarshal(ch.Before, &was); err != nil {
			return err
		}
	} else {
		was = usher.Image{Attributes: k.record.Attributes, Gone: true}
	}
	if k.record.DeletedAt != 0 { // the undo of an undo: the record is made again
		k = knownRow{}
	}
	c := w.changeOf(k, was)
	if was.Gone {
		c.Class, c.Risks = usher.ClassLeaver, usher.RiskRelease
	}
	c.Row, c.Key = ch.Row, ch.Key
	return w.stage(c, k, was)
}
