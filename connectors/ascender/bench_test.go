package ascender

import (
	"fmt"
	"testing"

	"usher/connectors"
	"usher/connectors/connectortest"
	"usher/internal/usher"
)

// crowd are ten thousand people, half of them new, in a line of managers eight deep.
func crowd(b *testing.B) connectors.Handover {
	const many = 10_000
	changes := make([]usher.AccountChange, many)
	for i := range changes {
		key := fmt.Sprintf("k%05d", many-i) // managers come last
		change := newcomer(key, managed(fmt.Sprintf("k%05d", (many-i)/4)), titled("Account Executive"))
		if i%2 == 0 {
			change = member(key, "Active", managed(fmt.Sprintf("k%05d", (many-i)/4)), titled("Account Executive"))
		}
		changes[i] = change
	}
	h := handed(b, changes...)
	h.Pools[0].Purchased = 2 * many
	return h
}

func BenchmarkRender10k(b *testing.B) {
	h := crowd(b)
	connectortest.Grown(b, func() {
		files, _, err := connector().Render(h)
		if err != nil || len(files[0].Rows) != len(h.Changes) {
			b.Fatalf("%d files, %v", len(files), err)
		}
	})
}

func BenchmarkReadExport10k(b *testing.B) {
	rows := make([][]string, 10_000)
	for i := range rows {
		rows[i] = []string{fmt.Sprintf("Ann%d Lee", i), fmt.Sprintf("ann%d@example.com", i), "AE", "EMEA", "Sales", fmt.Sprintf("Ann%d Lee", i/4), "Active", "Methodology A"}
	}
	export := workbook(b, []string{"Name", "Email", "Title", "Region", "Functional Area", "Reports To", "User Status", "Methodology Access"}, rows...)
	connectortest.Grown(b, func() {
		people := 0
		if _, err := connector().ReadExport(export, func(usher.Seen) error { people++; return nil }); err != nil || people != len(rows) {
			b.Fatalf("%d people, %v", people, err)
		}
	})
}

func BenchmarkReadRefusals10k(b *testing.B) {
	files, _, err := connector().Render(crowd(b))
	if err != nil {
		b.Fatal(err)
	}
	batch := usher.Batch{Name: "upload.xlsx", Kind: usher.BatchUpload, Content: files[0].Content, Rows: files[0].Rows}
	_, cells := cellsOf(b, files[0].Content)
	for i := range cells[1:] {
		cells[i+1] = append(cells[i+1], "Mandatory: Region")
	}
	answer := workbook(b, append(cells[0], "Errors"), cells[1:]...)
	connectortest.Grown(b, func() {
		if got, err := connector().ReadRefusals(answer, batch); err != nil || len(got) != len(files[0].Rows) {
			b.Fatalf("%d refusals, %v", len(got), err)
		}
	})
}

func BenchmarkCheck10k(b *testing.B) {
	files, _, err := connector().Render(crowd(b))
	if err != nil {
		b.Fatal(err)
	}
	connectortest.Grown(b, func() {
		if got := Check(files[0].Content, Context{}); len(got) == 0 {
			b.Fatal("half of the people lack a name")
		}
	})
}
