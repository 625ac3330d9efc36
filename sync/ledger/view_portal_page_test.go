package ledger_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// TestPortalPage: what is there and here, what differs by name, what is behind, and which files were handed over.
func TestPortalPage(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.takesFiles()
		two(w, 2, 2)
		ann := w.push(user("ann"))
		v := w.carry("2-give-adkar 1", "2-give-prosci 1")
		w.imports(true, listed("Ann@example.com", "adkar"), listed("walk.in@home.example", "adkar"), listed("other@home.example", "prosci"))
		name := w.portal().Name
		page, err := w.ledger.PortalPage(w.Context(), name)
		w.check(err)
		if page.There != 3 || page.Here != 2 || page.Accounts != 3 || !page.Whole || page.Listed == nil || page.Listed.Rows != 3 || len(page.Visits) != 1 {
			t.Fatalf("%+v", page)
		}
		for _, s := range page.Seats {
			if s.Bought != 2 || s.Here != 1 || s.Strangers != 1 || s.There != map[string]int{"adkar": 2, "prosci": 1}[s.Subscription] {
				t.Errorf("%+v", s)
			}
		}
		rows, err := w.ledger.PortalRows(w.Context())
		w.check(err)
		total := 0
		for _, sort := range page.Drift {
			list, err := w.ledger.PortalDrift(w.Context(), name, sort.Code, "", "", 100)
			w.check(err)
			if total += len(list.Items); len(list.Items) != sort.Count {
				t.Errorf("%d differences of the sort %s are listed, %d counted", len(list.Items), sort.Code, sort.Count)
			}
		}
		if len(rows) == 0 || total == 0 || page.Differences() != total || rows[0].Differences() != total {
			t.Errorf("%d differences on the page, %d listed, %+v", page.Differences(), total, rows)
		}
		var unknown []string
		address, id := "", usher.ID("")
		for more := true; more; {
			list, err := w.ledger.PortalDrift(w.Context(), name, usher.DriftUnknown, address, id, 1)
			w.check(err)
			for _, d := range list.Items {
				unknown = append(unknown, d.Address)
				address, id = d.Address, d.ID
			}
			more = list.Next != nil
		}
		if strings.Join(unknown, " ") != "other@home.example walk.in@home.example" {
			t.Errorf("unknown there: %q", unknown)
		}
		batches, err := w.ledger.PortalBatches(w.Context(), name, 0, 1)
		w.check(err)
		if len(batches.Items) != 1 || batches.Next == nil || batches.Items[0].Rows != 1 || batches.Items[0].State() != "to be carried" {
			t.Fatalf("%+v", batches)
		}
		batches, err = w.ledger.PortalBatches(w.Context(), name, int64(batches.Next.At), 5)
		w.check(err)
		if len(batches.Items) != 1 || batches.Items[0].Name != v[0].Name || batches.Items[0].Open != 0 || batches.Items[0].State() != "settled" {
			t.Errorf("%+v", batches)
		}
		behind, err := w.ledger.PortalBehind(w.Context(), name, usher.Mark{}, 5)
		w.check(err)
		if len(behind.Items) != 1 || behind.Items[0].Name != "ann@example.com" || behind.Items[0].Person != w.person(ann).ID || !behind.Items[0].NextTryAt.IsZero() {
			t.Errorf("behind: %+v, ann's account %+v", behind, w.account(ann))
		}
		if _, err := w.ledger.PortalPage(w.Context(), "none"); !errors.Is(err, usher.ErrNotFound) {
			t.Error(err)
		}
	})
}

// TestSheetView: what frees a seat comes first; a row is settled once, and only in its own visit; saying no wants to say why.
func TestSheetView(t *testing.T) {
	eachWorld(t, func(w *world) {
		two(w, 2, 2)
		w.push(user("ann"))
		v := w.carry("2-give-adkar 1", "2-give-prosci 1")
		sheet, err := w.ledger.SheetView(w.Context(), v[0].Visit, 10)
		w.check(err)
		if len(sheet.Steps) != 2 || len(sheet.Batches) != 2 || sheet.Takes == 0 || sheet.WithExport <= sheet.Takes || sheet.Longest == 0 || sheet.Portal != w.portal().Name || !sheet.Has(v[0].Name) || sheet.Has("x") {
			t.Fatalf("%+v", sheet)
		}
		rows, more, err := w.ledger.BatchRows(w.Context(), v[0].Name, 0, 10)
		if err != nil || more || len(rows) != 1 || rows[0].State != usher.RowOpen {
			t.Fatalf("%+v %v %v", rows, more, err)
		}
		first, both := usher.RowRef{Batch: v[0].Name, Row: 1}, []usher.RowRef{{Batch: v[0].Name, Row: 1}, {Batch: v[1].Name, Row: 1}}
		for name, err := range map[string]error{
			"no rows":       w.ledger.ConfirmBatchRows(w.Context(), w.ann, v[0].Visit, nil, true, ""),
			"no note":       w.ledger.ConfirmBatchRows(w.Context(), w.ann, v[0].Visit, both, false, " "),
			"other visit":   w.ledger.ConfirmBatchRows(w.Context(), w.ann, "x", both, true, ""),
			"no such row":   w.ledger.ConfirmBatchRows(w.Context(), w.ann, v[0].Visit, []usher.RowRef{first, {Batch: v[1].Name, Row: 9}}, true, ""),
			"no such batch": w.ledger.ConfirmBatchRows(w.Context(), w.ann, v[0].Visit, []usher.RowRef{first, {Batch: "x", Row: 1}}, true, ""),
		} {
			if invalid := (*usher.InvalidError)(nil); !errors.As(err, &invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if r := w.row(v[0], 1); r.State != usher.RowOpen {
			t.Fatalf("a mistake settled %+v", r)
		}
		w.check(w.ledger.ConfirmBatchRows(w.Context(), w.ann, v[0].Visit, both[:1], true, ""))
		if err := w.ledger.ConfirmBatchRows(w.Context(), w.ann, v[0].Visit, both, true, ""); !errors.Is(err, usher.ErrStale) {
			t.Errorf("settled twice: %v", err)
		}
		if r := w.row(v[1], 1); r.State != usher.RowOpen {
			t.Errorf("settled with one that cannot be: %+v", r)
		}
		w.check(w.ledger.ConfirmBatchRows(w.Context(), w.ann, v[0].Visit, both[1:], false, "no such course"))
		sheet, err = w.ledger.SheetView(w.Context(), v[0].Visit, 10)
		if err != nil || sheet.ClosedAt == 0 || len(sheet.Steps) != 0 || sheet.Takes != 0 || sheet.WithExport != 0 {
			t.Errorf("%+v %v", sheet, err)
		}
		n, err := w.ledger.RefuseRows(w.Context(), w.ann, must(w.store.Look().BatchNamed(w.Context(), v[0].Name)), map[int]string{1: "late"})
		if err != nil || n != 0 {
			t.Errorf("%d rows refused that were settled: %v", n, err)
		}
	})
}

// TestConfirmLive: only whoever saw the plan makes a portal live.
func TestConfirmLive(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sellOnly(w.seats(1))
		if err := w.ledger.ConfirmLive(w.Context(), w.ann, w.portal().ID, "x", true); !errors.Is(err, usher.ErrStale) {
			t.Errorf("live already: %v", err)
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestSheetViewFirstSteps: however few steps are asked for, they are the first of all, tasks that free a seat before others; the
// others are counted, and how long all takes.
func TestSheetViewFirstSteps(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sellOnly(w.seats(2))
		a := w.account(w.push(user("ann")))
		row := func(n int, gives, takes []string, state usher.BatchRowState) usher.BatchRow {
			return usher.BatchRow{Row: n, Account: a.ID, Generation: a.Generation, Action: "x", Text: fmt.Sprint("row ", n), Gives: gives, Takes: takes, State: state}
		}
		adkar, other := []string{"adkar"}, []string{"other"}
		v := usher.Visit{ID: "v", Portal: w.portal().ID, Number: 7, OpenedAt: 1}
		batches := []usher.Batch{
			{ID: "b1", Portal: v.Portal, Number: 71, Kind: usher.BatchTasks, Visit: v.ID, Name: "one", Rows: []usher.BatchRow{
				row(1, adkar, nil, usher.RowOpen), row(2, nil, adkar, usher.RowOpen), row(3, []string{}, adkar, usher.RowConfirmed), row(4, adkar, other, usher.RowOpen),
				row(5, []string{}, other, usher.RowOpen), row(6, nil, nil, usher.RowOpen)}},
			{ID: "b2", Portal: v.Portal, Number: 72, Kind: usher.BatchUpload, Visit: v.ID, Name: "two", Rows: []usher.BatchRow{
				row(1, adkar, nil, usher.RowOpen), row(2, adkar, nil, usher.RowSuperseded), row(3, adkar, nil, usher.RowOpen)}},
			{ID: "b3", Portal: v.Portal, Number: 73, Kind: usher.BatchTasks, Visit: v.ID, Name: "three", Rows: []usher.BatchRow{row(1, adkar, nil, usher.RowOpen), row(2, nil, adkar, usher.RowOpen)}},
			{ID: "b4", Portal: v.Portal, Number: 74, Kind: usher.BatchTasks, Visit: v.ID, Name: "four", CarriedAt: 1, Rows: []usher.BatchRow{row(1, nil, adkar, usher.RowOpen)}},
		}
		w.check(w.store.Write(w.Context(), func(tx *store.Tx) error {
			err := tx.InsertVisit(w.Context(), v)
			for _, b := range batches {
				b.Content, b.SHA256 = []byte(b.Name), strings.Repeat("0", 64)
				err = errors.Join(err, tx.InsertBatch(w.Context(), b))
			}
			return err
		}))
		want := []string{"one/2", "one/5", "three/2", "one/1", "one/4", "one/6", "two/0 of 3 rows, without [2]", "three/1"}
		full, err := w.ledger.Sheet(w.Context(), v.ID)
		w.check(err)
		for most := range len(want) + 2 {
			sheet, err := w.ledger.SheetView(w.Context(), v.ID, most)
			w.check(err)
			var got []string
			for _, s := range sheet.Steps {
				text := fmt.Sprintf("%s/%d", s.Batch, s.Row)
				if s.Row == 0 {
					text += fmt.Sprintf(" of %d rows, without %v", s.Rows, s.Out)
				}
				got = append(got, text)
			}
			shown := min(most, len(want))
			if !slices.Equal(got, want[:shown]) || sheet.Later != len(want)-shown || len(sheet.Batches) != 4 || sheet.Batches[0].Open != 5 {
				t.Errorf("%d of %q: %q and %d later, %+v", most, want, got, sheet.Later, sheet.Batches)
			}
			if minutes := fmt.Sprintf("About %d minutes.", int(math.Ceil(sheet.Takes.Minutes()))); !strings.Contains(full.Text(ledger.SheetHints{}), minutes) {
				t.Errorf("%s, but\n%s", minutes, full.Text(ledger.SheetHints{}))
			}
		}
	})
}
