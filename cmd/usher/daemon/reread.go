package daemon

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// Reread is the last file of a directory whose files a configuration reads in another way.
type Reread struct {
	Directory string
	// Was is the plan that the file had, and Plan the one that it would have now. It is not kept:
	// its changes and findings can be read until whoever got it returns.
	Was, Plan usher.Plan
	// None says why there is no plan; empty where there is one.
	None string
}

// PreviewMappings reads the last accepted file of each directory anew whose files the
// configuration in a file reads in another way than that one was read, hands what would become
// of it to show, and changes nothing.
func (d *Daemon) PreviewMappings(ctx context.Context, file string, show func(Reread) error) error {
	c, err := LoadConfig(file, d.options.Env)
	if err != nil {
		return err
	}
	next, problems := feedsOf(c)
	if len(problems) > 0 {
		return problems
	}
	policy := policyOf(c, d.options.Zone)
	for _, name := range slices.Sorted(maps.Keys(next)) {
		if err := d.reread(ctx, next[name], policy, show); err != nil {
			return fmt.Errorf("directory %s: %w", name, err)
		}
	}
	return nil
}

func (d *Daemon) reread(ctx context.Context, f *feed, policy ledger.Policy, show func(Reread) error) error {
	present := (*d.feeds.Load())[f.Name]
	last, err := d.lastAccepted(ctx, f)
	found := !errors.Is(err, usher.ErrNotFound)
	switch {
	case errors.Is(err, errUnknown) && present == nil:
		return nil // it is new: no file was ever read in another way
	case err != nil && found:
		return err
	case found && last.Mapping == f.mapper.Fingerprint(), !found && present != nil && present.mapper.Fingerprint() == f.mapper.Fingerprint():
		return nil
	case !found:
		return show(Reread{Directory: f.Name, None: "no file of it is in the archive: none was accepted yet"})
	}
	if _, err := os.Stat(last.File.Archive); err != nil {
		return show(Reread{Directory: f.Name, Was: last, None: fmt.Sprintf("the copy of its last file, %s of plan %d, is not in the archive of this machine any more", last.File.Name, last.Number)})
	}
	feed := d.rosterFeed(f, last.Directory, last.File)
	feed.Full, feed.Reread = feed.Full && last.Full, true
	return d.alone(ctx, f.Name, func(ctx context.Context) error {
		return d.ledger.PreviewRoster(ctx, feed, policy, func(p usher.Plan) error {
			return show(Reread{Directory: f.Name, Was: last, Plan: p})
		})
	})
}

// errUnknown is that the store has no such directory.
var errUnknown = errors.New("no such directory yet")

// lastAccepted is the plan of the last accepted file of a directory: of a complete one, where
// files are to be complete and there was one.
func (d *Daemon) lastAccepted(ctx context.Context, f *feed) (usher.Plan, error) {
	look := d.store.Look()
	known, err := look.DirectoryNamed(ctx, f.Name)
	if errors.Is(err, usher.ErrNotFound) {
		err = fmt.Errorf("%w: %w", errUnknown, err)
	}
	if err != nil {
		return usher.Plan{}, err
	}
	full := f.Feed == "full"
	last, err := look.LastAccepted(ctx, known.ID, full)
	if errors.Is(err, usher.ErrNotFound) {
		last, err = look.LastAccepted(ctx, known.ID, !full)
	}
	return last, err
}
