package roster

import (
	"bytes"
	"reflect"
	"testing"

	"usher/internal/usher"
	"usher/sync/roster/rostertest"
)

// likeBytes is Alike for a file in memory.
func likeBytes(t *testing.T, content []byte, m *Mapper, before usher.RosterSummary) (usher.RosterSummary, bool) {
	t.Helper()
	summary, alike, err := Alike(t.Context(), bytes.NewReader(content), int64(len(content)), m, before)
	if err != nil {
		t.Fatal(err)
	}
	return summary, alike
}

func rosterMapper(t *testing.T) *Mapper {
	m := sampleMapping()
	m.Columns = rostertest.Columns()
	return compiled(t, m)
}

// TestAlike reads whatever it takes for alike, and finds the same rows and the summary that it gave.
func TestAlike(t *testing.T) {
	const people = 100
	mapper := rosterMapper(t)
	options := Options{Keys: rostertest.Keys(people), Today: "2026-07-01"}
	csv, workbook := rostertest.Good(people), rostertest.GoodWorkbook(people)
	goods := []result{readBytes(t, csv, mapper, options), readBytes(t, workbook, mapper, options)}
	alike := 0
	for _, c := range rostertest.Corruptions(1) {
		damaged := csv
		if c.Workbook {
			damaged = workbook
		}
		damaged = c.Damage(damaged)
		got := readBytes(t, damaged, mapper, options)
		if _, like := likeBytes(t, damaged, mapper, got.summary); like == got.summary.RefusedFile() {
			t.Errorf("%s: like itself: %v", c.Name, like)
		}
		for _, good := range goods {
			summary, like := likeBytes(t, damaged, mapper, good.summary)
			if !like {
				continue
			}
			alike++
			if !reflect.DeepEqual(summary, got.summary) || !reflect.DeepEqual(good.rows, got.rows) {
				t.Errorf("%s is like a good roster, and reads otherwise: %+v, want %+v", c.Name, got.summary, summary)
			}
		}
	}
	if alike == 0 {
		t.Error("nothing was alike")
	}
}

// TestAlikeEndsEarly has a file differ late, and one early.
func TestAlikeEndsEarly(t *testing.T) {
	const people = 5000
	mapper := rosterMapper(t)
	good := readBytes(t, rostertest.Good(people), mapper, Options{}).summary
	if n := len(good.Content); n != 4 { // 1,024, 2,048, 4,096 and all
		t.Errorf("%d sums", n)
	}
	for at, read := range map[int]int{10: 2 * firstSum, people - 1: people} {
		changed := rostertest.Table(people, func(i int, cells []string) []string {
			if i == at {
				cells[rostertest.Title] = "Head"
			}
			return cells
		})
		r := newReading(mapper, Options{})
		if like, err := r.alike(t.Context(), bytes.NewReader(changed), int64(len(changed)), good.Content); like || err != nil {
			t.Errorf("row %d: %v %v", at, like, err)
		}
		if n := r.sheet.Summary().Records; n > read {
			t.Errorf("row %d is another one, and %d rows were read", at, n)
		}
	}
}

// TestAlikeSeesEveryCell changes one cell after the other, used or not.
func TestAlikeSeesEveryCell(t *testing.T) {
	mapper := rosterMapper(t)
	const people = 40
	good := readBytes(t, rostertest.Good(people), mapper, Options{}).summary
	if summary, like := likeBytes(t, append(rostertest.Good(people), "\n\n"...), mapper, good); !like || summary.Blank != good.Blank+2 || summary.Lines != good.Lines+2 {
		t.Errorf("with two blank lines more: %v %+v", like, summary)
	}
	for row := range people {
		for column := range rostertest.Header() {
			changed := rostertest.Table(people, func(i int, cells []string) []string {
				if i == row {
					cells[column] += "."
				}
				return cells
			})
			if _, like := likeBytes(t, changed, mapper, good); like {
				t.Fatalf("row %d, column %d is not looked at", row, column)
			}
		}
	}
	for what, content := range map[string][]byte{
		"a row more": rostertest.Good(people + 1), "a row less": rostertest.Good(people - 1), "no file": nil,
		"another header": bytes.Replace(rostertest.Good(people), []byte("title"), []byte("Title"), 1),
	} {
		if _, like := likeBytes(t, content, mapper, good); like {
			t.Errorf("%s is taken for alike", what)
		}
	}
	if _, like := likeBytes(t, rostertest.Good(people), mapper, usher.RosterSummary{}); like {
		t.Error("like a file of which nothing is known")
	}
}
