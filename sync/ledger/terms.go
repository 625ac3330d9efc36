package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

const (
	oneDay     = 24 * time.Hour
	firstNotes = 90 * oneDay // before a term's end it is first said
	termsEvery = time.Hour   // between looks at the ends of terms
)

// daysLeft are in how many days a term ends, by the warning that is due: 7, 30 or 90; 0 where none
// is, or it is over.
func daysLeft(s usher.Subscription, now usher.Time) int {
	left := s.EndsAt.Sub(now)
	if s.EndsAt == 0 || left <= 0 {
		return 0
	}
	for _, days := range []int{7, 30, 90} {
		if left <= time.Duration(days)*oneDay {
			return days
		}
	}
	return 0
}

// TermNote says in words that a term ends soon, or is over; empty where neither is so.
func TermNote(s usher.Subscription, now usher.Time) string {
	switch {
	case s.EndsAt != 0 && s.EndsAt <= now:
		return fmt.Sprintf("the term ended on %s: nobody new is seated, and nobody loses a seat by it", dayOrMinute(s.EndsAt))
	case daysLeft(s, now) > 0:
		return fmt.Sprintf("the term ends on %s, in %d days: nobody new is seated then, and nobody loses a seat by it", dayOrMinute(s.EndsAt), int(s.EndsAt.Sub(now)/oneDay))
	}
	return ""
}

// dayOrMinute is an instant for a person; the beginning of a day is that day.
func dayOrMinute(at usher.Time) string {
	text, _ := strings.CutSuffix(at.Std().UTC().Format("2 Jan 2006, 15:04"), ", 00:00")
	if strings.Contains(text, ":") {
		text += " UTC"
	}
	return text
}

// sweepTerms records that terms end: once for each of them and each warning, however many
// processes look.
func (l *Ledger) sweepTerms(ctx context.Context, by usher.Principal) (int, error) {
	now := l.store.Now()
	if !l.looksAtTerms(now) {
		return 0, nil
	}
	subs, err := l.store.Look().Subscriptions(ctx)
	if err != nil {
		return 0, err
	}
	for _, s := range subs {
		if daysLeft(s, now) == 0 {
			continue
		}
		if err := l.write(ctx, by, func(c *change) error { return c.warnOfEnd(s.ID) }); err != nil {
			return 0, fmt.Errorf("term of subscription %s: %w", s.Name, err)
		}
	}
	return 0, nil
}

// looksAtTerms says that it is time to. A look that fails is made up for by the next one.
func (l *Ledger) looksAtTerms(now usher.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now < l.termsAt {
		return false
	}
	l.termsAt = now.Add(termsEvery)
	return true
}

// termEnds is what the event holds.
type termEnds struct {
	EndsAt usher.Time `json:"endsAt"`
	Days   int        `json:"days"`
}

func (c *change) warnOfEnd(id usher.ID) error {
	s, err := c.tx.LockSubscription(c.ctx, id)
	if err != nil {
		return err
	}
	ends := termEnds{s.EndsAt, daysLeft(s, c.now())}
	if said, err := c.saidOfEnd(s, ends); ends.Days == 0 || said || err != nil {
		return err
	}
	c.record(usher.Event{Kind: usher.EventTermEnds, Subject: "subscription", SubjectID: s.ID, Subscription: s.ID, Portal: s.Portal,
		After: payload(ends), Why: TermNote(s, c.now())})
	return nil
}

// saidOfEnd says that this warning of this end was recorded before.
func (c *change) saidOfEnd(s usher.Subscription, ends termEnds) (bool, error) {
	events, err := c.tx.Events(c.ctx, store.EventQuery{Subscription: s.ID, Kind: usher.EventTermEnds, Since: s.EndsAt.Add(-firstNotes)})
	for _, e := range events {
		var said termEnds
		if json.Unmarshal(e.After, &said) == nil && said == ends {
			return true, err
		}
	}
	return false, err
}
