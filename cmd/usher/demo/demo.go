// Package demo shows a real usher: the daemon, its HTTP interface, its store and its portals are those of every day,
// only the people are invented. It plays a short story with a few of them, and opens on a company of 300 with a history
// of 90 days.
//
// Its invariants: nothing is told that did not happen, because every line about people, seats and portals is read back
// from the store or the portal after usher has come to rest; and nothing is in a store that did not come there by a road
// of every day.
package demo

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"usher/cmd/usher/daemon"
	"usher/connectors/scimout/scimportal"
	"usher/internal/config"
	"usher/internal/usher"
)

// Options say how the demo is shown.
type Options struct {
	// Exit ends the demo after its story.
	Exit bool
	// NoStory opens on the company at once.
	NoStory bool
	// In is where the reader presses Enter for new links; nil: nobody does.
	In io.Reader
	// Out takes the story; Colour lets it use colours.
	Out    io.Writer
	Colour bool
	// Trouble takes the daemon's warnings.
	Trouble io.Writer
	// Self is how the reader calls usher, as in "go run ./cmd/usher".
	Self string
	// Command answers the control socket, so that other commands work on the demo.
	Command daemon.Command
}

//go:embed demo.yaml
var configuration []byte

// usualListen is where usher listens when nothing is said and nobody else does.
const usualListen = "127.0.0.1:8080"

// freeListen is any port that nobody has.
const freeListen = "127.0.0.1:0"

// tokenLife is how long the demo's tokens live.
const tokenLife = 24 * time.Hour

// Run tells the story in a folder of its own, which is gone afterwards. Without Exit it opens on the company then, and
// stays up until ctx is done.
func Run(ctx context.Context, o Options) (err error) {
	data, err := os.MkdirTemp("", "usher-demo-")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	out := newPage(o.Out, o.Colour)
	if o.Exit {
		err = tell(ctx, o, out, data, usualListen)
	} else {
		err = open(ctx, o, out, data)
	}
	if err != nil {
		err = fmt.Errorf("demo: %w", err)
	}
	return err
}

// tell plays the story on an installation of its own.
func tell(ctx context.Context, o Options, out *page, data, listen string) (err error) {
	token := rand.Text()
	portal, err := openPortal(ctx, token)
	if err != nil {
		return fmt.Errorf("the portal: %w", err)
	}
	defer func() { err = errors.Join(err, portal.server.Close()) }()
	c, err := configure(portal, token)
	if err != nil {
		return err
	}
	d, err := openDaemon(ctx, daemon.Options{
		Config: c, Data: data, Listen: listen,
		Log: daemon.NewLog(config.Log{Level: "warn", Format: "text"}, o.Trouble),
	})
	if err != nil {
		return err
	}
	return serve(ctx, d, func(ctx context.Context) error {
		s, err := newStory(d, portal, data, out)
		if err != nil {
			return err
		}
		return s.play(ctx, o.Exit)
	})
}

// serve runs the daemon around f. Who ends the demo is told nothing of what that broke off.
func serve(ended context.Context, d *daemon.Daemon, f func(context.Context) error) error {
	ctx, stop := context.WithCancel(ended)
	defer stop()
	served := make(chan error, 1)
	go func() {
		served <- d.Serve(ctx)
		stop() // a daemon that fell over ends the story
	}()
	err := f(ctx)
	if ended.Err() != nil {
		err = nil
	}
	stop()
	return errors.Join(err, <-served)
}

// portal is the other side: a SCIM server in this process, reached over loopback.
type portal struct {
	*scimportal.Portal
	url    string
	server *http.Server
}

func openPortal(ctx context.Context, token string) (*portal, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &portal{Portal: scimportal.New(scimportal.Options{Token: token}), url: "http://" + l.Addr().String() + "/scim/v2"}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = p.server.Serve(l) }() // ends with server.Close
	return p, nil
}

func configure(p *portal, token string) (*config.Config, error) {
	values := map[string]string{"LEARNING_URL": p.url, "LEARNING_TOKEN": token}
	lookUp := func(name string) (string, bool) {
		v, ok := values[name]
		return v, ok
	}
	return config.Parse("demo.yaml", configuration, lookUp, daemon.CheckRules)
}

// openDaemon listens at the address that it is given, or at any free one when that is taken.
func openDaemon(ctx context.Context, o daemon.Options) (*daemon.Daemon, error) {
	d, err := daemon.Open(ctx, o)
	if errors.Is(err, syscall.EADDRINUSE) {
		o.Listen = freeListen
		d, err = daemon.Open(ctx, o)
	}
	return d, err
}

// newToken makes a token for a directory and keeps it where curl finds it. It is not
// shown to anybody.
func newToken(ctx context.Context, d *daemon.Daemon, data, directory string, lives time.Duration) (string, error) {
	key, err := d.Key()
	if err != nil {
		return "", err
	}
	token, _, err := d.Ledger().CreateToken(ctx, usher.System("demo"), directory, lives, key)
	if err != nil {
		return "", err
	}
	return token, os.WriteFile(tokenFile(data, directory), []byte(token+"\n"), 0o600)
}

func tokenFile(data, directory string) string { return filepath.Join(data, directory+".token") }
