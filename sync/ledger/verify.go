package ledger

import (
	"context"
	"crypto/hmac"
	"fmt"
	"math"

	"usher/internal/store"
	"usher/internal/usher"
)

// maxFindings is how many findings of one kind are listed; one is enough to act.
const maxFindings = 100

// SealReport is what VerifySeals found.
type SealReport struct {
	Head     Head // the end of the chain as the database has it
	Unsealed int  // events that wait for their seal
	// OldestUnsealed is the time of the event that has waited longest; zero for none.
	OldestUnsealed usher.Time
	// Breaches are what was done to sealed events behind usher's back, the first
	// hundred of them; none means that the history is whole.
	Breaches []SealBreach
}

// SealBreach is one event or seal that is not as usher wrote it.
type SealBreach struct {
	Number  int64    // of the seal; zero for an event without one
	Event   usher.ID // may be empty
	Problem string
}

// VerifySeals recomputes the whole chain. It finds every event that was edited, removed or
// slipped in since it was sealed, and, by the head that was kept outside the database
// (nil when there is none), an end that was cut off.
func (l *Ledger) VerifySeals(ctx context.Context, key []byte, head *Head) (SealReport, error) {
	if err := checkKey(key); err != nil {
		return SealReport{}, err
	}
	var report SealReport
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		v := &verifier{ctx: ctx, tx: tx, key: key, kept: head}
		err := v.run()
		report = v.report
		return err
	})
	if err != nil {
		return report, fmt.Errorf("verify seals: %w", err)
	}
	return report, nil
}

type verifier struct {
	ctx      context.Context
	tx       *store.Tx
	key      []byte
	kept     *Head
	erasures map[usher.Time]usher.Time // by their time: what is older was erased
	report   SealReport
}

func (v *verifier) breach(number int64, event usher.ID, format string, args ...any) {
	if len(v.report.Breaches) < maxFindings {
		v.report.Breaches = append(v.report.Breaches, SealBreach{number, event, fmt.Sprintf(format, args...)})
	}
}

func (v *verifier) run() error {
	if err := v.readErasures(); err != nil {
		return err
	}
	// From below the first number: a seal slipped in there would hide an event.
	for after := int64(math.MinInt64); ; after = v.report.Head.Number {
		seals, err := v.tx.Seals(v.ctx, after, sealSize)
		if err != nil {
			return err
		}
		if len(seals) == 0 {
			break
		}
		if err := v.seals(seals); err != nil {
			return err
		}
	}
	if v.kept != nil && v.kept.Number > v.report.Head.Number {
		v.breach(v.kept.Number, "", "the chain was cut: it ends at %d, and once reached %d", v.report.Head.Number, v.kept.Number)
	}
	return v.unsealed()
}

func (v *verifier) seals(seals []store.Seal) error {
	ids := make([]usher.ID, len(seals))
	for i, s := range seals {
		ids[i] = s.Event
	}
	events, err := v.tx.EventsByID(v.ctx, ids)
	if err != nil {
		return err
	}
	for _, s := range seals {
		v.seal(s)
		if e, ok := events[s.Event]; ok {
			v.event(s, e)
		} else {
			v.breach(s.Number, s.Event, "the event was removed")
		}
	}
	return nil
}

// seal verifies a link. The chain goes on from what is there, so that one breach is
// reported once.
func (v *verifier) seal(s store.Seal) {
	last := v.report.Head
	if s.Number != last.Number+1 {
		v.breach(last.Number+1, "", "seal %d comes after %d: others were removed or slipped in", s.Number, last.Number)
	}
	if !equal(s.Chain, chain(v.key, last.Chain, s)) {
		v.breach(s.Number, s.Event, "the seal was changed, or does not follow the one before it")
	}
	if v.kept != nil && v.kept.Number == s.Number && !equal(s.Chain, v.kept.Chain) {
		v.breach(s.Number, s.Event, "the seal is not the one that was kept outside the database")
	}
	v.report.Head = Head{s.Number, s.Chain}
}

func (v *verifier) event(s store.Seal, e usher.Event) {
	if !equal(s.Digest, digestEvent(e, s.Payload)) {
		v.breach(s.Number, e.ID, "the event was changed")
	}
	switch {
	case e.ErasedAt == 0 && !equal(s.Payload, digestPayload(e)):
		v.breach(s.Number, e.ID, "what the event says of before and after was changed")
	case e.ErasedAt != 0 && e.At >= v.erasures[e.ErasedAt]:
		v.breach(s.Number, e.ID, "before and after were erased, and no event says that they should be")
	case e.ErasedAt != 0 && len(e.Before)+len(e.After)+len(e.Salt) > 0:
		v.breach(s.Number, e.ID, "something was written where before and after were erased")
	}
}

func (v *verifier) unsealed() error {
	stray, err := v.tx.StrayEvents(v.ctx, maxFindings)
	if err != nil {
		return err
	}
	for _, id := range stray {
		v.breach(0, id, "the event was slipped in, or its seal was removed")
	}
	lost, err := v.tx.LostEvents(v.ctx, maxFindings)
	if err != nil {
		return err
	}
	for _, id := range lost {
		v.breach(0, id, "the event waits for a seal and is not there, or has one")
	}
	if v.report.Unsealed, err = v.tx.CountUnsealed(v.ctx); err != nil {
		return err
	}
	v.report.OldestUnsealed, err = v.tx.OldestUnsealed(v.ctx)
	return err
}

func equal(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }
