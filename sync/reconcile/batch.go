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
	"time"

	"usher/connectors"
	"usher/internal/usher"
)

// batchLimit is how many accounts one rendering takes; the others come with the next.
const batchLimit = 10_000

// handOver makes batches of what is due and puts their files into place. A portal without
// a template, or a folder that is full, is a portal that does not work.
func (o *owner) handOver(ctx context.Context, p usher.Portal) error {
	if o.breaker.allow(time.Now(), 1, 0) == 0 {
		return nil
	}
	ready, err := o.ready(ctx, p)
	if err != nil {
		return err
	}
	if ready {
		if err := o.collect(ctx, p); err != nil {
			return err
		}
	}
	return o.writeFiles(ctx)
}

// ready says whether a batch can be made: something is due for long enough, and of a hard
// pool nobody has to confirm anything, because whether its seats are free is not known
// before.
func (o *owner) ready(ctx context.Context, p usher.Portal) (bool, error) {
	if !p.Live {
		return false, nil
	}
	due, err := o.Look().DueAccounts(ctx, p.ID, 1)
	if err != nil || len(due) == 0 || o.Look().Now() < due[0].NextTryAt.Add(o.Gather) {
		return false, err
	}
	if !p.Hard {
		return true, nil
	}
	open, err := o.Look().OpenBatches(ctx, p.ID)
	return open == 0, err
}

// collect renders what is due and commits it as batches, before any file is written. What
// changed meanwhile is collected again in the next round.
func (o *owner) collect(ctx context.Context, p usher.Portal) error {
	began := time.Now()
	changes, err := o.Ledger.Collect(ctx, p.ID, batchLimit)
	if err != nil || len(changes) == 0 {
		return err
	}
	handover, err := o.handover(ctx, p, changes)
	if err != nil {
		return err
	}
	files, outcomes, err := o.Whole.Render(handover)
	if err != nil {
		o.failed(fmt.Errorf("render: %w", err))
		return nil
	}
	if err := o.commit(ctx, p, files); errors.Is(err, usher.ErrStale) {
		return nil
	} else if err != nil {
		return fmt.Errorf("commit visit at portal %s: %w", p.Name, err)
	}
	for i, outcome := range outcomes {
		o.Observer.Told(o.name, outcome.Result, time.Since(began))
		if outcome.Result != usher.Refused {
			continue
		}
		if err := o.Ledger.RefuseChange(ctx, o.lease, changes[i], outcome.Reason); err != nil {
			return fmt.Errorf("refuse account %s: %w", changes[i].Account, err)
		}
	}
	return nil
}

// commit keeps the files of one rendering as one visit.
func (o *owner) commit(ctx context.Context, p usher.Portal, files []connectors.File) error {
	if len(files) == 0 {
		return nil
	}
	var batches []usher.Batch
	for _, f := range files {
		batches = append(batches, usher.Batch{Kind: f.Kind, Name: f.Name, Content: f.Content, Rows: f.Rows, Notes: f.Notes})
	}
	_, _, err := o.Ledger.CommitVisit(ctx, o.lease, p, batches, false)
	return err
}

// handover is what the connector has to know to make files of changes.
func (o *owner) handover(ctx context.Context, p usher.Portal, changes []usher.AccountChange) (connectors.Handover, error) {
	templates, err := o.Look().Templates(ctx, p.ID)
	return connectors.Handover{Changes: changes, Templates: templates}, err
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
		if err := o.place(b); err != nil {
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
