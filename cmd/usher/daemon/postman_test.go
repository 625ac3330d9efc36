package daemon_test

import (
	"io"
	"mime/quotedprintable"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/notify/smtptest"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// mailing is a daemon, or two on one database, whose clock the test moves.
type mailing struct {
	*running
	all    []*running
	server *smtptest.Server
	ahead  *atomic.Int64
}

func newMailing(t *testing.T, place store.Options) *mailing {
	t.Helper()
	m := &mailing{server: smtptest.New(t, false), ahead: new(atomic.Int64)}
	c := configAt(t, place)
	c.Mail = config.Mail{From: "usher@example.com", SMTP: config.SMTP{Host: "127.0.0.1", Port: m.server.Port, TLS: "none"}}
	c.Portals = []config.Portal{{Name: "prosci", Kind: "worklist", Live: true, Pool: "hard", Folder: "outbox/prosci",
		Owner: config.Owner{Name: "Ann Lee", Mail: "ann@example.com", Attach: true, Remind: 48 * time.Hour}}}
	c.Subscriptions = []config.Subscription{{Name: "adkar", Portal: "prosci", Seats: 9, Rule: config.Text{Value: "true"}, OnLeave: "keep"}}
	o := daemon.Options{Config: c, Clock: func() time.Time { return time.Now().Add(time.Duration(m.ahead.Load())) }}
	m.running = start(t, o)
	m.all = []*running{m.running}
	if place.URL != "" {
		m.all = append(m.all, start(t, o))
	}
	return m
}

// post has every daemon send what is due, all at once.
func (m *mailing) post() {
	m.Helper()
	var wg sync.WaitGroup
	for range 2 {
		for _, r := range m.all {
			wg.Go(func() {
				if err := r.Post(m.Context()); err != nil {
					m.Error(err)
				}
			})
		}
	}
	wg.Wait()
}

// mails waits until so many came, and gives the last; there are no more.
func (m *mailing) mails(n int) smtptest.Mail {
	m.Helper()
	eventually(m.T, "the mail comes", func() bool { m.post(); return len(m.server.Taken()) >= n })
	m.post()
	taken := m.server.Taken()
	if len(taken) != n {
		m.Fatalf("%d mails, want %d", len(taken), n)
	}
	return taken[n-1]
}

func (m *mailing) visit() usher.Visit {
	m.Helper()
	open, err := m.Store().Look().OpenVisits(m.Context(), "")
	m.check(err)
	if len(open) != 1 {
		m.Fatalf("visits %+v", open)
	}
	return open[0]
}

func TestTheOwnerIsToldOnceAndRemindedOnce(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		m := newMailing(t, place)
		token, _ := m.token("default")
		m.call("POST", "/scim/v2/Users", token, person("bob@example.com", "Bob Ray"))
		text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(m.mails(1).Message)))
		m.check(err)
		for _, want := range []string{"To: \"Ann Lee\" <ann@example.com>", "Subject: usher: visit 1 to prosci", "Hello Ann Lee,", "invite Bob Ray", "usher visit done prosci", "prosci-0001-worklist.csv"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%q is not in\n%s", want, text)
			}
		}
		m.ahead.Store(int64(47 * time.Hour))
		m.ahead.Store(int64(49 * time.Hour))
		if text := m.mails(2).Message; !strings.Contains(text, "Subject: Reminder: usher: visit 1 to prosci") {
			t.Errorf("reminder\n%s", text)
		}
		m.ahead.Store(int64(200 * time.Hour))
		m.mails(2)
	})
}

func TestAFailedMailIsSentAgain(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		m := newMailing(t, place)
		m.server.Refuse("450 4.2.0 <ann@example.com>: later, please")
		token, _ := m.token("default")
		m.call("POST", "/scim/v2/Users", token, person("bob@example.com", "Bob Ray"))
		said := func() (log string) {
			for _, r := range m.all {
				log += r.log.String()
			}
			return log
		}
		eventually(m.T, "the log says so", func() bool { m.post(); return strings.Contains(said(), "could not be told of a visit") })
		if strings.Contains(said(), "ann@example.com") {
			t.Errorf("an address in the log:\n%s", said())
		}
		m.server.Refuse("")
		m.ahead.Store(int64(2 * time.Minute))
		m.mails(1)
		_, err := m.Ledger().CarryVisit(m.Context(), ann(), m.visit().ID, "")
		m.check(err)
		m.ahead.Store(int64(100 * time.Hour))
		m.mails(1) // nobody is reminded of what is done
	})
}
