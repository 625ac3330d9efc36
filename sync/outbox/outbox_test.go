package outbox

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

func newKey(t *testing.T) ([]byte, ssh.Signer) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err1 := ssh.MarshalPrivateKey(private, "")
	signer, err2 := ssh.NewSignerFromKey(private)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(block), signer
}

// site is a real server on loopback; budget, when it is set, is how many bytes it hears
// before the line is cut.
type site struct {
	t       *testing.T
	host    ssh.Signer
	allowed ssh.PublicKey
	budget  atomic.Int64
}

func newSite(t *testing.T) (*site, SFTP) {
	t.Helper()
	_, host := newKey(t)
	key, signer := newKey(t)
	s := &site{t: t, host: host, allowed: signer.PublicKey()}
	s.budget.Store(1 << 40)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(&cut{Conn: conn, budget: &s.budget})
		}
	}()
	return s, SFTP{
		Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, User: "usher", Key: key,
		HostKeys: []string{ssh.FingerprintSHA256(host.PublicKey())}, Path: t.TempDir(), Timeout: 10 * time.Second,
	}
}

// cut is a connection that ends after so many bytes.
type cut struct {
	net.Conn
	budget *atomic.Int64
}

func (c *cut) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.budget.Add(-int64(n)) < 0 {
		c.Conn.Close()
		return 0, net.ErrClosed
	}
	return n, err
}

func (s *site) serve(conn net.Conn) {
	defer conn.Close()
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if !bytes.Equal(key.Marshal(), s.allowed.Marshal()) {
			return nil, errors.New("unknown key")
		}
		return nil, nil
	}}
	config.AddHostKey(s.host)
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for each := range channels {
		channel, requests, err := each.Accept()
		if err != nil {
			return
		}
		go func() {
			for request := range requests {
				_ = request.Reply(request.Type == "subsystem", nil)
			}
		}()
		go func() {
			defer channel.Close()
			if server, err := sftp.NewServer(channel); err == nil {
				_ = server.Serve()
			}
		}()
	}
}

func open(t *testing.T, c SFTP) *Server {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// names are all names in the folder.
func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestPut(t *testing.T) {
	_, c := newSite(t)
	s := open(t, c)
	content := bytes.Repeat([]byte("ann@example.com\r\n"), 20_000)
	for range 2 { // the same again is no other
		if err := s.Put(t.Context(), "prosci-0001-users.csv", content); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(filepath.Join(c.Path, "prosci-0001-users.csv"))
	if err != nil || !bytes.Equal(got, content) {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	if err := s.Put(t.Context(), "prosci-0001-users.csv", []byte("other")); !errors.Is(err, fs.ErrExist) {
		t.Fatalf("overwritten: %v", err)
	}
	if got := names(t, c.Path); len(got) != 1 {
		t.Errorf("left behind: %q", got)
	}
	for _, name := range []string{"", "../x", ".x", `a\b`} {
		if s.Put(t.Context(), name, nil) == nil {
			t.Errorf("%q is a name", name)
		}
	}
}

// Wherever the line is cut, the name is either not there or there with the whole content,
// and the next try makes it so.
func TestPutIsWholeOrNotThere(t *testing.T) {
	site, c := newSite(t)
	s := open(t, c)
	content := bytes.Repeat([]byte("0123456789"), 3000)
	file := filepath.Join(c.Path, "a.csv")
	cuts := 0
	for budget := int64(1500); budget < 60_000; budget += 1500 {
		site.budget.Store(budget)
		err := s.Put(t.Context(), "a.csv", content)
		if got, read := os.ReadFile(file); read == nil && !bytes.Equal(got, content) {
			t.Fatalf("after %d bytes the file has %d", budget, len(got))
		}
		if err != nil {
			cuts++
		}
		site.budget.Store(1 << 40)
		if err := s.Put(t.Context(), "a.csv", content); err != nil {
			t.Fatalf("after a cut at %d: %v", budget, err)
		}
		if got := names(t, c.Path); len(got) != 1 {
			t.Fatalf("left behind after a cut at %d: %q", budget, got)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	if cuts < 5 {
		t.Errorf("the line was cut only %d times", cuts)
	}
}

func TestStrangersGetNothing(t *testing.T) {
	_, c := newSite(t)
	_, other := newKey(t)
	pinned := c
	pinned.HostKeys = []string{ssh.FingerprintSHA256(other.PublicKey())}
	if err := open(t, pinned).Put(t.Context(), "a.csv", nil); !errors.Is(err, ErrHostKey) {
		t.Errorf("another host key: %v", err)
	}
	signed := c
	signed.Key, _ = newKey(t)
	if err := open(t, signed).Put(t.Context(), "a.csv", nil); err == nil || !strings.Contains(err.Error(), "has to accept the key SHA256:") {
		t.Errorf("another key: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := open(t, c).Put(ctx, "a.csv", nil); err == nil {
		t.Error("put although nobody wants it any more")
	}
	if got := names(t, c.Path); len(got) != 0 {
		t.Errorf("put: %q", got)
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	_, good := newSite(t)
	for name, change := range map[string]func(*SFTP){
		"host and user":    func(c *SFTP) { c.Host = "" },
		"private key":      func(c *SFTP) { c.Key = []byte("x") },
		"host key is miss": func(c *SFTP) { c.HostKeys = nil },
		"fingerprint":      func(c *SFTP) { c.HostKeys = []string{"SHA256:x"} },
	} {
		c := good
		change(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
