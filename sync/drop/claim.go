package drop

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"
)

// workFolder is where claimed files lie, inside the drop so that a rename reaches it.
const workFolder = ".usher-work"

// workplace is a place out of which files can be moved.
type workplace interface {
	place
	// claims returns the files that some process claimed and has not discarded, each with the time of its claim.
	claims() ([]claim, error)
	// claim moves a file so that no other process finds it. ErrTaken says that another was first.
	claim(e entry, at time.Time) (entry, error)
	// discard removes a claimed file and what lay beside it in the drop.
	discard(e entry) error
}

// claim is a file in the work folder. Its name tells all there is to know, so that any process can take it up.
type claim struct {
	entry

	since time.Time // in whole seconds
}

// name is the time of the claim, size and time of the file, its digest, something random, and the file's name.
func (c claim) name() string {
	modified := strconv.FormatInt(c.ModTime.UnixNano(), 36)
	digest := c.digest[:min(len(c.digest), 16)]
	return fmt.Sprintf("%d_%d_%s_%s_%s_%s", c.since.Unix(), c.Size, modified, digest, rand.Text()[:10], c.Name)
}

// parseClaim undoes name; it is false for what is none of ours.
func parseClaim(name string) (claim, bool) {
	parts := strings.SplitN(name, "_", 6)
	if len(parts) != 6 {
		return claim{}, false
	}
	since, err1 := strconv.ParseInt(parts[0], 10, 64)
	size, err2 := strconv.ParseInt(parts[1], 10, 64)
	modified, err3 := strconv.ParseInt(parts[2], 36, 64)
	if errors.Join(err1, err2, err3) != nil || checkName(parts[5]) != nil {
		return claim{}, false
	}
	item := sighting{Name: parts[5], Size: size, ModTime: time.Unix(0, modified).UTC()}
	at := workFolder + "/" + name
	return claim{entry{sighting: item, at: at, digest: parts[3]}, time.Unix(since, 0)}, true
}

// workshare is a share whose files are moved.
type workshare struct{ *share }

// claims implements workplace.
func (w *workshare) claims() ([]claim, error) {
	infos, err := w.ReadDir(workFolder)
	if err != nil && !isLost(err) {
		return nil, err
	}
	var list []claim
	for _, info := range infos {
		if c, ok := parseClaim(info.Name()); ok {
			c.hold(info)
			list = append(list, c)
		}
	}
	return list, nil
}

// hold compares a claim with the file that lies there: a producer may go on writing to what was complete.
func (c *claim) hold(info fs.FileInfo) {
	if c.fault = plain(info); c.fault != nil {
		return
	}
	if now := sightingOf(c.Name, info); !now.same(c.sighting) {
		c.sighting, c.fault = now, fmt.Errorf("%w: it changed after it was claimed", ErrUnsettled)
	}
}

// claim implements workplace. A file that is claimed already gets a claim of its own again.
func (w *workshare) claim(e entry, at time.Time) (entry, error) {
	if err := w.makeWorkFolder(); err != nil {
		return e, err
	}
	name := workFolder + "/" + claim{e, at}.name()
	switch err := w.Rename(e.at, name); {
	case isLost(err):
		return e, fmt.Errorf("%s: %w", e.Name, ErrTaken)
	case err != nil:
		return e, fmt.Errorf("move %s to %s: %w; let usher write there, or set keep", e.at, workFolder, err)
	}
	e.at = name
	return e, nil
}

func (w *workshare) makeWorkFolder() error {
	info, err := w.Lstat(workFolder)
	if isLost(err) {
		// Another process may be first, which shows when it is looked at again.
		made := w.Mkdir(workFolder)
		if info, err = w.Lstat(workFolder); err != nil {
			return fmt.Errorf("make %s: %w; let usher write there, or set keep", workFolder, errors.Join(made, err))
		}
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder: remove it", workFolder)
	}
	return nil
}

// discard implements workplace. The claim goes last, so that whatever fails before is done again.
func (w *workshare) discard(e entry) error {
	if err := w.tidy(e.Name); err != nil {
		return fmt.Errorf("tidy up after %s: %w", e.Name, err)
	}
	switch err := w.Remove(e.at); {
	case isLost(err):
		return fmt.Errorf("%s: handed over, and to another process too, because the lease ended first: make it longer", e.Name)
	case err != nil:
		return fmt.Errorf("remove %s: %w", e.at, err)
	}
	return nil
}

// tidy removes the marker and the digest of a file, unless they may be those of a later one.
func (w *workshare) tidy(name string) error {
	infos, err := w.ReadDir(".")
	if err != nil {
		return err
	}
	lying := make(map[string]bool, len(infos))
	rosters := false
	for _, info := range infos {
		lying[info.Name()] = true
		rosters = rosters || isRoster(w.Pattern, info.Name()) && !w.accompanies(info.Name())
	}
	marker, digest := w.markerOf(name), name+".sha256"
	shared := marker == w.Marker
	var failed []error
	if lying[digest] && !lying[name] {
		failed = append(failed, w.Remove(digest))
	}
	if inUse := lying[name] || shared && rosters; lying[marker] && !inUse {
		failed = append(failed, w.Remove(marker))
	}
	return errors.Join(slices.DeleteFunc(failed, isLost)...)
}
