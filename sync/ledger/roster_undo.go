package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
)

// UndoPlan plans to put back what a plan changed, as far as nobody changed it since. It
// waits for ConfirmPlan, and is a plan like any other: it can be undone in turn. What
// cannot be put back is among its findings.
func (l *Ledger) UndoPlan(ctx context.Context, by usher.Principal, number int64) (usher.Plan, error) {
	done, err := l.undoable(ctx, number)
	if err != nil {
		return done, err
	}
	f := Feed{Directory: done.Directory, File: done.File, ByHand: true, Mapping: done.Mapping}
	f.File.Origin = fmt.Sprintf("%s %d", usher.OriginUndo, number)
	p, err := l.beginPlan(ctx, f)
	if err != nil {
		return p, err
	}
	p.Undoes = done.ID
	w := &planner{ledger: l, ctx: ctx, feed: f, plan: p}
	if err := w.undo(done); err != nil {
		return p, errors.Join(fmt.Errorf("undo of plan %d: %w", number, err), l.forget(context.WithoutCancel(ctx), p))
	}
	return l.keepPlan(ctx, by, w)
}

// undoable is a plan that can be undone now, with all that it still had to do.
func (l *Ledger) undoable(ctx context.Context, number int64) (usher.Plan, error) {
	done, err := l.store.Look().Plan(ctx, number)
	if err == nil {
		err = l.applyPending(ctx, done.Directory)
	}
	if err == nil {
		done, err = l.store.Look().Plan(ctx, number)
	}
	switch {
	case err != nil:
		return done, fmt.Errorf("plan %d: %w", number, err)
	case done.Counts.Applied == 0:
		return done, fmt.Errorf("plan %d has changed nothing: %w", number, usher.ErrInvalid)
	case l.store.Now().Sub(done.AppliedAt) > UndoLife:
		return done, fmt.Errorf("plan %d was applied more than %d days ago: %w", number, int(UndoLife/(24*hour)), usher.ErrStale)
	}
	return done, nil
}

// undo stages the way back of each change that was applied.
func (w *planner) undo(done usher.Plan) error {
	if err := w.begin(); err != nil {
		return err
	}
	for after := int64(0); ; {
		var page []usher.Change
		err := w.ledger.store.Read(w.ctx, func(tx *store.Tx) error {
			var err error
			if page, err = tx.Changes(w.ctx, done.ID, after, comparedAtOnce, usher.ChangeApplied); err != nil || len(page) == 0 {
				return err
			}
			if err := w.reverse(tx, page); err != nil {
				return err
			}
			return w.look(tx)
		})
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		after = page[len(page)-1].Seq
	}
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.writeFindings(); err != nil {
		return err
	}
	var err error
	w.plan.Seats, err = w.view.seats()
	return err
}

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
	if w.near, err = w.readNear(tx, ids); err != nil {
		return err
	}
	for _, ch := range page {
		record := w.near.records[ch.Record]
		if err := w.putBack(ch, knownRow{rows[ch.Key], record, w.near.people[record.Person]}); err != nil {
			return fmt.Errorf("change %d: %w", ch.Seq, err)
		}
	}
	return nil
}

// putBack stages the way back of one change.
func (w *planner) putBack(ch usher.Change, k knownRow) error {
	var was, made usher.Image
	if err := json.Unmarshal(ch.After, &made); err != nil {
		return err
	}
	if len(ch.Before) > 0 {
		if err := json.Unmarshal(ch.Before, &was); err != nil {
			return err
		}
	} else {
		was.Gone = true
	}
	if changedSince(ch, made, k) {
		w.findings = append(w.findings, usher.Finding{Row: ch.Row, Code: "undo.changed_since", Severity: usher.SeverityWarning, Value: ch.Name,
			Text: "somebody changed the record since; it stays as it is"})
		return nil
	}
	if was.Gone {
		was.Attributes = k.record.Attributes
	}
	if made.Gone { // the record is made again
		k = knownRow{}
	}
	c := w.changeOf(k, was)
	if was.Gone {
		c.Class, c.Risks = usher.ClassLeaver, usher.RiskRelease
	}
	c.Row, c.Key = ch.Row, ch.Key
	if ch.Risks&usher.RiskKey != 0 { // back to the key that it had
		c.Key, c.Risks = was.Attributes.ExternalID, c.Risks|usher.RiskKey
	}
	return w.stage(c, k, was)
}

// changedSince says that the record or the row of a change are not as it left them.
func changedSince(ch usher.Change, made usher.Image, k knownRow) bool {
	if made.Gone {
		return k.row.Record != "" // the key came again
	}
	return k.record.Version != ch.Version || k.record.DeletedAt != 0 || k.row.Record != ch.Record || !says(k.row, made)
}
