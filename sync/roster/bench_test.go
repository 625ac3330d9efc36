package roster

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"usher/internal/usher"
)

// manyRows is a file of n rows of which every tenth is garbage of some kind.
func manyRows(n int, garbage bool) []byte {
	var b bytes.Buffer
	b.WriteString("employee_id,first_name,last_name,email,upn,department,title,manager_email,status,start_date,end_date\n")
	for i := range n {
		status, start := "active", "2024-05-01"
		if garbage {
			switch i % 100 {
			case 7:
				fmt.Fprintf(&b, "%07d,\"broken,", i)
			case 17, 27:
				b.WriteString("garbage\n")
				continue
			case 37:
				status = "???"
			case 47:
				start = "05/06/2024"
			case 57:
				fmt.Fprintf(&b, "%07d,,,,,,,,,,\n", i)
				continue
			case 67:
				fmt.Fprintf(&b, ",,,,,,,,,,,,,,,,,\n")
				continue
			case 77, 87, 97:
				fmt.Fprintf(&b, "%07d,Same,Person,p%d@example.com,,,,,active,,\n", i-1, i-1)
				continue
			}
		}
		fmt.Fprintf(&b, "%07d,Given%d,Family%d,p%d@example.com,p%d@corp.example.com,Department %d,Engineer,p%d@example.com,%s,%s,\n",
			i, i%1000, i%5000, i, i, i%40, i/8, status, start)
	}
	return b.Bytes()
}

// BenchmarkRead reads USHER_ROWS rows (100,000): new ones, of which a tenth is garbage, and ones that were accepted
// before. The peak is of the heap.
func BenchmarkRead(b *testing.B) {
	rows := 100_000
	if n, err := strconv.Atoi(os.Getenv("USHER_ROWS")); err == nil {
		rows = n
	}
	for _, c := range []struct {
		name    string
		garbage bool
		same    func(string, int64) bool
	}{
		{"new, a tenth of garbage", true, nil},
		{"new", false, nil},
		{"accepted before", false, func(string, int64) bool { return true }},
	} {
		b.Run(c.name, func(b *testing.B) {
			file, size := onDisk(b, manyRows(rows, c.garbage))
			mapper := compiled(b, sampleMapping())
			b.SetBytes(size)
			b.ReportAllocs()
			runtime.GC()
			stop := make(chan struct{})
			peak := make(chan uint64)
			go watchHeap(stop, peak)
			for b.Loop() {
				summary, err := Read(b.Context(), file, size, mapper, Options{Same: c.same, Today: "2026-07-01"},
					func(usher.RosterRow) error { return nil })
				if err != nil || summary.Records != rows || summary.RefusedFile() != c.garbage {
					b.Fatalf("%+v, %v", summary.Records, err)
				}
			}
			close(stop)
			b.ReportMetric(float64(<-peak)/(1<<20), "MB-peak")
		})
	}
}

func onDisk(b *testing.B, content []byte) (*os.File, int64) {
	file, err := os.CreateTemp(b.TempDir(), "")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { file.Close() })
	if _, err := file.Write(content); err != nil {
		b.Fatal(err)
	}
	return file, int64(len(content))
}

func watchHeap(stop <-chan struct{}, peak chan<- uint64) {
	var most uint64
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapInuse)
		select {
		case <-stop:
			peak <- most
			return
		case <-tick.C:
		}
	}
}

// BenchmarkAlike compares a file of USHER_ROWS rows (100,000) with one that has the same rows.
func BenchmarkAlike(b *testing.B) {
	rows := 100_000
	if n, err := strconv.Atoi(os.Getenv("USHER_ROWS")); err == nil {
		rows = n
	}
	file, size := onDisk(b, manyRows(rows, false))
	mapper := compiled(b, sampleMapping())
	before, err := Read(b.Context(), file, size, mapper, Options{Today: "2026-07-01"}, func(usher.RosterRow) error { return nil })
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		if _, alike, err := Alike(b.Context(), file, size, mapper, before); err != nil || !alike {
			b.Fatal(alike, err)
		}
	}
}
