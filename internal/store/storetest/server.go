package storetest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// keeper makes, starts, keeps and removes one server: $1 is the folder of the binaries,
// $2 an empty folder, $3 further settings. It says "ready", and ends the server when its
// standard input does, which also happens when the process that holds the other end is
// killed.
//
// The server listens on a socket in $2 alone, so no port can be taken. Text sorts by
// language, as it does in most databases out there and never does in SQLite: who leans on
// the order of text is found out.
const keeper = `
trap 'rm -rf "$2"' EXIT
"$1/initdb" -D "$2/data" -U usher -A trust -E UTF8 --locale=C --locale-provider=icu --icu-locale=en --no-sync >&2 || exit
"$1/pg_ctl" start -w -D "$2/data" -l "$2/log" -o "-k '$2' -c listen_addresses='' -c max_connections=200 $3" >&2 || {
	cat "$2/log" >&2
	exit 1
}
echo ready
read -r _
"$1/pg_ctl" stop -w -D "$2/data" -m immediate >&2
`

// server is one PostgreSQL server of this process.
type server struct {
	dir    string // holds its data and its socket
	keeper *exec.Cmd
	stdin  io.Closer // open for as long as the server shall run
	said   bytes.Buffer

	migrate    sync.Mutex
	isMigrated bool // there is a database with the product's schema
}

// start makes a server from the binaries in the folder bin and returns when it accepts
// connections.
func start(bin string, o Options) (*server, error) {
	// The path of a socket may have 107 bytes at most: the system's own folder is short.
	dir, err := os.MkdirTemp("/tmp", "usher-pg-")
	if err != nil {
		return nil, err
	}
	attributes, err := unprivileged(dir)
	if err != nil {
		return nil, errors.Join(err, os.Remove(dir))
	}
	settings := "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"
	if o.Durable {
		settings = ""
	}
	s := &server{dir: dir, keeper: exec.Command("/bin/sh", "-c", keeper, "keeper", bin, dir, settings)}
	s.keeper.Dir = dir
	s.keeper.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	s.keeper.SysProcAttr = attributes
	s.keeper.Stderr = &s.said
	if err := s.launch(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// launch starts the keeper and waits for its word.
func (s *server) launch() error {
	stdin, err := s.keeper.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := s.keeper.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.keeper.Start(); err != nil {
		return err
	}
	s.stdin = stdin
	if word, _ := bufio.NewReader(stdout).ReadString('\n'); word != "ready\n" {
		return fmt.Errorf("the server did not come up: %w\n%s", s.stop(), s.said.Bytes())
	}
	return nil
}

// stop ends the server and returns when it and its data are gone.
func (s *server) stop() error {
	return errors.Join(s.stdin.Close(), s.keeper.Wait())
}

// dsn returns the connection string of a database.
func (s *server) dsn(database string) string {
	return "postgres://usher@/" + database + "?host=" + s.dir
}

// admin runs one statement in the server's maintenance database.
func (s *server) admin(ctx context.Context, statement string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.dsn("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// pool holds at most one server of each kind. Its zero value is ready.
type pool struct {
	mu        sync.Mutex
	running   map[Options]*server
	databases atomic.Int64 // made so far; each is named by its number
}

// get returns the running server of a kind and starts it when it is the first to ask.
func (p *pool) get(bin string, o Options) (*server, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.running[o]; s != nil {
		return s, nil
	}
	s, err := start(bin, o)
	if err != nil {
		return nil, err
	}
	if p.running == nil {
		p.running = make(map[Options]*server)
	}
	p.running[o] = s
	return s, nil
}

// stop ends all servers.
func (p *pool) stop() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for o, s := range p.running {
		errs = append(errs, s.stop())
		delete(p.running, o)
	}
	return errors.Join(errs...)
}

// binaries returns the folder of PostgreSQL's server programs: that of the initdb in the
// search path, or the newest of those that Debian keeps out of it.
func binaries() (dir string, ok bool) {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if program, err := filepath.EvalSymlinks(initdb); err == nil {
			return filepath.Dir(program), true
		}
	}
	// The pattern is well formed, and matches come back sorted.
	found, _ := filepath.Glob("/usr/lib/postgresql/[1-9][0-9]/bin")
	if len(found) == 0 {
		return "", false
	}
	return found[len(found)-1], true
}

// unprivileged returns how to start a process that may run PostgreSQL, which refuses to
// run as root, and gives that user dir. The process leads a group of its own, so that an
// interrupt at the keyboard reaches the tests and not the server under them.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	attributes := &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() != 0 {
		return attributes, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		account, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root: make a user named postgres (%w)", err)
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("user id of %s: %w", account.Username, err)
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("group id of %s: %w", account.Username, err)
	}
	attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attributes, os.Chown(dir, int(uid), int(gid))
}
