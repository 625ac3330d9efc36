package daemon

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"usher/internal/config"
	"usher/internal/usher"
	"usher/sync/drop"
	"usher/sync/ledger"
	"usher/sync/roster"
	"usher/sync/schedule"
)

// feed is how one directory of kind file gets and reads its rosters.
type feed struct {
	config.Directory

	mapper   *roster.Mapper
	source   drop.Source       // nil: files come by upload or by hand
	when     schedule.Schedule // meaningful where there is a source
	expected schedule.Schedule
}

// feeds are the directories of kind file, by name.
type feeds map[string]*feed

// CheckRosters finds what is wrong with directories of kind file beyond the form of the
// keys.
func CheckRosters(c *config.Config) config.Problems {
	_, problems := feedsOf(c)
	return problems
}

func feedsOf(c *config.Config) (feeds, config.Problems) {
	made := feeds{}
	var problems config.Problems
	for _, d := range c.Directories {
		if d.Kind != "file" {
			continue
		}
		f := &feed{Directory: d}
		for _, m := range f.build() {
			problems = append(problems, config.Problem{Path: "directories." + d.Name + "." + m.key, Message: m.err.Error()})
		}
		made[d.Name] = f
	}
	return made, problems
}

// mistake is what is wrong with a key of a directory.
type mistake struct {
	key string // below the directory's name
	err error
}

// build makes the parts of a feed. It gives what is wrong.
func (f *feed) build() []mistake {
	var wrong []mistake
	var err error
	if f.mapper, err = roster.Compile(f.mapping()); err != nil {
		for _, m := range unjoined(err) {
			if e, ok := errors.AsType[*roster.MappingError](m); ok {
				wrong = append(wrong, mistake{e.Key, errors.New(e.Problem)})
			} else {
				wrong = append(wrong, mistake{"columns", m})
			}
		}
	}
	if f.source, err = f.newSource(); err != nil {
		wrong = append(wrong, mistake{"source." + f.sourceKind(), err})
	}
	for key, parsed := range map[string]struct {
		text string
		to   *schedule.Schedule
	}{"schedule.cron": {f.Schedule.Cron, &f.when}, "schedule.expected_by": {f.Schedule.ExpectedBy, &f.expected}} {
		if parsed.text == "" {
			continue
		}
		if *parsed.to, err = schedule.Parse(parsed.text, zoneOr(f.Zone)); err != nil {
			wrong = append(wrong, mistake{key, err})
		}
	}
	return wrong
}

func zoneOr(zone string) string {
	if zone == "" {
		return "UTC"
	}
	return zone
}

// mapping is the configuration in the words of package roster.
func (f *feed) mapping() roster.Mapping {
	m := roster.Mapping{
		Columns: f.Columns, Key: f.Format.Key, KeyPattern: f.Format.KeyPattern, Required: f.Format.Required,
		Active: f.Status.Active, Left: f.Status.Left, Leave: f.Status.Leave, DateFormat: f.Format.Dates,
		Encoding: f.Format.Encoding, Separator: f.Format.Separator, Sheet: f.Format.Sheet,
		Full: f.Feed == "full", MinRows: f.Format.MinRows, Trailer: f.Format.Trailer,
	}
	if m.Encoding == "auto" {
		m.Encoding = ""
	}
	return m
}

// newSource is where the feed's files appear; nil where the configuration names no place.
func (f *feed) newSource() (drop.Source, error) {
	s := f.Source
	switch {
	case s.Folder.Path != "":
		return drop.NewFolder(drop.Folder{Path: s.Folder.Path, Rules: rulesOf(s.Folder.Ready)})
	case s.SFTP.Host != "":
		return drop.NewSFTP(drop.SFTP{
			Host: s.SFTP.Host, Port: s.SFTP.Port, User: s.SFTP.User, Key: []byte(s.SFTP.Key.Reveal() + "\n"), HostKeys: s.SFTP.HostKeys,
			Path: s.SFTP.Path, Rules: rulesOf(s.SFTP.Ready),
		})
	case s.HTTPS.URL != "":
		return drop.NewHTTPS(drop.HTTPS{
			URL: s.HTTPS.URL, Token: s.HTTPS.Token.Reveal(), Header: s.HTTPS.Header,
			Web: drop.Web{Version: Version(), AllowPrivate: s.HTTPS.AllowPrivate},
		})
	case s.S3.Endpoint != "":
		return drop.NewS3(drop.S3{
			Endpoint: s.S3.Endpoint, Region: s.S3.Region, Bucket: s.S3.Bucket, Prefix: s.S3.Prefix, Pattern: s.S3.Pattern,
			AccessKey: s.S3.AccessKey, SecretKey: s.S3.SecretKey.Reveal(),
			Web: drop.Web{Version: Version(), AllowPrivate: s.S3.AllowPrivate},
		})
	}
	return nil, nil
}

// sourceKind is the key below source that is given.
func (f *feed) sourceKind() string {
	switch s := f.Source; {
	case s.Folder.Path != "":
		return "folder"
	case s.SFTP.Host != "":
		return "sftp"
	case s.HTTPS.URL != "":
		return "https"
	}
	return "s3"
}

func rulesOf(r config.Ready) drop.Rules {
	rules := drop.Rules{Pattern: r.Pattern, Settle: drop.Settle(r.Settle), Marker: r.Marker, Rest: r.Rest, Keep: r.Keep}
	if r.Settle == "auto" {
		rules.Settle = drop.SettleAuto
	}
	return rules
}

// Feed is the feed of a directory. Its error names the directories that there are.
func (d *Daemon) feed(name string) (*feed, error) {
	all := *d.feeds.Load()
	if f := all[name]; f != nil {
		return f, nil
	}
	names := slices.Sorted(maps.Keys(all))
	if len(names) == 0 {
		return nil, fmt.Errorf("%w: no directory is of kind file; the configuration says which are", usher.ErrNotFound)
	}
	return nil, fmt.Errorf("%w: no directory of kind file is called %q; there is %s", usher.ErrNotFound, name, strings.Join(names, ", "))
}

// Planning says what is special about a file.
type Planning struct {
	ByHand bool // a human wants to see the plan: nothing goes by itself
	Part   bool // the file names some of the people only, whatever the directory's files do
	Reread bool // the file came before: whom it leaves out is not absent once more
	// Instead is the number of the plan whose file was mended; 0: none.
	Instead int64
	// Later has what goes by itself applied by the finisher, which the plan does not wait for.
	Later bool
}

// PlanRoster plans what a file would change, and applies what goes by itself. One file of a
// directory is read at a time: usher.ErrBusy while another is.
func (d *Daemon) PlanRoster(ctx context.Context, by usher.Principal, directory string, file usher.RosterFile, how Planning) (p usher.Plan, err error) {
	err = d.alone(ctx, directory, func(ctx context.Context) error {
		p, err = d.planRoster(ctx, by, directory, file, how)
		return err
	})
	return p, err
}

// readLease is what reading and applying one file may last; it is renewed meanwhile.
const readLease = 15 * time.Second

// alone has nobody else, in whatever process, read a file of the directory meanwhile.
func (d *Daemon) alone(ctx context.Context, directory string, f func(context.Context) error) error {
	name, owner := "file/"+directory, d.owner+"/"+rand.Text()[:8]
	lease, err := d.store.TakeLease(ctx, name, owner, readLease)
	if errors.Is(err, usher.ErrBusy) {
		return fmt.Errorf("%w: another file of directory %s is being read; try again when it is done", usher.ErrBusy, directory)
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var renewing sync.WaitGroup
	renewing.Go(func() { d.renew(ctx, cancel, name, owner) })
	err = f(ctx)
	cancel(nil)
	renewing.Wait()
	_ = d.store.DropLease(context.WithoutCancel(ctx), lease) // else it lapses
	return err
}

// renew keeps a lease until ctx ends, and ends ctx when it is lost.
func (d *Daemon) renew(ctx context.Context, lost context.CancelCauseFunc, name, owner string) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(readLease / 3):
		}
		if _, err := d.store.TakeLease(ctx, name, owner, readLease); err != nil && ctx.Err() == nil {
			lost(fmt.Errorf("lease %s: %w", name, err))
			return
		}
	}
}

func (d *Daemon) planRoster(ctx context.Context, by usher.Principal, directory string, file usher.RosterFile, how Planning) (usher.Plan, error) {
	f, err := d.feed(directory)
	if err != nil {
		return usher.Plan{}, err
	}
	known, err := d.store.Look().DirectoryNamed(ctx, directory)
	if err != nil {
		return usher.Plan{}, fmt.Errorf("directory %s: %w", directory, err)
	}
	from := d.rosterFeed(f, known.ID, file)
	from.Full, from.ByHand, from.Reread, from.Instead = from.Full && !how.Part, how.ByHand, how.Reread, how.Instead
	p, err := d.ledger.ProposeRoster(ctx, by, from)
	for range 3 { // another file of the directory may be applied meanwhile
		if !errors.Is(err, usher.ErrStale) {
			break
		}
		p, err = d.ledger.ProposeRoster(ctx, by, from)
	}
	switch {
	case err != nil || p.State != usher.PlanApplying:
	case how.Later:
		d.finishSoon()
	default:
		p, err = d.ledger.ApplyPlan(ctx, p.Number)
	}
	if err != nil {
		return p, err
	}
	d.log.Info().Str("directory", f.Name).Int64("plan", p.Number).Str("state", string(p.State)).Int("rows", p.Counts.Rows).
		Int("held", p.Counts.Held).Int("refused", p.Counts.Refused).Msg("a roster came")
	return p, nil
}

// rosterFeed is a file as the ledger sees it.
func (d *Daemon) rosterFeed(f *feed, directory usher.ID, file usher.RosterFile) ledger.Feed {
	return ledger.Feed{
		Directory: directory, File: file, Mapping: f.mapper.Fingerprint(), Full: f.Feed == "full",
		Read: func(ctx context.Context, same func(string, int64) bool, each func(usher.RosterRow) error) (usher.RosterSummary, error) {
			return d.readRoster(ctx, f, directory, file, same, each)
		},
		Alike: func(ctx context.Context, before usher.RosterSummary) (usher.RosterSummary, bool, error) {
			return likeRoster(ctx, f, file, before)
		},
	}
}

// likeRoster compares the copy of a file that the archive has with another file.
func likeRoster(ctx context.Context, f *feed, file usher.RosterFile, before usher.RosterSummary) (usher.RosterSummary, bool, error) {
	content, err := os.Open(file.Archive)
	if err != nil {
		return before, false, fmt.Errorf("the file's copy in the archive: %w", err)
	}
	defer content.Close()
	info, err := content.Stat()
	if err != nil {
		return before, false, err
	}
	return roster.Alike(ctx, content, info.Size(), f.mapper, before)
}

// readRoster reads the copy of a file that the archive has.
func (d *Daemon) readRoster(ctx context.Context, f *feed, directory usher.ID, file usher.RosterFile, same func(string, int64) bool, each func(usher.RosterRow) error) (usher.RosterSummary, error) {
	content, err := os.Open(file.Archive)
	if err != nil {
		return usher.RosterSummary{}, fmt.Errorf("the file's copy in the archive: %w", err)
	}
	defer content.Close()
	keys, err := d.store.Look().RosterKeys(ctx, directory, 500)
	if err != nil {
		return usher.RosterSummary{}, err
	}
	var failed error
	known := func(reference string) bool {
		found, err := d.store.Look().KnownReference(ctx, directory, reference)
		failed = errors.Join(failed, err)
		return found
	}
	info, err := content.Stat()
	if err != nil {
		return usher.RosterSummary{}, err
	}
	summary, err := roster.Read(ctx, io.NewSectionReader(content, 0, info.Size()), info.Size(), f.mapper,
		roster.Options{Same: same, KnownManager: known, Keys: keys, Today: d.today(f)}, each)
	return summary, errors.Join(err, failed)
}

// FileDirectories are the directories of kind file, by name.
func (d *Daemon) FileDirectories() []string { return slices.Sorted(maps.Keys(*d.feeds.Load())) }

// unjoined are the errors that errors.Join put together.
func unjoined(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// ConfirmPlan lets what a plan holds go, and applies it.
func (d *Daemon) ConfirmPlan(ctx context.Context, by usher.Principal, number int64, s ledger.Selection) (usher.Plan, error) {
	p, err := d.letGo(ctx, by, number, s)
	if err != nil {
		return p, err
	}
	return d.ledger.ApplyPlan(ctx, number)
}

// letGo lets what a plan holds go; it is still to be applied.
func (d *Daemon) letGo(ctx context.Context, by usher.Principal, number int64, s ledger.Selection) (usher.Plan, error) {
	p, err := d.store.Look().Plan(ctx, number)
	if err != nil {
		return p, err
	}
	directory, err := d.directoryOf(ctx, p)
	if err != nil {
		return p, err
	}
	if f, ok := (*d.feeds.Load())[directory]; ok {
		s.Mapping = f.mapper.Fingerprint()
	}
	return d.ledger.ConfirmPlan(ctx, by, number, s)
}
