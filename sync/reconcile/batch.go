package reconcile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"usher/connectors"
	"usher/internal/usher"
)

// batchLimit is how many accounts one rendering takes; the others come with the next.
const batchLimit = 10_000

// handOver makes batches of what is due and puts their files into place. A portal without
// a template, or a folder that is full, is a portal that does not work.
func (o *owner) handOver(ctx context.Context, p usher.Portal) error {
	if err := o.lookForTemplates(ctx); err != nil {
		return err
	}
	if o.breaker.allow(time.Now(), 1, 0) == 0 {
		return nil
	}
	occasion, err := o.occasion(ctx, p)
	if err != nil {
		return err
	}
	if occasion != noVisit {
		if err := o.collect(ctx, p, occasion); err != nil {
			return err
		}
	}
	return o.writeFiles(ctx)
}

// collect renders what is due and commits it as one visit, before any file is written. What
// changed meanwhile is collected again in the next round.
func (o *owner) collect(ctx context.Context, p usher.Portal, on occasion) error {
	began := time.Now()
	changes, err := o.changes(ctx, p, on)
	if err != nil || len(changes) == 0 {
		return err
	}
	handover, over, err := o.handover(ctx, p, changes)
	if err != nil {
		return err
	}
	for _, held := range over {
		if err := o.answer(ctx, held.change, usher.Outcome{Result: usher.Refused, Reason: held.reason, NoSeats: true}, began); err != nil {
			return err
		}
	}
	if len(handover.Changes) == 0 {
		return nil
	}
	files, outcomes, err := o.Whole.Render(handover)
	if err != nil {
		o.unrendered = sumsOf(handover.Templates)
		o.failed(fmt.Errorf("render: %w", err))
		return nil
	}
	if err := o.commit(ctx, p, files, on != regularVisit); errors.Is(err, usher.ErrStale) {
		return nil
	} else if err != nil {
		return fmt.Errorf("commit visit at portal %s: %w", p.Name, err)
	}
	for i, outcome := range outcomes {
		if err := o.answer(ctx, handover.Changes[i], outcome, began); err != nil {
			return err
		}
	}
	return nil
}

// answer notes what becomes of a change; one that has rows is noted with its visit.
func (o *owner) answer(ctx context.Context, c usher.AccountChange, outcome usher.Outcome, began time.Time) error {
	o.Observer.Told(o.name, outcome.Result, time.Since(began))
	if outcome.Result == usher.Awaiting {
		return nil
	}
	if err := o.Ledger.AnswerChange(ctx, o.lease, c, outcome); err != nil {
		return fmt.Errorf("account %s: %w", c.Account, err)
	}
	return nil
}

// lookForTemplates ends the pause after a rendering that failed once an admin brought another
// template: that is what it was for.
func (o *owner) lookForTemplates(ctx context.Context) error {
	if o.unrendered == nil {
		return nil
	}
	templates, err := o.Look().Templates(ctx, o.portal)
	if err == nil && !slices.Equal(sumsOf(templates), o.unrendered) {
		o.unrendered = nil
		o.breaker.resume(time.Now())
	}
	return err
}

// sumsOf are the sums of templates, by key; never nil.
func sumsOf(templates []usher.Template) []string {
	sums := []string{}
	for _, t := range templates {
		sums = append(sums, t.SHA256)
	}
	return sums
}

// commit keeps the files of one rendering as one visit.
func (o *owner) commit(ctx context.Context, p usher.Portal, files []connectors.File, urgent bool) error {
	if len(files) == 0 {
		return nil
	}
	var batches []usher.Batch
	for _, f := range files {
		batches = append(batches, usher.Batch{Kind: f.Kind, Name: f.Name, Content: f.Content, Rows: f.Rows, Notes: f.Notes})
	}
	_, _, err := o.Ledger.CommitVisit(ctx, o.lease, p, batches, urgent)
	return err
}

// writeFiles puts the files of committed batches into place: new ones, and those whose
// writer died before it could say that they are there.
func (o *owner) writeFiles(ctx context.Context) error {
	batches, err := o.Look().UnwrittenBatches(ctx, o.portal)
	if err != nil {
		return err
	}
	for _, b := range batches {
		began := time.Now()
		if err := o.put(ctx, b); err != nil {
			o.failed(fmt.Errorf("batch %s: %w", b.Name, err))
			return nil
		}
		if err := o.Ledger.BatchWritten(ctx, b.ID); err != nil {
			return fmt.Errorf("batch %s: %w", b.Name, err)
		}
		o.worked(began)
	}
	return nil
}

// put brings one file to where files for the portal go.
func (o *owner) put(ctx context.Context, b usher.Batch) error {
	if o.Outbox == nil {
		return o.place(b)
	}
	ctx, cancel := context.WithTimeout(ctx, o.LeaseLength/3)
	defer cancel()
	return o.Outbox.Put(ctx, b.Name, b.Content)
}

// place puts one file into the portal's folder. A file of that name is never overwritten:
// with the same content it is the one that is wanted.
func (o *owner) place(b usher.Batch) error {
	if err := os.MkdirAll(o.Folder, 0o750); err != nil {
		return err
	}
	path := filepath.Join(o.Folder, b.Name)
	err := o.WriteFile(path, 0o640, func(w io.Writer) error {
		_, err := w.Write(b.Content)
		return err
	})
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	there, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(there); hex.EncodeToString(sum[:]) != b.SHA256 {
		return fmt.Errorf("%s is there with another content; move it away, and it is written: %w", path, fs.ErrExist)
	}
	return nil
}
