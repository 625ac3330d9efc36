package drop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
)

// Settle says how a producer shows that a file is complete.
type Settle string

// A digest beside a file has to match whatever the setting.
const (
	// SettleAuto takes a file with its done-marker or its digest at once, and any other once it rests.
	SettleAuto Settle = ""
	// SettleMarker takes a file only with a done-marker that is newer, or as new when the file has rested too.
	SettleMarker Settle = "marker"
	// SettleDigest takes a file only with a digest, NAME.sha256 as sha256sum writes it.
	SettleDigest Settle = "sha256"
	// SettleRename takes every file at once: its producer writes under a hidden or temporary name, or in another
	// folder of the same disk, and renames it when it is complete.
	SettleRename Settle = "rename"
	// SettleRest takes a file when two looks at least Rest apart found the same size and time. A producer that pauses
	// for longer than Rest, or keeps size and time until it ends, cannot be told from one that has finished: prefer
	// another way where it can be had.
	SettleRest Settle = "rest"
)

// Rules say which files of a folder are rosters, when one is complete, and what becomes of it.
type Rules struct {
	Pattern string        // of names, as path.Match has it; [*]
	Settle  Settle        // [SettleAuto]
	Marker  string        // name of the done-marker, {name} being the file's own; [{name}.done]
	Rest    time.Duration // for SettleRest and SettleAuto [30 s]
	// Keep leaves files where they are, for a folder in which usher may not write: what was handed over is remembered
	// instead of moved, so that of several processes one at a time may fetch.
	Keep bool
}

// check fills in what is not set.
func (r Rules) check() (Rules, error) {
	if r.Pattern == "" {
		r.Pattern = "*"
	}
	if r.Marker == "" {
		r.Marker = "{name}.done"
	}
	if r.Rest == 0 {
		r.Rest = 30 * time.Second
	}
	switch r.Settle {
	case SettleAuto, SettleMarker, SettleDigest, SettleRename, SettleRest:
	default:
		return r, fmt.Errorf("settle %q: write marker, sha256, rename or rest, or leave it out", r.Settle)
	}
	switch {
	case strings.Contains(r.Marker, "/"):
		return r, fmt.Errorf("marker %q: write a name without a folder, such as {name}.done", r.Marker)
	case r.Marker == "{name}":
		return r, errors.New("marker {name} is the file itself: write something such as {name}.done")
	case r.Rest < 0:
		return r, fmt.Errorf("rest %s: write a time that is not negative, such as 30s", r.Rest)
	}
	return r, checkPattern(r.Pattern)
}

func (r Rules) markerOf(name string) string { return strings.ReplaceAll(r.Marker, "{name}", name) }

// accompanies says that a name is that of a marker or a digest and no roster.
func (r Rules) accompanies(name string) bool {
	before, after, own := strings.Cut(r.Marker, "{name}")
	marker := name == r.Marker || own && strings.HasPrefix(name, before) && strings.HasSuffix(name, after)
	return marker || strings.HasSuffix(name, ".sha256")
}

// list implements place: the files of a shared folder, each judged.
func (s *share) list(ctx context.Context) ([]entry, error) {
	infos, err := s.ReadDir(".")
	if err != nil {
		return nil, err
	}
	lying := make(map[string]fs.FileInfo, len(infos))
	var entries []entry
	var items []sighting
	for _, info := range infos {
		lying[info.Name()] = info
		if !isRoster(s.Pattern, info.Name()) || s.accompanies(info.Name()) {
			continue
		}
		e := entry{sighting: sightingOf(info.Name(), info), at: info.Name()}
		entries, items = append(entries, e), append(items, e.sighting)
	}
	since, err := s.visit.looks.settled(ctx, items)
	if err != nil {
		return nil, err
	}
	for i := range entries {
		e := &entries[i]
		e.fault = errors.Join(checkName(e.Name), plain(lying[e.Name]), checkSize(e.Size, s.visit.limit))
		if e.fault == nil && !s.isKnown(e.sighting) {
			e.fault = s.settle(ctx, e, lying, s.visit.looks.now.Sub(since[e.Name]))
		}
	}
	return entries, nil
}

// settle returns nil when a file is complete.
func (s *share) settle(ctx context.Context, e *entry, lying map[string]fs.FileInfo, rested time.Duration) error {
	marker, digest := lying[s.markerOf(e.Name)], lying[e.Name+".sha256"]
	marked := marker != nil && marks(marker.ModTime(), e.ModTime, rested >= s.Rest)
	switch {
	case s.Settle == SettleMarker && !marked:
		return fmt.Errorf("%w: it is taken when %s lies beside it and is newer", ErrUnsettled, s.markerOf(e.Name))
	case s.Settle == SettleDigest && digest == nil:
		return fmt.Errorf("%w: it is taken when %s.sha256 lies beside it", ErrUnsettled, e.Name)
	}
	switch {
	case digest != nil:
		return s.matchDigest(ctx, e)
	case marked && s.Settle != SettleRest, s.Settle == SettleRename, rested >= s.Rest:
		return nil
	default:
		return fmt.Errorf("%w: seen unchanged for %s, it is taken after %s", ErrUnsettled, rested.Round(time.Second), s.Rest)
	}
}

// marks says whether a marker was made for the file as it is now: an older one was left by the file before. Times may be
// those of whole seconds, and where both are the same, a file that rests was not begun anew.
func marks(marker, file time.Time, rests bool) bool {
	return marker.After(file) || marker.Equal(file) && rests
}

// matchDigest compares a file, where it lies, with the digest beside it.
func (s *share) matchDigest(ctx context.Context, e *entry) error {
	var text strings.Builder
	if err := s.copy(ctx, e.Name+".sha256", &capped{to: &text, limit: sidecarLimit}, nil); err != nil {
		return err
	}
	want, err := parseSidecar(text.String(), e.Name)
	if err != nil {
		return err
	}
	hash := sha256.New()
	if err := s.read(ctx, *e, hash); err != nil {
		return err
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != want {
		return fmt.Errorf("%w: it has %s, and %s.sha256 says %s; drop both again", ErrDigest, got, e.Name, want)
	}
	e.digest = want
	return nil
}

// capped fails once more than limit bytes come.
type capped struct {
	to          io.Writer
	limit, size int64
}

// Write implements io.Writer.
func (c *capped) Write(p []byte) (int, error) {
	if c.size += int64(len(p)); c.size > c.limit {
		return 0, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, c.limit)
	}
	return c.to.Write(p)
}

// checkSize refuses a file by what is told of it, before it is read.
func checkSize(size, limit int64) error {
	if size > limit {
		return fmt.Errorf("%w: %d bytes, at most %d; is it a roster?", ErrTooLarge, size, limit)
	}
	return nil
}
