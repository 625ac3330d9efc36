package daemon_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sso/oidc/oidctest"
)

// counter is a desk at which several people sign in: ann manages bob, who manages dan; cid has no manager.
type counter struct {
	*desk
	adkar usher.ID
}

func newCounter(t *testing.T, place store.Options, change ...func(*config.Config)) *counter {
	provider := oidctest.New(t, time.Now)
	c := deskConfig(t, place, provider.Issuer)
	c.Subscriptions[0].Rule, c.Subscriptions[0].Requestable = config.Text{Value: `userName startsWith "ann"`}, true
	c.Portals[0].Link = "https://learning.example.com/start"
	for _, f := range change {
		f(c)
	}
	d := &desk{running: start(t, daemon.Options{Config: c}), provider: provider}
	d.token, _ = d.running.token("default")
	d.ann = d.pushUnder("ann", "")
	d.pushUnder("bob", "ann@example.com")
	d.pushUnder("cid", "")
	d.pushUnder("dan", "bob@example.com")
	sub, err := d.Store().Look().SubscriptionNamed(t.Context(), "adkar")
	d.check(err)
	return &counter{d, sub.ID}
}

func eachCounter(t *testing.T, f func(d *counter), change ...func(*config.Config)) {
	t.Helper()
	storetest.EachPlace(t, func(t *testing.T, place store.Options) { f(newCounter(t, place, change...)) })
}

// pushUnder pushes somebody with their manager over SCIM and gives the record's id.
func (d *desk) pushUnder(name, manager string) string {
	const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	return d.want(201, "POST", "/scim/v2/Users", d.token, fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",%[1]q],
		"userName":"%[2]s@example.com","displayName":%[2]q,"active":true,%[1]q:{"manager":{"value":%[3]q}}}`, enterprise, name, manager)).id()
}

// leave has a directory deactivate a record.
func (d *desk) leave(record string) {
	d.want(200, "PATCH", "/scim/v2/Users/"+record, d.token,
		`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`)
}

// as is a browser in which somebody has signed in, who has shown who they are some time ago.
func (d *counter) as(name string, ago time.Duration) *browser {
	d.Helper()
	d.provider.SignIn(map[string]any{"sub": "s-" + name, "email": name + "@example.com", "email_verified": true, "auth_time": time.Now().Add(-ago).Unix()})
	b := newBrowser(d.T)
	d.signIn(b)
	return b
}

// page is a page that the browser has to get.
func (d *counter) page(b *browser, path string) string {
	d.Helper()
	status, _, text := b.get(d.URL() + path)
	if status != http.StatusOK {
		d.Fatalf("%s: %d %s", path, status, text)
	}
	return text
}

// post sends a form and gives the status, where it leads and what it says.
func (d *counter) post(b *browser, path string, form url.Values, headers ...string) (int, string, string) {
	d.Helper()
	resp, text := b.send(http.MethodPost, d.URL()+path, form, headers...)
	return resp.StatusCode, resp.Header.Get("Location"), text
}

func (d *counter) seat(name string) usher.SeatState {
	d.Helper()
	look := d.Store().Look()
	found, err := look.FindIdentifiers(d.Context(), []usher.Identifier{{Space: usher.SpaceAddress, Key: name + "@example.com"}})
	d.check(err)
	if len(found) == 0 {
		d.Fatalf("nobody is called %s", name)
	}
	seats, err := look.LiveSeatsOf(d.Context(), found[0].Person)
	d.check(err)
	for _, s := range seats {
		if s.Subscription == d.adkar && s.LeavingAt == 0 {
			return s.State
		}
	}
	return ""
}

var numberInForm = regexp.MustCompile(`name="request" value="(\d+)"`)

// asked is the number of the first request on a page.
func (d *counter) asked(page string) string {
	d.Helper()
	m := numberInForm.FindStringSubmatch(page)
	if m == nil {
		d.Fatalf("no request: %s", page)
	}
	return m[1]
}

// TestAskingAtTheDesk: bob asks, his manager answers; nobody else sees it.
func TestAskingAtTheDesk(t *testing.T) {
	eachCounter(t, func(d *counter) {
		bob := d.as("bob", 0)
		mine := d.page(bob, "/me")
		if !strings.Contains(mine, "Ask for a seat") || !strings.Contains(mine, `<a href="https://learning.example.com/start"`) || strings.Contains(mine, "Give back") {
			t.Fatalf("%s", mine)
		}
		form := url.Values{"subscription": {string(d.adkar)}, "reason": {"the <b>workshop</b>"}}
		if status, to, text := d.post(bob, "/me/ask", form); status != http.StatusSeeOther || to != "/me?done=asked" {
			t.Fatalf("%d %q %s", status, to, text)
		}
		if status, _, text := d.post(bob, "/me/ask", form); status != http.StatusUnprocessableEntity || !strings.Contains(text, "open already") {
			t.Errorf("asked twice: %d %s", status, text)
		}
		mine = d.page(bob, "/me")
		if !strings.Contains(mine, "none yet") || strings.Contains(mine, "Ask for a seat") || strings.Contains(mine, "<b>") {
			t.Errorf("%s", mine)
		}
		number := d.asked(mine)
		yes := url.Values{"request": {number}, "answer": {"approve"}, "words": {"enjoy"}}

		cid := d.as("cid", 0)
		for _, path := range []string{"/requests", "/reports", "/preflight"} {
			if status, _, _ := cid.get(d.URL() + path); status != http.StatusForbidden {
				t.Errorf("cid sees %s: %d", path, status)
			}
		}
		if status, _, _ := d.post(cid, "/requests", yes); status != http.StatusForbidden {
			t.Errorf("cid answers: %d", status)
		}
		if status, _, _ := d.post(cid, "/me/withdraw", yes); status != http.StatusNotFound {
			t.Errorf("cid withdraws what bob asked: %d", status)
		}
		if strings.Contains(d.page(bob, "/requests"), "adkar") { // as dan's manager he sees the page
			t.Error("bob sees his own request among those to answer")
		}
		if status, _, _ := d.post(bob, "/requests", yes); status != http.StatusNotFound {
			t.Errorf("bob answers his own: %d", status)
		}
		if status, to, _ := d.post(newBrowser(d.T), "/requests", yes); status != http.StatusSeeOther || to != "/signin" {
			t.Errorf("nobody answers: %d %q", status, to)
		}

		stale := d.as("ann", time.Hour)
		if status, _, text := d.post(stale, "/requests", yes); status != http.StatusForbidden || !strings.Contains(text, "Show that it is you") {
			t.Errorf("an hour after signing in: %d %s", status, text)
		}
		ann := d.as("ann", 0)
		if page := d.page(ann, "/requests"); !strings.Contains(page, "bob@example.com") || !strings.Contains(page, "the &lt;b&gt;workshop") || d.asked(page) != number {
			t.Errorf("%s", page)
		}
		for what, form := range map[string]url.Values{
			"no answer": {"request": {number}}, "no words": {"request": {number}, "answer": {"refuse"}},
			"no day": {"request": {number}, "answer": {"approve"}, "until": {"soon"}}, "a day that is over": {"request": {number}, "answer": {"approve"}, "until": {"2001-01-01"}},
		} {
			if status, _, text := d.post(ann, "/requests", form); status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d %s", what, status, text)
			}
		}
		if status, _, _ := d.post(ann, "/requests", yes, "Origin", "https://evil.test"); status != http.StatusForbidden {
			t.Errorf("another site answers: %d", status)
		}
		if d.seat("bob") != "" {
			t.Fatalf("bob has a seat: %s", d.seat("bob"))
		}
		if status, to, text := d.post(ann, "/requests", yes); status != http.StatusSeeOther || to != "/requests?done=answered" {
			t.Fatalf("%d %q %s", status, to, text)
		}
		if got := d.seat("bob"); got != usher.Invited {
			t.Errorf("approved: %q", got)
		}
		if status, _, _ := d.post(ann, "/requests", yes); status != http.StatusNotFound {
			t.Errorf("answered twice: %d", status)
		}
		if mine := d.page(bob, "/me"); !strings.Contains(mine, "approved by ann@example.com: enjoy") || !strings.Contains(mine, "pinned by ann@example.com") {
			t.Errorf("%s", mine)
		}
	})
}

// TestAProviderThatDoesNotSayWhen: to have signed in a moment ago is no proof of having shown who one is then, unless the provider says so.
func TestAProviderThatDoesNotSayWhen(t *testing.T) {
	d := newCounter(t, store.Options{Folder: t.TempDir()})
	d.provider.SignIn(map[string]any{"sub": "s-ann", "email": "ann@example.com", "email_verified": true, "auth_time": nil})
	b := newBrowser(t)
	d.signIn(b)
	form := url.Values{"request": {"1"}, "answer": {"approve"}}
	if status, _, text := d.post(b, "/requests", form); status != http.StatusForbidden || !strings.Contains(text, "Show that it is you") {
		t.Errorf("%d %s", status, text)
	}
	if status, _, text := d.post(d.as("ann", time.Minute), "/requests", form); status != http.StatusNotFound {
		t.Errorf("a minute after showing it: %d %s", status, text)
	}
}

// TestGivingBackAtTheDesk: the seat goes, and the rule does not bring it back.
func TestGivingBackAtTheDesk(t *testing.T) {
	eachCounter(t, func(d *counter) {
		ann := d.as("ann", time.Hour) // it is her own
		if !strings.Contains(d.page(ann, "/me"), "Give back") || d.seat("ann") != usher.Invited {
			t.Fatalf("%q %s", d.seat("ann"), d.page(ann, "/me"))
		}
		form := url.Values{"subscription": {string(d.adkar)}}
		if status, _, _ := d.post(ann, "/me/give-back", form, "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden || d.seat("ann") != usher.Invited {
			t.Errorf("another site gives it back: %d", status)
		}
		if status, to, text := d.post(ann, "/me/give-back", form); status != http.StatusSeeOther || to != "/me?done=given-back" {
			t.Fatalf("%d %q %s", status, to, text)
		}
		if status, _, _ := d.post(ann, "/me/give-back", form); status != http.StatusUnprocessableEntity {
			t.Errorf("twice: %d", status)
		}
		if status, _, _ := d.post(ann, "/me/give-back", url.Values{"subscription": {"none"}}); status != http.StatusUnprocessableEntity {
			t.Errorf("no such subscription: %d", status)
		}
		if got := d.seat("ann"); got != "" {
			t.Errorf("given back: %q", got)
		}
		if page := d.page(ann, "/me"); !strings.Contains(page, "given back by ann@example.com") || !strings.Contains(page, "Ask for a seat") {
			t.Errorf("%s", page)
		}
	})
}

// TestNewcomersAtTheDesk: somebody new is let in where the connection keeps newcomers, and gets nothing by it.
func TestNewcomersAtTheDesk(t *testing.T) {
	everybody := func(c *config.Config) { c.Subscriptions[0].Rule.Value = "true" }
	keep := func(c *config.Config) { c.SignIn.Connections[0].Newcomers = "keep" }
	eachCounter(t, func(d *counter) {
		eve := d.as("eve", 0)
		if page := d.page(eve, "/me"); !strings.Contains(page, "Nobody has confirmed yet") || !strings.Contains(page, "first sign-in alone") {
			t.Errorf("%s", page)
		}
		if got := d.seat("eve"); got != "" {
			t.Errorf("a newcomer has a seat: %q", got)
		}
		d.pushUnder("eve", "")
		if got := d.seat("eve"); got == "" {
			t.Error("a directory names eve, and she has no seat and no place in the queue")
		}
		if status, to, _ := eve.get(d.URL() + "/me"); status != http.StatusSeeOther || !strings.HasPrefix(to, "/signin") {
			t.Errorf("signed in before the directory named her, and still: %d %q", status, to)
		}
		if page := d.page(d.as("eve", 0), "/me"); strings.Contains(page, "Nobody has confirmed yet") {
			t.Errorf("%s", page)
		}
	}, everybody, keep)
}

// TestNewcomersHaveNoRole: not before somebody has said that they belong here, whatever their provider says.
func TestNewcomersHaveNoRole(t *testing.T) {
	owners := func(c *config.Config) {
		c.SignIn.Connections[0].Newcomers = "keep"
		c.SignIn.Roles = []config.Role{{Role: "owner", Connection: "staff", Groups: []string{"Owners"}}}
	}
	eachCounter(t, func(d *counter) {
		enter := func() *browser {
			d.provider.SignIn(map[string]any{"sub": "s-eve", "email": "eve@example.com", "email_verified": true, "groups": []string{"Owners"}})
			b := newBrowser(d.T)
			d.signIn(b)
			return b
		}
		eve := enter()
		if status, _, _ := eve.get(d.URL() + "/roles"); status != http.StatusForbidden {
			t.Errorf("a newcomer is an owner by a group: %d", status)
		}
		for _, h := range must(d.RoleHolders(t.Context(), true)) {
			if h.Person.Address == "eve@example.com" {
				t.Errorf("listed as %s: %s", h.Role, h.From)
			}
		}
		found := must(d.Store().Look().FindIdentifiers(t.Context(), []usher.Identifier{{Space: usher.SpaceAddress, Key: "eve@example.com"}}))
		d.check(d.Ledger().ConfirmNewcomer(t.Context(), ann(), found[0].Person))
		if status, _, _ := enter().get(d.URL() + "/roles"); status != http.StatusOK {
			t.Errorf("confirmed, and in the group: %d", status)
		}
	}, owners)
}

// TestJoiningAtTheDesk: a link leads over signing in to a page, and only its button does anything.
func TestJoiningAtTheDesk(t *testing.T) {
	eachCounter(t, func(d *counter) {
		code, _, err := d.Ledger().CreateJoinLink(d.Context(), ann(), usher.JoinLink{Subscriptions: []usher.ID{d.adkar}, Places: 2, Until: usher.TimeOf(time.Now().Add(time.Hour))})
		d.check(err)
		path := "/join/" + code
		b := newBrowser(d.T)
		status, to, _ := b.get(d.URL() + path)
		if status != http.StatusSeeOther || to != "/signin?next="+url.QueryEscape(path) {
			t.Fatalf("%d %q", status, to)
		}
		d.provider.SignIn(map[string]any{"sub": "s-eve", "email": "eve@example.com", "email_verified": true})
		if status, _, _ := b.get(d.begin(b, d.URL(), "/me")); status != http.StatusForbidden {
			t.Errorf("a newcomer without the link: %d", status)
		}
		if status, _, _ := b.get(d.begin(b, d.URL(), "/join/guess")); status != http.StatusForbidden {
			t.Errorf("a newcomer with another link: %d", status)
		}
		if status, to, text := b.get(d.begin(b, d.URL(), path)); status != http.StatusSeeOther || to != path {
			t.Fatalf("%d %q %s", status, to, text)
		}
		if page := d.page(b, path); !strings.Contains(page, "adkar") || d.seat("eve") != "" {
			t.Errorf("looking at it: %q %s", d.seat("eve"), page)
		}
		if status, _, _ := d.post(b, path, nil, "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden || d.seat("eve") != "" {
			t.Errorf("another site takes it: %d", status)
		}
		if status, to, text := d.post(b, path, nil); status != http.StatusSeeOther || to != "/me?done=joined" {
			t.Fatalf("%d %q %s", status, to, text)
		}
		if d.seat("eve") != usher.Invited {
			t.Errorf("joined: %q", d.seat("eve"))
		}
		if status, _, text := d.post(b, path, nil); status != http.StatusUnprocessableEntity || !strings.Contains(text, "by you already") {
			t.Errorf("twice: %d %s", status, text)
		}
		if status, _, _ := b.get(d.URL() + "/join/guess"); status != http.StatusNotFound {
			t.Errorf("no link: %d", status)
		}

		cid := d.as("cid", time.Hour)
		if status, _, text := d.post(cid, path, nil); status != http.StatusSeeOther {
			t.Errorf("somebody known: %d %s", status, text)
		}
		if status, _, text := d.as("bob", 0).get(d.URL() + path); status != http.StatusUnprocessableEntity || !strings.Contains(text, "as often as it may be") {
			t.Errorf("one too many: %d %s", status, text)
		}
		if strings.Contains(d.log.String(), code) {
			t.Error("the log has the code")
		}
	})
}

// TestReportsAtTheDesk: a manager sees who reports to them, and nobody else's.
func TestReportsAtTheDesk(t *testing.T) {
	eachCounter(t, func(d *counter) {
		gone := d.pushUnder("gus", "ann@example.com")
		d.leave(gone)
		d.pushUnder("ian", "dan@example.com") // below bob as well, unlike hal
		d.leave(d.pushUnder("hal", "dan@example.com"))
		ann := d.page(d.as("ann", 0), "/reports")
		for _, want := range []string{"bob@example.com", ">2</td>", "none"} {
			if !strings.Contains(ann, want) {
				t.Errorf("%q is missing: %s", want, ann)
			}
		}
		for _, other := range []string{"dan@example.com", "cid@example.com", "gus@example.com"} {
			if strings.Contains(ann, other) {
				t.Errorf("ann sees %s: %s", other, ann)
			}
		}
		if bob := d.page(d.as("bob", 0), "/reports"); !strings.Contains(bob, "dan@example.com") || strings.Contains(bob, "ann@example.com") {
			t.Errorf("%s", bob)
		}
		dan, err := d.Store().Look().FindIdentifiers(d.Context(), []usher.Identifier{{Space: usher.SpaceAddress, Key: "dan@example.com"}})
		d.check(err)
		d.check(d.Ledger().Grant(d.Context(), usher.Principal{Kind: usher.PrincipalOperator, Name: "op"}, d.adkar, dan[0].Person, 0))
		if bob := d.page(d.as("bob", 0), "/reports"); !strings.Contains(bob, "adkar: invited") {
			t.Errorf("%s", bob)
		}
	})
}
