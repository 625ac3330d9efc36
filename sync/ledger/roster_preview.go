package ledger

import (
	"context"
	"errors"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
)

// PreviewRoster computes what a file would change if it came now, read as the feed says and
// under another policy, hands the plan to show, and keeps nothing. The plan never leaves the
// state reading, in which nobody can confirm it: neither mapping nor policy are in force. What
// show gets has the state in which it would be; its changes and findings are in the store until
// show returns, and where the process dies the sweep drops them.
func (l *Ledger) PreviewRoster(ctx context.Context, f Feed, next Policy, show func(usher.Plan) error) error {
	p, err := l.beginPlan(ctx, f)
	if err != nil {
		return fmt.Errorf("preview of %s: %w", f.File.Name, err)
	}
	w := &planner{ledger: l, ctx: ctx, feed: f, plan: p, next: &next}
	err = w.run()
	if err == nil {
		err = l.preview(ctx, w)
	}
	if err != nil {
		err = fmt.Errorf("preview of %s: %w", f.File.Name, err)
	} else {
		w.plan.Number = 0 // nobody finds it by that
		err = show(w.plan)
	}
	return errors.Join(err, l.forget(context.WithoutCancel(ctx), p))
}

// preview has the guards look at a plan that is not kept.
func (l *Ledger) preview(ctx context.Context, w *planner) error {
	return l.write(ctx, usher.Principal{}, func(c *change) error {
		if err := c.atRest(w.plan.Directory); err != nil {
			return err
		}
		p := w.plan
		c.policy = w.policy
		if err := c.judge(&p, w); err != nil {
			return err
		}
		w.plan = p
		return nil
	})
}

// underNext is the policy that is computed with when the next one counts.
func (w *planner) underNext(tx *store.Tx) (*policy, error) {
	c := newChange(w.ctx, w.ledger, tx, w.policy, usher.Principal{})
	next, _, err := (&previewer{change: c, policy: *w.next}).next()
	return next, err
}
