package plan

import (
	"slices"

	"usher/internal/usher"
)

// WhatIf is what somebody assumes of a subscription. The zero value assumes nothing.
type WhatIf struct {
	// Purchased is how many seats there are from From on; nil: as many as now.
	Purchased *int
	From      usher.Time
	// Hires ask for a seat on their day, Leavers lose theirs.
	Hires   []Assumed
	Leavers []Assumed
}

// Assumed is somebody of whom a day is assumed. Whoever does not exist has an id of their own.
type Assumed struct {
	Person   usher.ID
	At       usher.Time
	Priority int64 // of a hire
}

// If is the outlook with what is assumed. What dates say of whoever is assumed to leave counts no longer from that day on.
func (o Outlook) If(w WhatIf) Outlook {
	o.Turns = slices.Clone(o.Turns)
	if w.Purchased != nil {
		o.Purchases = append(slices.Clone(o.Purchases), Purchase{At: w.From, Seats: max(0, *w.Purchased)})
	}
	for _, l := range w.Leavers {
		o.Turns = slices.DeleteFunc(o.Turns, func(t Turn) bool { return t.Person == l.Person && t.At >= l.At })
		o.Turns = append(o.Turns, Turn{At: l.At, Person: l.Person, Wish: Wish{By: ByEnd, Reason: "assumed to leave"}})
	}
	for _, h := range w.Hires {
		o.Turns = append(o.Turns, Turn{At: h.At, Person: h.Person, Wish: Wish{Wanted: true, Priority: h.Priority, By: ByRule, Reason: "assumed to be hired"}})
	}
	return o
}
