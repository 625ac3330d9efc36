package ledger

import (
	"slices"
	"strings"
)

// saidLabels are the texts of labels one after the other, so that all are looked at in one go: there is one for each manager.
type saidLabels struct {
	text string  // each ends with a line end, which no word has
	ends []int32 // where each ends in text
	of   []int32 // whose text it is
	upTo int     // labels from this number on are not in it
}

// say gathers the texts of the labels that there are.
func (t *peopleTable) say() saidLabels {
	s := saidLabels{upTo: len(t.labels)}
	var text strings.Builder
	for n, l := range t.labels {
		if l.kind.searched() {
			text.WriteString(l.text)
			text.WriteByte('\n')
			s.ends, s.of = append(s.ends, int32(text.Len())), append(s.of, int32(n)) //nolint:gosec // memory could hold no more
		}
	}
	s.text = text.String()
	return s
}

// setSaying are the labels in whose text a word is.
func (t *peopleTable) setSaying(word string) (set labelSet) {
	for at := 0; ; {
		i := strings.Index(t.said.text[at:], word)
		if i < 0 {
			break
		}
		n, _ := slices.BinarySearch(t.said.ends, int32(at+i+1)) //nolint:gosec // it is a place in the text
		set.add(t, t.said.of[n])
		at = int(t.said.ends[n])
	}
	for n := t.said.upTo; n < len(t.labels); n++ {
		if l := t.labels[n]; l.kind.searched() && strings.Contains(l.text, word) {
			set.add(t, int32(n)) //nolint:gosec // it is a label's number
		}
	}
	return set
}
