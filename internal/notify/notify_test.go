package notify_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"

	"usher/internal/notify"
	"usher/internal/notify/smtptest"
	"usher/internal/usher"
)

func letter() notify.Mail {
	return notify.Mail{
		Name: `Zoë "Z" Lee`, Address: "zoe@example.com", Subject: "usher: visit 3 to prosci", Text: "Hello Zoë,\n.\n  1. Task: remove Bob\n",
		At: usher.TimeOf(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)), ID: "v3.told",
		Files: []notify.File{{Name: "prosci-0001-users.csv", Content: bytes.Repeat([]byte("a;\xfc\r\n"), 9000)}},
	}
}

func options(s *smtptest.Server, way string) notify.Options {
	return notify.Options{From: "usher@example.com", Host: "127.0.0.1", Port: s.Port, User: "u", Password: "p", TLS: way, Roots: s.Roots}
}

func send(t *testing.T, o notify.Options, m notify.Mail) error {
	t.Helper()
	mailer, err := notify.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return mailer.Send(ctx, m)
}

func TestMailArrivesAsItWasWritten(t *testing.T) {
	for _, way := range []string{notify.StartTLS, notify.TLS, notify.Plain} {
		t.Run(way, func(t *testing.T) {
			s := smtptest.New(t, way == notify.TLS)
			if err := send(t, options(s, way), letter()); err != nil {
				t.Fatal(err)
			}
			taken := s.Taken()
			if len(taken) != 1 || taken[0].Encrypted != (way != notify.Plain) || !strings.HasPrefix(taken[0].User, "PLAIN ") || !strings.Contains(taken[0].To, "<zoe@example.com>") {
				t.Fatalf("taken %+v", taken)
			}
			check(t, taken[0].Message)
		})
	}
}

// check reads a message as a mail program does.
func check(t *testing.T, text string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	to, err := m.Header.AddressList("To")
	if err != nil || len(to) != 1 || *to[0] != (mail.Address{Name: `Zoë "Z" Lee`, Address: "zoe@example.com"}) {
		t.Errorf("to %v, %v", to, err)
	}
	for name, want := range map[string]string{"Subject": "usher: visit 3 to prosci", "From": "<usher@example.com>", "Message-Id": "<v3.told@usher>", "Auto-Submitted": "auto-generated", "Date": "Mon, 02 Mar 2026 09:00:00 +0000"} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	body, err := parts.NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	words, err := io.ReadAll(quotedprintable.NewReader(body))
	if got := strings.ReplaceAll(string(words), "\r\n", "\n"); err != nil || got != letter().Text {
		t.Errorf("text %q, %v", got, err)
	}
	file, err := parts.NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, file))
	if err != nil || file.FileName() != letter().Files[0].Name || !bytes.Equal(content, letter().Files[0].Content) {
		t.Errorf("file %q, %d bytes, %v", file.FileName(), len(content), err)
	}
}

func TestNothingLeavesInClear(t *testing.T) {
	s := smtptest.New(t, false)
	s.Bare()
	if err := send(t, options(s, notify.StartTLS), letter()); err == nil {
		t.Error("sent although the server offers no encryption")
	}
	s = smtptest.New(t, false)
	o := options(s, notify.StartTLS)
	o.Roots = smtptest.New(t, false).Roots
	if err := send(t, o, letter()); err == nil {
		t.Error("sent to a server for which nobody vouches")
	}
	if taken := s.Taken(); len(taken) != 0 {
		t.Errorf("taken %+v", taken)
	}
}

func TestErrorsHoldNoAddresses(t *testing.T) {
	s := smtptest.New(t, false)
	s.Refuse("550 5.1.1 <zoe@example.com>: Zoe has no mailbox; ask postmaster@example.com")
	err := send(t, options(s, notify.StartTLS), letter())
	if err == nil || strings.Contains(err.Error(), "@") || !strings.Contains(err.Error(), "550") {
		t.Errorf("error %v", err)
	}
	s.Refuse("")
	if err := send(t, options(s, notify.StartTLS), letter()); err != nil {
		t.Errorf("the next try: %v", err)
	}
	bad := letter()
	bad.Address = "zoe@example.com>, <bob@example.com"
	if err := send(t, options(s, notify.StartTLS), bad); err == nil || strings.Contains(err.Error(), "@") {
		t.Errorf("an address that is none: %v", err)
	}
	if n := len(s.Taken()); n != 1 {
		t.Errorf("%d mails were taken", n)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	s := smtptest.New(t, false)
	for _, change := range []func(*notify.Options){
		func(o *notify.Options) { o.From = "usher" },
		func(o *notify.Options) { o.TLS = "maybe" },
		func(o *notify.Options) { o.Port = 70000 },
		func(o *notify.Options) { o.Host = "" },
	} {
		o := options(s, notify.StartTLS)
		change(&o)
		if _, err := notify.New(o); err == nil {
			t.Errorf("options %+v are taken", o)
		}
	}
}
