package outbox

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
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
	// HostKeys are the fingerprints of the server's keys, as ssh-keygen -l shows them
	// (SHA256:...). There is no trust on first use.
	HostKeys []string
	Path     string        // [the folder that the server shows first]
	Timeout  time.Duration // the longest that one file may take [30 s]
}

// Server is a folder on a server, which is called when a file is put.
type Server struct {
	SFTP

	signer ssh.Signer
}

// ErrHostKey says that the server shows another key than the one that is pinned.
var ErrHostKey = errors.New("the server is not the one that is known")

// New makes the way to a folder, or says what is wrong with the configuration.
func New(s SFTP) (*Server, error) {
	s.Port, s.Path, s.Timeout = cmp.Or(s.Port, 22), cmp.Or(s.Path, "."), cmp.Or(s.Timeout, 30*time.Second)
	server := &Server{SFTP: s}
	if s.Host == "" || s.User == "" {
		return nil, errors.New("host and user are needed")
	}
	var err error
	if server.signer, err = ssh.ParsePrivateKey(s.Key); err != nil {
		return nil, errors.New("key is no private key in PEM without a passphrase: give the content of a file such as id_ed25519")
	}
	if len(s.HostKeys) == 0 {
		return nil, errors.New("host key is missing; ask the server's admin for its fingerprint")
	}
	for _, pin := range s.HostKeys {
		sum, err := base64.RawStdEncoding.DecodeString(strings.TrimPrefix(pin, "SHA256:"))
		if !strings.HasPrefix(pin, "SHA256:") || err != nil || len(sum) != 32 {
			return nil, fmt.Errorf("host key %q is no fingerprint such as SHA256:...; `ssh-keyscan %s | ssh-keygen -lf -` shows some to compare", pin, s.Host)
		}
	}
	return server, nil
}

// String names the folder.
func (s *Server) String() string {
	shown := url.URL{Scheme: "sftp", User: url.User(s.User), Host: s.address(), Path: path.Join("/", s.Path)}
	return shown.String()
}

func (s *Server) address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// within does something in the folder. Whatever the server does, it ends with ctx and the timeout.
func (s *Server) within(ctx context.Context, do func(*sftp.Client) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.address())
	if err != nil {
		return fmt.Errorf("%s: %w", s, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	err = s.talk(conn, do)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("no answer in time: %w", ctx.Err()) // the library knows only that the connection is gone
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s, err)
	}
	return nil
}

func (s *Server) talk(conn net.Conn, do func(*sftp.Client) error) error {
	over, channels, requests, err := ssh.NewClientConn(conn, s.address(), &ssh.ClientConfig{
		User: s.User, Auth: []ssh.AuthMethod{ssh.PublicKeys(s.signer)}, HostKeyCallback: s.checkHostKey, ClientVersion: "SSH-2.0-usher",
	})
	if err != nil {
		return s.explain(err)
	}
	client, err := sftp.NewClient(ssh.NewClient(over, channels, requests))
	if err != nil {
		return fmt.Errorf("%w; does the server offer SFTP to %s?", err, s.User)
	}
	defer client.Close()
	return do(client)
}

// checkHostKey implements ssh.HostKeyCallback.
func (s *Server) checkHostKey(_ string, _ net.Addr, key ssh.PublicKey) error {
	if shown := ssh.FingerprintSHA256(key); !slices.Contains(s.HostKeys, shown) {
		return fmt.Errorf("%w: it shows %s (%s), pinned is %s; nothing was put there. If the server's admin confirms the new key, pin it",
			ErrHostKey, shown, key.Type(), strings.Join(s.HostKeys, " or "))
	}
	return nil
}

// explain adds what mends a failed handshake.
func (s *Server) explain(err error) error {
	if strings.Contains(err.Error(), "unable to authenticate") { // the library has no type for it
		return fmt.Errorf("%w; the server has to accept the key %s for %s", err, ssh.FingerprintSHA256(s.signer.PublicKey()), s.User)
	}
	return err
}
