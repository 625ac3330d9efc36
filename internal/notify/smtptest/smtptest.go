// Package smtptest is a mail server on loopback for tests: it takes mail and keeps it.
package smtptest

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server takes mail.
type Server struct {
	Port  int
	Roots *x509.CertPool // vouch for the server
	tls   *tls.Config

	mu     sync.Mutex
	taken  []Mail
	refuse string // answer to RCPT; empty: it is taken
	bare   bool   // STARTTLS is not offered
}

// Mail is what came: who it is for, the whole message, and how.
type Mail struct {
	To        string
	Message   string
	User      string
	Encrypted bool
}

// New starts a server; implicit: the first byte is encrypted already.
func New(t testing.TB, implicit bool) *Server {
	t.Helper()
	s := &Server{}
	s.certify(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Port = listener.Addr().(*net.TCPAddr).Port
	if implicit {
		listener = tls.NewListener(listener, s.tls)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(conn, implicit)
		}
	}()
	return s
}

// Refuse has the server answer that to every recipient; empty takes them again.
func (s *Server) Refuse(answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = answer
}

// Bare has the server offer no encryption.
func (s *Server) Bare() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bare = true
}

// Taken is the mail that came.
func (s *Server) Taken() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.taken...)
}

func (s *Server) certify(t testing.TB) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	raw, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	s.Roots = x509.NewCertPool()
	s.Roots.AddCert(certificate)
	s.tls = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
}

// serve speaks as much of RFC 5321 as a client needs that sends one mail.
func (s *Server) serve(conn net.Conn, encrypted bool) {
	defer func() { conn.Close() }()
	in := bufio.NewReader(conn)
	say := func(lines ...string) { _, _ = conn.Write([]byte(strings.Join(lines, "\r\n") + "\r\n")) }
	say("220 test ESMTP")
	mail := Mail{Encrypted: encrypted}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			say(s.offers(mail.Encrypted)...)
		case "STARTTLS":
			say("220 go on")
			over := tls.Server(conn, s.tls)
			conn, in, mail.Encrypted = over, bufio.NewReader(over), true
		case "AUTH":
			mail.User = rest
			say("235 2.7.0 welcome")
		case "RCPT":
			mail.To = rest
			say(s.answer())
		case "DATA":
			say("354 go on")
			if mail.Message, err = data(in); err != nil {
				return
			}
			s.take(mail)
			say("250 2.0.0 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 2.0.0 ok")
		}
	}
}

func (s *Server) offers(encrypted bool) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if encrypted || s.bare {
		return []string{"250-test", "250-AUTH PLAIN", "250 8BITMIME"}
	}
	return []string{"250-test", "250-STARTTLS", "250-AUTH PLAIN", "250 8BITMIME"}
}

func (s *Server) answer() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != "" {
		return s.refuse
	}
	return "250 2.1.5 ok"
}

func (s *Server) take(m Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = append(s.taken, m)
}

// data reads a message until the dot that ends it.
func data(in *bufio.Reader) (string, error) {
	var message strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return "", err
		}
		if line == ".\r\n" {
			return message.String(), nil
		}
		message.WriteString(strings.TrimPrefix(line, "."))
	}
}
