package daemon_test

import (
	"bytes"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// memory watches how far this process grows over a step of a benchmark: the heap in use, and, where the system tells it,
// what is resident, SQLite's pages included.
type memory struct {
	heap, resident uint64 // when the step began
	most           uint64 // of the heap since
	stop           chan struct{}
	watching       sync.WaitGroup
}

// watchMemory starts from a heap that holds nothing in vain, so that growth is not hidden in what was free before.
func watchMemory() *memory {
	debug.FreeOSMemory()
	resetPeak()
	m := &memory{heap: heapInUse(), resident: residentPeak(), stop: make(chan struct{})}
	m.watching.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			m.most = max(m.most, heapInUse())
			select {
			case <-m.stop:
				return
			case <-tick.C:
			}
		}
	})
	return m
}

// report ends the watch.
func (m *memory) report(b *testing.B) {
	close(m.stop)
	m.watching.Wait()
	b.ReportMetric(float64(m.most-min(m.heap, m.most))/(1<<20), "heap-MB-growth")
	if peak := residentPeak(); peak > 0 {
		b.ReportMetric(float64(peak-min(m.resident, peak))/(1<<20), "MB-growth")
	}
}

// heapInUse asks in a way that does not stop the program.
func heapInUse() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() + samples[1].Value.Uint64()
}

// resetPeak has the system forget how far the process had grown; where it cannot, growth is told too small.
func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// residentPeak is the most bytes of this process that were in memory at once; 0 where the system does not tell.
func residentPeak() uint64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, found := bytes.Cut(status, []byte("VmHWM:"))
	if !found {
		return 0
	}
	field, _, _ := bytes.Cut(bytes.TrimSpace(rest), []byte(" "))
	kilobytes, _ := strconv.ParseUint(string(field), 10, 64)
	return kilobytes << 10
}

// processorTime is how long processors have worked for this process.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
