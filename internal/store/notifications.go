package store

import (
	"context"

	"usher/internal/usher"
)

const notificationColumns = `id, target, slot, body, made_at, attempts, next_try_at, sent_at, last_error`

func scanNotification(row scanner) (n usher.Notification, err error) {
	var body string
	err = row.Scan(&n.ID, &n.Target, &n.Slot, &body, &n.MadeAt, &n.Attempts, &n.NextTryAt, &n.SentAt, &n.LastError)
	n.Body = []byte(body)
	return n, err
}

// InsertNotification keeps a message that is to be sent. It is false where the target has one for its slot.
func (tx *Tx) InsertNotification(ctx context.Context, n usher.Notification) (bool, error) {
	rows, err := tx.exec(ctx, `insert into notification (`+notificationColumns+`) values (`+marks(1, 9)+`) on conflict do nothing`,
		n.ID, n.Target, n.Slot, string(n.Body), n.MadeAt, n.Attempts, n.NextTryAt, n.SentAt, n.LastError)
	return rows == 1, named("notification", n.ID, err)
}

// UnsentNotifications are the messages that a target has not been sent, oldest first.
func (tx *Tx) UnsentNotifications(ctx context.Context, target string) ([]usher.Notification, error) {
	return all(ctx, tx, scanNotification, `select `+notificationColumns+` from notification where target = $1 and sent_at = 0 order by made_at, id`, target)
}

// NotificationSent notes that a message was sent.
func (tx *Tx) NotificationSent(ctx context.Context, id usher.ID) error {
	_, err := tx.exec(ctx, `update notification set sent_at = $2, attempts = attempts + 1, last_error = '' where id = $1 and sent_at = 0`, id, tx.now)
	return named("notification", id, err)
}

// NotificationFailed notes why a message could not be sent, and when it is tried again.
func (tx *Tx) NotificationFailed(ctx context.Context, id usher.ID, why string, next usher.Time) error {
	_, err := tx.exec(ctx, `update notification set attempts = attempts + 1, last_error = $2, next_try_at = $3 where id = $1 and sent_at = 0`, id, why, next)
	return named("notification", id, err)
}

// DropOlderDigests forgets the digests of slots before one that a target was never sent.
func (tx *Tx) DropOlderDigests(ctx context.Context, target, slot string) error {
	_, err := tx.exec(ctx, `delete from notification where target = $1 and sent_at = 0 and slot <> '' and slot < $2`, target, slot)
	return err
}

// StuckTargets are the targets to which sending failed, and that have waited since before a time.
func (tx *Tx) StuckTargets(ctx context.Context, before usher.Time) ([]usher.ChannelStanding, error) {
	return all(ctx, tx, func(row scanner) (c usher.ChannelStanding, err error) {
		err = row.Scan(&c.Target, &c.Since, &c.Waits)
		return c, err
	}, `select target, min(made_at), count(*) from notification where sent_at = 0 and attempts > 0 group by target having min(made_at) <= $1 order by target`, before)
}

// DropOldNotifications forgets messages that were made before a time, sent or not.
func (tx *Tx) DropOldNotifications(ctx context.Context, before usher.Time) error {
	_, err := tx.exec(ctx, `delete from notification where made_at < $1`, before)
	return err
}

// AppliedSince are the plans that were applied after a time, the first first, without their Seats.
func (tx *Tx) AppliedSince(ctx context.Context, since usher.Time) ([]usher.Plan, error) {
	return all(ctx, tx, scanPlan, `select `+planProgress+` from plan where applied_at > 0 and applied_at > $1 order by applied_at, number`, since)
}

// QueueLength says how many are queued in a subscription.
func (tx *Tx) QueueLength(ctx context.Context, subscription usher.ID) (int, error) {
	return one(ctx, tx, scalar[int], `select count(*) from seat where subscription_id = $1 and state = 'queued'`, subscription)
}
