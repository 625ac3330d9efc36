package store

import (
	"context"

	"usher/internal/usher"
)

// ShownAddress is under which address a portal shows somebody who is here.
type ShownAddress struct {
	Person  usher.ID
	Address string
	Active  bool // at the portal
}

// ShownAddresses are those of a portal's people after the given person, by person; people who have left are not among them.
func (tx *Tx) ShownAddresses(ctx context.Context, portal, after usher.ID, limit int) ([]ShownAddress, error) {
	return all(ctx, tx, func(row scanner) (s ShownAddress, err error) {
		var seen usher.Seen
		err = row.Scan(&s.Person, fromJSON{&seen})
		s.Address, s.Active = seen.Address, seen.Active
		return s, err
	}, `
		select a.subject_id, a.seen from account a join person p on p.id = a.subject_id
		where a.portal_id = $1 and a.kind = 'person' and a.subject_id <> '' and a.subject_id > $2 and a.seen is not null and p.active
		order by a.subject_id limit $3`, portal, after, limit)
}
