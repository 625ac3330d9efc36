package drop

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// haul is what one visit brought: the file to hand over first, and what it supersedes.
type haul struct {
	files   []File
	claimed []entry    // in the order of files, where files are moved
	known   []sighting // to be remembered, where they are kept
	left    bool       // whether the next visit shows another file, and not these again
}

// collect looks, chooses, claims and copies. What it returns along with an error has to be given back.
func (f *Fetcher) collect(ctx context.Context) (haul, error) {
	var known []sighting
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
	got := haul{left: true}
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
func (f *Fetcher) collectKept(ctx context.Context, p place, entries []entry, known []sighting) (haul, error) {
	var got haul
	fresh := slices.DeleteFunc(entries, func(e entry) bool {
		old := e.versioned() && slices.ContainsFunc(known, e.same)
		if old {
			got.known = append(got.known, e.sighting)
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
	chosen[0].SHA256 = file.SHA256
	file.Unchanged = !chosen[0].versioned() && slices.ContainsFunc(known, chosen[0].repeats)
	got.files = []File{file}
	for _, e := range chosen[1:] {
		got.files = append(got.files, File{Name: e.Name, Origin: file.Origin, Size: e.Size, ModTime: e.ModTime})
	}
	got.left = chosen[0].versioned()
	for _, e := range chosen {
		if e.versioned() || e.SHA256 != "" {
			got.known = append(got.known, e.sighting)
		}
	}
	return got, nil
}
