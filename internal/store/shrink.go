package store

import (
	"context"

	"usher/internal/usher"
)

// SittingPerson is somebody whose seat is given and not leaving.
type SittingPerson struct {
	Person     usher.ID
	SeatedAt   usher.Time
	LastActive usher.Time // as the portal shows it; zero where it does not
	Pinned     bool
}

// Sitting are all of a subscription who sit and are not about to go.
func (tx *Tx) Sitting(ctx context.Context, subscription, portal usher.ID) ([]SittingPerson, error) {
	return all(ctx, tx, func(row scanner) (s SittingPerson, err error) {
		var seen struct {
			LastActiveAt usher.Time `json:"lastActiveAt"`
		}
		err = row.Scan(&s.Person, &s.SeatedAt, fromJSON{&seen}, &s.Pinned)
		s.LastActive = seen.LastActiveAt
		return s, err
	}, `
		select s.person_id, s.seated_at, a.seen,
			exists (select 1 from decision d where d.subscription_id = s.subscription_id and d.person_id = s.person_id and d.kind = 'pin' and (d.until_at = 0 or d.until_at > $3))
		from seat s left join account a on a.portal_id = $2 and a.kind = 'person' and a.subject_id = s.person_id and a.subject_id <> ''
		where s.subscription_id = $1 and s.state <> 'released' and s.state in ('invited', 'active') and s.leaving_at = 0`, subscription, portal, tx.now)
}
