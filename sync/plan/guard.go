package plan

import (
	"time"

	"usher/internal/usher"
)

// Window is how far back a guard counts. It rolls, so that a trickle of single changes counts like one large file.
const Window = 24 * time.Hour

// Count is what a guard looks at, per directory or per subscription.
type Count struct {
	// Population is how many seats were occupied when the Window began.
	Population int
	// Started is how many changes of the class began within the Window and were not approved by name, including the
	// one asked about.
	Started int
}

// Trips says whether the class of changes must be held. A population smaller than armedFrom never trips: a percentage
// of a handful says nothing.
func Trips(l usher.Limit, armedFrom int, c Count) bool {
	return c.Population >= armedFrom && c.Started > l.Of(c.Population)
}
