package drop

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"path"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// SFTP is a folder on an SFTP server.
type SFTP struct {
	Host string
	Port int // [22]
	User string
	// Key is the private key, in PEM and without a passphrase. There is no signing in by password.
	Key []byte
	// HostKeys are the fingerprints of the server's keys, as ssh-keygen -l shows them (SHA256:...). There is no trust
	// on first use.
	HostKeys []string
	Path     string        // [the folder that the server shows first]
	Timeout  time.Duration // the longest wait for the next sign of the server [30 s]
	Rules
}

// NewSFTP returns the source of a folder on a server. The server is called when a roster is fetched.
func NewSFTP(s SFTP) (Source, error) {
	s.Port, s.Path, s.Timeout = cmp.Or(s.Port, 22), cmp.Or(s.Path, "."), cmp.Or(s.Timeout, 30*time.Second)
	source := &sftpSource{SFTP: s}
	var err error
	if source.Rules, err = s.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	switch {
	case s.Host == "" || s.User == "":
		return nil, fmt.Errorf("%s: host and user are needed", source)
	case s.Port < 1 || s.Port > 65535:
		return nil, fmt.Errorf("%s: port %d: write one from 1 to 65535", source, s.Port)
	}
	if source.signer, err = parseKey(s.Key); err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	if err := checkHostKeys(s.Host, s.HostKeys); err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	return source, nil
}

type sftpSource struct {
	SFTP

	signer ssh.Signer
}

// String implements Source.
func (s *sftpSource) String() string {
	shown := url.URL{Scheme: "sftp", User: url.User(s.User), Host: s.address(), Path: path.Join("/", s.Path)}
	return shown.String()
}

func (s *sftpSource) address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// enter implements Source.
func (s *sftpSource) enter(ctx context.Context, visit visit) (place, error) {
	dialer := net.Dialer{Timeout: s.Timeout}
	conn, err := dialer.DialContext(ctx, "tcp", s.address())
	if err != nil {
		return nil, err
	}
	t := &sftpTree{conn: conn, folder: s.Path, timeout: s.Timeout}
	t.forget = context.AfterFunc(ctx, func() { t.cut(context.Cause(ctx)) })
	if err := t.within(func() error { return t.sign(s) }); err != nil {
		_ = t.Close()
		return nil, err
	}
	return newShare(t, s.Rules, visit), nil
}

// sftpTree is a tree on a server, over one connection.
type sftpTree struct {
	*sftp.Client

	conn    net.Conn
	folder  string
	timeout time.Duration
	cause   atomic.Pointer[error] // why the connection was cut from this side
	forget  func() bool
}

// sign shakes hands with the server and opens the folder's service.
func (t *sftpTree) sign(s *sftpSource) error {
	conn, channels, requests, err := ssh.NewClientConn(t.conn, s.address(), s.clientConfig())
	if err != nil {
		return s.explain(err)
	}
	if t.Client, err = sftp.NewClient(ssh.NewClient(conn, channels, requests)); err != nil {
		return fmt.Errorf("%w; does the server offer SFTP to %s?", err, s.User)
	}
	return nil
}

func (t *sftpTree) cut(why error) {
	t.cause.CompareAndSwap(nil, &why)
	t.conn.Close()
}

// within does something with the server, and cuts the connection when it takes longer than the timeout.
func (t *sftpTree) within(do func() error) error {
	watch := t.watch()
	defer watch.Stop()
	return t.reason(do())
}

// reason is why something failed: where this side cut the connection, the library knows only that it is gone.
func (t *sftpTree) reason(err error) error {
	if why := t.cause.Load(); err != nil && why != nil {
		return *why
	}
	return err
}

func (t *sftpTree) watch() *time.Timer {
	return time.AfterFunc(t.timeout, func() { t.cut(fmt.Errorf("no answer within %s", t.timeout)) })
}

func (t *sftpTree) at(name string) string { return path.Join(t.folder, name) }

// ReadDir implements tree.
func (t *sftpTree) ReadDir(name string) (infos []fs.FileInfo, err error) {
	err = t.within(func() error {
		infos, err = t.Client.ReadDir(t.at(name))
		return err
	})
	return infos, err
}

// Lstat implements tree.
func (t *sftpTree) Lstat(name string) (info fs.FileInfo, err error) {
	err = t.within(func() error {
		info, err = t.Client.Lstat(t.at(name))
		return err
	})
	return info, err
}

// Open implements tree.
func (t *sftpTree) Open(name string) (treeFile, error) {
	info, err := t.Lstat(name)
	if err != nil {
		return nil, err
	}
	if err := plain(info); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	file := &sftpFile{tree: t}
	return file, t.within(func() error {
		file.File, err = t.Client.Open(t.at(name))
		return err
	})
}

// Rename implements tree. The rename of the protocol itself is a link and a removal in OpenSSH's server, which a crash
// could part; its extension is one step.
func (t *sftpTree) Rename(from, to string) error {
	return t.within(func() error {
		rename := t.Client.Rename
		if _, ok := t.HasExtension("posix-rename@openssh.com"); ok {
			rename = t.PosixRename
		}
		err := rename(t.at(from), t.at(to))
		if err == nil {
			return nil
		}
		if _, gone := t.Client.Lstat(t.at(from)); isLost(gone) {
			return gone // not every server says so
		}
		return err
	})
}

// Remove implements tree.
func (t *sftpTree) Remove(name string) error {
	return t.within(func() error { return t.Client.Remove(t.at(name)) })
}

// Mkdir implements tree.
func (t *sftpTree) Mkdir(name string) error {
	return t.within(func() error { return t.Client.Mkdir(t.at(name)) })
}

// Close implements tree.
func (t *sftpTree) Close() error {
	t.forget()
	return t.conn.Close()
}

// sftpFile is a file on a server that has to show progress while it is read.
type sftpFile struct {
	*sftp.File

	tree *sftpTree
}

// Stat implements treeFile.
func (f *sftpFile) Stat() (info fs.FileInfo, err error) {
	err = f.tree.within(func() error {
		info, err = f.File.Stat()
		return err
	})
	return info, err
}

// WriteTo implements io.WriterTo, which is how io.Copy reads: many requests are under way at once.
func (f *sftpFile) WriteTo(to io.Writer) (n int64, err error) {
	watch := f.tree.watch()
	defer watch.Stop()
	n, err = f.File.WriteTo(&progress{to, func() { watch.Reset(f.tree.timeout) }})
	return n, f.tree.reason(err)
}

// progress is a writer that tells of every write.
type progress struct {
	io.Writer

	tell func()
}

// Write implements io.Writer.
func (p *progress) Write(data []byte) (int, error) {
	p.tell()
	return p.Writer.Write(data)
}

// Close implements treeFile.
func (f *sftpFile) Close() error { return f.tree.within(f.File.Close) }
