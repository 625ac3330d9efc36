package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync/atomic"

	"usher/internal/store"
	"usher/internal/usher"
)

// planner computes the plan of one file. What is known of the directory is kept as a few
// bytes for each key, and changes go to the store in portions, so that memory does not
// grow with what stays the same.
type planner struct {
	ledger *Ledger
	ctx    context.Context
	feed   Feed
	plan   usher.Plan
	policy *policy

	keys *keyIndex // what is known of the directory

	counted  usher.PlanCounts       // rows that were read: how many, refused, unchanged
	rows     []usher.RosterRow      // read and not yet compared
	portions chan []usher.RosterRow // of these, to be compared
	failed   atomic.Bool            // they cannot be compared
	named    []string               // keys of refused rows that were missing before
	keyless  int                    // refused rows whose key may be somebody else's
	others   []rekeying             // rows that bear the user name of another key's record
	rekeyed  int                    // of these, how many are taken for the same people
	findings []usher.Finding        // not yet written
	found    int                    // findings written
	staged   []stagedChange         // not yet written
	fresh    []imaged               // of these, the last ones, at which view has still to look
	near     near                   // what they were staged from
	seq      int64                  // changes written
	view     *planView              // what the changes would do to seats
	next     *Policy                // what is computed with instead of the policy in force; nil for none
}

// keyState is what a planner knows of a key.
type keyState uint8

const (
	keyKnown   keyState = 1 << iota // there is such a key
	keySeen                         // in the file
	keyMissing                      // the last complete file did not name it
	keyGone                         // left by absence
)

const (
	comparedAtOnce = 500    // rows that are looked up together
	stagedAtOnce   = 20_000 // changes that are ordered together
	writtenAtOnce  = 250    // changes to a transaction
)

func (w *planner) run() error {
	if err := errors.Join(w.begin(), w.know()); err != nil {
		return fmt.Errorf("what is known: %w", err)
	}
	summary, err := w.read()
	if err != nil {
		return err
	}
	w.plan.Summary = summary
	w.plan.Summary.Keyless += w.keyless
	w.findings = append(w.findings, summary.Findings...)
	w.plan.Summary.Findings = nil
	for _, f := range summary.Findings {
		if f.Row == 0 {
			w.plan.Summary.Findings = append(w.plan.Summary.Findings, f)
		}
	}
	if !summary.RefusedFile() {
		err = w.conclude()
	}
	return errors.Join(err, w.writeFindings())
}

// conclude stages what shows only once the whole file is read, and writes what is staged.
func (w *planner) conclude() error {
	for _, step := range []func() error{w.compareRest, w.rekey, w.comeBack, w.absences, w.flush} {
		if err := step(); err != nil {
			return err
		}
	}
	var err error
	w.plan.Seats, err = w.view.seats()
	return err
}

// begin reads by what is computed.
func (w *planner) begin() error {
	return w.ledger.store.Read(w.ctx, func(tx *store.Tx) (err error) {
		w.policy, err = loadPolicy(w.ctx, tx, w.plan.Policy)
		if err == nil && w.next != nil {
			w.policy, err = w.underNext(tx)
		}
		w.view = newPlanView(w)
		return err
	})
}

// know reads what the last accepted files said.
func (w *planner) know() error {
	err := errTwin
	for errors.Is(err, errTwin) {
		err = w.ledger.store.Read(w.ctx, func(tx *store.Tx) error {
			n, err := tx.CountRosterRows(w.ctx, w.plan.Directory)
			if err != nil {
				return err
			}
			w.keys = newKeyIndex(n)
			if err := tx.RosterRows(w.ctx, w.plan.Directory, w.keys.add); err != nil {
				return err
			}
			return tx.AbsentRows(w.ctx, w.plan.Directory, func(key string, absences int) error {
				w.keys.get(key).state |= stateOf(absences)
				return nil
			})
		})
	}
	return err
}

// leftAfter is how many complete files in a row have to leave somebody out before they
// count as having left.
const leftAfter = 2

func stateOf(absences int) keyState {
	if absences >= leftAfter {
		return keyGone
	}
	return keyMissing
}

// compareRest compares the portion that was not full.
func (w *planner) compareRest() error {
	rows := w.rows
	w.rows = nil
	return w.compare(rows)
}

// compare turns rows that are new into changes.
func (w *planner) compare(rows []usher.RosterRow) error {
	keys := make([]string, len(rows))
	for i, r := range rows {
		keys[i] = r.Key
	}
	err := w.ledger.store.Read(w.ctx, func(tx *store.Tx) error {
		known, err := w.knownOf(tx, keys)
		if err != nil {
			return err
		}
		bearers, err := w.bearers(tx, rows, known)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if other, ok := bearers[usher.FoldText(r.Record.Attributes.UserName)]; ok && known[r.Key].record.ID == "" && r.Record.Attributes.Active {
				w.others = append(w.others, rekeying{r, other})
				continue
			}
			if err := w.propose(known, r); err != nil {
				return fmt.Errorf("row %d: %w", r.Number, err)
			}
		}
		return w.look(tx)
	})
	if err == nil && len(w.staged) >= stagedAtOnce {
		err = w.flush()
	}
	return err
}

// knownRow is what is known of one key.
type knownRow struct {
	row    store.RosterRow
	record usher.Record
	person usher.Person
}

// image is what an undo puts back.
func (k knownRow) image() usher.Image {
	return usher.Image{
		Attributes: k.record.Attributes, Hash: k.row.Hash, Absences: k.row.Absences, AbsentSince: k.row.AbsentSince,
		StartedAt: k.record.StartedAt, EndsKnownAt: k.record.EndsKnownAt,
	}
}

func (w *planner) knownOf(tx *store.Tx, keys []string) (map[string]knownRow, error) {
	rows, err := tx.RosterRowsOf(w.ctx, w.plan.Directory, keys)
	if err != nil {
		return nil, err
	}
	var ids []usher.ID
	for _, r := range rows {
		ids = append(ids, r.Record)
	}
	if w.near, err = w.readNear(tx, ids); err != nil {
		return nil, err
	}
	known := make(map[string]knownRow, len(rows))
	for key, row := range rows {
		record := w.near.records[row.Record]
		known[key] = knownRow{row, record, w.near.people[record.Person]}
	}
	return known, nil
}

// propose stages the change that a row asks for.
func (w *planner) propose(known map[string]knownRow, r usher.RosterRow) error {
	after := usher.Image{Attributes: r.Record.Attributes, Hash: r.Hash}
	after.Attributes.ExternalID = r.Key
	k, ok := known[r.Key]
	if !ok && !after.Attributes.Active {
		w.plan.Counts.Unchanged++ // left before we ever heard of them
		return nil
	}
	c := w.changeOf(k, after)
	c.Row, c.Key = r.Number, r.Key
	return w.stage(c, k, after)
}

// countIn is where changes of a class are counted.
func countIn(n *usher.PlanCounts, class usher.ChangeClass) *int {
	switch class {
	case usher.ClassJoiner:
		return &n.Joiners
	case usher.ClassRejoiner:
		return &n.Rejoiners
	case usher.ClassLeaver:
		return &n.Leavers
	case usher.ClassMover:
		return &n.Movers
	case usher.ClassMissing:
		return &n.Missing
	case usher.ClassAbsent:
		return &n.Absent
	}
	return &n.Unchanged
}

// changeOf is what becomes of a record when the file says after.
func (w *planner) changeOf(k knownRow, after usher.Image) usher.Change {
	before := k.record.Attributes
	c := usher.Change{Record: k.record.ID, Person: k.record.Person, Version: k.record.Version, Revision: k.person.Revision}
	switch {
	case k.record.ID == "":
		c.Class = usher.ClassJoiner
		return c
	case before.Active && !after.Attributes.Active:
		c.Class, c.Risks = usher.ClassLeaver, usher.RiskRelease
	case !before.Active && after.Attributes.Active:
		c.Class = usher.ClassRejoiner
	case reflect.DeepEqual(before, after.Attributes):
		c.Class = usher.ClassKept
	default:
		c.Class = usher.ClassMover
	}
	if usher.FoldText(before.Address()) != usher.FoldText(after.Attributes.Address()) {
		c.Risks |= usher.RiskAddress
		w.plan.Counts.Addresses++
	}
	if before.Department != after.Attributes.Department {
		w.plan.Counts.Departments++
	}
	if before.Manager != "" && before.Manager != after.Attributes.Manager {
		c.Risks |= usher.RiskManager
		w.plan.Counts.Managers++
	}
	return c
}

// stagedChange is a change with what orders it.
type stagedChange struct {
	usher.Change
	manager, userName string
}

// stage keeps a change with its images.
func (w *planner) stage(c usher.Change, k knownRow, after usher.Image) error {
	var err error
	if k.record.ID != "" {
		before := k.image()
		if c.Before, err = json.Marshal(before); err != nil {
			return err
		}
	}
	if c.After, err = json.Marshal(after); err != nil {
		return err
	}
	c.Plan, c.State = w.plan.ID, usher.ChangePlanned
	c.Name, c.Address = after.Attributes.FullName(), after.Attributes.Address()
	w.staged = append(w.staged, stagedChange{c, after.Attributes.Manager, after.Attributes.UserName})
	w.fresh = append(w.fresh, imaged{c, after})
	*countIn(&w.plan.Counts, c.Class)++
	return nil
}

// look has the view look at what was staged in this transaction.
func (w *planner) look(tx *store.Tx) error {
	err := w.view.add(tx, w.fresh, w.near)
	w.fresh = w.fresh[:0]
	return err
}

// flush writes the staged changes, managers before their reports.
func (w *planner) flush() error {
	managersFirst(w.staged)
	for part := range slices.Chunk(w.staged, writtenAtOnce) {
		changes := make([]usher.Change, len(part))
		for i, c := range part {
			w.seq++
			changes[i] = c.Change
			changes[i].Seq = w.seq
		}
		err := w.ledger.store.Write(w.ctx, func(tx *store.Tx) error { return tx.AddChanges(w.ctx, changes) })
		if err != nil {
			return err
		}
	}
	w.staged = w.staged[:0]
	return nil
}

func (w *planner) writeFindings() error {
	if len(w.findings) == 0 {
		return nil
	}
	err := w.ledger.store.Write(w.ctx, func(tx *store.Tx) error { return tx.AddFindings(w.ctx, w.plan.ID, w.found, w.findings) })
	w.found += len(w.findings)
	w.findings = w.findings[:0]
	return err
}
