package ledger

import (
	"math/bits"
	"slices"
	"sort"
	"strings"

	"usher/internal/usher"
)

// wantedPeople is a search as the table understands it.
type wantedPeople struct {
	words []string // folded; each has to be found
	is    states
	// labels are sets: whoever is found bears one of each set.
	labels [][]label
	// after is the last of the part before; nil: the first part is wanted.
	after *hit
	limit int
}

// hit is somebody who was found. Rank 0 are those whom all words name, rank 1 those who are found by a label.
type hit struct {
	id   usher.ID
	name string
	rank int
}

// hits are one part of what was found.
type hits struct {
	people []hit
	more   bool // there is a next part
	// count is how many were found in all; atLeast says that it is no more than a beginning.
	count   int
	atLeast bool
}

// The bounds of a search: how far it counts beyond what it shows, and how many people it looks at for that.
const (
	countUpTo      = 1000
	countAmong     = 20_000
	maxSearchWords = 8
)

// searchWords are the words of what somebody types.
func searchWords(text string) []string {
	words := strings.Fields(usher.FoldSearch(text))
	return words[:min(len(words), maxSearchWords)]
}

// find looks for people. The table must not change meanwhile.
func (t *peopleTable) find(w wantedPeople) hits {
	s := &search{t: t, want: w, byLabel: make([]labelSet, len(w.words))}
	for _, set := range w.labels {
		s.filters = append(s.filters, t.setOf(set))
	}
	for i, word := range w.words {
		s.byLabel[i] = t.setSaying(word)
	}
	first := 0
	if w.after != nil {
		first = w.after.rank
	}
	for rank := first; rank < 2; rank++ {
		s.walk(rank)
	}
	return s.done()
}

// search is one search under way.
type search struct {
	t       *peopleTable
	want    wantedPeople
	filters []labelSet
	byLabel []labelSet // by word: the labels that say it
	hits    []hit
	counted int
	looked  int
	partial bool // it was not counted to the end
}

// walk finds whom a rank has: those in order as long as it takes, those out of order all.
func (s *search) walk(rank int) {
	if s.partial || rank == 1 && !slices.ContainsFunc(s.byLabel, func(l labelSet) bool { return l.any }) {
		return
	}
	blocks, from := s.blocks(rank), 0
	var last *foundPerson // all up to here were found before
	if after := s.want.after; after != nil && after.rank == rank {
		last = &foundPerson{id: after.id, name: after.name}
		from = sort.Search(s.t.sorted, func(i int) bool { return comparePeople(&s.t.people[i], last) > 0 })
	}
	loose := s.loose(blocks, rank, last)
	s.t.each(blocks, from, s.t.sorted, func(_ int, p *foundPerson) bool {
		if s.matches(p, rank) {
			for len(loose) > 0 && comparePeople(loose[0], p) < 0 {
				s.take(loose[0], rank)
				loose = loose[1:]
			}
			s.take(p, rank)
		}
		return s.goesOn()
	})
	for _, p := range loose {
		s.take(p, rank)
	}
}

// loose are those of a rank who stand out of order, in order.
func (s *search) loose(blocks []uint64, rank int, last *foundPerson) []*foundPerson {
	var found []*foundPerson
	s.t.each(blocks, s.t.sorted, len(s.t.people), func(_ int, p *foundPerson) bool {
		if (last == nil || comparePeople(p, last) > 0) && s.matches(p, rank) {
			found = append(found, p)
		}
		return true
	})
	slices.SortFunc(found, comparePeople)
	return found
}

func (s *search) take(p *foundPerson, rank int) {
	s.counted++
	if len(s.hits) <= s.want.limit {
		s.hits = append(s.hits, hit{p.id, p.name, rank})
	}
}

// goesOn says whether it is worth looking further: until there is one more than is shown, and for a first part some way on
// to say how many there are.
func (s *search) goesOn() bool {
	s.looked++
	enough := len(s.hits) > s.want.limit
	s.partial = enough && (s.want.after != nil || s.counted > countUpTo || s.looked > countAmong)
	return !s.partial
}

func (s *search) done() hits {
	h := hits{people: s.hits, count: s.counted, atLeast: s.partial}
	if len(h.people) > s.want.limit {
		h.people, h.more = h.people[:s.want.limit], true
	}
	if h.atLeast && h.count > countUpTo {
		h.count = countUpTo
	}
	return h
}

// matches says whether somebody is found in a rank.
func (s *search) matches(p *foundPerson, rank int) bool {
	if p.is&s.want.is == 0 {
		return false
	}
	if rank == 0 {
		return s.named(p) && s.chosen(p)
	}
	named := true
	for i, word := range s.want.words {
		if s.byLabel[i].has(p.labels) {
			named = named && strings.Contains(p.text, word)
		} else if !strings.Contains(p.text, word) {
			return false
		}
	}
	return !named && s.chosen(p) // whom all words name was in rank 0
}

// named says whether all words are in the text of somebody.
func (s *search) named(p *foundPerson) bool {
	for _, word := range s.want.words {
		if !strings.Contains(p.text, word) {
			return false
		}
	}
	return true
}

// chosen says whether somebody bears a label of each set that is wanted.
func (s *search) chosen(p *foundPerson) bool {
	for i := range s.filters {
		if !s.filters[i].has(p.labels) {
			return false
		}
	}
	return true
}

// blocks are those in which somebody of a rank can be.
func (s *search) blocks(rank int) []uint64 {
	blocks := make([]uint64, s.t.words)
	for i := range blocks {
		blocks[i] = ^uint64(0)
	}
	for _, f := range s.filters {
		and(blocks, f.blocks(s.t))
	}
	for i, word := range s.want.words {
		named := s.t.saying(word)
		if rank == 1 && s.byLabel[i].any {
			or(named, s.byLabel[i].blocks(s.t))
		}
		and(blocks, named)
	}
	return blocks
}

// saying are the blocks in which a word can be in a text.
func (t *peopleTable) saying(word string) []uint64 {
	blocks := make([]uint64, t.words)
	for i := range blocks {
		blocks[i] = ^uint64(0)
	}
	n := min(3, len(word))
	for i := 0; n > 1 && i+n <= len(word); i++ {
		and(blocks, t.row(gram(word[i:i+n])))
	}
	return blocks
}

func and(a, b []uint64) {
	for i := range a {
		a[i] &= b[i]
	}
}

func or(a, b []uint64) {
	for i := range a {
		a[i] |= b[i]
	}
}

// each calls f with everybody in the blocks whose place is in [from, to), until f says no.
func (t *peopleTable) each(blocks []uint64, from, to int, f func(int, *foundPerson) bool) {
	for block := from / blockSize; block*blockSize < to; {
		word := blocks[block/64] >> (block % 64)
		if word == 0 {
			block = (block/64 + 1) * 64
			continue
		}
		block += bits.TrailingZeros64(word)
		for at := max(from, block*blockSize); at < min(to, (block+1)*blockSize); at++ {
			if p := &t.people[at]; !p.gone && !f(at, p) {
				return
			}
		}
		block++
	}
}

// labelSet are some labels, by their number.
type labelSet struct {
	in  []uint64
	any bool
}

func (l *labelSet) add(t *peopleTable, n int32) {
	if l.in == nil {
		l.in = make([]uint64, (len(t.labels)+63)/64)
	}
	l.in[n/64] |= 1 << (n % 64)
	l.any = true
}

// has says whether one of the labels is in the set.
func (l *labelSet) has(labels []int32) bool {
	if !l.any {
		return false
	}
	for _, n := range labels {
		if l.in[n/64]&(1<<(n%64)) != 0 {
			return true
		}
	}
	return false
}

// blocks are those in which somebody bears one of the labels.
func (l *labelSet) blocks(t *peopleTable) []uint64 {
	blocks := make([]uint64, t.words)
	for i, word := range l.in {
		for ; word != 0; word &= word - 1 {
			or(blocks, t.row(labelBucket(int32(i*64+bits.TrailingZeros64(word))))) //nolint:gosec // it is a label's number
		}
	}
	return blocks
}

// setOf are those of some labels that anybody bears.
func (t *peopleTable) setOf(labels []label) (set labelSet) {
	for _, l := range labels {
		if n, has := t.labelAt[l]; has {
			set.add(t, n)
		}
	}
	return set
}
