package ledger

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

const (
	// sealer is the lease under which events are sealed.
	sealer = "sealer"
	// sealerTime is how long the lease lasts; what is sealed under one takes far less.
	sealerTime = time.Minute
	// sealsToLease is how many transactions seal under one lease.
	sealsToLease = 20
	// sealSize is how many events one transaction seals.
	sealSize = 200
	// minKey is the fewest bytes that a key for seals may have.
	minKey = 32
)

// Head is the end of the chain over the events. Kept outside the database as well, it
// tells when the chain was cut.
type Head struct {
	Number int64  `json:"number"` // zero while nothing is sealed
	Chain  string `json:"chain"`
}

// Seal numbers the events that have no seal yet, by time and id, and binds each to all
// before it by a chain of HMACs under key. It returns the new end of the chain, which the
// caller keeps outside the database. owner names this process; usher.ErrBusy: another one
// is at it.
func (l *Ledger) Seal(ctx context.Context, key []byte, owner string) (Head, error) {
	if err := checkKey(key); err != nil {
		return Head{}, err
	}
	for {
		waiting, err := l.store.Look().AnyUnsealed(ctx)
		if err != nil {
			return Head{}, fmt.Errorf("seal events: %w", err)
		}
		if !waiting {
			return headOf(ctx, l.store.Look())
		}
		lease, err := l.store.TakeLease(ctx, sealer, owner, sealerTime)
		if err != nil {
			return Head{}, err
		}
		if err := errors.Join(l.sealUnder(ctx, key, lease), l.store.DropLease(ctx, lease)); err != nil {
			return Head{}, fmt.Errorf("seal events: %w", err)
		}
	}
}

// sealUnder seals until no event waits, and sealsToLease times at most. A lease is two writes more: taken for each
// two hundred events, it had the sealer fall behind whoever made them.
func (l *Ledger) sealUnder(ctx context.Context, key []byte, lease store.Lease) error {
	for range sealsToLease {
		if err := l.sealSome(ctx, key, lease); err != nil {
			return err
		}
		if waiting, err := l.store.Look().AnyUnsealed(ctx); err != nil || !waiting {
			return err
		}
	}
	return nil
}

func checkKey(key []byte) error {
	if len(key) < minKey {
		return fmt.Errorf("%w: the key for seals has %d bytes, and needs %d", usher.ErrInvalid, len(key), minKey)
	}
	return nil
}

func (l *Ledger) sealSome(ctx context.Context, key []byte, lease store.Lease) error {
	return l.store.Write(ctx, func(tx *store.Tx) error {
		if err := holds(ctx, tx, lease); err != nil {
			return err
		}
		head, err := headOf(ctx, tx)
		if err != nil {
			return err
		}
		events, err := tx.Unsealed(ctx, sealSize)
		if err != nil {
			return err
		}
		if len(events) == 0 {
			return errors.New("events wait for a seal that are not there: run usher check")
		}
		seals := make([]store.Seal, 0, len(events))
		for _, e := range events {
			s := store.Seal{Number: head.Number + 1, Event: e.ID, Payload: digestPayload(e), SealedAt: tx.Now()}
			s.Digest = digestEvent(e, s.Payload)
			s.Chain = chain(key, head.Chain, s)
			head = Head{s.Number, s.Chain}
			seals = append(seals, s)
		}
		return tx.InsertSeals(ctx, seals)
	})
}

// ErrCut says that sealed events were cut off or replaced.
var ErrCut = errors.New("sealed events were cut off or replaced")

// Follows says whether the chain still holds the end that was kept outside the database;
// ErrCut when it does not. Whoever keeps a new end asks first: it would cover the traces.
func (l *Ledger) Follows(ctx context.Context, kept Head) error {
	if kept.Number == 0 {
		return nil
	}
	s, err := l.store.Look().SealNumbered(ctx, kept.Number)
	if err != nil && !errors.Is(err, usher.ErrNotFound) {
		return fmt.Errorf("seal %d: %w", kept.Number, err)
	}
	if !equal(s.Chain, kept.Chain) {
		return fmt.Errorf("seal %d is not the one that was kept outside the database: %w", kept.Number, ErrCut)
	}
	return nil
}

func headOf(ctx context.Context, tx *store.Tx) (Head, error) {
	last, err := tx.LastSeal(ctx)
	if errors.Is(err, usher.ErrNotFound) {
		return Head{}, nil
	}
	return Head{last.Number, last.Chain}, err
}

// digestPayload is the digest of what of an event can be erased. It is kept by itself, so
// that what is left of an erased event still shows an edit.
func digestPayload(e usher.Event) string {
	h := sha256.New()
	encode(h, e.Salt, string(e.Before), string(e.After))
	return hex.EncodeToString(h.Sum(nil))
}

// digestEvent is the digest of a whole event; payload stands for what can be erased.
func digestEvent(e usher.Event, payload string) string {
	h := sha256.New()
	encode(h, string(e.ID), number(int64(e.At)), string(e.Kind), e.Actor, e.Subject, string(e.SubjectID),
		string(e.Person), string(e.Subscription), string(e.Portal), e.Why, payload)
	return hex.EncodeToString(h.Sum(nil))
}

// chain binds a seal to the one before it.
func chain(key []byte, previous string, s store.Seal) string {
	mac := hmac.New(sha256.New, key)
	encode(mac, previous, number(s.Number), string(s.Event), s.Digest, number(int64(s.SealedAt)))
	return hex.EncodeToString(mac.Sum(nil))
}

// encode writes texts, each after its length, so that no two lists of texts are written
// alike. A hash takes everything.
func encode(h io.Writer, texts ...string) {
	for _, text := range texts {
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
		_, _ = io.WriteString(h, text)
	}
}

func number(n int64) string { return string(binary.BigEndian.AppendUint64(nil, uint64(n))) }
