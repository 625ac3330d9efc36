package ledger

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"usher/internal/store"
	"usher/internal/usher"
)

// JoinLink is the join link of a code, with what the person would get: the subscriptions where nothing stands in the way.
// usher.ErrNotFound: there is none. *usher.InvalidError: it gives them nothing.
func (l *Ledger) JoinLink(ctx context.Context, person usher.ID, code string) (usher.JoinLink, error) {
	var j usher.JoinLink
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		p, err := l.policyFor(ctx, tx)
		if err != nil {
			return err
		}
		c := newChange(ctx, l, tx, p, usher.System("join"))
		if j, err = tx.JoinLinkByHash(ctx, usher.HashJoinCode(code)); err != nil {
			return err
		}
		j.Subscriptions, err = c.joins(j, person)
		return err
	})
	return j, err
}

// UseJoinLink pins the person who acts to the subscriptions of a join link, once. What they get there is decided as for anybody
// else: a free seat, or a place in the queue. What a human decided about them before stands.
func (l *Ledger) UseJoinLink(ctx context.Context, by usher.Principal, code string) (usher.JoinLink, error) {
	var j usher.JoinLink
	err := l.write(ctx, by, func(c *change) error {
		found, err := c.tx.JoinLinkByHash(ctx, usher.HashJoinCode(code))
		if err != nil {
			return err
		}
		if j, err = c.tx.LockJoinLink(ctx, found.Number); err != nil { // before the person, as whoever uses links does
			return err
		}
		p, err := c.actingPerson(by.Person)
		if err != nil {
			return err
		}
		if j.Subscriptions, err = c.joins(j, p.ID); err != nil {
			return err
		}
		if err := c.tx.UseJoinLink(ctx, j.Number, p.ID); err != nil {
			return err
		}
		why := fmt.Sprintf("join link %d", j.Number)
		for _, id := range j.Subscriptions {
			d := usher.Decision{Subscription: id, Person: p.ID, Kind: usher.Pin, By: j.CreatedBy, Reason: why, CreatedAt: c.now()}
			if err := c.putDecision(d); err != nil {
				return err
			}
		}
		c.recordJoin(usher.EventJoinUsed, j, map[string]any{"subscriptions": j.Subscriptions})
		return c.compute(p.ID, reason{caution: store.CautionApproved, named: j.Subscriptions, why: why + " by " + j.CreatedBy})
	})
	return j, err
}

// joins are the subscriptions to which a join link pins a person now. One that a human withholds from them is left out, and so
// is one to which they are pinned already, which may be until another time.
func (c *change) joins(j usher.JoinLink, person usher.ID) ([]usher.ID, error) {
	used, err := c.tx.UsedJoinLink(c.ctx, j.Number, person)
	if err != nil {
		return nil, err
	}
	if used {
		return nil, joinProblem("was used by you already")
	}
	if why := j.Over(c.now()); why != "" {
		return nil, joinProblem(why + "; ask whoever sent it for another")
	}
	decisions, err := c.tx.DecisionsFor(c.ctx, person)
	if err != nil {
		return nil, err
	}
	var gives []usher.ID
	withheld := false
	for _, id := range j.Subscriptions {
		known, ok := c.policy.pool(id)
		d := decisionFor(decisions, id)
		withheld = withheld || keptOut(d, c.now())
		if ok && known.sub.RetiredAt == 0 && (!d.In(c.now()) || d.Kind == usher.GiveBack) {
			gives = append(gives, id)
		}
	}
	switch {
	case len(gives) > 0:
		return gives, nil
	case withheld:
		return nil, joinProblem("gives you nothing: an admin keeps this seat from you; talk to them")
	}
	return nil, joinProblem("gives you nothing that you do not have")
}

func joinProblem(what string) error {
	return &usher.InvalidError{Attribute: "join link", Problem: what}
}

func (c *change) recordJoin(kind usher.EventKind, j usher.JoinLink, more map[string]any) {
	said := map[string]any{"link": j.Number}
	maps.Copy(said, more)
	e := usher.Event{Kind: kind, Subject: "join link", After: payload(said)}
	if kind == usher.EventJoinUsed {
		e.Person = c.by.Person
	}
	c.record(e)
}

// liveJoinLink says whether there is a live join link of a hash.
func (c *change) liveJoinLink(hash string) (bool, error) {
	if hash == "" {
		return false, nil
	}
	j, err := c.tx.JoinLinkByHash(c.ctx, hash)
	if errors.Is(err, usher.ErrNotFound) {
		return false, nil
	}
	return err == nil && j.Over(c.now()) == "", err
}
