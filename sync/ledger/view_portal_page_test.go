package ledger_test

import (
	"errors"
	"strings"
	"testing"

	"usher/internal/usher"
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
		sheet, err := w.ledger.SheetView(w.Context(), v[0].Visit)
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
		sheet, err = w.ledger.SheetView(w.Context(), v[0].Visit)
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
