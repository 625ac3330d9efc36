package ledger

import (
	"errors"

	"usher/internal/usher"
)

// read has the feed's rows read, while those that are new are compared beside it, portion by
// portion and in their order: the one waits for the disk and the other for the store. It panics where
// either does, once the other has ended.
func (w *planner) read() (usher.RosterSummary, error) {
	summary, err := w.readBeside()
	if panicked, found := errors.AsType[*usher.Panicked](err); found {
		panicked.Again()
	}
	w.plan.Counts.Rows += w.counted.Rows
	w.plan.Counts.Refused += w.counted.Refused
	w.plan.Counts.Unchanged += w.counted.Unchanged
	return summary, err
}

func (w *planner) readBeside() (summary usher.RosterSummary, err error) {
	w.portions = make(chan []usher.RosterRow, 1)
	compared := make(chan error)
	go func() { compared <- w.compareAll() }()
	defer func() {
		close(w.portions)
		if failed := <-compared; failed != nil {
			err = failed // which is why the reading was given up
		}
	}()
	return w.feed.Read(w.ctx, w.same, w.take)
}

// compareAll compares portions until they end, or until one cannot be compared; the others
// are let go by.
func (w *planner) compareAll() error {
	var err error
	for rows := range w.portions {
		if err != nil {
			continue
		}
		if err = w.compareCaught(rows); err != nil {
			w.failed.Store(true)
		}
	}
	return err
}

// compareCaught is compare; a panic is an error of type usher.Panicked.
func (w *planner) compareCaught(rows []usher.RosterRow) (err error) {
	defer func() {
		if panicked := usher.Caught(recover()); panicked != nil {
			err = panicked
		}
	}()
	return w.compare(rows)
}

// errGivenUp ends a reading whose rows cannot be compared.
var errGivenUp = errors.New("given up")

// same says that a row is one that was accepted before.
func (w *planner) same(key string, hash int64) bool {
	e := w.keys.get(key)
	return e != nil && e.row() == hash && e.state&(keyMissing|keyGone) == 0
}

// take counts a row, and keeps it where it is new. What compare counts at the same time it
// leaves alone.
func (w *planner) take(r usher.RosterRow) error {
	w.counted.Rows++
	known := w.keys.get(r.Key)
	if known != nil && r.Key != "" {
		known.state |= keySeen // also when it is refused: whom it is about is not absent
	}
	w.findings = append(w.findings, r.Findings...)
	if len(w.findings) >= comparedAtOnce {
		if err := w.writeFindings(); err != nil {
			return err
		}
	}
	switch {
	case r.Refused():
		w.counted.Refused++
		w.refused(r)
	case r.Same, known == nil && !r.Record.Attributes.Active: // or left before we ever heard of them
		w.counted.Unchanged++
	default:
		w.rows = append(w.rows, r)
	}
	return w.handOver()
}

// handOver gives a full portion to be compared.
func (w *planner) handOver() error {
	if w.failed.Load() {
		return errGivenUp
	}
	if len(w.rows) == comparedAtOnce {
		w.portions <- w.rows
		w.rows = nil
	}
	return nil
}
