package roster

import (
	"hash/maphash"
	"math/bits"
)

// What hashes start from and are multiplied by: odd numbers without a pattern (wyhash).
const (
	hashStart  = 0xa0761d6478bd642f
	hashFactor = 0xe7037ed1a0b428db
)

// hasher makes the lasting hashes of rows and the passing ones of whom they name.
type hasher struct {
	first  uint64 // what a row's hash begins with: the mapping
	seed   maphash.Seed
	buffer []byte
}

func newHasher() hasher { return hasher{seed: maphash.MakeSeed()} }

func (h *hasher) start(mapping string) { h.first = mixText(hashStart, mapping) }

// mix folds a product of 128 bits, so that every bit of both counts.
func mix(hash, word uint64) uint64 {
	hi, lo := bits.Mul64(hash^word, hashFactor)
	return hi ^ lo
}

// mixText takes the length first, which keeps one text apart from the next, and then eight bytes at a time. The hash
// lasts: another process compares with it.
func mixText(hash uint64, s string) uint64 {
	hash = mix(hash, uint64(len(s)))
	for ; len(s) >= 8; s = s[8:] {
		hash = mix(hash, uint64(s[0])|uint64(s[1])<<8|uint64(s[2])<<16|uint64(s[3])<<24|
			uint64(s[4])<<32|uint64(s[5])<<40|uint64(s[6])<<48|uint64(s[7])<<56)
	}
	if s == "" {
		return hash
	}
	var rest uint64
	for i := range len(s) {
		rest |= uint64(s[i]) << (8 * i)
	}
	return mix(hash, rest)
}

// row is the hash of the cells in the columns used, and of the mapping.
func (h *hasher) row(cells []string, used []int) int64 {
	hash := h.first
	for _, column := range used {
		hash = mixText(hash, cells[column])
	}
	return int64(hash)
}

// address hashes the key of an address; plain says that it is made of ASCII characters alone.
func (h *hasher) address(s string) (hash uint64, plain bool, err error) {
	h.buffer, plain, err = appendAddress(h.buffer[:0], s)
	return maphash.Bytes(h.seed, h.buffer), plain, err
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
