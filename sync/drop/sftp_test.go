package drop

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// sftpServer is a real server on loopback: the handshake is SSH's, and its files lie in a folder.
type sftpServer struct {
	t       *testing.T
	host    atomic.Pointer[ssh.Signer]
	allowed ssh.PublicKey
	port    int
	// through stands between a connection and the server, when it is set.
	through atomic.Pointer[func(net.Conn) net.Conn]
}

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

// newSFTPWorld is a world whose folder is reached over SFTP.
func newSFTPWorld(t *testing.T, rules Rules) (*world, *sftpServer, SFTP) {
	t.Helper()
	_, host := newKey(t)
	key, signer := newKey(t)
	s := &sftpServer{t: t, allowed: signer.PublicKey()}
	s.host.Store(&host)
	s.listen()
	w := &world{t: t, folder: t.TempDir(), now: start, memory: new(mapMemory)}
	config := SFTP{
		Host: "127.0.0.1", Port: s.port, User: "usher", Key: key, HostKeys: []string{ssh.FingerprintSHA256(host.PublicKey())},
		Path: w.folder, Timeout: 10 * time.Second, Rules: rules,
	}
	w.useSFTP(config)
	return w, s, config
}

func (w *world) useSFTP(config SFTP) {
	w.t.Helper()
	source, err := NewSFTP(config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.useSource(source)
}

func (s *sftpServer) listen() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { listener.Close() })
	s.port = listener.Addr().(*net.TCPAddr).Port
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if through := s.through.Load(); through != nil {
				conn = (*through)(conn)
			}
			go s.serve(conn)
		}
	}()
}

func (s *sftpServer) serve(conn net.Conn) {
	defer conn.Close()
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if string(key.Marshal()) != string(s.allowed.Marshal()) {
			return nil, errors.New("unknown key")
		}
		return nil, nil
	}}
	config.AddHostKey(*s.host.Load())
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
				request.Reply(request.Type == "subsystem" && strings.HasSuffix(string(request.Payload), "sftp"), nil)
			}
		}()
		go func() {
			defer channel.Close()
			if server, err := sftp.NewServer(channel); err == nil {
				server.Serve()
			}
		}()
	}
}

func TestSFTP(t *testing.T) {
	w, _, config := newSFTPWorld(t, Rules{Pattern: "people*.csv", Settle: SettleMarker})
	w.wantError(ErrNothing, "sftp://usher@127.0.0.1:", config.Path)
	content := people + strings.Repeat("4711,ann@example.com\n", 50_000)
	w.putAt("people-old.csv", "old", start.Add(-time.Hour))
	w.put("people.csv", content)
	w.wantError(ErrUnsettled)
	w.tick()
	w.put("people-old.csv.done", "")
	w.put("people.csv.done", "")
	got := w.want(content)
	if len(got[0].Supersedes) != 1 {
		t.Errorf("supersedes %+v", got[0].Supersedes)
	}
	w.wantClean()
	w.wantError(ErrNothing)
}

func TestSFTPSettlesByDigestAndRest(t *testing.T) {
	w, _, _ := newSFTPWorld(t, Rules{})
	w.put("people.csv", people)
	w.put("people.csv.sha256", sumOf("other"))
	w.wantError(ErrDigest)
	w.put("people.csv.sha256", sumOf(people))
	w.want(people)
	w.wantClean()
	w.now = w.now.Add(time.Hour)
	w.put("people.csv", "next")
	w.wantError(ErrUnsettled)
	w.now = w.now.Add(30 * time.Second)
	w.want("next")
}

// Several clients work on one folder: each file is taken by one of them. Each client leaves
// when it has had its share, because one that is fast enough would take them all.
func TestSFTPClientsShareAFolder(t *testing.T) {
	w, _, _ := newSFTPWorld(t, Rules{Pattern: "people*", Settle: SettleRename})
	const clients, share = 4, 5
	for i := range clients * share {
		w.put(fmt.Sprintf("people-%02d.csv", i), people)
	}
	var mu sync.Mutex
	taken := make(map[string]int)
	var working sync.WaitGroup
	for range clients {
		f := Fetcher{Source: w.fetcher.Source, Memory: new(mapMemory), Archive: t.TempDir(), Now: w.fetcher.Now, Order: Oldest}
		working.Go(func() {
			ctx, leave := context.WithTimeout(t.Context(), time.Minute)
			defer leave()
			mine := 0
			take := func(_ context.Context, file File) error {
				mu.Lock()
				defer mu.Unlock()
				taken[file.Name]++
				if mine++; mine == share {
					leave()
				}
				return nil
			}
			for ctx.Err() == nil {
				if err := f.Fetch(ctx, take); err != nil && !IsQuiet(err) && ctx.Err() == nil {
					t.Error(err)
				}
				<-time.After(20 * time.Millisecond)
			}
			if mine != share {
				t.Errorf("a client took %d files, its share is %d", mine, share)
			}
		})
	}
	working.Wait()
	for name, times := range taken {
		if times != 1 {
			t.Errorf("%s was taken %d times", name, times)
		}
	}
	if len(taken) != clients*share {
		t.Errorf("%d of %d files were taken", len(taken), clients*share)
	}
	w.wantClean()
}

func TestSFTPRefusesLinks(t *testing.T) {
	w, _, _ := newSFTPWorld(t, Rules{Settle: SettleRename})
	if err := os.Symlink("/etc/hostname", filepath.Join(w.folder, "people.csv")); err != nil {
		t.Fatal(err)
	}
	w.wantError(ErrIrregular, "symbolic link")
}

func TestSFTPFailedIsHandedOverAgain(t *testing.T) {
	w, _, _ := newSFTPWorld(t, Rules{Settle: SettleRename})
	w.put("people.csv", people)
	broken := errors.New("database is away")
	if err := w.fetcher.Fetch(context.Background(), func(context.Context, File) error { return broken }); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	w.want(people)
	w.wantClean()
}

func TestSFTPHostKeyThatChanged(t *testing.T) {
	w, s, config := newSFTPWorld(t, Rules{Settle: SettleRename})
	w.put("people.csv", people)
	_, host := newKey(t)
	s.host.Store(&host)
	shown := ssh.FingerprintSHA256(host.PublicKey())
	w.wantError(ErrHostKey, config.HostKeys[0], shown, "pin it")
	config.HostKeys = append(config.HostKeys, shown)
	w.useSFTP(config)
	w.want(people)
}

func TestSFTPKeyThatIsNotAccepted(t *testing.T) {
	w, _, config := newSFTPWorld(t, Rules{Settle: SettleRename})
	w.put("people.csv", people)
	key, signer := newKey(t)
	config.Key = key
	w.useSFTP(config)
	got, err := w.fetch()
	if len(got) > 0 || err == nil || !strings.Contains(err.Error(), ssh.FingerprintSHA256(signer.PublicKey())) {
		t.Errorf("got %v, %v", got, err)
	}
}

// cutConn is a connection that breaks, or falls silent, once the server has sent so many bytes.
type cutConn struct {
	net.Conn

	left   atomic.Int64
	silent bool
}

func (c *cutConn) Write(p []byte) (int, error) {
	if c.left.Add(-int64(len(p))) >= 0 {
		return c.Conn.Write(p)
	}
	if c.silent {
		return len(p), nil
	}
	c.Conn.Close()
	return 0, io.ErrClosedPipe
}

// Wherever the connection breaks, the file is not accepted, is not lost, and comes whole the next time.
func TestSFTPConnectionThatBreaks(t *testing.T) {
	content := people + strings.Repeat("4711,ann@example.com\n", 10_000)
	broken, claimed := 0, 0
	for _, after := range []int64{100, 1000, 2_500, 3_000, 3_500, 4_000, 5_000, 20_000, 60_000, 100_000, 150_000, 200_000, 210_000} {
		w, s, _ := newSFTPWorld(t, Rules{Settle: SettleRename})
		w.put("people.csv", content)
		through := func(conn net.Conn) net.Conn {
			cut := &cutConn{Conn: conn}
			cut.left.Store(after)
			return cut
		}
		s.through.Store(&through)
		got, err := w.fetch()
		if err == nil || len(got) > 0 {
			t.Errorf("after %d bytes: %d files, %v", after, len(got), err)
		}
		if !IsQuiet(err) {
			broken++
		}
		lying, held := w.lying()
		if len(lying)+len(held) != 1 || len(w.archived()) > 0 {
			t.Errorf("after %d bytes: %q lies there, %q is claimed, %q archived", after, lying, held, w.archived())
		}
		claimed += len(held)
		s.through.Store(nil)
		w.now = w.now.Add(16 * time.Minute)
		w.want(content)
		w.wantClean()
	}
	if broken == 0 || claimed == 0 {
		t.Errorf("%d connections broke, %d with the file claimed", broken, claimed)
	}
}

func TestSFTPServerThatFallsSilent(t *testing.T) {
	w, s, config := newSFTPWorld(t, Rules{Settle: SettleRename})
	config.Timeout = 200 * time.Millisecond
	w.useSFTP(config)
	w.put("people.csv", strings.Repeat(people, 10_000))
	for _, after := range []int64{0, 30, 2_500, 100_000} {
		through := func(conn net.Conn) net.Conn {
			cut := &cutConn{Conn: conn, silent: true}
			cut.left.Store(after)
			return cut
		}
		s.through.Store(&through)
		got, err := w.fetch()
		if len(got) > 0 || err == nil || !strings.Contains(err.Error(), "no answer within 200ms") {
			t.Errorf("after %d bytes: %d files, %v", after, len(got), err)
		}
		w.now = w.now.Add(16 * time.Minute)
	}
}

// slowConn is a connection over which little comes at a time.
type slowConn struct{ net.Conn }

func (c *slowConn) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		<-time.After(time.Millisecond)
		var wrote int
		wrote, err = c.Conn.Write(p[n:min(n+4096, len(p))])
		n += wrote
	}
	return n, err
}

// A server that is slow and yet gets on is waited for, longer than the timeout.
func TestSFTPServerThatIsSlow(t *testing.T) {
	w, s, config := newSFTPWorld(t, Rules{Settle: SettleRename})
	config.Timeout = time.Second
	w.useSFTP(config)
	through := func(conn net.Conn) net.Conn { return &slowConn{conn} }
	s.through.Store(&through)
	content := strings.Repeat(people, 120_000)
	w.put("people.csv", content)
	began := time.Now()
	w.want(content)
	if took := time.Since(began); took < config.Timeout {
		t.Errorf("took %s: not slow enough to show anything", took)
	}
}

func TestSFTPStopsWithItsContext(t *testing.T) {
	w, s, _ := newSFTPWorld(t, Rules{Settle: SettleRename})
	w.put("people.csv", strings.Repeat(people, 10_000))
	ctx, cancel := context.WithCancel(context.Background())
	through := func(conn net.Conn) net.Conn {
		cut := &cutConn{Conn: conn, silent: true}
		cut.left.Store(50_000)
		time.AfterFunc(200*time.Millisecond, cancel)
		return cut
	}
	s.through.Store(&through)
	err := w.fetcher.Fetch(ctx, func(context.Context, File) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestSFTPConfiguration(t *testing.T) {
	key, signer := newKey(t)
	block, err := ssh.MarshalPrivateKeyWithPassphrase(ed25519.NewKeyFromSeed(make([]byte, 32)), "", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	good := SFTP{Host: "sftp.example.com", User: "usher", Key: key, HostKeys: []string{ssh.FingerprintSHA256(signer.PublicKey())}}
	if source, err := NewSFTP(good); err != nil || source.String() != "sftp://usher@sftp.example.com:22/" {
		t.Errorf("%v, %v", source, err)
	}
	tests := []struct {
		name  string
		spoil func(*SFTP)
		want  string
	}{
		{"no host", func(s *SFTP) { s.Host = "" }, "host and user"},
		{"port", func(s *SFTP) { s.Port = 70_000 }, "65535"},
		{"password for a key", func(s *SFTP) { s.Key = []byte("hunter2") }, "no private key"},
		{"passphrase", func(s *SFTP) { s.Key = pem.EncodeToMemory(block) }, "passphrase"},
		{"no host key", func(s *SFTP) { s.HostKeys = nil }, "ssh-keyscan"},
		{"MD5 of a host key", func(s *SFTP) { s.HostKeys = []string{"aa:bb:cc"} }, "SHA256:..."},
		{"settle", func(s *SFTP) { s.Settle = "x" }, "settle"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			config := good
			tt.spoil(&config)
			_, err := NewSFTP(config)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}
