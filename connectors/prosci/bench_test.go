package prosci_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/xuri/excelize/v2"

	"usher/connectors"
	"usher/connectors/connectortest"
	"usher/connectors/prosci"
	"usher/internal/usher"
)

// crowd is how many people a file is to hold.
const crowd = 10_000

func crowdChanges() []usher.AccountChange {
	changes := make([]usher.AccountChange, crowd)
	for i := range changes {
		changes[i] = someone(fmt.Sprintf("person-%06d", i), "Proxima", "Research Hub")
	}
	return changes
}

func benchmarkRender(b *testing.B, template usher.Template) {
	changes, p := crowdChanges(), portal(b)
	connectortest.Grown(b, func() {
		files, _, err := p.Render(connectors.Handover{Changes: changes, Templates: []usher.Template{template}, Pools: pools()})
		if err != nil || len(files[0].Rows) != crowd {
			b.Fatal(err)
		}
	})
}

func BenchmarkRenderCSV(b *testing.B)  { benchmarkRender(b, double(b)) }
func BenchmarkRenderXLSX(b *testing.B) { benchmarkRender(b, workbook(b)) }

// crowdFile is a file of all of them.
func crowdFile(b *testing.B, template usher.Template) []byte {
	b.Helper()
	files, _, err := portal(b).Render(connectors.Handover{Changes: crowdChanges(), Templates: []usher.Template{template}, Pools: pools()})
	if err != nil {
		b.Fatal(err)
	}
	return files[0].Content
}

// lastLogin makes a report of a file: that has a column more.
func lastLogin(b *testing.B, file []byte) []byte {
	b.Helper()
	const name = "Last Login"
	if !bytes.HasPrefix(file, []byte("PK")) {
		rows := bytes.ReplaceAll(file, []byte("\r\n"), []byte(",\r\n"))
		return bytes.Replace(rows, []byte(",\r\n"), []byte(","+name+"\r\n"), 1)
	}
	book, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		b.Fatal(err)
	}
	sheet := book.GetSheetName(0)
	columns, err := book.GetCols(sheet)
	if err != nil {
		b.Fatal(err)
	}
	cell, err := excelize.CoordinatesToCellName(len(columns)+1, 1)
	if err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	if err := errors.Join(book.SetCellStr(sheet, cell, name), book.Write(&out), book.Close()); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

func benchmarkRead(b *testing.B, template usher.Template) {
	report, p := lastLogin(b, crowdFile(b, template)), portal(b, two)
	connectortest.Grown(b, func() {
		n := 0
		_, err := p.ReadExport(report, func(usher.Seen) error { n++; return nil })
		if err != nil || n != crowd {
			b.Fatal(n, err)
		}
	})
}

func BenchmarkReadCSV(b *testing.B)  { benchmarkRead(b, double(b)) }
func BenchmarkReadXLSX(b *testing.B) { benchmarkRead(b, workbook(b)) }

func BenchmarkCheckCSV(b *testing.B) {
	file := crowdFile(b, double(b))
	p, err := prosci.New(prosci.Options{})
	if err != nil {
		b.Fatal(err)
	}
	connectortest.Grown(b, func() {
		if findings, err := p.Check(file); err != nil || len(findings) > 0 {
			b.Fatal(len(findings), err)
		}
	})
}
