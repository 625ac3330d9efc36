package daemon_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"sync"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/store/storetest"
	"usher/internal/table"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// With both of these set the test binary is a daemon, or with arguments a command beside one, that
// says at each step what it is at, and waits for leave to go on: its configuration, and since when
// its clock is fast.
const (
	steppingVariable = "USHER_STEPPING_CONFIG"
	sinceVariable    = "USHER_STEPPING_SINCE"
)

// hurry is how much faster the clock of such a daemon is.
const hurry = 60

// hurried is the time of whoever hurries since then.
func hurried(since time.Time) time.Time {
	return since.Add(hurry * time.Since(since))
}

// stepping is the life of such a process. It says what it is at on file 3 and hears on file 4.
func stepping(file string) int {
	micros, err := strconv.ParseInt(os.Getenv(sinceVariable), 10, 64)
	if err != nil {
		panic(err)
	}
	since := time.UnixMicro(micros)
	g := &guarded{say: os.NewFile(3, "steps"), hear: os.NewFile(4, "leave")}
	clock := func() time.Time {
		g.look()
		return hurried(since)
	}
	words := os.Args[1:]
	d, err := daemon.Open(context.Background(), daemon.Options{
		ConfigFile: file, Clock: clock, WriteFile: g.writeFile, Command: hears, Attach: len(words) > 0,
		Log: daemon.NewLog(config.Log{Level: "warn", Format: "json"}, os.Stderr),
	})
	switch {
	case err == nil && len(words) > 0:
		return hears(context.Background(), d, daemon.Request{Args: words}, os.Stdout, os.Stderr)
	case err == nil:
		fmt.Printf("SCIM base URL: %s\n", d.SCIMURL())
		err = d.Serve(context.Background())
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// guarded asks for leave before each step.
type guarded struct {
	mu        sync.Mutex
	say, hear *os.File
}

// step says what the process is at, and returns when it may go on.
func (g *guarded) step(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, err := fmt.Fprintln(g.say, name)
	if err == nil {
		_, err = io.ReadFull(g.hear, make([]byte, 1))
	}
	if err != nil {
		os.Exit(2) // whoever looked after it is gone
	}
}

// look is a step of the store: a transaction that has begun and changed nothing yet, or a reading.
func (g *guarded) look() {
	at := storetest.StepOf()
	if at.Who == "" {
		return
	}
	if at.Writes {
		g.step(at.Who + " begins")
	} else {
		g.step(at.Who + " reads")
	}
}

// writeFile is table.WriteFileAtomic with a step at the first byte, in the middle and at the end of
// what it writes beside the file's place, and one with the file in its place.
func (g *guarded) writeFile(path string, perm fs.FileMode, write func(io.Writer) error) error {
	err := table.WriteFileAtomic(path, perm, func(w io.Writer) error {
		var all bytes.Buffer
		if err := write(&all); err != nil {
			return err
		}
		g.step("file is empty")
		half := all.Len() / 2
		for _, part := range []struct {
			name string
			size int
		}{{"file has a byte", 1}, {"file is half there", half - 1}, {"file is beside its place", all.Len() - half}} {
			if _, err := w.Write(all.Next(part.size)); err != nil {
				return err
			}
			g.step(part.name)
		}
		return nil
	})
	g.step("file is in its place")
	return err
}

// hears runs what people tell usher in the campaign, who say it again when nobody answered.
func hears(ctx context.Context, d *daemon.Daemon, r daemon.Request, _, stderr io.Writer) int {
	if err := told(ctx, d, r.Args[0], r.Args[1:]); err != nil && !errors.Is(err, usher.ErrStale) {
		fmt.Fprint(stderr, err)
		return 1
	}
	return 0
}

func told(ctx context.Context, d *daemon.Daemon, what string, args []string) error {
	switch what {
	case "post":
		return d.Post(ctx)
	case "carried":
		_, err := d.Ledger().CarryVisit(ctx, ann(), usher.ID(args[0]), "")
		return err
	case "done":
		row, _ := strconv.Atoi(args[1])
		return d.Ledger().ConfirmBatchRow(ctx, ann(), args[0], row, true, "")
	case "learn":
		return learnFile(ctx, d, args[0], args[1])
	case "export":
		return bringExport(ctx, d, args[0], args[1], args[2])
	case "check":
		return checkAll(ctx, d)
	}
	return fmt.Errorf("nobody says %q", what)
}

func learnFile(ctx context.Context, d *daemon.Daemon, portal, path string) error {
	p, err1 := d.Store().Look().PortalNamed(ctx, portal)
	file, err2 := daemon.OpenPortalFile(path)
	learned, err3 := d.LearnTemplate(portal, file.Content)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	return d.Ledger().Learn(ctx, ann(), usher.Template{Portal: p.ID, Key: learned.Key, Name: file.Name, SHA256: file.SHA256, Content: file.Content})
}

// bringExport takes a whole list that was made then, in microseconds.
func bringExport(ctx context.Context, d *daemon.Daemon, portal, path, made string) error {
	p, err1 := d.Store().Look().PortalNamed(ctx, portal)
	file, err2 := daemon.OpenPortalFile(path)
	asOf, err3 := strconv.ParseInt(made, 10, 64)
	seen, findings, err4 := d.ReadExport(ctx, portal, file.Content)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	export := usher.Export{Name: file.Name, SHA256: file.SHA256, AsOf: usher.Time(asOf), Complete: true}
	_, err := d.Ledger().TakeExport(ctx, ann(), p.ID, ledger.ExportFile{Export: export, Seen: seen, Findings: findings})
	return err
}

func checkAll(ctx context.Context, d *daemon.Daemon) error {
	key, err := d.Key()
	findings, err2 := d.Ledger().Check(ctx, key)
	if len(findings) > 0 {
		err = cmp.Or(err, fmt.Errorf("check: %+v", findings))
	}
	return errors.Join(err, err2)
}
