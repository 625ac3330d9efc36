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
	entries []entry
	used    int
}

// entry keeps the hash in two halves, which need no padding.
type entry struct {
	high, low uint32
	value     uint32 // 0: free
}

func (e entry) is(hash uint64) bool { return e.high == uint32(hash>>32) && e.low == uint32(hash) }

// add enters value under hash, unless something is there already, which it returns; 0 says that it was entered.
func (x *index) add(hash uint64, value uint32) uint32 {
	s := &x.shards[hash>>58]
	if 8*s.used >= 7*len(s.entries) {
		s.grow()
	}
	at, found := s.find(hash)
	if found {
		return s.entries[at].value
	}
	s.entries[at] = entry{uint32(hash >> 32), uint32(hash), value}
	s.used++
	return 0
}

// get is what was entered under hash; 0 when nothing was.
func (x *index) get(hash uint64) uint32 {
	s := &x.shards[hash>>58]
	if len(s.entries) == 0 {
		return 0
	}
	if at, found := s.find(hash); found {
		return s.entries[at].value
	}
	return 0
}

// find is the place of hash, or the free one where it belongs. One is always free.
func (s *shard) find(hash uint64) (at int, found bool) {
	mask := len(s.entries) - 1
	for at = int(hash) & mask; s.entries[at].value != 0; at = (at + 1) & mask {
		if s.entries[at].is(hash) {
			return at, true
		}
	}
	return at, false
}

func (s *shard) grow() {
	old := s.entries
	s.entries = make([]entry, max(8, 2*len(old)))
	for _, e := range old {
		if e.value != 0 {
			at, _ := s.find(uint64(e.high)<<32 | uint64(e.low))
			s.entries[at] = e
		}
	}
}
