package store

import (
	"context"
	"strings"

	"usher/internal/usher"
)

// later is what a writing transaction has still to write, so that rows of one table go out together: a statement for each
// costs as much again as the row.
//
// What must stay true: nobody sees that it is late. All of it is written before the next statement that names one of the
// tables, and before the commit; and no other table depends on the rows.
type later struct {
	rows    []RosterRow
	changes []usher.Change
	failed  error // why something could not be written; nothing is committed then
}

// inTime writes what is late where a statement may ask for it.
func (tx *Tx) inTime(ctx context.Context, query string) {
	l := &tx.later
	if len(l.rows) > 0 && strings.Contains(query, "roster_row") || len(l.changes) > 0 && strings.Contains(query, "plan_change") {
		_ = tx.WriteLate(ctx) // it is in failed, and nothing is committed
	}
}

// WriteLate writes what is late, and says what could not be written, now or before.
func (tx *Tx) WriteLate(ctx context.Context) error {
	l := &tx.later
	rows, changes := l.rows, l.changes
	l.rows, l.changes = nil, nil
	if l.failed == nil {
		l.failed = tx.putRosterRows(ctx, rows)
	}
	if l.failed == nil {
		l.failed = tx.updateChanges(ctx, changes)
	}
	return l.failed
}
