package storetest

import (
	"cmp"
	"runtime"
	"strings"
)

// Step is what a process is at when it asks for the time or for an id.
type Step struct {
	// Who is the outermost method of the ledger that is under way, or else the innermost of
	// whoever works for a portal, or of the daemon; empty for anything else.
	Who string
	// Writes says that a writing transaction is open.
	Writes bool
}

// StepOf says what its caller is at, by the names of those who called it. Whoever has a store's
// clock call it sees each transaction begin, and each reading.
func StepOf() Step {
	var callers [64]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers[:])])
	var s Step
	who := [3]string{} // of the ledger, of the engine, of the daemon
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		s.Writes = s.Writes || strings.Contains(f.Function, "store.(*Store).inTurn")
		for i, of := range []string{"usher/sync/ledger.(*Ledger).", "usher/sync/reconcile.(*owner).", "usher/cmd/usher/daemon.(*Daemon)."} {
			name, ok := strings.CutPrefix(f.Function, of)
			if outermost := i == 0; ok && (outermost || who[i] == "") {
				who[i], _, _ = strings.Cut(name, ".")
			}
		}
	}
	s.Who = cmp.Or(who[:]...)
	return s
}
