package ledger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

var nine = usher.TimeOf(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))

// aSheet is a visit with a file and a list of tasks that comes after it.
func aSheet() ledger.Sheet {
	sum := strings.Repeat("0123456789abcdef", 4)
	return ledger.Sheet{
		Visit:  usher.Visit{Number: 3, OpenedAt: nine, Urgent: true},
		Portal: usher.Portal{Name: "prosci"},
		Batches: []usher.Batch{
			{Name: "prosci-0007-users.csv", Kind: usher.BatchUpload, SHA256: sum, Notes: []string{"Untick \"send invite\"."},
				Rows: []usher.BatchRow{{Row: 1, State: usher.RowOpen}, {Row: 2, State: usher.RowSuperseded}, {Row: 3, State: usher.RowOpen}}},
			{Name: "prosci-0008-tasks.csv", Kind: usher.BatchTasks, SHA256: sum, Rows: []usher.BatchRow{
				{Row: 1, Text: "Write Ann Lee's name anew", State: usher.RowOpen},
				{Row: 2, Text: "Remove Bob Ray", Takes: []string{"adkar"}, State: usher.RowOpen},
				{Row: 3, Text: "Remove Carl Orr", Takes: []string{"adkar"}, State: usher.RowConfirmed},
			}},
		},
	}
}

func TestSheet(t *testing.T) {
	want := `Visit 3 to prosci, opened 2026-03-02 09:00 UTC, called early because a seat is to be freed at once.
About 5 minutes. The order matters: what frees a seat comes before what takes one.

  1. Task: Remove Bob Ray (prosci-0008-tasks.csv, row 2)
  2. File: upload prosci-0007-users.csv, 3 rows, SHA-256 0123456789ab
     - Untick "send invite".
     - Take out row 2 before you upload it: something else is wanted of these people by now.
     It is in /out; a copy: usher batch save prosci-0007-users.csv
  3. Task: Write Ann Lee's name anew (prosci-0008-tasks.csv, row 1)
  4. Say that it is done: usher visit done prosci --number 3
  5. Bring the portal's export back: usher portal import prosci FILE
`
	if got := aSheet().Text(ledger.SheetHints{Place: "/out", Exports: true}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSheetOfWhatIsPast(t *testing.T) {
	s := aSheet()
	s.Batches[0].ID, s.Batches[1].ID = "file", "list"
	s.Past = map[usher.ID][]int{"file": {3}, "list": {1}}
	got := s.Text(ledger.SheetHints{})
	for _, want := range []string{
		"     - Take out row 2, 3 before you upload it: something else is wanted of these people by now.\n" +
			"     - Close it with: usher batch confirm prosci-0007-users.csv --refuse 3 --note \"not wanted any more\"\n",
		"  3. Do NOT do, it is not wanted any more: Write Ann Lee's name anew (prosci-0008-tasks.csv, row 1)\n" +
			"     - Close it with: usher batch confirm prosci-0008-tasks.csv --refuse 1 --note \"not wanted any more\"\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

func TestSheetOfAFileThatIsPast(t *testing.T) {
	s := aSheet()
	s.Batches[0].ID = "file"
	s.Past = map[usher.ID][]int{"file": {1, 3}}
	if got := s.Text(ledger.SheetHints{}); !strings.Contains(got, "     - Do NOT upload it: ") || strings.Contains(got, "Take out") {
		t.Errorf("got\n%s", got)
	}
}

func TestSheetOfWhatWasCarried(t *testing.T) {
	s := aSheet()
	for i := range s.Batches {
		s.Batches[i].CarriedAt, s.Batches[i].CarriedBy = nine.Add(time.Hour), "ann"
	}
	s.Visit.DoneAt, s.Visit.DoneBy, s.Visit.Urgent = nine.Add(time.Hour), "ann", false
	want := `Visit 3 to prosci, opened 2026-03-02 09:00 UTC.
prosci-0007-users.csv was carried there 2026-03-02 10:00 UTC, says ann; it is not confirmed yet.
prosci-0008-tasks.csv was carried there 2026-03-02 10:00 UTC, says ann; it is not confirmed yet.

  1. Say what came of it: usher batch confirm prosci-0007-users.csv --rows all
  2. Say what came of it: usher batch confirm prosci-0008-tasks.csv --rows all
`
	if got := s.Text(ledger.SheetHints{}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSheetThatIsTooLong(t *testing.T) {
	s := aSheet()
	rows := &s.Batches[1].Rows
	for len(*rows) < 27 { // 26 open tasks and a file: 10 minutes and 40 seconds
		*rows = append(*rows, usher.BatchRow{Row: len(*rows) + 1, Text: fmt.Sprint("Task ", len(*rows)), State: usher.RowOpen})
	}
	if got := s.Text(ledger.SheetHints{}); !strings.Contains(got, "About 11 minutes.") || !strings.Contains(got, "WARNING: that is more than 10 minutes.") {
		t.Errorf("no warning:\n%s", got)
	}
	s.Batches[1].Rows = (*rows)[:25]
	if got := s.Text(ledger.SheetHints{}); strings.Contains(got, "WARNING") {
		t.Errorf("a warning:\n%s", got)
	}
}

// TestSheetWarnsOfLeavers: of a hard pool a list stands as it was written. Whoever left meanwhile is
// not to be invited by it.
func TestSheetWarnsOfLeavers(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sellOnly(w.seats(2))
		r := w.pushAll("ann", "bob")
		b := w.carry("2-give-adkar 2")[0]
		w.change(w.okta, r["ann"].ID, leaves)
		s, err := w.ledger.Sheet(w.Context(), b.Visit)
		w.check(err)
		row := s.Past[b.ID]
		if len(row) != 1 || !strings.Contains(strings.Join(strings.Fields(s.Text(ledger.SheetHints{})), " "), "--refuse "+fmt.Sprint(row[0])+" ") {
			w.Fatalf("past %v of\n%s", row, s.Text(ledger.SheetHints{}))
		}
		_, err = w.ledger.CarryVisit(w.Context(), w.ann, b.Visit, "")
		w.check(err)
		s, err = w.ledger.Sheet(w.Context(), b.Visit)
		w.check(err)
		if len(s.Past) != 0 {
			w.Fatalf("it was carried already: %v", s.Past)
		}
	})
}

func TestSheetIsReadAsItWasCommitted(t *testing.T) {
	eachWorld(t, func(w *world) {
		two(w, 1, 1)
		w.push(user("ann"))
		v := w.visit("2-give-adkar 1", "2-give-prosci 1")
		s, err := w.ledger.Sheet(w.Context(), v[0].Visit)
		w.check(err)
		if s.Portal.Name != "learning" || s.Visit.Number != 1 || len(s.Batches) != 2 || s.Batches[0].Name != v[0].Name || len(s.Batches[1].Rows) != 1 {
			w.Fatalf("sheet %+v", s)
		}
	})
}
