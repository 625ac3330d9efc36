package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"usher/internal/table"
)

// socketFile is the control socket in the data folder. Where its path is too long for a
// socket, or others may enter the folder, elsewhereFile says in which private temporary
// folder it is.
const (
	socketFile    = "usher.sock"
	elsewhereFile = "usher.sock.path"
	maxSocketPath = 100 // bytes; the shortest limit among systems is 103
)

// controlSocket listens, and cleans up behind itself.
type controlSocket struct {
	*net.UnixListener
	folder string // made for the socket; empty when it is in the data folder
	record string // the file that names folder
	closed sync.Once
}

// Close stops listening and removes the socket; again, it does nothing.
func (s *controlSocket) Close() (err error) {
	s.closed.Do(func() {
		err = s.UnixListener.Close()
		if s.folder != "" {
			err = errors.Join(err, os.RemoveAll(s.folder), os.Remove(s.record))
		}
	})
	return err
}

// listenControl makes the control socket of a data folder that this process has locked,
// so that a socket which is there is a dead process's. Others cannot even reach it: it
// lies in a folder that only its owner may enter and has mode 0600 itself.
func listenControl(ctx context.Context, data string) (*controlSocket, error) {
	s := &controlSocket{record: filepath.Join(data, elsewhereFile)}
	path := filepath.Join(data, socketFile)
	removeStale(data)
	info, err := os.Stat(data)
	if err != nil {
		return nil, err
	}
	if len(path) > maxSocketPath || info.Mode().Perm()&0o077 != 0 {
		if s.folder, err = elsewhere(data, s.record); err != nil {
			return nil, err
		}
		path = filepath.Join(s.folder, socketFile)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	s.UnixListener = l.(*net.UnixListener)
	return s, os.Chmod(path, 0o600)
}

// elsewhere makes a private folder whose path is short, and notes where it is.
func elsewhere(data, record string) (string, error) {
	sum := sha256.Sum256([]byte(data))
	folder, err := os.MkdirTemp("", "usher-"+hex.EncodeToString(sum[:6])+"-")
	if err != nil {
		return "", err
	}
	if len(filepath.Join(folder, socketFile)) > maxSocketPath {
		return "", errors.Join(fmt.Errorf("the paths of the data folder and of the temporary folder are both too long for a socket: set TMPDIR to a shorter one"), os.Remove(folder))
	}
	return folder, table.ReplaceFileAtomic(record, 0o600, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, folder)
		return err
	})
}

// removeStale removes what a daemon that died left behind.
func removeStale(data string) {
	_ = os.Remove(filepath.Join(data, socketFile))
	if folder, err := readElsewhere(data); err == nil {
		_ = os.Remove(filepath.Join(folder, socketFile))
		_ = os.Remove(folder)
		_ = os.Remove(filepath.Join(data, elsewhereFile))
	}
}

func readElsewhere(data string) (string, error) {
	text, err := os.ReadFile(filepath.Join(data, elsewhereFile))
	return strings.TrimSpace(string(text)), err
}

// dialControl reaches the daemon of a data folder; ErrNoDaemon when none listens.
func dialControl(ctx context.Context, data string) (net.Conn, error) {
	path := filepath.Join(data, socketFile)
	if folder, err := readElsewhere(data); err == nil {
		path = filepath.Join(folder, socketFile)
	}
	if len(path) > maxSocketPath {
		return nil, ErrNoDaemon
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, ErrNoDaemon
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("the daemon's socket belongs to another user: run the command as the user that usher runs as: %w", err)
	}
	return conn, err
}
