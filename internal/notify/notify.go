// Package notify says what is amiss or waits for somebody, to whom that is due and in what words, and sends it: by mail, to an
// incoming webhook in the way of Slack, or to a webhook that is signed. What is seen, compared and written is pure; what was
// told is kept elsewhere.
//
// Its invariants: no mail leaves in clear unless it was configured so; no error holds an address or what was written; and
// what is told of incidents names nobody.
package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	netmail "net/mail"
	"regexp"
	"time"

	"github.com/wneessen/go-mail"

	"usher/internal/usher"
)

// The ways to encrypt.
const (
	StartTLS = "starttls" // before anything is said, or nothing is
	TLS      = "tls"      // from the first byte
	Plain    = "none"     // in clear
)

// Options say by which server mail goes, and from whom.
type Options struct {
	From     string // address
	Host     string
	Port     int
	User     string // empty: nobody signs in
	Password string
	TLS      string // StartTLS, TLS or Plain
	// Roots are the authorities that vouch for the server; nil for the machine's.
	Roots *x509.CertPool
}

// Mailer sends mail over one server.
type Mailer struct{ Options }

// New makes a mailer, or says what is wrong with the options.
func New(o Options) (*Mailer, error) {
	m := &Mailer{o}
	if _, err := netmail.ParseAddress(o.From); err != nil {
		return nil, &usher.InvalidError{Attribute: "from", Problem: "it is no address"}
	}
	_, err := m.client()
	return m, err
}

// Mail is one message to one person.
type Mail struct {
	Name, Address string // to whom
	Subject, Text string
	Files         []File
	At            usher.Time
	// ID is the same for the same mail, should it be sent again: mail programs show it once.
	ID usher.ID
}

// File comes with a mail.
type File struct {
	Name    string
	Content []byte
}

// Send hands a mail to the server, which has taken it when nil comes back.
func (m *Mailer) Send(ctx context.Context, message Mail) error {
	msg, err := m.message(message)
	if err != nil {
		return clean(err)
	}
	client, err := m.client()
	if err != nil {
		return err
	}
	connection, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return clean(fmt.Errorf("mail server %s: %w", m.Host, err))
	}
	defer func() { _ = client.CloseWithSMTPClient(connection) }() // what it took it has, whatever the goodbye is
	defer context.AfterFunc(ctx, func() { _ = connection.Close() })()
	if err := client.SendWithSMTPClient(connection, msg); err != nil {
		return clean(fmt.Errorf("mail server %s: %w", m.Host, err))
	}
	return nil
}

func (m *Mailer) client() (*mail.Client, error) {
	options := []mail.Option{mail.WithPort(m.Port), mail.WithTimeout(30 * time.Second),
		mail.WithTLSConfig(&tls.Config{ServerName: m.Host, RootCAs: m.Roots, MinVersion: tls.VersionTLS12})}
	auth := mail.SMTPAuthAutoDiscover
	switch m.TLS {
	case TLS:
		options = append(options, mail.WithSSL())
	case StartTLS:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	case Plain:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
		auth = mail.SMTPAuthPlainNoEnc
	default:
		return nil, &usher.InvalidError{Attribute: "tls", Problem: "it is none of starttls, tls and none"}
	}
	if m.User != "" {
		options = append(options, mail.WithSMTPAuth(auth), mail.WithUsername(m.User), mail.WithPassword(m.Password))
	}
	client, err := mail.NewClient(m.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return client, nil
}

func (m *Mailer) message(from Mail) (*mail.Msg, error) {
	if a, err := netmail.ParseAddress(from.Address); err != nil || a.Address != from.Address {
		return nil, &usher.InvalidError{Attribute: "address", Problem: "the recipient's is none"}
	}
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.From(m.From); err != nil {
		return nil, err
	}
	msg.ToMailAddress(&netmail.Address{Name: from.Name, Address: from.Address})
	msg.Subject(from.Subject)
	msg.SetDateWithValue(from.At.Std().UTC())
	msg.SetMessageIDWithValue(string(from.ID) + "@usher")
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: so that no absence notice answers
	msg.SetBodyString(mail.TypeTextPlain, from.Text)
	for _, f := range from.Files {
		if err := msg.AttachReader(f.Name, bytes.NewReader(f.Content)); err != nil {
			return nil, fmt.Errorf("attach %s: %w", f.Name, err)
		}
	}
	return msg, nil
}

// address is what looks like an address in an error, which servers like to repeat.
var address = regexp.MustCompile(`[^\s<>"',;:()]*@[^\s<>"',;:()]+`)

// clean gives an error without addresses.
func clean(err error) error {
	return errors.New(address.ReplaceAllString(err.Error(), "(address)"))
}
