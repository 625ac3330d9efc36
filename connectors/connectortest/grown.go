package connectortest

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// Grown times f, and reports by how many MB the heap grew in it beside what each run allocated:
// what a machine needs to have free for it. What is there before counts for nothing.
func Grown(b *testing.B, f func()) {
	b.Helper()
	debug.FreeOSMemory()
	before := resident()
	b.ReportAllocs()
	for b.Loop() {
		f()
	}
	b.ReportMetric((resident()-before)/(1<<20), "MB-grown")
}

// resident are the bytes of the heap that are not given back to the system.
func resident() float64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapSys) - float64(m.HeapReleased)
}
