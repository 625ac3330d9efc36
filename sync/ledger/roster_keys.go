package ledger

import (
	"errors"
	"hash/maphash"
	"math/bits"
)

// keyIndex knows of each key of a directory what was last read of it, in twenty bytes and an
// eighth: a million keys take less than 25 MB, at once and for good.
//
// A key is known by a hash of 64 bits, which two known keys never share: then another seed
// is tried. That one which is not known shares it with one that is has to be put up with; it
// is looked up by its text before anything is concluded from it.
type keyIndex struct {
	seed    maphash.Seed
	entries []keyEntry
	used    int
}

// keyEntry keeps its numbers in halves, which need no padding.
type keyEntry struct {
	high, low       uint32 // the hash of the key
	rowHigh, rowLow uint32 // the hash of what was last read of it
	state           keyState
}

func (e *keyEntry) row() int64 { return int64(uint64(e.rowHigh)<<32 | uint64(e.rowLow)) }

// errTwin says that two keys have the same hash.
var errTwin = errors.New("two keys with one hash")

// newKeyIndex makes an index for so many keys.
func newKeyIndex(keys int) *keyIndex {
	return &keyIndex{seed: maphash.MakeSeed(), entries: make([]keyEntry, keys+keys/8+1)}
}

// add enters a key.
func (x *keyIndex) add(key string, row int64) error {
	e, found := x.find(key)
	if found {
		return errTwin
	}
	if x.used++; x.used == len(x.entries) {
		return errors.New("more keys than were counted")
	}
	hash := maphash.String(x.seed, key)
	*e = keyEntry{uint32(hash >> 32), uint32(hash), uint32(uint64(row) >> 32), uint32(row), keyKnown}
	return nil
}

// get is the entry of a key; nil for none.
func (x *keyIndex) get(key string) *keyEntry {
	if e, found := x.find(key); found {
		return e
	}
	return nil
}

// find is the entry of a key, or the free one where it belongs. One is always free.
func (x *keyIndex) find(key string) (e *keyEntry, found bool) {
	hash := maphash.String(x.seed, key)
	place, _ := bits.Mul64(hash, uint64(len(x.entries)))
	for at := int(place); ; at++ {
		if at == len(x.entries) {
			at = 0
		}
		e = &x.entries[at]
		if e.state == 0 {
			return e, false
		}
		if e.high == uint32(hash>>32) && e.low == uint32(hash) {
			return e, true
		}
	}
}

// any says whether any key is in a state.
func (x *keyIndex) any(is func(keyState) bool) bool {
	for i := range x.entries {
		if s := x.entries[i].state; s != 0 && is(s) {
			return true
		}
	}
	return false
}
