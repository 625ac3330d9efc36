package ledger

import (
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
)

// rekeying is a row with a key that is new, and the record that bears its user name under
// another one.
type rekeying struct {
	row    usher.RosterRow
	record usher.Record
}

// bearers are the records of the directory that bear the user names of rows whose keys are
// new, by the folded name.
func (w *planner) bearers(tx *store.Tx, rows []usher.RosterRow, known map[string]knownRow) (map[string]usher.Record, error) {
	var names []string
	for _, r := range rows {
		if _, ok := known[r.Key]; !ok && r.Record.Attributes.UserName != "" {
			names = append(names, usher.FoldText(r.Record.Attributes.UserName))
		}
	}
	return tx.RecordsNamed(w.ctx, w.plan.Directory, names)
}

// rekey stages, once the whole file is read, what becomes of rows whose user name another
// key's record bears. Where the file names that key too, they are two people, one of whom
// bears a name that is taken. Else they may be the same under a new number: a human says so,
// and nobody is absent because of it.
func (w *planner) rekey() error {
	for part := range slices.Chunk(w.others, comparedAtOnce) {
		err := w.ledger.store.Read(w.ctx, func(tx *store.Tx) error {
			var keys []string
			for _, o := range part {
				keys = append(keys, o.record.Attributes.ExternalID)
			}
			known, err := w.knownOf(tx, keys)
			if err != nil {
				return err
			}
			for _, o := range part {
				if err := w.rekeyOne(known, o); err != nil {
					return err
				}
			}
			return w.look(tx)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *planner) rekeyOne(rows map[string]knownRow, o rekeying) error {
	old := o.record.Attributes.ExternalID
	k, ok := rows[old]
	known := w.keys.get(old)
	if !ok || known == nil || known.state&keySeen != 0 {
		return w.propose(nil, o.row)
	}
	known.state |= keySeen
	after := usher.Image{Attributes: o.row.Record.Attributes, Hash: o.row.Hash}
	after.Attributes.ExternalID = o.row.Key
	c := w.changeOf(k, after)
	c.Row, c.Key, c.Risks = o.row.Number, o.row.Key, c.Risks|usher.RiskKey
	w.rekeyed++
	return w.stage(c, k, after)
}

// refused notes what a refused row still says: that its key is there, unless that is not
// certain either.
func (w *planner) refused(r usher.RosterRow) {
	doubtful := slices.ContainsFunc(r.Findings, func(f usher.Finding) bool {
		return f.Code == "row.duplicate_id" || f.Code == "key.pattern"
	})
	if doubtful && r.Key != "" {
		w.keyless++
	}
	if e := w.keys.get(r.Key); e != nil && e.state&keyMissing != 0 {
		w.named = append(w.named, r.Key)
	}
}

// comeBack ends the absence of those whom a refused row names: they are in the file.
func (w *planner) comeBack() error {
	for part := range slices.Chunk(w.named, comparedAtOnce) {
		err := w.ledger.store.Read(w.ctx, func(tx *store.Tx) error {
			known, err := w.knownOf(tx, part)
			if err != nil {
				return err
			}
			for key, k := range known {
				after := k.image()
				after.Absences, after.AbsentSince = 0, 0
				c := usher.Change{Class: usher.ClassKept, Key: key, Record: k.record.ID, Person: k.record.Person, Version: k.record.Version, Revision: k.person.Revision}
				if err := w.stage(c, k, after); err != nil {
					return err
				}
				w.plan.Counts.Unchanged-- // its row is counted as refused
			}
			return w.look(tx)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
