package ledger

import (
	"cmp"
	"slices"
	"strings"

	"usher/internal/store"
	"usher/internal/usher"
)

// peopleTable holds in memory what people are searched by, in the order in which lists show them.
//
// A search looks at the text of few people: blocks of 32 neighbours share a bit for every three letters that occur in one of
// their texts, and for every label that one of them bears, so that a block in which a word cannot be is passed over. Texts
// and labels are what decides; a bit that is set without need costs time and nothing else.
//
// It takes about 400 bytes for each person: 40 MB at 100,000.
type peopleTable struct {
	people []foundPerson
	// sorted is how many of them are in order, the first ones. Whoever came, or changed their name, stands behind.
	sorted int
	gone   int // places that nobody has any longer
	at     map[usher.ID]int32

	labels  []label
	labelAt map[label]int32
	said    saidLabels

	// bits are rows of words, one row for each bucket of grams, with one bit for each block.
	bits  []uint64
	words int
}

// foundPerson is what of one person is searched.
type foundPerson struct {
	id   usher.ID
	name string // folded, for the order
	gone bool   // nobody has the place any longer; id and name stay for the order
	is   states
	// text is the name and the identifiers as they are searched, a line for each.
	text   string
	labels []int32
}

// states are a set of what people can be: active, unconfirmed, left.
type states byte

const (
	isActive states = 1 << iota
	isUnconfirmed
	isLeft
)

func statesOf(s usher.PeopleState) states {
	switch s {
	case usher.PeopleLeft:
		return isLeft
	case usher.PeopleUnconfirmed:
		return isUnconfirmed
	}
	return isActive
}

// label is what people have in common. Only departments, teams and managers are searched by their text.
type label struct {
	kind labelKind
	text string
}

type labelKind byte

const (
	labelDepartment labelKind = iota
	labelTeam
	labelManager   // by name
	labelReports   // to a person, by id
	labelDirectory // by id
	labelSeat      // the subscription's id and the seat's state
)

// searched says whether words are looked for in labels of the kind.
func (k labelKind) searched() bool { return k <= labelManager }

func seatLabel(subscription usher.ID, state usher.SeatState) label {
	return label{labelSeat, string(subscription) + "\n" + string(state)}
}

const (
	blockSize   = 32
	gramBuckets = 1 << 14
)

// newPeopleTable makes an empty table for so many people, and some who come later.
func newPeopleTable(people int) *peopleTable {
	blocks := (people+people/4+2048)/blockSize + 1
	t := &peopleTable{people: make([]foundPerson, 0, people+1), at: make(map[usher.ID]int32, people), labelAt: map[label]int32{}, words: (blocks + 63) / 64}
	t.bits = make([]uint64, gramBuckets*t.words)
	return t
}

// full says that another place would have no block.
func (t *peopleTable) full() bool { return len(t.people) >= t.words*64*blockSize }

// loose says that so many stand out of order that it is time to sort.
func (t *peopleTable) loose() bool {
	return t.full() || len(t.people)-t.sorted+t.gone > max(1024, t.sorted/8)
}

// intern gives the number of a label.
func (t *peopleTable) intern(l label) int32 {
	n, has := t.labelAt[l]
	if !has {
		n = int32(len(t.labels)) //nolint:gosec // there are fewer labels than memory could hold
		t.labels, t.labelAt[l] = append(t.labels, l), n
	}
	return n
}

// put takes up what is known of somebody now, and says whether their name is new. The label of their manager's name is
// for relabel to set, once all are there.
func (t *peopleTable) put(f store.PersonFacts) (renamed bool) {
	p := foundPerson{id: f.ID, name: f.Name, is: statesOf(f.State), text: searchedText(f), labels: t.labelsOf(f)}
	place, has := t.at[f.ID]
	if has && t.people[place].name == p.name {
		t.people[place] = p
		t.mark(place)
		return false
	}
	t.drop(f.ID)
	place = int32(len(t.people)) //nolint:gosec // as above
	t.people = append(t.people, p)
	t.at[f.ID] = place
	t.mark(place)
	return true
}

// drop forgets somebody.
func (t *peopleTable) drop(id usher.ID) {
	if place, has := t.at[id]; has {
		p := t.people[place]
		t.people[place] = foundPerson{id: p.id, name: p.name, gone: true}
		t.gone++
		delete(t.at, id)
	}
}

func (t *peopleTable) labelsOf(f store.PersonFacts) []int32 {
	labels := make([]int32, 0, 4+len(f.Teams)+len(f.Directories)+len(f.Seats))
	if f.Department != "" {
		labels = append(labels, t.intern(label{labelDepartment, usher.FoldSearch(f.Department)}))
	}
	for _, name := range f.Teams {
		labels = append(labels, t.intern(label{labelTeam, usher.FoldSearch(name)}))
	}
	for _, d := range f.Directories {
		labels = append(labels, t.intern(label{labelDirectory, string(d)}))
	}
	for _, s := range f.Seats {
		labels = append(labels, t.intern(seatLabel(s.Subscription, s.State)))
	}
	if f.Manager != "" {
		labels = append(labels, t.intern(label{labelReports, string(f.Manager)}))
	}
	return labels
}

// relabel gives somebody the label of their manager's present name.
func (t *peopleTable) relabel(place int32) {
	p := &t.people[place]
	labels := slices.DeleteFunc(slices.Clone(p.labels), func(n int32) bool { return t.labels[n].kind == labelManager })
	for _, n := range labels {
		if t.labels[n].kind != labelReports {
			continue
		}
		if manager, has := t.at[usher.ID(t.labels[n].text)]; has {
			labels = append(labels, t.intern(label{labelManager, usher.FoldSearch(t.people[manager].name)}))
			break
		}
	}
	p.labels = labels
	t.mark(place)
}

// relabelReports does so for everybody who reports to somebody whose name is new.
func (t *peopleTable) relabelReports(manager usher.ID) {
	n, has := t.labelAt[label{labelReports, string(manager)}]
	if !has {
		return
	}
	blocks := slices.Clone(t.row(labelBucket(n)))
	t.each(blocks, 0, len(t.people), func(place int, p *foundPerson) bool {
		if slices.Contains(p.labels, n) {
			t.relabel(int32(place)) //nolint:gosec // as above
		}
		return true
	})
}

// searchedText is each name by which somebody is known, once.
func searchedText(f store.PersonFacts) string {
	var text strings.Builder
	text.WriteString(usher.FoldSearch(f.Name))
	for _, known := range append(f.Identifiers, f.Address) {
		if known = usher.FoldSearch(known); !strings.Contains(text.String(), known) {
			text.WriteByte('\n')
			text.WriteString(known)
		}
	}
	return text.String()
}

// mark sets the bits of what the person of a place is found by.
func (t *peopleTable) mark(place int32) {
	block := int(place) / blockSize
	word, bit := block/64, uint64(1)<<(block%64)
	p := t.people[place]
	for i := range len(p.text) {
		if i+2 <= len(p.text) {
			t.bits[gram(p.text[i:i+2])*t.words+word] |= bit
		}
		if i+3 <= len(p.text) {
			t.bits[gram(p.text[i:i+3])*t.words+word] |= bit
		}
	}
	for _, n := range p.labels {
		t.bits[labelBucket(n)*t.words+word] |= bit
	}
}

// gram is the bucket of two or three bytes.
func gram(s string) int {
	n := uint32(s[0]) | uint32(s[1])<<8
	if len(s) > 2 {
		n |= uint32(s[2])<<16 | 1<<24
	}
	return int(n * 2654435761 >> 18)
}

// labelBucket is the bucket of a label.
func labelBucket(n int32) int { return int((uint32(n) | 1<<25) * 2654435761 >> 18) } //nolint:gosec // it is not negative

func (t *peopleTable) row(bucket int) []uint64 {
	return t.bits[bucket*t.words : (bucket+1)*t.words]
}

// inOrder is a table of the same people, all of them in order: their texts and labels too, which a search reads one after
// the other. The old one is as it was.
func (t *peopleTable) inOrder() *peopleTable {
	made := newPeopleTable(len(t.at))
	texts, borne := 0, 0
	for _, p := range t.people {
		if !p.gone {
			made.people = append(made.people, p)
			texts, borne = texts+len(p.text), borne+len(p.labels)
		}
	}
	slices.SortFunc(made.people, func(a, b foundPerson) int { return comparePeople(&a, &b) })
	made.sorted = len(made.people)
	var all strings.Builder
	all.Grow(texts)
	labels := make([]int32, 0, borne)
	for i := range made.people {
		p := &made.people[i]
		all.WriteString(p.text)
		first := len(labels)
		for _, n := range p.labels {
			labels = append(labels, made.intern(t.labels[n]))
		}
		p.labels = labels[first:len(labels):len(labels)]
	}
	made.said = made.say()
	rest := all.String()
	for i := range made.people {
		p := &made.people[i]
		p.text, rest = rest[:len(p.text)], rest[len(p.text):]
		made.at[p.id] = int32(i) //nolint:gosec // as above
		made.mark(int32(i))      //nolint:gosec // as above
	}
	return made
}

// comparePeople is the order of lists: by name, then by id.
func comparePeople(a, b *foundPerson) int {
	return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(string(a.id), string(b.id)))
}
