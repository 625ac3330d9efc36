package table

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

const benchHeader = "employee_id,first_name,last_name,email,upn,department,title,manager_email,status,start_date,end_date,country"

func benchRow(i int) []string {
	return []string{
		fmt.Sprintf("%06d", i), "Se\u00e1n", "O'Brien", fmt.Sprintf("u%06d@example.com", i), fmt.Sprintf("p%06d@corp.example.com", i),
		"Sales", "VP, Sales", fmt.Sprintf("u%06d@example.com", i/10), "active", "2024-05-01", "", "IE",
	}
}

func scan(b *testing.B, data []byte) {
	b.Helper()
	sheet, err := Open(bytes.NewReader(data), int64(len(data)), ReadOptions{Limits: Limits{Bytes: 1 << 30}})
	if err != nil {
		b.Fatal(err)
	}
	for _, err := range sheet.Rows {
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(sheet.Summary().Records), "rows")
}

// BenchmarkReadCSV reads a million rows of twelve columns.
func BenchmarkReadCSV(b *testing.B) {
	var data bytes.Buffer
	data.WriteString(benchHeader + "\n")
	for i := range 1_000_000 {
		row := benchRow(i)
		row[6] = `"` + row[6] + `"`
		data.WriteString(strings.Join(row, ",") + "\n")
	}
	measure(b, data.Bytes())
}

// BenchmarkReadXLSX reads a hundred thousand rows of twelve columns.
func BenchmarkReadXLSX(b *testing.B) {
	var data bytes.Buffer
	err := Write(&data, XLSX, strings.Split(benchHeader, ","), func(yield func([]string) bool) {
		for i := 0; i < 100_000 && yield(benchRow(i)); i++ {
		}
	}, Options{})
	if err != nil {
		b.Fatal(err)
	}
	measure(b, data.Bytes())
}

func measure(b *testing.B, data []byte) {
	b.Helper()
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		scan(b, data)
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.Sys-before.Sys)/(1<<20), "MB-grown")
}
