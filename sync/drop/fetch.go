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

// Fetch hands the roster that the source holds to take; of a feed of changes, one after the other. The file is done with
// when take returns nil: then it leaves the drop, or is remembered. When take fails, or the process dies, the same file
// is handed over again later, so take has to bear to see a file twice. Of a file that is Unchanged it may
// say ErrUnchanged.
//
// ErrNothing, ErrUnchanged, ErrUnsettled and ErrTaken say why no file was taken though nothing is wrong. Any other
// error is no information about the roster.
func (f *Fetcher) Fetch(ctx context.Context, take func(context.Context, File) error) error {
	for first := true; ; first = false {
		more, err := f.fetchOne(ctx, take)
		switch {
		case err != nil && !first && IsQuiet(err):
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", f.Source, err)
		case !more:
			return nil
		}
	}
}

// IsQuiet says that err is one of those by which nothing is wrong.
func IsQuiet(err error) bool {
	return errors.Is(err, ErrNothing) || errors.Is(err, ErrUnchanged) || errors.Is(err, ErrUnsettled) || errors.Is(err, ErrTaken)
}

// fetchOne says whether another file may be there.
func (f *Fetcher) fetchOne(ctx context.Context, take func(context.Context, File) error) (more bool, err error) {
	if err := f.sweep(); err != nil {
		return false, fmt.Errorf("archive: %w", err)
	}
	got, err := f.collect(ctx)
	if err != nil {
		f.giveBack(ctx, got)
		return false, err
	}
	file := got.files[0]
	file.Supersedes = got.files[1:]
	if err := take(ctx, file); err != nil {
		f.giveBack(ctx, got)
		return false, fmt.Errorf("%s: %w", file.Name, err)
	}
	return f.Order == Oldest && got.left, f.finish(ctx, got)
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

func (f *Fetcher) enter(ctx context.Context, known []sighting) (place, error) {
	return f.Source.enter(ctx, visit{&looks{f.Memory, f.Now()}, known, f.limit()})
}
