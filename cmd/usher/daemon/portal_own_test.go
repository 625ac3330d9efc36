package daemon_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/table"
	"usher/internal/usher"
)

// TestNoTemplateIsAnExport: a template that was learned is no export, filled, saved anew by whatever
// program or not, although nothing in its header says so. The report that has a column more is one.
func TestNoTemplateIsAnExport(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		c := configAt(t, place)
		c.Portals = []config.Portal{{Name: "prosci", Kind: "prosci", Pool: "soft"}}
		c.Subscriptions = []config.Subscription{{Name: "proxima", Portal: "prosci", Code: "P410", Seats: 1}}
		r := start(t, daemon.Options{Config: c})
		portal, err := r.Store().Look().PortalNamed(t.Context(), "prosci")
		r.check(err)
		header := []string{"First Name", "Last Name", "Email Address", "Proxima [P410]"}
		rows := [][]string{{"Ann", "Lee", "ann@example.com", "Y"}}
		filled := []byte("First Name,Last Name,Email Address,Proxima [P410]\nAnn,Lee,ann@example.com,Y\n")
		if seen, _, err := r.ReadExport(t.Context(), "prosci", filled); err != nil || len(seen) != 1 {
			t.Fatalf("before the template is learned it is a report: %+v, %v", seen, err)
		}
		r.check(r.Ledger().Learn(t.Context(), ann(), usher.Template{Portal: portal.ID, Key: "P410", Name: "template.csv", SHA256: "1", Content: filled}))
		var book bytes.Buffer
		r.check(table.Write(&book, table.XLSX, header, slices.Values(rows), table.Options{Sheet: "Sheet1"}))
		for name, content := range map[string][]byte{
			"as it came":     filled,
			"saved by Excel": []byte("\ufeffFirst Name;Last  Name;email address;Proxima [P410];\r\nBob;Ray;bob@example.com;N;\r\n"),
			"as a workbook":  book.Bytes(),
			"unfilled":       []byte("First Name,Last Name,Email Address,Proxima [P410]\n"),
		} {
			_, _, err := r.ReadExport(t.Context(), "prosci", content)
			if !errors.Is(err, usher.ErrInvalid) || !strings.Contains(err.Error(), `the template "template.csv" (P410)`) || !strings.Contains(err.Error(), "export the list of accounts") {
				t.Errorf("%s: %v", name, err)
			}
		}
		report := []byte("First Name,Last Name,Email Address,Customer Type,Proxima [P410]\nAnn,Lee,ann@example.com,User,Y\n")
		if seen, _, err := r.ReadExport(t.Context(), "prosci", report); err != nil || len(seen) != 1 {
			t.Errorf("the report: %+v, %v", seen, err)
		}
	})
}
