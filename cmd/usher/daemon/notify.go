package daemon

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"usher/internal/config"
	"usher/internal/notify"
	"usher/internal/outbound"
	"usher/internal/store"
	"usher/internal/usher"
)

// sendTime is how long sending one message may take, and sendLease how long nobody else sends to the target meanwhile.
const (
	sendTime  = 30 * time.Second
	sendLease = 2 * time.Minute
)

// target is whom messages go to, and how.
type target struct {
	notify.Target

	channel config.Channel
	to      string // the address, of mail
}

// configuredTargets are the channels, each address of mail for itself: one that cannot be reached stands in nobody's way.
func configuredTargets(c *config.Config) (targets []target) {
	for _, ch := range c.Notifications.Channels {
		t := target{Target: notify.Target{Key: notify.ChannelTarget(ch.Name, ""), AtOnce: ch.When != "digest", Digests: ch.When != "at_once"}, channel: ch}
		for _, k := range ch.Kinds {
			t.Kinds = append(t.Kinds, usher.IncidentKind(k))
		}
		if ch.Kind != "mail" {
			targets = append(targets, t)
		}
		for _, to := range ch.To {
			t.Key, t.to = notify.ChannelTarget(ch.Name, to), to
			targets = append(targets, t)
		}
	}
	return targets
}

// targets are those of the configuration, and the people whom an incident concerns alone.
func (d *Daemon) targets(ctx context.Context, c *config.Config) ([]target, error) {
	targets := configuredTargets(c)
	if !c.Notifications.Answerers {
		return targets, nil
	}
	look := d.store.Look()
	incidents, err := look.Incidents(ctx, look.Now().Add(-notify.LookBack))
	if err != nil {
		return nil, err
	}
	known := map[usher.ID]bool{"": true}
	for _, i := range incidents {
		if known[i.Audience] {
			continue
		}
		known[i.Audience] = true
		p, err := look.Person(ctx, i.Audience)
		if errors.Is(err, usher.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if p.Active && p.Address != "" {
			targets = append(targets, target{Target: notify.Target{Key: notify.PersonTarget(p.ID), Person: p.ID, AtOnce: true}, channel: config.Channel{Name: "answerers", Kind: "mail"}, to: p.Address})
		}
	}
	return targets, nil
}

func (d *Daemon) eachTarget(ctx context.Context, c *config.Config, f func(target) error) error {
	targets, err := d.targets(ctx, c)
	if err != nil {
		return err
	}
	for _, t := range targets {
		if err := f(t); err != nil {
			return fmt.Errorf("notifications of %s: %w", t.channel.Name, err)
		}
	}
	return nil
}

// compose keeps the message that is due to a target, together with what the target knows by it. While one waits to be
// sent no other is made: what begins and ends in an outage is told in one line after it. A digest is made for its slot
// in any case, and once.
func (d *Daemon) compose(ctx context.Context, lease store.Lease, t target, slot string) error {
	look := d.store.Look()
	digest := slot != ""
	if digest && !t.Digests || !digest && !t.AtOnce {
		return nil
	}
	waiting, err := look.UnsentNotifications(ctx, t.Key)
	if err != nil || len(waiting) > 0 && !digest {
		return err
	}
	since := look.Now().Add(-notify.LookBack)
	incidents, err := look.Incidents(ctx, since)
	if err != nil {
		return err
	}
	told, err := look.IncidentsTold(ctx, t.Key, since)
	if err != nil {
		return err
	}
	message, marks := notify.Write(t.Target, incidents, told, look.Now(), digest)
	if message.Empty() {
		return nil
	}
	message.Base = d.URL()
	body, err := message.Encode()
	if err != nil {
		return err
	}
	return d.writeHolding(ctx, lease, func(tx *store.Tx) error {
		return keepMessage(ctx, tx, usher.Notification{ID: tx.NewID(), Target: t.Key, Slot: slot, Body: body, MadeAt: tx.Now()}, marks)
	})
}

// keepMessage keeps a message unless the target has one for its slot. An older digest that was never sent is dropped: the new one
// says what is open.
func keepMessage(ctx context.Context, tx *store.Tx, n usher.Notification, marks []usher.IncidentTold) error {
	if n.Slot != "" {
		if err := tx.DropOlderDigests(ctx, n.Target, n.Slot); err != nil {
			return err
		}
	}
	added, err := tx.InsertNotification(ctx, n)
	if err != nil || !added {
		return err
	}
	for _, m := range marks {
		if err := tx.PutTold(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// sendAll sends what is due to all targets at once, so that none waits for another.
func (d *Daemon) sendAll(ctx context.Context, c *config.Config) error {
	targets, err := d.targets(ctx, c)
	if err != nil {
		return err
	}
	failures := make([]error, len(targets))
	var sending sync.WaitGroup
	for i, t := range targets {
		sending.Go(func() { failures[i] = d.sendDue(ctx, c, t) })
	}
	sending.Wait()
	return errors.Join(failures...)
}

// sendDue sends a target what waits for it, in order, while it has the lease for it. What cannot be sent is tried again later.
func (d *Daemon) sendDue(ctx context.Context, c *config.Config, t target) error {
	if waiting, err := d.store.Look().UnsentNotifications(ctx, t.Key); err != nil || len(waiting) == 0 || waiting[0].NextTryAt > d.store.Now() {
		return err
	}
	lease, err := d.store.TakeLease(ctx, "notify/"+t.Key, d.owner, sendLease)
	if errors.Is(err, usher.ErrBusy) {
		return nil // another process sends it
	}
	if err != nil {
		return err
	}
	defer func() { _ = d.store.DropLease(context.WithoutCancel(ctx), lease) }()
	waiting, err := d.store.Look().UnsentNotifications(ctx, t.Key) // as they are now that the lease is ours
	for _, n := range waiting {
		if n.NextTryAt > d.store.Now() {
			return nil
		}
		if lease, err = d.store.TakeLease(ctx, lease.Name, d.owner, sendLease); err != nil {
			return err
		}
		if sent, err := d.sendOne(ctx, c, t, n); err != nil || !sent {
			return err
		}
	}
	return err
}

// sendOne sends a message and notes what came of it.
func (d *Daemon) sendOne(ctx context.Context, c *config.Config, t target, n usher.Notification) (sent bool, err error) {
	message, err := notify.Decode(n.Body)
	if err != nil {
		return false, err
	}
	failure := d.deliver(ctx, c, t, n.ID, message)
	if failure != nil && ctx.Err() != nil {
		return false, nil // usher stops; the next process sends it
	}
	done := context.WithoutCancel(ctx)
	if failure == nil {
		return true, d.store.Write(done, func(tx *store.Tx) error { return tx.NotificationSent(done, n.ID) })
	}
	d.log.Warn().Str("channel", t.channel.Name).Err(failure).Msg("a notification could not be sent; it is tried again")
	next := d.store.Now().Add(waitAfter(n.Attempts, failure))
	return false, d.store.Write(done, func(tx *store.Tx) error { return tx.NotificationFailed(done, n.ID, failure.Error(), next) })
}

// waitAfter is how long a message waits for its next try: from a minute to an hour, and at least as long as the receiver asked.
func waitAfter(attempts int, failure error) time.Duration {
	wait := min(time.Minute<<min(attempts, 6), time.Hour)
	if refused, ok := errors.AsType[*notify.RefusedError](failure); ok {
		wait = max(wait, refused.After)
	}
	return wait
}

// deliver hands a message to a target, which has taken it when nil comes back.
func (d *Daemon) deliver(ctx context.Context, c *config.Config, t target, id usher.ID, m notify.Message) error {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	if t.channel.Kind == "mail" {
		return d.send(ctx, c.Mail, notify.Mail{Address: t.to, Subject: m.Subject(), Text: m.Text(), At: m.At, ID: id})
	}
	client := outbound.New(outbound.Options{Version: Version(), AllowPrivate: t.channel.AllowPrivate, Timeout: sendTime, BodyLimit: 64 << 10})
	defer client.CloseIdleConnections() // messages are few
	if t.channel.Kind == "slack" {
		return notify.Slack{URL: t.channel.URL.Reveal(), Client: client}.Send(ctx, m)
	}
	secrets, err := secretsOf(t.channel)
	if err != nil {
		return err
	}
	return notify.Webhook{URL: t.channel.URL.Reveal(), Client: client, Secrets: secrets}.Send(ctx, id, m, d.options.Clock())
}

func secretsOf(ch config.Channel) (secrets []notify.Secret, err error) {
	for _, text := range []config.Secret{ch.Secret, ch.PreviousSecret} {
		if text == "" {
			continue
		}
		s, err := notify.ParseSecret(text.Reveal())
		if err != nil {
			return nil, err
		}
		secrets = append(secrets, s)
	}
	return secrets, nil
}
