package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/drop"
	"usher/sync/schedule"
)

// jobs are the schedules of directories that fetch their files.
func (d *Daemon) jobs() []schedule.Job {
	var jobs []schedule.Job
	for name, f := range *d.feeds.Load() {
		if f.source == nil || f.Schedule.Cron == "" {
			continue
		}
		jobs = append(jobs, schedule.Job{
			Name: "roster " + name, Schedule: f.when, Deadline: f.Schedule.Deadline,
			Run: func(ctx context.Context, _ schedule.Slot) error { return d.fetch(ctx, name) },
		})
	}
	return append(jobs, d.digestJobs(d.config.Load())...)
}

// A file that is there and not complete is looked at again, for a while: its producer is
// at work.
const (
	lookAgain = 15 * time.Second
	lookFor   = 30 * time.Minute
)

// fetch takes what the source of a directory holds. Nothing new is no failure: a feed that
// is late has its own alarm.
func (d *Daemon) fetch(ctx context.Context, directory string) error {
	f, err := d.feed(directory)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	for {
		err := d.fetchOnce(ctx, f, func(usher.Plan) {})
		if !errors.Is(err, drop.ErrUnsettled) && !errors.Is(err, drop.ErrTaken) {
			return ignoreQuiet(err)
		}
		timer := time.NewTimer(lookAgain)
		select {
		case <-ctx.Done():
			timer.Stop()
			return err
		case <-timer.C:
		}
	}
}

func ignoreQuiet(err error) error {
	if errors.Is(err, drop.ErrNothing) || errors.Is(err, drop.ErrUnchanged) {
		return nil
	}
	return err
}

// Fetch looks at the source of a directory now, whatever its schedule says, and gives the
// plans of the files that it took. Without any, why says why nothing was taken although
// nothing is wrong.
func (d *Daemon) Fetch(ctx context.Context, directory string) (taken []usher.Plan, why string, err error) {
	f, err := d.feed(directory)
	if err != nil {
		return nil, "", err
	}
	if f.source == nil {
		return nil, "", fmt.Errorf("%w: directory %s has no source; its files come by upload or by hand", usher.ErrInvalid, directory)
	}
	err = d.fetchOnce(ctx, f, func(p usher.Plan) { taken = append(taken, p) })
	if drop.IsQuiet(err) {
		return taken, err.Error(), nil
	}
	return taken, "", err
}

func (d *Daemon) fetchOnce(ctx context.Context, f *feed, done func(usher.Plan)) error {
	known, err := d.store.Look().DirectoryNamed(ctx, f.Name)
	if err != nil {
		return fmt.Errorf("directory %s: %w", f.Name, err)
	}
	order := drop.Newest
	if f.Feed == "delta" {
		order = drop.Oldest
	}
	fetcher := &drop.Fetcher{
		Source: f.source, Memory: dropMemory{d.store, f.Name}, Archive: d.archiveOf(f.Name), Now: d.options.Clock,
		Order: order, Limit: maxRoster,
	}
	by := usher.Principal{Kind: usher.PrincipalDirectory, Name: f.Name, Directory: known.ID}
	take := func(ctx context.Context, file drop.File) error {
		by.Reason = "file " + file.Name
		taken := usher.RosterFile{Name: file.Name, Origin: file.Origin, SHA256: file.SHA256, Bytes: file.Size, Archive: file.Path}
		if file.Unchanged {
			if settled, err := d.settled(ctx, f, known.ID, taken); err != nil {
				return err
			} else if settled {
				return drop.ErrUnchanged
			}
		}
		p, err := d.planRoster(ctx, by, f.Name, taken, Planning{Reread: file.Unchanged})
		if err != nil {
			return err
		}
		done(p)
		return nil
	}
	// One at a time: where files stay, nothing else keeps two processes apart.
	err = d.alone(ctx, f.Name, func(ctx context.Context) error { return fetcher.Fetch(ctx, take) })
	if errors.Is(err, usher.ErrBusy) {
		return fmt.Errorf("%w: %w", drop.ErrTaken, err)
	}
	return err
}

// settled says that a file which its source hands over again, and cannot tell from the one before,
// asks for no other plan: the one that it had was no refusal, nothing of it was too late, and files
// still are read as they were then.
func (d *Daemon) settled(ctx context.Context, f *feed, directory usher.ID, file usher.RosterFile) (bool, error) {
	plans, err := d.store.Look().Plans(ctx, directory, settledAmong)
	for _, p := range plans {
		if p.Undoes == "" && p.File.SHA256 == file.SHA256 && p.File.Origin == file.Origin {
			return p.State != usher.PlanRefused && p.Counts.Stale == 0 && p.Mapping == f.mapper.Fingerprint(), err
		}
	}
	return false, err
}

// settledAmong is among how many of the newest plans that of a file is looked for.
const settledAmong = 20

// dropMemory keeps what package drop remembers of a directory among the settings.
type dropMemory struct {
	store     *store.Store
	directory string
}

// Get implements drop.Memory.
func (m dropMemory) Get(ctx context.Context, key string) (string, error) {
	return m.store.Look().Setting(ctx, m.name(key))
}

// Set implements drop.Memory.
func (m dropMemory) Set(ctx context.Context, key, text string) error {
	return m.store.Write(ctx, func(tx *store.Tx) error { return tx.SetSetting(ctx, m.name(key), text) })
}

func (m dropMemory) name(key string) string { return "drop/" + m.directory + "/" + key }
