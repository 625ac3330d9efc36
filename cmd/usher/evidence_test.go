package main

import (
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// TestEvidenceInEveryForm: names are never markup or formulas, and what is open says so.
func TestEvidenceInEveryForm(t *testing.T) {
	now := usher.TimeOf(time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC))
	lines := []ledger.Evidence{
		{Name: "=Ann<script>", Address: "ann@example.com", Portal: "prosci", Subscriptions: []string{"a", "b"}, Left: now.Add(-50 * time.Hour), LeftHow: "2026-03-03", Decided: now.Add(-49 * time.Hour), DecidedHow: "left (directory hr)", Now: "no export shows it yet"},
		{Name: "Bob", Address: "bob@example.com", Portal: "prosci", Left: now.Add(-30 * time.Hour), LeftHow: "disabled in the directory 2026-03-04 06:00 UTC", Confirmed: now.Add(-6 * time.Hour), ConfirmedHow: "export users.csv as of 2026-03-05 05:00 UTC"},
	}
	wants := map[string][]string{
		"text": {"OPEN: no export shows it yet", "50.0", "24.0", "Leavers at portals: 2, confirmed: 1, open: 1. Hours until confirmed: median 24.0, at most 24.0."},
		"csv":  {"'=Ann<script>", "\"a, b\"", "disabled in the directory 2026-03-04 06:00 UTC", "50.0"},
		"xlsx": {},
		"html": {"=Ann&lt;script&gt;", "<tr class=\"open\"><td>OPEN: no export shows it yet</td>", "<p>Leavers at portals: 2", "Since 2025-12-05"},
	}
	for format, parts := range wants {
		q := proof{now: now, since: now.Add(-90 * 24 * time.Hour), read: func(each func(ledger.Evidence) error) (ledger.EvidenceTotals, error) {
			for _, e := range lines {
				if err := each(e); err != nil {
					return ledger.EvidenceTotals{}, err
				}
			}
			return ledger.EvidenceTotals{Lines: 2, Confirmed: 1, Open: 1, Median: 24 * time.Hour, Max: 24 * time.Hour}, nil
		}}
		var out strings.Builder
		if err := q.write(&out, format); err != nil {
			t.Fatal(err)
		}
		for _, part := range parts {
			if !strings.Contains(out.String(), part) {
				t.Errorf("%s: %q is not in\n%s", format, part, out.String())
			}
		}
		switch lines := strings.Count(out.String(), "\n"); {
		case format == "csv" && lines != 3:
			t.Errorf("csv has %d lines, and one for each leaver below the header would be 3:\n%s", lines, out.String())
		case format == "xlsx":
			checkHours(t, out.String())
		}
		if format == "html" && strings.Contains(out.String(), "<script") {
			t.Error("the page has a script")
		}
	}
}

// checkHours wants hours that a spreadsheet can add up, and nothing below the leavers.
func checkHours(t *testing.T, book string) {
	t.Helper()
	file, err := excelize.OpenReader(strings.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for cell, want := range map[string]struct {
		kind excelize.CellType
		text string
	}{"M2": {excelize.CellTypeUnset, "50"}, "M3": {excelize.CellTypeUnset, "24"}, "A4": {excelize.CellTypeUnset, ""}, "B3": {excelize.CellTypeInlineString, "Bob"}} {
		kind, kerr := file.GetCellType("evidence", cell)
		text, terr := file.GetCellValue("evidence", cell)
		if kind != want.kind || text != want.text || kerr != nil || terr != nil {
			t.Errorf("%s: %q of type %d, %v, %v", cell, text, kind, kerr, terr)
		}
	}
}
