package ledger

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"usher/internal/store"
	"usher/internal/usher"
)

// AnswerRequest answers a request for a seat: a yes pins the person in the name of whoever acts, and a no says why. Operators may,
// and of people the asker's manager, a seat admin of the subscription and an owner; nobody answers their own. For anybody else it is
// usher.ErrNotFound; usher.ErrStale: somebody answered before.
func (l *Ledger) AnswerRequest(ctx context.Context, by usher.Principal, number int64, a usher.RequestAnswer) error {
	return l.write(ctx, by, func(c *change) error {
		words, err := plainWords("words", a.Words)
		if err != nil {
			return err
		}
		if a.Words = words; !a.Approve && words == "" {
			return &usher.InvalidError{Attribute: "words", Problem: "are missing; say why, for whoever asked"}
		}
		r, err := c.lockRequest(number)
		if err != nil {
			return err
		}
		if err := c.mayAnswer(r); err != nil {
			return err
		}
		if !a.Approve {
			return c.closeRequest(r, usher.RequestRefused, words)
		}
		if err := c.closeRequest(r, usher.RequestApproved, words); err != nil {
			return err
		}
		return c.approve(r, a)
	})
}

// lockRequest is an open request, with its person locked: all that is done about somebody's requests is done in turn.
func (c *change) lockRequest(number int64) (usher.SeatRequest, error) {
	r, err := c.tx.Request(c.ctx, number)
	if err != nil {
		return r, fmt.Errorf("request %d: %w", number, err)
	}
	if _, err := c.tx.LockPersons(c.ctx, r.Person); err != nil {
		return r, err
	}
	if r, err = c.tx.Request(c.ctx, number); err == nil && r.State != usher.RequestOpen {
		err = fmt.Errorf("request %d is %s: %w", number, r.State, usher.ErrStale)
	}
	return r, err
}

// mayAnswer says whether whoever acts may answer a request.
func (c *change) mayAnswer(r usher.SeatRequest) error {
	no := fmt.Errorf("request %d: %w", r.Number, usher.ErrNotFound)
	switch {
	case c.by.Kind == usher.PrincipalOperator:
		return nil
	case c.by.Kind != usher.PrincipalPerson || c.by.Person == "" || c.by.Person == r.Person:
		return no
	case c.by.Rights.MaySeat(r.Subscription):
		return nil
	}
	asker, err := c.tx.Person(c.ctx, r.Person)
	if err != nil {
		return err
	}
	if asker.Manager != c.by.Person {
		return no
	}
	manager, err := c.tx.Person(c.ctx, c.by.Person)
	if err == nil && (!manager.Active || manager.Unconfirmed()) {
		err = no
	}
	return err
}

// approve pins whoever asked. A pin that is there may have an end, or none, which is not for whoever answers to change.
func (c *change) approve(r usher.SeatRequest, a usher.RequestAnswer) error {
	if _, err := c.actingPerson(r.Person); err != nil {
		return err
	}
	before, err := c.mayApprove(r, a)
	if err != nil {
		return err
	}
	if !before.In(c.now()) || before.Kind != usher.Pin {
		d := usher.Decision{Subscription: r.Subscription, Person: r.Person, Kind: usher.Pin, By: c.by.Name, Reason: cmp.Or(a.Words, "asked for it"), Until: a.Until, CreatedAt: c.now()}
		if err := c.putDecision(d); err != nil {
			return err
		}
	}
	return c.compute(r.Person, reason{caution: store.CautionApproved, named: []usher.ID{r.Subscription}, why: "request approved by " + c.by.Name})
}

// mayApprove refuses a yes that cannot be, and gives what was decided before about the seat.
func (c *change) mayApprove(r usher.SeatRequest, a usher.RequestAnswer) (usher.Decision, error) {
	pool, ok := c.policy.pool(r.Subscription)
	switch {
	case !ok || pool.sub.RetiredAt != 0:
		return usher.Decision{}, &usher.InvalidError{Attribute: "subscription", Problem: "is no longer configured; refuse the request"}
	case a.Until != 0 && a.Until <= c.now():
		return usher.Decision{}, &usher.InvalidError{Attribute: "until", Problem: "is in the past; give a later date, or none"}
	}
	decisions, err := c.tx.DecisionsFor(c.ctx, r.Person)
	if err != nil {
		return usher.Decision{}, err
	}
	d := decisionFor(decisions, r.Subscription)
	hasSeats := c.by.Kind == usher.PrincipalOperator || c.by.Rights.MaySeat(r.Subscription)
	switch {
	case keptOut(d, c.now()):
		err = &usher.InvalidError{Attribute: "seat", Problem: "was withheld by " + d.By + " meanwhile; they have to take that back first"}
	case !pool.sub.Requestable && !d.Out(c.now()) && !hasSeats:
		err = &usher.InvalidError{Attribute: "subscription", Problem: "is none that people ask for any longer; a seat admin can still say yes"}
	}
	return d, err
}

func (c *change) closeRequest(r usher.SeatRequest, state usher.RequestState, words string) error {
	r.State, r.AnsweredBy, r.Answer, r.AnsweredAt = state, c.by.Name, words, c.now()
	c.recordRequest(usher.EventSeatAnswered, r)
	return c.tx.CloseRequest(c.ctx, r)
}

func (c *change) recordRequest(kind usher.EventKind, r usher.SeatRequest) {
	c.record(usher.Event{Kind: kind, Subject: "subscription", SubjectID: r.Subscription, Person: r.Person, Subscription: r.Subscription,
		After: payload(map[string]any{"request": r.Number, "state": r.State, "reason": r.Reason, "answer": r.Answer})})
}

// maxWords bounds what people write to each other, in characters.
const maxWords = 500

// plainWords is what somebody wrote, without blanks around it. Neither store keeps everything that a form can send.
func plainWords(what, text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }):
		return "", &usher.InvalidError{Attribute: what, Problem: "holds characters that are no text"}
	case utf8.RuneCountInString(text) > maxWords:
		return "", &usher.InvalidError{Attribute: what, Problem: fmt.Sprintf("is longer than %d characters", maxWords)}
	}
	return text, nil
}
