package store

import (
	"context"

	"usher/internal/usher"
)

// Seal is one link of the chain over the events.
type Seal struct {
	Number int64 // from 1, without gaps
	Event  usher.ID
	// Payload is the digest of what of the event can be erased.
	Payload string
	// Digest is that of the whole event, with Payload standing for what can be erased.
	Digest string
	// Chain binds the seal to all before it.
	Chain    string
	SealedAt usher.Time
}

const sealColumns = `number, event_id, payload, digest, chain, sealed_at`

func scanSeal(row scanner) (s Seal, err error) {
	err = row.Scan(&s.Number, &s.Event, &s.Payload, &s.Digest, &s.Chain, &s.SealedAt)
	return s, err
}

// Unsealed are events that wait for their seal, in the order in which they get it.
func (tx *Tx) Unsealed(ctx context.Context, limit int) ([]usher.Event, error) {
	return all(ctx, tx, scanEvent, `
		select `+eventColumns+`, salt, erased_at, 0 from event where id in (select event_id from event_unsealed order by event_id limit $1)
		order by at, id`, limit)
}

// AnyUnsealed says whether any event waits for its seal. While a roster is applied hundreds of thousands may.
func (tx *Tx) AnyUnsealed(ctx context.Context) (bool, error) {
	n, err := one(ctx, tx, scalar[int], `select count(*) from (select 1 from event_unsealed limit 1) one`)
	return n > 0, err
}

// CountUnsealed says how many events wait for their seal.
func (tx *Tx) CountUnsealed(ctx context.Context) (int, error) {
	return one(ctx, tx, scalar[int], `select count(*) from event_unsealed`)
}

// OldestUnsealed is the time of the event that has waited longest; zero for none.
func (tx *Tx) OldestUnsealed(ctx context.Context) (usher.Time, error) {
	return one(ctx, tx, scalar[usher.Time], `
		select coalesce(min(at), 0) from event where id in (select event_id from event_unsealed)`)
}

// InsertSeals appends links to the chain; their events wait no longer.
func (tx *Tx) InsertSeals(ctx context.Context, seals []Seal) error {
	return chunked(seals, 100, func(part []Seal) error {
		var values []any
		var events []usher.ID
		for _, s := range part {
			values = append(values, s.Number, s.Event, s.Payload, s.Digest, s.Chain, s.SealedAt)
			events = append(events, s.Event)
		}
		if _, err := tx.exec(ctx, `insert into event_seal (`+sealColumns+`) values `+tuples(len(part), 6), values...); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `delete from event_unsealed where event_id in (`+marks(1, len(events))+`)`, args(events)...)
		return err
	})
}

// LastSeal is the end of the chain; ErrNotFound when nothing is sealed.
func (tx *Tx) LastSeal(ctx context.Context) (Seal, error) {
	return one(ctx, tx, scanSeal, `select `+sealColumns+` from event_seal order by number desc limit 1`)
}

// SealNumbered is one link; ErrNotFound for none.
func (tx *Tx) SealNumbered(ctx context.Context, number int64) (Seal, error) {
	return one(ctx, tx, scanSeal, `select `+sealColumns+` from event_seal where number = $1`, number)
}

// Seals are the links after a number, in order.
func (tx *Tx) Seals(ctx context.Context, after int64, limit int) ([]Seal, error) {
	return all(ctx, tx, scanSeal, `select `+sealColumns+` from event_seal where number > $1 order by number limit $2`, after, limit)
}

// EventsByID are the events of the given ids, at most some hundred; those that are not
// there are missing.
func (tx *Tx) EventsByID(ctx context.Context, ids []usher.ID) (map[usher.ID]usher.Event, error) {
	found := make(map[usher.ID]usher.Event, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	list, err := all(ctx, tx, scanEvent, `
		select `+eventColumns+`, salt, erased_at, 0 from event where id in (`+marks(1, len(ids))+`)`, args(ids)...)
	for _, e := range list {
		found[e.ID] = e
	}
	return found, err
}

// StrayEvents are events that are neither sealed nor wait for it: nothing that usher
// does leaves one.
func (tx *Tx) StrayEvents(ctx context.Context, limit int) ([]usher.ID, error) {
	return all(ctx, tx, scalar[usher.ID], `
		select id from event e where not exists (select 1 from event_seal s where s.event_id = e.id)
		and not exists (select 1 from event_unsealed u where u.event_id = e.id) order by id limit $1`, limit)
}

// LostEvents are events that wait for their seal and are not there, or have one already.
func (tx *Tx) LostEvents(ctx context.Context, limit int) ([]usher.ID, error) {
	return all(ctx, tx, scalar[usher.ID], `
		select event_id from event_unsealed u where not exists (select 1 from event e where e.id = u.event_id)
		or exists (select 1 from event_seal s where s.event_id = u.event_id) order by event_id limit $1`, limit)
}

const erasable = `
	at < $1 and erased_at = 0 and kind <> $2 and (before <> '' or after <> '')
	and exists (select 1 from event_seal s where s.event_id = event.id)`

// HasErasable says whether ErasePayloads would find anything.
func (tx *Tx) HasErasable(ctx context.Context, olderThan usher.Time) (bool, error) {
	n, err := one(ctx, tx, scalar[int], `
		select count(*) from (select 1 from event where `+erasable+` limit 1) one`, olderThan, usher.EventErased)
	return n > 0, err
}

// ErasePayloads empties what sealed events hold of before and after, with the salt: what
// is left cannot be guessed from its digest. It says how many it found, limit at most.
func (tx *Tx) ErasePayloads(ctx context.Context, olderThan, erasedAt usher.Time, limit int) (int64, error) {
	return tx.exec(ctx, `
		update event set before = '', after = '', salt = '', erased_at = $3
		where id in (select id from event where `+erasable+` order by at, id limit $4)`, olderThan, usher.EventErased, erasedAt, limit)
}

// Erasures are the times at which payloads were erased, with the event that says so.
func (tx *Tx) Erasures(ctx context.Context) ([]usher.Event, error) {
	return all(ctx, tx, scanEvent, `select `+eventColumns+`, salt, erased_at, 0 from event where kind = $1 order by at, id`, usher.EventErased)
}
