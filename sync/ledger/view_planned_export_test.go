package ledger

import "usher/internal/usher"

// PlannedIn is plannedIn.
func PlannedIn(text string, q usher.SeatQuery) (usher.Listed[usher.PlannedSeat], error) {
	return plannedIn(text, q)
}
