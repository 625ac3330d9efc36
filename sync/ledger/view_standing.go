package ledger

import (
	"context"

	"usher/internal/store"
	"usher/internal/usher"
)

// stuckAfter is how long a message has to have waited before its target counts as one that takes nothing.
const stuckAfter = hour / 2

// Standing reads in one snapshot what may be amiss or wait for somebody. What the ledger does not know is left to be
// added: certificates, and who answers requests.
func (l *Ledger) Standing(ctx context.Context) (s usher.Standing, err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		s = usher.Standing{At: tx.Now()}
		r := standingReader{ctx: ctx, tx: tx, labels: n, to: &s}
		for _, read := range []func() error{r.plans, r.revisions, r.holds, r.conflicts, r.requests, r.pools, r.directories, r.portals, r.tokens, r.channels} {
			if err := read(); err != nil {
				return err
			}
		}
		return nil
	})
	return s, err
}

type standingReader struct {
	ctx    context.Context
	tx     *store.Tx
	labels labels
	to     *usher.Standing
}

func (r standingReader) plans() error {
	pending, err := r.tx.PendingPlans(r.ctx)
	if err != nil {
		return err
	}
	for _, p := range pending {
		if p.State == usher.PlanOpen {
			r.to.Plans = append(r.to.Plans, viewOf(r.labels, p))
		}
	}
	applied, err := r.tx.AppliedSince(r.ctx, r.tx.Now().Add(-oneDay))
	for _, p := range applied {
		if p.State == usher.PlanApplied {
			r.to.Runs = append(r.to.Runs, viewOf(r.labels, p))
		}
	}
	return err
}

func (r standingReader) revisions() error {
	waiting, err := r.tx.ProposedRevisions(r.ctx)
	r.to.Revisions = waiting
	return err
}

func (r standingReader) holds() error {
	open, err := r.tx.Holds(r.ctx, true)
	if err != nil {
		return err
	}
	for _, h := range open {
		held, err := r.tx.CountHeld(r.ctx, h.ID)
		if err != nil {
			return err
		}
		r.to.Holds = append(r.to.Holds, holdView(r.labels, h, held))
	}
	return nil
}

func (r standingReader) conflicts() error {
	open, err := r.tx.OpenConflictNumbers(r.ctx)
	r.to.Conflicts = open
	return err
}

func (r standingReader) requests() error {
	open, err := r.tx.OpenRequests(r.ctx)
	for _, q := range open {
		r.to.Requests = append(r.to.Requests, usher.RequestStanding{Number: q.Number, Subscription: r.labels.subscriptions[q.Subscription]})
	}
	return err
}

// pools reads the queue only where it can matter: while seats are free nobody has to wait for one.
func (r standingReader) pools() error {
	subs, err := r.tx.Subscriptions(r.ctx)
	if err != nil {
		return err
	}
	for _, s := range subs {
		p := usher.PoolStanding{Name: s.Name, Purchased: s.Purchased, Free: s.Free(), Open: s.Open(r.tx.Now()), EndsAt: s.EndsAt, Left: daysLeft(s, r.tx.Now())}
		if s.EndsAt != 0 && s.EndsAt <= r.tx.Now() {
			p.Left = -1
		}
		if p.Free <= 0 {
			if p.Queued, err = r.tx.QueueLength(r.ctx, s.ID); err != nil {
				return err
			}
		}
		r.to.Pools = append(r.to.Pools, p)
	}
	return nil
}

func (r standingReader) directories() error {
	all, err := r.tx.Directories(r.ctx)
	if err != nil {
		return err
	}
	for _, d := range all {
		since, err := r.tx.Setting(r.ctx, lateSetting(d.Name))
		if err != nil {
			return err
		}
		if since != "" {
			r.to.Feeds = append(r.to.Feeds, usher.FeedStanding{Directory: d.Name, Since: since})
		}
	}
	return nil
}

func (r standingReader) portals() error {
	all, err := r.tx.Portals(r.ctx)
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.RetiredAt == 0 && p.Failures > 0 {
			r.to.Portals = append(r.to.Portals, usher.PortalStanding{Name: p.Name, LastSuccessAt: p.LastSuccessAt})
		}
	}
	visits, err := r.tx.OpenVisits(r.ctx, "")
	if err != nil {
		return err
	}
	for _, v := range visits {
		if v.DoneAt != 0 {
			continue
		}
		batches, err := r.tx.BatchesOf(r.ctx, v.ID)
		if err != nil {
			return err
		}
		r.to.Visits = append(r.to.Visits, usher.VisitStanding{Portal: r.labels.portals[v.Portal], Number: v.Number, Urgent: v.Urgent, Files: len(batches)})
	}
	return nil
}

// tokens are those in use: of several of one directory or name the one that lasts longest, because the others were replaced.
func (r standingReader) tokens() error {
	ends := map[string]usher.Time{}
	add := func(what string, c usher.Credential) {
		if c.RevokedAt == 0 && c.LastUsedAt != 0 {
			ends[what] = max(ends[what], c.ExpiresAt)
		}
	}
	pushed, err := r.tx.Tokens(r.ctx)
	if err != nil {
		return err
	}
	for _, t := range pushed {
		add("the token of directory "+r.labels.directories[t.Directory], t.Credential)
	}
	programs, err := r.tx.APITokens(r.ctx)
	for _, t := range programs {
		add("the API token "+t.Name, t.Credential)
	}
	for _, what := range sorted(ends) {
		r.to.Expiring = append(r.to.Expiring, usher.Expiring{What: what, Path: "/settings", EndsAt: ends[what]})
	}
	return err
}

func (r standingReader) channels() error {
	stuck, err := r.tx.StuckTargets(r.ctx, r.tx.Now().Add(-stuckAfter))
	r.to.Channels = stuck
	return err
}
