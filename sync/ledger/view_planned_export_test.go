package ledger

import "usher/internal/usher"

// PlannedIn is a part of planned seats that are kept as a text.
func PlannedIn(text string, q usher.SeatQuery) (usher.Listed[usher.PlannedSeat], error) {
	seats, err := newPlannedSeats(text)
	if err != nil {
		return usher.Listed[usher.PlannedSeat]{}, err
	}
	return seats.part(q)
}
