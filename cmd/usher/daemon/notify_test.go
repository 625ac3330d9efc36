package daemon_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
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

// hook takes posts of one channel. While it is down it answers 503.
type hook struct {
	*httptest.Server
	mu   sync.Mutex
	down bool
	got  []hooked
}

type hooked struct {
	header http.Header
	body   string
}

func newHook(t *testing.T) *hook {
	h := &hook{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		h.got = append(h.got, hooked{r.Header, string(body)})
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) isDown(down bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.down = down
}

func (h *hook) taken() []hooked {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]hooked(nil), h.got...)
}

// body is what a webhook is told.
type body struct {
	Type string
	Data struct {
		Opened, Resolved, Open, Passed []struct{ Kind, Subject, Title, URL string }
	}
}

const itsmSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

// verify checks a signature as standardwebhooks.com has it, and reads what was signed.
func (g hooked) verify(t *testing.T) (b body) {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(itsmSecret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", g.header.Get("Webhook-Id"), g.header.Get("Webhook-Timestamp"), g.body)
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); g.header.Get("Webhook-Signature") != want {
		t.Errorf("signature %s, want %s", g.header.Get("Webhook-Signature"), want)
	}
	if err := json.Unmarshal([]byte(g.body), &b); err != nil {
		t.Fatalf("%v in %s", err, g.body)
	}
	return b
}

// notifying is a daemon, or two on one database, with a channel of each kind and a clock that the test moves.
type notifying struct {
	*running
	all        []*running
	mail       *smtptest.Server
	chat, itsm *hook
	ahead      *atomic.Int64
}

func newNotifying(t *testing.T, place store.Options, change func(*config.Config)) *notifying {
	t.Helper()
	n := &notifying{mail: smtptest.New(t, false), chat: newHook(t), itsm: newHook(t), ahead: new(atomic.Int64)}
	c := configAt(t, place)
	c.Mail = config.Mail{From: "usher@example.com", SMTP: config.SMTP{Host: "127.0.0.1", Port: n.mail.Port, TLS: "none"}}
	c.Notifications = config.Notifications{Channels: []config.Channel{
		{Name: "admins", Kind: "mail", To: []string{"ann@example.com"}, When: "always"},
		{Name: "chat", Kind: "slack", URL: config.Secret(n.chat.URL + "/services/hush"), AllowPrivate: true, When: "always"},
		{Name: "itsm", Kind: "webhook", URL: config.Secret(n.itsm.URL), Secret: itsmSecret, AllowPrivate: true, When: "always"},
	}}
	c.Portals = []config.Portal{{Name: "prosci", Kind: "worklist", Live: true, Pool: "hard", Folder: "outbox/prosci"}}
	c.Subscriptions = []config.Subscription{{Name: "adkar", Portal: "prosci", Seats: 9, Rule: config.Text{Value: "true"}, OnLeave: "keep", Requestable: true}}
	if change != nil {
		change(c)
	}
	o := daemon.Options{Config: c, Clock: func() time.Time { return time.Now().Add(time.Duration(n.ahead.Load())) }}
	n.running = start(t, o)
	n.all = []*running{n.running}
	if place.URL != "" {
		n.all = append(n.all, start(t, o))
	}
	return n
}

// look has every daemon look and send, all at once and twice.
func (n *notifying) look() {
	n.Helper()
	n.together(func(r *running) error { return r.Notify(n.Context()) })
}

func (n *notifying) digest(slot string) {
	n.Helper()
	n.together(func(r *running) error { return r.Digest(n.Context(), slot) })
	n.look()
}

func (n *notifying) together(f func(*running) error) {
	n.Helper()
	var wg sync.WaitGroup
	for range 2 {
		for _, r := range n.all {
			wg.Go(func() {
				if err := f(r); err != nil {
					n.Error(err)
				}
			})
		}
	}
	wg.Wait()
}

func (n *notifying) after(d time.Duration) { n.ahead.Add(int64(d)) }

// said waits until each channel was told so often, and that no one is told more.
func (n *notifying) said(mails, chats, hooks int) {
	n.Helper()
	counts := func() string {
		return fmt.Sprint(len(n.mail.Taken()), len(n.chat.taken()), len(n.itsm.taken()))
	}
	want := fmt.Sprint(mails, chats, hooks)
	deadline := time.Now().Add(15 * time.Second)
	for n.look(); counts() != want && time.Now().Before(deadline); n.look() {
	}
	n.look()
	if got := counts(); got != want {
		n.Fatalf("mails, chats and webhooks: %s, want %s", got, want)
	}
}

// leads says that a text has a way to a page, at the address of one of the daemons.
func (n *notifying) leads(text, path string) bool {
	for _, r := range n.all {
		if strings.Contains(text, r.URL()+path) {
			return true
		}
	}
	return false
}

// hold opens a hold, one of three: of a class and scope one is open at most.
func (n *notifying) hold(number int64) {
	n.Helper()
	n.check(n.Store().Write(n.Context(), func(tx *store.Tx) error {
		sub, err := tx.SubscriptionNamed(n.Context(), "adkar")
		if err != nil {
			return err
		}
		directory, err := tx.DirectoryNamed(n.Context(), "default")
		if err != nil {
			return err
		}
		h := usher.Hold{ID: usher.ID(fmt.Sprint("hold", number)), Number: number, Class: usher.HoldReleases, OpenedAt: tx.Now()}
		switch number {
		case 1:
			h.Subscription = sub.ID
		case 2:
			h.Subscription, h.Class = sub.ID, usher.HoldInvitations
		default:
			h.Directory = directory.ID
		}
		return tx.InsertHold(n.Context(), h)
	}))
}

// decide closes a hold.
func (n *notifying) decide(number int64) {
	n.Helper()
	n.check(n.Ledger().DiscardHold(n.Context(), ann(), number))
}

func (n *notifying) known(address string) usher.Person {
	n.Helper()
	found, err := n.Ledger().Who(n.Context(), address)
	n.check(err)
	if len(found) != 1 {
		n.Fatalf("%d people have the address %s", len(found), address)
	}
	p, err := n.Store().Look().Person(n.Context(), found[0].ID)
	n.check(err)
	return p
}

// letter is the last mail as it is read.
func (n *notifying) letter() string {
	n.Helper()
	taken := n.mail.Taken()
	text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(taken[len(taken)-1].Message)))
	n.check(err)
	return string(text)
}

func (n *notifying) lastHook() body {
	n.Helper()
	got := n.itsm.taken()
	return got[len(got)-1].verify(n.T)
}

// TestAVisitIsToldOnceAndOverOnce goes the whole way over all three kinds of channels.
func TestAVisitIsToldOnceAndOverOnce(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		n := newNotifying(t, place, func(c *config.Config) {
			for i := range c.Notifications.Channels {
				c.Notifications.Channels[i].Kinds = []string{"visit"} // the tests' tokens end soon
			}
		})
		n.said(0, 0, 0)
		token, _ := n.token("default")
		n.want(201, "POST", "/scim/v2/Users", token, person("bob@example.com", "Bob Ray"))
		eventually(t, "a visit begins", func() bool {
			open, err := n.Store().Look().OpenVisits(t.Context(), "")
			return err == nil && len(open) == 1
		})
		n.said(1, 1, 1)
		if text := n.letter(); !strings.Contains(text, "Subject: usher: Visit 1 to prosci is to be made") || !n.leads(text, "/portals/prosci") {
			t.Errorf("mail\n%s", text)
		}
		if text := n.chat.taken()[0].body; !n.leads(text, "/portals/prosci|Visit 1 to prosci is to be made") {
			t.Errorf("chat %s", text)
		}
		b := n.lastHook()
		if b.Type != "incidents.changed" || len(b.Data.Opened) != 1 || b.Data.Opened[0].Kind != "visit" || !n.leads(b.Data.Opened[0].URL, "/portals/prosci") {
			t.Errorf("webhook %+v", b)
		}
		visits, err := n.Store().Look().OpenVisits(t.Context(), "")
		n.check(err)
		_, err = n.Ledger().CarryVisit(t.Context(), ann(), visits[0].ID, "")
		n.check(err)
		n.said(2, 2, 2)
		if b := n.lastHook(); len(b.Data.Resolved) != 1 || len(b.Data.Opened) != 0 {
			t.Errorf("webhook %+v", b)
		}
		for _, said := range []string{n.letter(), n.chat.taken()[0].body, n.itsm.taken()[0].body} {
			if strings.Contains(said, "Bob") || strings.Contains(said, "bob@") {
				t.Errorf("somebody is named in %s", said)
			}
		}
		n.after(time.Hour)
		n.said(2, 2, 2)
	})
}

// TestAChannelThatIsDownStopsNoOther and hears afterwards in one message what there is.
func TestAChannelThatIsDownStopsNoOther(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		n := newNotifying(t, place, nil)
		n.itsm.isDown(true)
		n.hold(1)
		n.said(1, 1, 0)
		metrics := n.want(200, "GET", "/metrics", "", "").text
		for _, want := range []string{`usher_incidents{kind="hold"} 1`, `usher_incidents{kind="plan"} 0`, `usher_notifications_unsent{channel="itsm"} 1`} {
			if !strings.Contains(metrics, want+"\n") {
				t.Errorf("%s is not among the metrics", want)
			}
		}
		n.after(2 * time.Hour)
		n.hold(2)
		n.decide(1)
		n.hold(3)
		n.said(2, 2, 0)
		n.decide(3)
		n.said(3, 3, 0)
		n.itsm.isDown(false)
		n.after(2 * time.Hour)
		n.said(3, 3, 2)
		first, second := n.itsm.taken()[0].verify(t), n.lastHook()
		if len(first.Data.Opened) != 1 || first.Data.Opened[0].Subject != "1" {
			t.Errorf("what had waited: %+v", first)
		}
		if d := second.Data; len(d.Opened) != 1 || d.Opened[0].Subject != "2" || len(d.Resolved) != 1 || len(d.Passed) != 1 || d.Passed[0].Subject != "3" {
			t.Errorf("and then: %+v", second)
		}
		for _, r := range n.all {
			if log := r.log.String(); strings.Contains(log, "hush") || strings.Contains(log, n.itsm.URL) {
				t.Errorf("a channel's address is in the log:\n%s", log)
			}
		}
	})
}

// TestAMessageSentAgainIsTheSame lets a process die between sending and noting it.
func TestAMessageSentAgainIsTheSame(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		n := newNotifying(t, place, nil)
		n.hold(1)
		n.said(1, 1, 1)
		n.after(time.Minute)
		db := storetest.Raw(t, place)
		if _, err := db.ExecContext(t.Context(), "update notification set sent_at = 0, next_try_at = 0"); err != nil {
			t.Fatal(err)
		}
		n.said(2, 2, 2)
		hooks, mails := n.itsm.taken(), n.mail.Taken()
		if hooks[0].header.Get("Webhook-Id") != hooks[1].header.Get("Webhook-Id") || hooks[0].body != hooks[1].body {
			t.Errorf("another webhook is sent again: %v and %v", hooks[0], hooks[1])
		}
		if hooks[0].header.Get("Webhook-Timestamp") == hooks[1].header.Get("Webhook-Timestamp") {
			t.Error("the second try has the time of the first")
		}
		hooks[1].verify(t)
		if first, second := messageID(mails[0].Message), messageID(mails[1].Message); first == "" || first != second {
			t.Errorf("Message-ID %q and then %q", first, second)
		}
	})
}

func messageID(message string) string {
	for line := range strings.Lines(message) {
		if id, ok := strings.CutPrefix(line, "Message-ID: "); ok {
			return strings.TrimSpace(id)
		}
	}
	return ""
}

// TestADigestComesOnceForItsSlot, however many replicas make it, and names all that is open.
func TestADigestComesOnceForItsSlot(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		n := newNotifying(t, place, func(c *config.Config) {
			c.Notifications.Channels[1].When = "at_once"
			c.Notifications.Channels[2].When = "digest"
		})
		n.digest("2026-03-01T08:00")
		n.said(0, 0, 0) // nothing is open
		n.hold(1)
		n.said(1, 1, 0)
		n.digest("2026-03-02T08:00")
		n.digest("2026-03-02T08:00")
		n.said(2, 1, 1)
		if b := n.lastHook(); b.Type != "incidents.digest" || len(b.Data.Open) != 1 {
			t.Errorf("digest %+v", b)
		}
		if text := n.letter(); !strings.Contains(text, "Subject: usher: 1 thing is open") || !strings.Contains(text, "Open:") {
			t.Errorf("digest\n%s", text)
		}
		n.digest("2026-03-03T08:00")
		n.said(3, 1, 2)
	})
}

func TestTheDigestHasItsTime(t *testing.T) {
	c := config.Default()
	c.Notifications.Digest = config.Visit{Days: "wekdays 08:00"}
	if problems := daemon.CheckNotifications(c); len(problems) != 1 || problems[0].Path != "notifications.digest.days" {
		t.Errorf("%v", problems)
	}
	c.Notifications.Digest = config.Visit{Cron: "0 8 * *"}
	if problems := daemon.CheckNotifications(c); len(problems) != 1 || problems[0].Path != "notifications.digest.cron" {
		t.Errorf("%v", problems)
	}
	c.Notifications.Digest = config.Visit{Days: "weekdays 08:00", Zone: "Europe/Berlin"}
	if problems := daemon.CheckNotifications(c); problems != nil {
		t.Errorf("%v", problems)
	}
	if jobs := daemon.DigestJobs(c); len(jobs) != 1 || jobs[0].Schedule.String() != "0 8 * * 1-5 Europe/Berlin" {
		t.Errorf("jobs %+v", jobs)
	}
}

// TestWhoeverAnswersIsWrittenTo: the manager of whoever asked, and nobody else.
func TestWhoeverAnswersIsWrittenTo(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		n := newNotifying(t, place, func(c *config.Config) {
			c.Notifications.Channels, c.Notifications.Answerers = nil, true
			c.Subscriptions[0].Rule = config.Text{Value: `department == "none"`}
		})
		token, _ := n.token("default")
		boss := n.want(201, "POST", "/scim/v2/Users", token, person("boss@example.com", "The Boss")).text
		var made struct{ ID string }
		n.check(json.Unmarshal([]byte(boss), &made))
		n.want(201, "POST", "/scim/v2/Users", token, strings.Replace(person("bob@example.com", "Bob Ray"), "{", `{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"`+made.ID+`"}},`, 1))
		n.want(201, "POST", "/scim/v2/Users", token, person("eve@example.com", "Eve"))
		bob, eve := n.known("bob@example.com"), n.known("eve@example.com")
		eventually(t, "Bob has a manager", func() bool { return n.known("bob@example.com").Manager != "" })
		sub, err := n.Store().Look().SubscriptionNamed(t.Context(), "adkar")
		n.check(err)
		for _, p := range []usher.Person{bob, eve} {
			_, err := n.Ledger().AskSeat(t.Context(), usher.Principal{Kind: usher.PrincipalPerson, Name: p.Name(), Person: p.ID}, sub.ID, "please")
			n.check(err)
		}
		n.said(1, 0, 0)
		taken := n.mail.Taken()
		if !strings.Contains(taken[0].To, "boss@example.com") || !strings.Contains(n.letter(), "1 seat request waits for an answer: adkar") || strings.Contains(n.letter(), "Bob") {
			t.Errorf("to %s:\n%s", taken[0].To, n.letter())
		}
		n.check(n.Ledger().GrantRole(t.Context(), ann(), usher.RoleGrant{Person: bob.ID, Role: usher.RoleSeatAdmin, Subscription: sub.ID}))
		n.said(2, 0, 0) // Eve has no manager: the seat admin is asked
		if to := n.mail.Taken()[1].To; !strings.Contains(to, "bob@example.com") {
			t.Errorf("to %s", to)
		}
		for number := range int64(2) {
			n.check(n.Ledger().AnswerRequest(t.Context(), ann(), number+1, usher.RequestAnswer{Words: "no"}))
		}
		n.said(2, 0, 0)
	})
}

// TestARestoredStoreTellsNobody, because it is a copy.
func TestARestoredStoreTellsNobody(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		n := newNotifying(t, place, nil)
		n.check(n.Store().Write(t.Context(), func(tx *store.Tx) error { return tx.SetSetting(t.Context(), store.SettingRestored, "now") }))
		n.hold(1)
		n.digest("2026-03-02T08:00")
		n.said(0, 0, 0)
	})
}

func TestChannelsAreTried(t *testing.T) {
	n := newNotifying(t, store.Options{Folder: t.TempDir()}, nil)
	n.chat.isDown(true)
	tested, err := n.TestChannels(t.Context(), "")
	if err != nil || len(tested) != 3 || tested[0].Err != nil || tested[1].Err == nil || !strings.Contains(tested[1].Err.Error(), "503") || tested[2].Err != nil {
		t.Fatalf("%+v, %v", tested, err)
	}
	if b := n.lastHook(); b.Type != "test" || !strings.Contains(n.letter(), "Subject: usher: a test of the notifications") {
		t.Errorf("webhook %+v, mail\n%s", b, n.letter())
	}
	_, err = n.TestChannels(t.Context(), "chot")
	wantError(t, err, usher.ErrNotFound, "chot")
}

func TestPrivateAddressesAreNotCalled(t *testing.T) {
	n := newNotifying(t, store.Options{Folder: t.TempDir()}, func(c *config.Config) {
		c.Notifications.Channels = c.Notifications.Channels[1:2]
		c.Notifications.Channels[0].AllowPrivate = false
		c.Notifications.Channels[0].URL = config.Secret(strings.Replace(c.Notifications.Channels[0].URL.Reveal(), "http:", "https:", 1))
	})
	tested, err := n.TestChannels(t.Context(), "chat")
	if err != nil || len(tested) != 1 || tested[0].Err == nil || !strings.Contains(tested[0].Err.Error(), "inside the network") {
		t.Errorf("%+v, %v", tested, err)
	}
}
