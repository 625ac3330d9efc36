package roster

// index knows under what number a hash was entered first. It holds 12 bytes per entry and grows shard by shard, so that
// growing never needs a second copy of the whole.
//
// Two texts that share a hash of 64 bits are taken for one. The seed of the hash is new for every reading, so nobody can
// make such a pair; by chance one in four million files of a million rows has one. It then costs a row, with a finding
// that names both rows, and the next reading does not repeat it.
type index struct {
	shards [64]shard
}

type shard struct {
	hashes []uint64
	values []uint32 // 0: free
	used   int
}

// add enters value under hash, unless something is there already, which it returns; 0 says that it was entered.
func (x *index) add(hash uint64, value uint32) uint32 {
	s := &x.shards[hash>>58]
	if 8*s.used >= 7*len(s.hashes) {
		s.grow()
	}
	at, found := s.find(hash)
	if found {
		return s.values[at]
	}
	s.hashes[at], s.values[at] = hash, value
	s.used++
	return 0
}

// get is what was entered under hash; 0 when nothing was.
func (x *index) get(hash uint64) uint32 {
	s := &x.shards[hash>>58]
	if len(s.hashes) == 0 {
		return 0
	}
	if at, found := s.find(hash); found {
		return s.values[at]
	}
	return 0
}

// find is the place of hash, or the free one where it belongs. One is always free.
func (s *shard) find(hash uint64) (at int, found bool) {
	mask := len(s.hashes) - 1
	for at = int(hash) & mask; s.values[at] != 0; at = (at + 1) & mask {
		if s.hashes[at] == hash {
			return at, true
		}
	}
	return at, false
}

func (s *shard) grow() {
	old := *s
	size := max(8, 2*len(old.hashes))
	*s = shard{hashes: make([]uint64, size), values: make([]uint32, size), used: old.used}
	for i, v := range old.values {
		if v != 0 {
			at, _ := s.find(old.hashes[i])
			s.hashes[at], s.values[at] = old.hashes[i], v
		}
	}
}
