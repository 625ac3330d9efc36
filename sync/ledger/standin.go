package ledger

import (
	"context"
	"errors"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// StandInChange is that a directory of files begins or ends to decide for a silent one.
type StandInChange struct {
	Directory string // of files
	For       string
	Began     bool
	Why       string // in words, with both names
}

// A directory that stands in says so in its own row, which is part of the policy. So all
// processes compute with it from the same transaction on, and still do after a restart; and a
// plan that was computed before is stale, because it would do something else by now.
//
// It begins in the sweep: silence has no moment at which something happens. It ends when a
// token of the silent directory is used, a read included, in a transaction just before that
// request is served, so that what it brings is computed with the directory's own word. Not in the
// transaction of the change itself: that shares the policy with others, and two of them that
// wanted it for themselves would wait for each other. The sweep ends it as well: where a longer
// time was configured, or a request came at the very moment at which it began.

// errQuicker leaves the policy as it is: another process was quicker, or the directory was.
var errQuicker = errors.New("nothing is to be done any longer")

// sweepStandIns lets directories begin and end to stand in.
func (l *Ledger) sweepStandIns(ctx context.Context, by usher.Principal) (int, error) {
	directories, err := l.store.Look().Directories(ctx)
	if err != nil {
		return 0, err
	}
	for _, d := range directories {
		if d.StandIn.For == "" {
			continue
		}
		if err := l.lookForSilence(ctx, by, d); err != nil {
			return 0, fmt.Errorf("directory %s stands in for %s: %w", d.Name, d.StandIn.For, err)
		}
	}
	return 0, nil
}

// lookForSilence looks without a lock first, because hardly ever anything has changed.
func (l *Ledger) lookForSilence(ctx context.Context, by usher.Principal, d usher.Directory) error {
	listening, err := l.listening(ctx)
	if err != nil {
		return err
	}
	if why, err := turns(ctx, l.store.Look(), d, listening); why == "" || err != nil {
		return err
	}
	err = l.store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockPolicy(ctx); err != nil {
			return err
		}
		d, err := tx.Directory(ctx, d.ID)
		if err != nil {
			return err
		}
		why, err := turns(ctx, tx, d, listening)
		if err != nil {
			return err
		}
		if why == "" {
			return errQuicker
		}
		return l.turn(ctx, tx, by, d, why)
	})
	if errors.Is(err, errQuicker) {
		return nil
	}
	return err
}

// turns says why d is to begin or end to stand in; empty: it goes on as it is.
func turns(ctx context.Context, tx *store.Tx, d usher.Directory, listening usher.Time) (string, error) {
	other, err := tx.DirectoryNamed(ctx, d.StandIn.For)
	if err != nil {
		return "", err
	}
	heard, err := tx.LastHeard(ctx, other.ID)
	if err != nil {
		return "", err
	}
	filed, err := tx.LastFiled(ctx, d.ID)
	if err != nil {
		return "", err
	}
	// One that was made just now cannot have said anything before.
	known := plan.Silence{Heard: heard, Listening: max(listening, other.CreatedAt), Filed: filed}
	wanted := plan.StandsIn(d.StandIn, known, tx.Now())
	switch {
	case wanted == (d.StandIn.Since != 0):
		return "", nil
	case heard == 0:
		return "never heard", nil
	case wanted:
		return "silent since " + instant(heard.Std()), nil
	}
	return "last heard at " + instant(heard.Std()), nil
}

// hear ends that anybody stands in for the directory that a token opens.
func (l *Ledger) hear(ctx context.Context, tx *store.Tx, token string) error {
	stand, err := tx.StandInsFor(ctx, token)
	if err != nil || len(stand) == 0 {
		return err
	}
	if err := tx.LockPolicy(ctx); err != nil {
		return err
	}
	if stand, err = tx.StandInsFor(ctx, token); err != nil { // it may have waited for another that was quicker
		return err
	}
	for _, d := range stand {
		if err := l.turn(ctx, tx, usher.Principal{Kind: usher.PrincipalDirectory, Name: d.StandIn.For}, d, "heard again"); err != nil {
			return fmt.Errorf("directory %s stood in for %s: %w", d.Name, d.StandIn.For, err)
		}
	}
	return nil
}

// turn begins or ends that d stands in. The transaction has the policy to itself.
func (l *Ledger) turn(ctx context.Context, tx *store.Tx, by usher.Principal, d usher.Directory, why string) error {
	done := StandInChange{Directory: d.Name, For: d.StandIn.For, Began: d.StandIn.Since == 0}
	says, kind, since := "no longer stands in", usher.EventStandInEnded, usher.Time(0)
	if done.Began {
		says, kind, since = "stands in", usher.EventStandInBegan, tx.Now()
	}
	done.Why = fmt.Sprintf("directory %s %s for %s: %s", d.Name, says, d.StandIn.For, why)
	if err := tx.SetStandIn(ctx, d.ID, since); err != nil {
		return err
	}
	if err := markShared(ctx, tx, d, done); err != nil {
		return err
	}
	tx.AfterCommit(l.onDue)
	tx.AfterCommit(func() { l.onStandIn(done) })
	c := newChange(ctx, l, tx, &policy{}, by) // which computes nobody: the sweep does
	c.record(usher.Event{Kind: kind, Subject: "directory", SubjectID: d.ID, Why: done.Why})
	return c.finish()
}

// markShared has everybody computed again whom both directories know, under the guards. What
// comes of it is the word of the one that decides from now on, and news: that a last day was
// announced to the other one, which kept the people nevertheless, releases nobody.
func markShared(ctx context.Context, tx *store.Tx, d usher.Directory, done StandInChange) error {
	other, err := tx.DirectoryNamed(ctx, d.StandIn.For)
	if err != nil {
		return err
	}
	decides := other.ID
	if done.Began {
		decides = d.ID
	}
	return tx.MarkSharedDue(ctx, d.ID, other.ID, store.DuePerson{Cause: decides, Why: done.Why, Caution: store.CautionEnds})
}
