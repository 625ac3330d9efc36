package usher

import (
	"fmt"
	"runtime/debug"
)

// Panicked is a panic that one goroutine carries over to another, which panics with it: whoever
// called knows what to do about one, as net/http does, and a goroutine of ours that panics by
// itself would end the process.
type Panicked struct {
	Value any
	Stack []byte // of the goroutine where it was
}

// Caught is what recover gave, with the stack of the caller; nil where it gave nothing. It has to
// be called by the deferred function itself.
func Caught(recovered any) *Panicked {
	if recovered == nil {
		return nil
	}
	return &Panicked{recovered, debug.Stack()}
}

func (p *Panicked) Error() string {
	return fmt.Sprintf("%v\n\nin another goroutine:\n%s", p.Value, p.Stack)
}

// Again panics with it; of none it does nothing.
func (p *Panicked) Again() {
	if p != nil {
		panic(p)
	}
}
