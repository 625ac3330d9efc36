package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/usher"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// cli is the whole command line.
type cli struct {
	Data   string `placeholder:"DIR" help:"Data folder; counts instead of the configuration's. Default: usher-data."`
	Config string `placeholder:"FILE" help:"Configuration file, also from USHER_CONFIG. Default: none, which is SQLite, a SCIM directory and one for files."`
	As     string `placeholder:"WHO" help:"Who acts, for the record. Default: the operating system's user."`
	Reason string `placeholder:"WHY" help:"Why, for the record."`

	Serve       serveCmd       `cmd:"" help:"Run the daemon."`
	Demo        demoCmd        `cmd:"" help:"Play a story on a real usher with invented people."`
	Check       checkCmd       `cmd:"" help:"Check the configuration, and what must always be true of the store."`
	Token       tokenCmd       `cmd:"" help:"Make, list and revoke the tokens of directories and of the API."`
	Explain     explainCmd     `cmd:"" help:"Say why a person has, waits for or does not have each seat."`
	People      peopleCmd      `cmd:"" help:"List people."`
	Seats       seatsCmd       `cmd:"" help:"List subscriptions and their seats, or who sits and who is queued in one."`
	Teams       teamsCmd       `cmd:"" help:"List teams, or the people of one."`
	Portals     portalsCmd     `cmd:"" help:"List portals."`
	Directories directoriesCmd `cmd:"" help:"List directories, when each was last heard, and which stands in for which."`
	Events      eventsCmd      `cmd:"" help:"List what happened."`
	Person      personCmd      `cmd:"" help:"Add a guest, another address of a person; confirm or end who is in no directory; merge and split people."`
	Seat        seatCmd        `cmd:"" help:"Decide about one person's seat by hand."`
	Incidents   incidentsCmd   `cmd:"" help:"List what is amiss or waits for somebody."`
	Notify      notifyCmd      `cmd:"" help:"Try out the channels of notifications."`
	Holds       holdsCmd       `cmd:"" help:"See and decide what the guards stopped."`
	Conflicts   conflictsCmd   `cmd:"" help:"See and answer what usher will not guess."`
	Portal      portalCmd      `cmd:"" help:"Show a portal, make it live, try it again."`
	Revisions   revisionsCmd   `cmd:"" help:"See and confirm what a changed configuration would do."`
	Visit       visitCmd       `cmd:"" help:"See what somebody has to do at a portal, and say that it was done."`
	Batch       batchCmd       `cmd:"" help:"See and confirm files and worklists, row by row."`
	Signin      signinCmd      `cmd:"" name:"signin" help:"How people sign in: refused sign-ins, links, sessions."`
	Role        roleCmd        `cmd:"" help:"Who may do what at usher: list, give and take roles."`
	Admin       adminCmd       `cmd:"" help:"Get in when signing in does not work."`
	Join        joinCmd        `cmd:"" help:"Make, list and revoke links with which people give themselves seats."`
	Requests    requestsCmd    `cmd:"" help:"See and answer what people ask for."`
	Drift       driftCmd       `cmd:"" help:"Say where portals differ from the ledger, by name."`
	Evidence    evidenceCmd    `cmd:"" help:"Prove for every leaver and portal when the seat was free, and how that is known."`

	Plan    planCmd    `cmd:"" help:"Say what a roster would change."`
	Plans   plansCmd   `cmd:"" help:"List plans, show one, write its error sheet."`
	Confirm confirmCmd `cmd:"" help:"Apply what a plan holds."`
	Discard discardCmd `cmd:"" help:"Drop what a plan holds."`
	Undo    undoCmd    `cmd:"" help:"Plan to put back what a plan changed."`
	Fetch   fetchCmd   `cmd:"" help:"Look at the source of a directory now."`
	Map     mapCmd     `cmd:"" help:"Propose how the columns of a roster are read."`

	Backup  backupCmd  `cmd:"" help:"Write a backup, while usher runs."`
	Restore restoreCmd `cmd:"" help:"Fill an empty store from a backup."`
	Resume  resumeCmd  `cmd:"" help:"Let the portals of a restored store be told again."`

	Invariants  invariantsCmd  `cmd:"" hidden:""`
	Version     versionCmd     `cmd:"" help:"Print the version."`
	Healthcheck healthcheckCmd `cmd:"" help:"Ask a running daemon whether it is ready; for containers."`
}

// process is what a command line has around it.
type process struct {
	args           []string
	stdout, stderr io.Writer
	env            func(string) (string, bool)
}

// place is where the store is, as the command line says.
type place struct{ data, config string }

// desk is where a command on the store does its work: in the running daemon, or in a
// process that opened the store itself.
type desk struct {
	ctx    context.Context
	daemon *daemon.Daemon
	by     usher.Principal
	dir    string // files are named relative to it
	config string // the configuration that the command line names
	stdout io.Writer
	stderr io.Writer
}

// shell is where a command that needs no store, or opens it in its own way, does its work.
type shell struct {
	process
	place

	ctx context.Context
	by  usher.Principal
}

// storeCommand is a command on the store.
type storeCommand interface{ Run(d *desk) error }

// firstCommand is a command with which somebody may begin: where there is no store yet it
// makes one, as usher serve would.
type firstCommand interface{ begins() }

// left is how kong leaves early, after --help.
type left int

// noInteger is how kong says that a text is no number.
var noInteger = regexp.MustCompile(`expected a valid \d+ bit u?int but got `)

// parse reads a command line. A zero code goes on; help and mistakes are answered.
func parse(p process) (c *cli, at *kong.Context, code int, done bool) {
	c = &cli{}
	bare := len(p.args) == 0
	if bare {
		p.args, p.stdout = []string{"--help"}, p.stderr // somebody wanted something else
	}
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case left:
			code, done = int(cause), true
			if bare {
				code = exitUsage
			}
		default:
			panic(cause)
		}
	}()
	parser := kong.Must(c,
		kong.Name("usher"), kong.Description("usher keeps paid portal seats in step with people: SCIM 2.0 in, a seat ledger, portals out."),
		kong.Writers(p.stdout, p.stderr), kong.Exit(func(code int) { panic(left(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}), kong.UsageOnError(),
	)
	at, err := parser.Parse(p.args)
	if err != nil {
		fmt.Fprintf(p.stderr, "usher: %s\nusher: --help says more\n", noInteger.ReplaceAllString(err.Error(), "is not a whole number: "))
		return c, nil, exitUsage, true
	}
	if c.Config == "" {
		c.Config, _ = p.env("USHER_CONFIG")
	}
	return c, at, exitOK, false
}

// run runs one command line and gives the exit code.
func run(ctx context.Context, p process) int {
	c, at, code, done := parse(p)
	if done {
		return code
	}
	command := at.Selected().Target.Addr().Interface()
	where := place{data: c.Data, config: c.Config}
	if sc, ok := command.(storeCommand); ok {
		return onStore(ctx, p, c, where, sc)
	}
	return report(p.stderr, at.Run(&shell{process: p, place: where, ctx: ctx, by: c.principal(c.who())}))
}

// onStore runs a command in the daemon that has the store open; when there is none, or
// the store is PostgreSQL, it opens the store here.
func onStore(ctx context.Context, p process, c *cli, where place, command storeCommand) int {
	data, direct, err := where.folder(p)
	if err != nil {
		return report(p.stderr, err)
	}
	dir, err := os.Getwd()
	if err != nil {
		return report(p.stderr, err)
	}
	as := c.who()
	if !direct {
		code, err := daemon.Ask(ctx, data, daemon.Request{Args: p.args, Dir: dir, As: as}, p.stdout, p.stderr)
		if !errors.Is(err, daemon.ErrNoDaemon) {
			if err != nil {
				return report(p.stderr, err)
			}
			return code
		}
	}
	options := daemon.Options{ConfigFile: where.config, Data: where.data, Env: p.env, Attach: true, Log: daemon.NewLog(config.Log{Level: "warn", Format: "text"}, p.stderr)}
	if _, first := command.(firstCommand); first && !direct && daemon.NoStore(data) {
		options.Attach, options.Offline = false, true
	}
	d, err := daemon.Open(ctx, options)
	if err != nil {
		return report(p.stderr, err)
	}
	err = command.Run(&desk{ctx: ctx, daemon: d, by: c.principal(as), dir: dir, config: where.config, stdout: p.stdout, stderr: p.stderr})
	return report(p.stderr, errors.Join(err, d.Close()))
}

// inDaemon runs a command line that came over the control socket.
func inDaemon(ctx context.Context, d *daemon.Daemon, r daemon.Request, stdout, stderr io.Writer) int {
	none := func(string) (string, bool) { return "", false }
	c, at, code, done := parse(process{args: r.Args, stdout: stdout, stderr: stderr, env: none})
	if done {
		return code
	}
	command, ok := reflect.TypeAssert[storeCommand](at.Selected().Target.Addr())
	if !ok {
		return report(stderr, fmt.Errorf("%s does not work on the store: %w", at.Command(), usher.ErrInvalid))
	}
	return report(stderr, command.Run(&desk{ctx: ctx, daemon: d, by: c.principal(r.As), dir: r.Dir, config: c.Config, stdout: stdout, stderr: stderr}))
}

// folder is the data folder, and whether commands go to the database directly. With
// --data no configuration is read: it may be one that is being mended.
func (w place) folder(p process) (data string, direct bool, err error) {
	if w.data != "" && w.config == "" {
		return w.data, false, nil
	}
	c, err := daemon.LoadConfig(w.config, p.env)
	if err != nil {
		return "", false, err
	}
	if w.data != "" {
		c.Data = w.data
	}
	return c.Data, c.Store.Reveal() != "sqlite", nil
}

func (c *cli) who() string {
	if c.As != "" {
		return c.As
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

func (c *cli) principal(as string) usher.Principal {
	return usher.Principal{Kind: usher.PrincipalOperator, Name: as, Reason: c.Reason}
}

// report says what went wrong, and gives the exit code.
func report(stderr io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	if coded, ok := errors.AsType[exitCode](err); ok {
		return int(coded)
	}
	if problems, ok := errors.AsType[config.Problems](err); ok {
		fmt.Fprintf(stderr, "usher: the configuration cannot be used:\n%v\n", problems)
		return exitFailed
	}
	fmt.Fprintf(stderr, "usher: %s\n", inWords(err))
	if e, ok := errors.AsType[*usher.InvalidError](err); ok && strings.HasPrefix(e.Attribute, "--") {
		return exitUsage
	}
	return exitFailed
}

// inWords is an error for a person, without the kinds by which programs tell errors
// apart where something else says as much.
func inWords(err error) string {
	text := err.Error()
	for _, kind := range []error{usher.ErrStale, usher.ErrConflict, usher.ErrInvalid, usher.ErrBusy, usher.ErrNotFound} {
		text = strings.TrimPrefix(text, kind.Error()+": ")
		if !errors.Is(kind, usher.ErrNotFound) {
			text = strings.ReplaceAll(strings.TrimSuffix(text, ": "+kind.Error()), ": "+kind.Error()+": ", ": ")
		}
	}
	return text
}

// exitCode ends a command that has said everything already.
type exitCode int

// Error implements error.
func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// remark says something to the person at the terminal that is no result.
func (d *desk) remark(format string, args ...any) {
	fmt.Fprintf(d.stderr, format+"\n", args...)
}

// stamp shows an instant to a person, in UTC, as everywhere in lists; their headers say so.
func stamp(t usher.Time) string {
	if t == 0 {
		return ""
	}
	return t.Std().UTC().Format(time.DateOnly + " 15:04")
}

// lastDay shows the last day before the end of a term, in the place where usher runs: days
// are written there, and count there.
func lastDay(end usher.Time) string {
	if end == 0 {
		return ""
	}
	return end.Std().Add(-time.Microsecond).Local().Format(time.DateOnly)
}
