package roster

import (
	"cmp"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"usher/internal/usher"
	"usher/sync/roster/rostertest"
)

// harm is what a damaged file would do to the people of the good one.
type harm struct {
	absent  int // not in it, and no unreadable row could be theirs
	left    int // said to have left, and have not
	changed int // said to be otherwise than they are
	added   int // nobody knows them
}

func (h harm) total() int { return h.absent + h.left + h.changed + h.added }

// harmOf compares the rows that a damaged file gives with those of the good one.
func harmOf(good map[string]usher.Record, damaged result) harm {
	var h harm
	seen := map[string]bool{}
	for _, row := range damaged.rows {
		before, known := good[row.Key]
		seen[row.Key] = true
		switch now := row.Record; {
		case row.Refused():
		case !known:
			h.added++
		case before.Attributes.Active && !now.Attributes.Active:
			h.left++
		case string(before.Document) != string(now.Document):
			h.changed++
		}
	}
	for key := range good {
		if !seen[key] {
			h.absent++
		}
	}
	h.absent = max(0, h.absent-damaged.summary.Keyless)
	return h
}

// TestCorruptions puts every kind of damage to a good roster. What the file shows is refused. It is done
// again with other places until USHER_CORRUPTIONS files were read.
func TestCorruptions(t *testing.T) {
	files, err := strconv.Atoi(cmp.Or(os.Getenv("USHER_CORRUPTIONS"), "1"))
	if err != nil || files < 1 {
		t.Fatalf("USHER_CORRUPTIONS: %v", err)
	}
	rounds := 1 + (files-1)/len(rostertest.Corruptions(1))
	const people = 300
	m := sampleMapping()
	m.Columns = rostertest.Columns()
	mapper := compiled(t, m)
	options := Options{Keys: rostertest.Keys(people), Today: "2026-07-01"}
	csv, workbook := rostertest.Good(people), rostertest.GoodWorkbook(people)
	good := map[string]usher.Record{}
	for _, content := range [][]byte{csv, workbook} {
		got := readBytes(t, content, mapper, options)
		if len(got.findings()) > 0 || len(got.rows) != people {
			t.Fatalf("the good roster: %d rows, %v", len(got.rows), got.findings())
		}
		for _, row := range got.rows {
			good[row.Key] = row.Record
		}
		if len(good) != people {
			t.Fatalf("%d people", len(good))
		}
	}
	kinds, refused := 0, 0
	for round := range rounds {
		for _, c := range rostertest.Corruptions(uint64(round)) {
			kinds++
			t.Run(c.Name, func(t *testing.T) {
				content := csv
				if c.Workbook {
					content = workbook
				}
				got := readBytes(t, c.Damage(slices.Clone(content)), mapper, options)
				for _, f := range got.findings() {
					if strings.Contains(f.Text, "example.com") || strings.Contains(f.Text, "Okafor") {
						t.Errorf("%s holds personal data: %s", f.Code, f.Text)
					}
				}
				h := harmOf(good, got)
				if got.summary.RefusedFile() {
					refused++
					if c.Unseen {
						t.Errorf("is refused: %+v", got.summary.Findings)
					}
					return
				}
				if c.Unseen != (h.total() > 3) {
					t.Errorf("is read, and does %+v; %d rows, of which %d refused; %v", h, len(got.rows), got.summary.Refused, brief(got.findings())[:min(6, len(got.findings()))])
				}
			})
		}
	}
	t.Logf("%d kinds, of which %d refused", kinds, refused)
	if kinds < 200*rounds {
		t.Errorf("%d kinds", kinds)
	}
}
