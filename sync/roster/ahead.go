package roster

import (
	"iter"
	"slices"

	"usher/internal/table"
	"usher/internal/usher"
)

// batch is some rows in their order. It has a copy of its own of what the next row overwrites.
type batch struct {
	rows  []batched
	cells []string // of all rows
}

type batched struct {
	row table.Row
	err error
}

const (
	batchRows    = 256
	batchesAhead = 2 // that are read and wait to be mapped
)

// ahead has rows read by one processor while another maps those before them. What reads them has ended when this ends,
// whoever ended it. Where reading panics this does, after the full batches before it: files are strangers' work, and
// whoever asked for them to be read may live on.
func ahead(rows iter.Seq2[table.Row, error]) iter.Seq2[table.Row, error] {
	return func(yield func(table.Row, error) bool) {
		full, empty, stop := make(chan *batch, batchesAhead), make(chan *batch, batchesAhead+2), make(chan struct{})
		for range cap(empty) {
			empty <- &batch{}
		}
		var panicked *usher.Panicked // until full is closed it is the reader's
		go func() {
			defer close(full)
			defer func() { panicked = usher.Caught(recover()) }()
			readAhead(rows, full, empty, stop)
		}()
		defer func() {
			close(stop)
			for range full { // until it has ended
			}
		}()
		for b := range full {
			for _, r := range b.rows {
				if !yield(r.row, r.err) {
					return
				}
			}
			empty <- b
		}
		panicked.Again()
	}
}

// readAhead fills batches until rows end or nobody wants any more.
func readAhead(rows iter.Seq2[table.Row, error], full chan<- *batch, empty <-chan *batch, stop <-chan struct{}) {
	b := <-empty
	for row, err := range rows {
		b.add(row, err)
		if len(b.rows) < batchRows {
			continue
		}
		select {
		case full <- b:
		case <-stop:
			return
		}
		select {
		case b = <-empty: // there is one more than can be full or in use
		case <-stop:
			return
		}
		b.rows, b.cells = b.rows[:0], b.cells[:0]
	}
	select {
	case full <- b:
	case <-stop:
	}
}

func (b *batch) add(row table.Row, err error) {
	from := len(b.cells)
	b.cells = append(b.cells, row.Cells...)
	if row.Cells != nil {
		row.Cells = b.cells[from:len(b.cells):len(b.cells)]
	}
	row.Notes = slices.Clone(row.Notes)
	b.rows = append(b.rows, batched{row, err})
}
