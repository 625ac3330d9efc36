package store

import (
	"context"

	"usher/internal/usher"
)

// HoldsIn lists the holds that a query selects, newest first and at most its limit.
func (tx *Tx) HoldsIn(ctx context.Context, q usher.HoldQuery) ([]usher.Hold, error) {
	among := ""
	if q.Among != nil {
		among = ` and subscription_id in (''` + comma(marks(3, len(q.Among))) + `)`
	}
	return all(ctx, tx, scanHold, `select `+holdColumns+` from hold
		where `+whether(q.Open)+` and ($1 = 0 or number < $1)`+among+` order by number desc limit $2`, args(q.Among, q.Before, q.Limit)...)
}

// whether is the condition for what somebody has still to decide about, or for what was decided. The open ones have an index.
func whether(open bool) string {
	if open {
		return `closed_at = 0`
	}
	return `closed_at > 0`
}

// comma puts one before a list that is not empty.
func comma(list string) string {
	if list == "" {
		return ""
	}
	return "," + list
}

// CountHeld counts the seats that a hold stops.
func (tx *Tx) CountHeld(ctx context.Context, hold usher.ID) (int, error) {
	return one(ctx, tx, scalar[int], `select count(*) from seat where hold_id = $1`, hold)
}

// HeldAfter are the seats that a hold stops whose id is after another, in their order and at most limit.
func (tx *Tx) HeldAfter(ctx context.Context, hold, after usher.ID, limit int) ([]usher.Seat, error) {
	return all(ctx, tx, scanSeat, `select `+seatColumns+` from seat where hold_id = $1 and id > $2 order by id limit $3`, hold, after, limit)
}

// Conflict finds a conflict by number.
func (tx *Tx) Conflict(ctx context.Context, number int64) (usher.Conflict, error) {
	return one(ctx, tx, scanConflict, `select `+conflictColumns+` from conflict where number = $1`, number)
}

// ConflictsBefore lists open or closed conflicts whose number is below before, where that is not 0, newest first and at most limit.
func (tx *Tx) ConflictsBefore(ctx context.Context, open bool, before int64, limit int) ([]usher.Conflict, error) {
	return all(ctx, tx, scanConflict, `select `+conflictColumns+` from conflict
		where `+whether(open)+` and ($1 = 0 or number < $1) order by number desc limit $2`, before, limit)
}

// NewestRevisions lists revisions, newest first and at most limit, without their Content.
func (tx *Tx) NewestRevisions(ctx context.Context, limit int) ([]usher.Revision, error) {
	return all(ctx, tx, scanRevision, `select number, '', fingerprint, state, plan, proposed_at, proposed_by, decided_at, decided_by from revision
		order by number desc limit $1`, limit)
}
