package store

import (
	"cmp"
	"context"
	"slices"

	"usher/internal/usher"
)

const correctionColumns = `portal_id, person_id, column_name, value, by_name, reason, created_at`

func scanCorrection(row scanner) (c usher.Correction, err error) {
	err = row.Scan(&c.Portal, &c.Person, &c.Column, &c.Value, &c.By, &c.Reason, &c.CreatedAt)
	return c, err
}

// PutCorrection keeps a correction in place of an earlier one of the column.
func (tx *Tx) PutCorrection(ctx context.Context, c usher.Correction) error {
	return named("correction for person", c.Person, tx.must(ctx, `
		insert into correction (`+correctionColumns+`) values (`+marks(1, 7)+`)
		on conflict (portal_id, person_id, column_name) do update set value = excluded.value, by_name = excluded.by_name,
			reason = excluded.reason, created_at = excluded.created_at`,
		c.Portal, c.Person, c.Column, c.Value, c.By, c.Reason, c.CreatedAt))
}

// DropCorrection takes a correction back; none is ErrNotFound.
func (tx *Tx) DropCorrection(ctx context.Context, portal, person usher.ID, column string) error {
	return named("correction for person", person, tx.must(ctx, `
		delete from correction where portal_id = $1 and person_id = $2 and column_name = $3`, portal, person, column))
}

// CorrectionsFor are the corrections of one person at a portal, by column.
func (tx *Tx) CorrectionsFor(ctx context.Context, portal, person usher.ID) ([]usher.Correction, error) {
	list, err := all(ctx, tx, scanCorrection, `select `+correctionColumns+` from correction where portal_id = $1 and person_id = $2`, portal, person)
	slices.SortFunc(list, byColumn)
	return list, err
}

// byColumn is the order of corrections of one person, the same on both engines.
func byColumn(a, b usher.Correction) int { return cmp.Compare(a.Column, b.Column) }

// Corrections are the corrections at a portal, the oldest first.
func (tx *Tx) Corrections(ctx context.Context, portal usher.ID) ([]usher.Correction, error) {
	list, err := all(ctx, tx, scanCorrection, `select `+correctionColumns+` from correction where portal_id = $1`, portal)
	slices.SortFunc(list, func(a, b usher.Correction) int {
		return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.Person, b.Person), byColumn(a, b))
	})
	return list, err
}
