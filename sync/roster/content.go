package roster

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"iter"

	"usher/internal/table"
)

// content sums up what package table finds in a file, but for where its lines break: the header, and of each row its
// number, its cells, and what is amiss with it. All that a reading says, save its counts of lines, comes from this, the
// mapping and the Options. So files with equal sums say the same, whatever their bytes are.
//
// A sum is taken at the rows 1,024, 2,048, 4,096 and so on, and one at the end: that two files differ shows about where
// they do. It is SHA-256, so that nobody can make a file that passes for another one.
type content struct {
	hash   hash.Hash
	buffer []byte // not yet hashed
	next   int    // the row at which the next sum is taken
	sums   []string
}

const (
	firstSum     = 1024
	hashedAtOnce = 32 << 10
)

func newContent(header []string) *content {
	c := &content{hash: sha256.New(), next: firstSum}
	c.texts(header)
	return c
}

// of passes rows on and takes each up. The sum of the whole is there when they have ended, and not before.
func (c *content) of(rows iter.Seq2[table.Row, error]) iter.Seq2[table.Row, error] {
	return func(yield func(table.Row, error) bool) {
		for row, err := range rows {
			if err == nil || isRowError(err) {
				c.row(row, err)
			}
			if !yield(row, err) || err != nil && !isRowError(err) {
				return
			}
		}
		c.sum()
	}
}

// row takes up one that could be read, or else what is wrong with it.
func (c *content) row(row table.Row, err error) {
	c.number(row.Number)
	c.texts(row.Cells)
	c.number(len(row.Notes))
	for _, note := range row.Notes {
		c.number(note.Column)
		c.texts([]string{note.Code, note.Problem})
	}
	c.flag(row.Hidden)
	c.flag(err != nil)
	if fault, found := errors.AsType[*table.RowError](err); found {
		c.number(fault.Column)
		c.texts([]string{row.Raw, fault.Name, fault.Code, fault.Problem})
	}
	if len(c.buffer) > hashedAtOnce {
		c.flush()
	}
	if row.Number == c.next {
		c.next *= 2
		c.sum()
	}
}

// texts writes the length of each text first, so that no two lists look alike.
func (c *content) texts(list []string) {
	c.number(len(list))
	for _, s := range list {
		c.number(len(s))
		c.buffer = append(c.buffer, s...)
	}
}

func (c *content) number(n int) { c.buffer = binary.AppendUvarint(c.buffer, uint64(n)) }

func (c *content) flag(set bool) {
	n := 0
	if set {
		n = 1
	}
	c.number(n)
}

func (c *content) flush() {
	c.hash.Write(c.buffer)
	c.buffer = c.buffer[:0]
}

// sum adds one over all that was taken up so far.
func (c *content) sum() {
	c.flush()
	c.sums = append(c.sums, hex.EncodeToString(c.hash.Sum(nil)))
}
