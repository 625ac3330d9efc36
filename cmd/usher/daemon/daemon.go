// Package daemon constructs everything that usher is made of and hands each part what it
// needs: the store to the ledger, the ledger to the doors, tokens to principals.
//
// Its invariant: nothing is served before the store, the key and the configuration are
// known to fit together, and nothing that was acknowledged is left half done when it
// stops.
package daemon

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/table"
	"usher/internal/usher"
	"usher/sso"
	"usher/sync/ledger"
	"usher/sync/reconcile"
	"usher/sync/schedule"
)

// Options say what a daemon is made from.
type Options struct {
	// Config is the configuration; nil reads ConfigFile, at the start and at each reload.
	Config *config.Config
	// ConfigFile is the configuration file; empty for the defaults.
	ConfigFile string
	// Data and Listen, when given, count instead of the configuration's.
	Data, Listen string
	// Env looks an environment variable up; nil is that of the process.
	Env func(string) (string, bool)
	// Log takes what the daemon has to say; the zero value says nothing.
	Log zerolog.Logger
	// Clock gives the time; nil is the machine's.
	Clock func() time.Time
	// Zone is where a subscription's days begin; nil is the machine's.
	Zone *time.Location
	// WriteFile puts files for portals into their folders; nil is table.WriteFileAtomic.
	WriteFile func(path string, perm fs.FileMode, write func(io.Writer) error) error
	// Attach joins a store that is there, for one command: nothing is set up, listened on
	// or made, and a missing key is noticed only by what needs it.
	Attach bool
	// Offline listens on nothing and writes no token: the store is made and set up where
	// there is none yet, for one command.
	Offline bool
	// NewKey accepts another key than the one that the store was made with: tokens open
	// nothing any more, and seals made before cannot be verified.
	NewKey bool
	// Command runs a command line that came over the control socket; nil leaves the
	// socket out.
	Command Command
}

// Daemon is usher with everything in its place.
type Daemon struct {
	options Options
	log     zerolog.Logger
	store   *store.Store
	ledger  *ledger.Ledger
	key     []byte
	keyErr  error // why there is no key; for commands only
	metrics *metrics
	schema  int64 // of the store when it was opened

	config atomic.Pointer[config.Config]
	feeds  atomic.Pointer[feeds]

	timetable *schedule.Runner
	desk      *sso.Desk

	listener, metricsListener net.Listener
	control                   *controlSocket
	certificate               atomic.Pointer[certificate]
	uses                      uses
	stopping                  atomic.Bool
	posting, notifying        sync.Mutex
	sweep, finish             chan struct{}
	owner                     string // names this process in leases
	engine                    atomic.Pointer[reconcile.Engine]
	reloaded                  chan struct{} // engine is another one
	closers                   []io.Closer
}

// Open opens the store, sets it up as the configuration says and binds the listeners;
// Serve answers them. On an error nothing stays open.
func Open(ctx context.Context, o Options) (*Daemon, error) {
	if o.Env == nil {
		o.Env = os.LookupEnv
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.Local
	}
	if o.WriteFile == nil {
		o.WriteFile = table.WriteFileAtomic
	}
	d := &Daemon{options: o, log: o.Log, sweep: make(chan struct{}, 1), finish: make(chan struct{}, 1), reloaded: make(chan struct{}, 1), owner: ownerName()}
	if err := d.open(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *Daemon) open(ctx context.Context) error {
	c, err := d.readConfig()
	if err != nil {
		return err
	}
	d.config.Store(c)
	made, problems := feedsOf(c)
	if len(problems) > 0 {
		return problems
	}
	d.feeds.Store(&made)
	if !d.options.Attach && !d.options.Offline {
		if err := d.bind(ctx, c); err != nil {
			return err
		}
	}
	if err := d.openStore(ctx, c); err != nil {
		return err
	}
	d.ledger = ledger.New(d.store, ledger.Options{OnDue: d.poke, OnPortal: d.pokePortal, OnStandIn: d.tellStandIn, OnOwnerLeft: d.ownerLeft, ShowForecast: showForecast})
	d.key, d.keyErr = loadKey(ctx, d.store, d.options, c.Data)
	if d.options.Attach {
		return nil
	}
	if d.keyErr != nil {
		return d.keyErr
	}
	d.metrics = newMetrics(d.store, d.log, newSignInCollector(d.store, d.NamedOwners, d.log), newNotifyCollector(d.store, d.log))
	if err := d.apply(ctx, c); err != nil {
		return err
	}
	if d.options.Offline {
		return nil
	}
	if err := d.firstToken(ctx, c); err != nil {
		return err
	}
	if err := d.openTimetable(); err != nil {
		return err
	}
	if d.desk, err = d.newDesk(c); err != nil {
		return err
	}
	if err := d.compareSAMLKey(ctx, c); err != nil {
		return err
	}
	return d.bindControl(ctx, c)
}

func (d *Daemon) storeOptions(c *config.Config) store.Options {
	o := store.Options{Folder: c.Data, BackupFolder: c.Data, Clock: d.options.Clock}
	if url := c.Store.Reveal(); url != "sqlite" {
		o.URL = url
	}
	return o
}

func (d *Daemon) openStore(ctx context.Context, c *config.Config) error {
	o := d.storeOptions(c)
	if d.options.Attach && o.URL == "" {
		if _, err := os.Stat(filepath.Join(c.Data, store.FileName)); err != nil {
			return fmt.Errorf("%w: there is no store in %s: start `usher serve` first, or name the right folder with --data or the configuration with --config", usher.ErrNotFound, c.Data)
		}
	}
	if !d.options.Attach {
		if err := os.MkdirAll(c.Data, 0o700); err != nil {
			return fmt.Errorf("data folder: %w", err)
		}
	}
	var err error
	if d.store, err = store.Open(ctx, o); err != nil {
		return err
	}
	d.schema, err = d.store.Schema(ctx)
	return err
}

// NoStore says that the data folder holds no SQLite store yet.
func NoStore(data string) bool {
	_, err := os.Stat(filepath.Join(data, store.FileName))
	return errors.Is(err, os.ErrNotExist)
}

// Store is what the daemon keeps everything in; for reading.
func (d *Daemon) Store() *store.Store { return d.store }

// Ledger is the one writer.
func (d *Daemon) Ledger() *ledger.Ledger { return d.ledger }

// Config is the configuration in force.
func (d *Daemon) Config() *config.Config { return d.config.Load() }

// Key is the installation's key, or why there is none.
func (d *Daemon) Key() ([]byte, error) { return d.key, d.keyErr }

// poke has people who are due looked at soon.
func (d *Daemon) poke() { wake(d.sweep) }

// pokePortal has the accounts of a portal looked at soon.
func (d *Daemon) pokePortal(portal usher.ID) {
	if engine := d.engine.Load(); engine != nil {
		engine.Poke(portal)
	}
}

// wake makes whoever waits for c go on, now or when they next look.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// ownerName names this process among all that ever shared a store.
func ownerName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text()[:8])
}

// Close closes what Open opened. Serve does so itself when it ends.
func (d *Daemon) Close() error {
	var errs []error
	for _, c := range slices.Backward(d.closers) {
		errs = append(errs, ignoreClosed(c.Close()))
	}
	d.closers = nil
	if d.store != nil {
		errs = append(errs, d.store.Close())
	}
	return errors.Join(errs...)
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
