package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/internal/config"
	"usher/internal/notify"
	"usher/internal/usher"
)

// postEvery is how often usher looks whether somebody has to be told of a visit.
const postEvery = 2 * time.Second

// mailLease is how long one mail may take; while it is under way no other process sends it.
const mailLease = 5 * time.Minute

// pause is how long a mail that could not be sent waits for its next try.
type pause struct {
	until usher.Time
	after time.Duration
}

// next is a longer pause than this one, from a minute to an hour.
func (p pause) next(now usher.Time) pause {
	after := min(max(2*p.after, time.Minute), time.Hour)
	return pause{now.Add(after), after}
}

// postman tells the owners of portals of their visits, until ctx ends.
func (d *Daemon) postman(ctx context.Context) {
	pauses := map[usher.ID]pause{}
	for {
		if err := d.post(ctx, pauses); err != nil && ctx.Err() == nil {
			d.log.Error().Err(err).Msg("cannot tell who has to be told of a visit")
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(postEvery):
		}
	}
}

// post sends what is due. A visit whose mail fails waits, and stands in no other's way.
func (d *Daemon) post(ctx context.Context, pauses map[usher.ID]pause) error {
	d.posting.Lock() // leases are those of the process
	defer d.posting.Unlock()
	c := d.config.Load()
	if c.Mail.From == "" {
		return nil
	}
	if _, restored, err := d.ledger.Restored(ctx); restored || err != nil {
		return err // nobody is told anything by a store that is a copy
	}
	open, err := d.store.Look().OpenVisits(ctx, "")
	if err != nil {
		return err
	}
	for _, v := range open {
		now := d.store.Now()
		p, err := d.ownerOf(ctx, c, v)
		if err != nil {
			return err
		}
		if p.Owner.Mail == "" || pauses[v.ID].until > now || !mailDue(v, p.Owner, now) {
			continue
		}
		err = d.postVisit(ctx, c.Mail, p, v)
		if err == nil {
			delete(pauses, v.ID)
			continue
		}
		pauses[v.ID] = pauses[v.ID].next(now)
		d.log.Warn().Str("portal", p.Name).Int64("visit", v.Number).Err(err).Msg("the portal's owner could not be told of a visit; it is tried again")
	}
	return nil
}

// ownerOf is the portal of a visit as configured; a zero one when it is no longer.
func (d *Daemon) ownerOf(ctx context.Context, c *config.Config, v usher.Visit) (config.Portal, error) {
	portal, err := d.store.Look().Portal(ctx, v.Portal)
	if err != nil {
		return config.Portal{}, err
	}
	for _, p := range c.Portals {
		if p.Name == portal.Name {
			return p, nil
		}
	}
	return config.Portal{}, nil
}

// mailDue says whether the owner is to be told of a visit, or reminded of it.
func mailDue(v usher.Visit, o config.Owner, now usher.Time) bool {
	if v.ClosedAt != 0 {
		return false
	}
	return v.ToldAt == 0 || v.RemindedAt == 0 && v.DoneAt == 0 && now >= v.ToldAt.Add(o.Remind)
}

// postVisit sends one mail while it has the lease of the portal's mail: once sent it is noted,
// so that no process sends it again.
func (d *Daemon) postVisit(ctx context.Context, how config.Mail, p config.Portal, v usher.Visit) error {
	lease, err := d.ledger.TakeLease(ctx, "mail/"+string(v.Portal), d.owner, mailLease)
	if errors.Is(err, usher.ErrBusy) {
		return nil // another process sends it
	}
	if err != nil {
		return err
	}
	defer func() { _ = d.ledger.DropLease(context.WithoutCancel(ctx), lease) }()
	v, err = d.store.Look().Visit(ctx, v.ID) // as it is now that the lease is ours
	if err != nil || !mailDue(v, p.Owner, d.store.Now()) {
		return err
	}
	reminder := v.ToldAt != 0
	letter, err := d.letter(ctx, p, v, reminder)
	if err != nil || letter == nil {
		return err
	}
	if err := d.send(ctx, how, *letter); err != nil {
		return err
	}
	return d.ledger.VisitTold(context.WithoutCancel(ctx), lease, v.ID, reminder)
}

// send hands a mail to the server in less time than the lease lasts.
func (d *Daemon) send(ctx context.Context, how config.Mail, letter notify.Mail) error {
	mailer, err := notify.New(notify.Options{From: how.From, Host: how.SMTP.Host, Port: how.SMTP.Port, User: how.SMTP.User, Password: how.SMTP.Password.Reveal(), TLS: how.SMTP.TLS})
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, mailLease/2)
	defer cancel()
	return mailer.Send(ctx, letter)
}
