package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Request is a command line that a client asks the running daemon to run, because the
// daemon is the one process that may write to SQLite.
type Request struct {
	Args []string `json:"args"`
	// Dir is the client's working directory: names of files in Args are relative to it.
	Dir string `json:"dir"`
	// As is who asks.
	As string `json:"as"`
}

// Command runs a command line inside the daemon and gives its exit code.
type Command func(ctx context.Context, d *Daemon, r Request, stdout, stderr io.Writer) int

// frame is one piece of an answer: output, or the exit code, which comes last.
type frame struct {
	Out  []byte `json:"out,omitempty"`
	Err  []byte `json:"err,omitempty"`
	Exit *int   `json:"exit,omitempty"`
}

// maxRequest bounds a command line.
const maxRequest = 1 << 20

// commands answers the control socket until ctx ends.
func (d *Daemon) commands(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	stop := context.AfterFunc(ctx, func() { _ = d.control.Close() })
	defer stop()
	for {
		conn, err := d.control.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			d.log.Warn().Err(err).Msg("control socket")
			time.Sleep(100 * time.Millisecond) // out of file descriptors: they come back
			continue
		}
		running.Go(func() { d.command(context.WithoutCancel(ctx), conn) }) // what has begun may end
	}
}

// command runs one command line for a client of our own user.
func (d *Daemon) command(ctx context.Context, conn *net.UnixConn) {
	defer func() { _ = conn.Close() }()
	if err := samePeer(conn); err != nil {
		d.log.Warn().Err(err).Msg("control socket: refused")
		return
	}
	r, err := readRequest(conn)
	if err != nil {
		d.log.Debug().Err(err).Msg("control socket: no request")
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = conn.Read(make([]byte, 1)) // the client says nothing more: it has gone
		cancel()
	}()
	out := &frames{encoder: json.NewEncoder(conn)}
	code := d.options.Command(ctx, d, r, streamWriter{out, func(b []byte) frame { return frame{Out: b} }}, streamWriter{out, func(b []byte) frame { return frame{Err: b} }})
	_ = out.send(frame{Exit: &code})
}

func readRequest(conn net.Conn) (r Request, err error) {
	if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return r, err
	}
	if err := json.NewDecoder(io.LimitReader(conn, maxRequest)).Decode(&r); err != nil {
		return r, err
	}
	return r, conn.SetReadDeadline(time.Time{})
}

// frames sends frames of several streams over one connection.
type frames struct {
	mu      sync.Mutex
	encoder *json.Encoder
}

func (f *frames) send(fr frame) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.encoder.Encode(fr)
}

type streamWriter struct {
	*frames
	wrap func([]byte) frame
}

// Write implements io.Writer.
func (w streamWriter) Write(b []byte) (int, error) {
	if err := w.send(w.wrap(b)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// ErrNoDaemon says that no daemon listens for the data folder.
var ErrNoDaemon = errors.New("no daemon is running")

// Ask has the daemon of a data folder run a command line, and gives its exit code.
// ErrNoDaemon: there is none, so that the caller may open the store itself.
func Ask(ctx context.Context, data string, r Request, stdout, stderr io.Writer) (int, error) {
	conn, err := dialControl(ctx, data)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if err := json.NewEncoder(conn).Encode(r); err != nil {
		return 0, fmt.Errorf("ask the daemon: %w", err)
	}
	decoder := json.NewDecoder(conn)
	for {
		var f frame
		if err := decoder.Decode(&f); err != nil {
			return 0, fmt.Errorf("the daemon broke off before the end: %w", err)
		}
		if f.Exit != nil {
			return *f.Exit, nil
		}
		if _, err := stdout.Write(f.Out); err != nil {
			return 0, err
		}
		if _, err := stderr.Write(f.Err); err != nil {
			return 0, err
		}
	}
}
