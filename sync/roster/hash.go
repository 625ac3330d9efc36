package roster

import (
	"hash/maphash"
)

// FNV-1a with 64 bits (draft-eastlake-fnv): rows are compared with hashes that another process made.
const (
	fnvOffset = 0xcbf29ce484222325
	fnvPrime  = 0x100000001b3
)

// hasher makes the lasting hashes of rows and the passing ones of whom they name.
type hasher struct {
	first  uint64 // what a row's hash begins with: the mapping
	seed   maphash.Seed
	buffer []byte
}

func newHasher() hasher { return hasher{seed: maphash.MakeSeed()} }

func (h *hasher) start(mapping string) { h.first = fnv(fnvOffset, mapping) }

func fnv(hash uint64, s string) uint64 {
	for i := range len(s) {
		hash = (hash ^ uint64(s[i])) * fnvPrime
	}
	return hash
}

// row is the hash of the cells in the columns used, and of the mapping. Lengths keep cells apart.
func (h *hasher) row(cells []string, used []int) int64 {
	hash := h.first
	for _, column := range used {
		cell := cells[column]
		hash = fnv((hash^uint64(len(cell)))*fnvPrime, cell)
	}
	return int64(hash)
}

// address hashes the key of an address; not ok says that it is none.
func (h *hasher) address(s string) (hash uint64, err error) {
	h.buffer, err = appendAddress(h.buffer[:0], s)
	return maphash.Bytes(h.seed, h.buffer), err
}

// text hashes the key of a number or name.
func (h *hasher) text(s string) uint64 {
	h.buffer = appendText(h.buffer[:0], s)
	return maphash.Bytes(h.seed, h.buffer)
}

// reference hashes the key by which somebody is called, which stays in the buffer.
func (h *hasher) reference(s string) uint64 {
	h.buffer = appendReference(h.buffer[:0], s)
	return maphash.Bytes(h.seed, h.buffer)
}

// as is a hash for one of the attributes that identify people: an address of one kind is no address of another.
func as(hash uint64, a attribute) uint64 {
	hash ^= uint64(a+1) * 0x9e3779b97f4a7c15
	hash ^= hash >> 32
	return hash * 0xd6e8feb86659fd93
}
