package drop

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// Order says which of several files is handed over.
type Order string

const (
	// Newest is for full rosters: the newest file is handed over, the older ones are superseded by it.
	Newest Order = ""
	// Oldest is for rosters of changes: every file is handed over, the oldest first, and none past one that is not
	// complete.
	Oldest Order = "oldest"
)

// Fetcher fetches the rosters of one directory. Durations and sizes of 0 mean the default in brackets.
type Fetcher struct {
	Source  Source
	Memory  Memory           // of this directory and source
	Archive string           // folder for copies, this directory's own and outside the drop; made when missing
	Now     func() time.Time // the clock of all processes that share the source
	Order   Order
	Lease   time.Duration // after which a claim that nobody finished is taken up again; longer than take lasts [15 min]
	Limit   int64         // longest file, in bytes [200 MiB]
}

func (f *Fetcher) lease() time.Duration { return cmp.Or(f.Lease, 15*time.Minute) }
func (f *Fetcher) limit() int64         { return cmp.Or(f.Limit, 200<<20) }

// haul is what one visit brought: the file to hand over first, and what it supersedes.
type haul struct {
	files   []File
	claimed []entry // in the order of files, where files are moved
	known   []Item  // to be remembered, where they are kept
}

// Fetch hands the roster that the source holds to take; of a feed of changes, one after the other. The file is done with
// when take returns nil: then it leaves the drop, or is remembered. When take fails, or the process dies, the same file
// is handed over again later, so take has to bear to see a file twice. Accepted is the SHA-256 of the last accepted
// roster, "" when there is none.
//
// ErrNothing, ErrUnchanged, ErrUnsettled and ErrTaken say why take was not called though nothing is wrong. Any other
// error is no information about the roster.
func (f *Fetcher) Fetch(ctx context.Context, accepted string, take func(context.Context, File) error) error {
	for first := true; ; first = false {
		err := f.fetchOne(ctx, accepted, take)
		switch {
		case err != nil && !first && isQuiet(err):
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", f.Source, err)
		case f.Order != Oldest:
			return nil
		}
	}
}

func isQuiet(err error) bool {
	return errors.Is(err, ErrNothing) || errors.Is(err, ErrUnchanged) || errors.Is(err, ErrUnsettled) || errors.Is(err, ErrTaken)
}

func (f *Fetcher) fetchOne(ctx context.Context, accepted string, take func(context.Context, File) error) error {
	if err := f.sweep(); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	got, err := f.collect(ctx)
	if err != nil {
		f.giveBack(ctx, got)
		return err
	}
	file := got.files[0]
	file.Supersedes = got.files[1:]
	file.Unchanged = file.SHA256 == accepted
	if err := take(ctx, file); err != nil {
		f.giveBack(ctx, got)
		return fmt.Errorf("%s: %w", file.Name, err)
	}
	if err := f.finish(ctx, got); err != nil {
		return err
	}
	if file.Unchanged {
		return os.Remove(file.Path)
	}
	return nil
}

// collect looks, chooses, claims and copies. What it returns along with an error has to be given back.
func (f *Fetcher) collect(ctx context.Context) (haul, error) {
	var known []Item
	if _, err := recall(ctx, f.Memory, keyKnown, &known); err != nil {
		return haul{}, err
	}
	p, err := f.enter(ctx, known)
	if err != nil {
		return haul{}, err
	}
	defer p.leave()
	entries, err := p.list(ctx)
	if err != nil {
		return haul{}, err
	}
	if w, moves := p.(workplace); moves {
		return f.collectMoved(ctx, w, entries)
	}
	return f.collectKept(ctx, p, entries, known)
}

func (f *Fetcher) enter(ctx context.Context, known []Item) (place, error) {
	return f.Source.enter(ctx, visit{&looks{f.Memory, f.Now()}, known, f.limit()})
}

// choose returns the entries to take now: one to hand over, and those that it supersedes.
func (f *Fetcher) choose(ctx context.Context, entries []entry) ([]entry, error) {
	slices.SortFunc(entries, newer)
	if f.Order == Oldest && len(entries) > 0 {
		entries = entries[len(entries)-1:]
	}
	var chosen []entry
	reason := ErrNothing
	for _, e := range entries {
		switch {
		case e.fault == nil:
			chosen = append(chosen, e)
		case len(chosen) > 0: // what is older than the newest complete file decides nothing
		case !errors.Is(e.fault, ErrUnsettled):
			return nil, fmt.Errorf("%s: %w", e.Name, e.fault)
		case errors.Is(reason, ErrNothing):
			reason = fmt.Errorf("%s: %w", e.Name, e.fault)
		}
	}
	if len(chosen) == 0 {
		return nil, reason
	}
	return chosen, f.checkAge(ctx, chosen[0].Item)
}

// checkAge refuses a full roster that would bring back what a newer one has changed.
func (f *Fetcher) checkAge(ctx context.Context, item Item) error {
	var last time.Time
	if _, err := recall(ctx, f.Memory, keyLast, &last); err != nil {
		return err
	}
	if f.Order == Newest && !item.ModTime.IsZero() && item.ModTime.Before(last) {
		return fmt.Errorf("%s: %w: it is of %s, and one of %s was handed over; remove it, or touch it if it is meant", item.Name, ErrStale,
			item.ModTime.Format(time.RFC3339), last.Format(time.RFC3339))
	}
	return nil
}

// collectMoved claims what it takes. Claims are read after the drop was listed: whoever claimed a newer file meanwhile
// shows there until it has claimed the older ones too.
func (f *Fetcher) collectMoved(ctx context.Context, w workplace, entries []entry) (haul, error) {
	left, err := f.leftClaims(w)
	if err != nil {
		return haul{}, err
	}
	chosen, err := f.choose(ctx, append(entries, left...))
	if err != nil {
		return haul{}, err
	}
	var got haul
	for i, e := range chosen {
		claimed, err := w.claim(e, f.Now())
		if i > 0 && errors.Is(err, ErrTaken) {
			continue // its producer took it away: nobody else claims while the newest is claimed
		}
		if err != nil {
			return got, err
		}
		got.claimed = append(got.claimed, claimed)
	}
	for _, e := range got.claimed {
		file, err := f.bring(ctx, w, e)
		if err != nil {
			return got, err
		}
		got.files = append(got.files, file)
	}
	return got, nil
}

// leftClaims returns the claims that nobody finished in time. A file that was written to after it was claimed is claimed
// anew, as it is now, and has to stay so for another lease.
func (f *Fetcher) leftClaims(w workplace) ([]entry, error) {
	claims, err := w.claims()
	if err != nil {
		return nil, err
	}
	left := make([]entry, len(claims))
	for i, c := range claims {
		if until := c.since.Add(f.lease()); f.Now().Before(until) {
			return nil, fmt.Errorf("%s: %w, or by one that died; taken up again after %s", c.Name, ErrTaken, until.UTC().Format(time.RFC3339))
		}
		left[i] = c.entry
	}
	for _, e := range left {
		if errors.Is(e.fault, ErrUnsettled) {
			_, err := w.claim(e, f.Now())
			return nil, errors.Join(fmt.Errorf("%s: %w", e.Name, e.fault), err)
		}
	}
	return left, nil
}

// collectKept takes what is not known yet, and leaves it where it is.
func (f *Fetcher) collectKept(ctx context.Context, p place, entries []entry, known []Item) (haul, error) {
	var got haul
	fresh := slices.DeleteFunc(entries, func(e entry) bool {
		old := slices.ContainsFunc(known, e.same)
		if old {
			got.known = append(got.known, e.Item)
		}
		return old
	})
	chosen, err := f.choose(ctx, fresh)
	if err != nil {
		return haul{}, err
	}
	file, err := f.bring(ctx, p, chosen[0])
	if err != nil {
		return haul{}, err
	}
	got.files = []File{file}
	for _, e := range chosen[1:] {
		got.files = append(got.files, File{Name: e.Name, Origin: file.Origin, Size: e.Size, ModTime: e.ModTime})
	}
	for _, e := range chosen {
		if e.versioned() {
			got.known = append(got.known, e.Item)
		}
	}
	return got, nil
}

// tidyTime is how long the end of a fetch may last after its context has ended.
const tidyTime = 30 * time.Second

// finish ends what was handed over: the file itself last, so that as long as anything is left of it, no other process
// takes an older one for the newest.
func (f *Fetcher) finish(ctx context.Context, got haul) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyTime)
	defer cancel()
	last := got.files[0].ModTime
	if now := f.Now(); last.After(now) { // a clock that is ahead must not make every later file an old one
		last = now
	}
	if err := keep(ctx, f.Memory, keyLast, "", last); err != nil {
		return err
	}
	if len(got.claimed) == 0 {
		return keep(ctx, f.Memory, keyKnown, "", got.known)
	}
	return f.withWork(ctx, func(w workplace) error {
		for _, e := range slices.Backward(got.claimed) {
			if err := w.discard(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// giveBack ends the claims on what could not be handed over. Where that fails they last until their lease is over.
func (f *Fetcher) giveBack(ctx context.Context, got haul) {
	for _, file := range got.files {
		os.Remove(file.Path)
	}
	if len(got.claimed) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyTime)
	defer cancel()
	_ = f.withWork(ctx, func(w workplace) error {
		var failed []error
		for _, e := range got.claimed {
			_, err := w.claim(e, time.Unix(0, 0))
			failed = append(failed, err)
		}
		return errors.Join(failed...)
	})
}

func (f *Fetcher) withWork(ctx context.Context, do func(workplace) error) error {
	p, err := f.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer p.leave()
	return do(p.(workplace))
}
