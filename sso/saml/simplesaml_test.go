package saml

import (
	"crypto/rand"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
)

// service is a connection of ours as SimpleSAMLphp knows it.
func service(t *testing.T, name string, more map[string]any) (Settings, map[string]any) {
	t.Helper()
	s := settings(t)
	s.Name, s.EntityID = name, "https://usher.example/"+name
	s.ACS, s.SLO = s.EntityID+"/acs", s.EntityID+"/slo"
	known := map[string]any{
		"entityid": s.EntityID, "AssertionConsumerService": s.ACS, "SingleLogoutService": s.SLO,
		"keys": []map[string]any{{"type": "X509Certificate", "signing": true, "encryption": true, "X509Certificate": key(t, "ours").base64()}},
	}
	maps.Copy(known, more)
	return s, known
}

func TestSimpleSAMLphp(t *testing.T) {
	type flags = map[string]any
	variants := map[string]flags{
		"assertion": {"saml20.sign.assertion": true, "saml20.sign.response": false},
		"response":  {"saml20.sign.assertion": false, "saml20.sign.response": true},
		"both":      {"saml20.sign.assertion": true, "saml20.sign.response": true},
		"encrypted": {"saml20.sign.assertion": true, "saml20.sign.response": false, "assertion.encryption": true},
		"sealed":    {"saml20.sign.assertion": true, "saml20.sign.response": true, "assertion.encryption": true},
		"unsigned":  {"saml20.sign.assertion": false, "saml20.sign.response": false},
		"requests":  {"validate.authnrequest": true},
		"tile":      {},
		"logout":    {"redirect.validate": true, "validate.authnrequest": false},
	}
	all, services := map[string]Settings{}, map[string]any{}
	for name, more := range variants {
		s, known := service(t, name, more)
		all[name], services[s.EntityID] = s, known
	}
	idp := startSimpleSAML(t, services)

	for _, name := range []string{"assertion", "response", "both", "encrypted", "sealed"} {
		for person, subject := range map[string]string{"ann": "u-1001", "bob": "u-1002"} {
			t.Run(name+"/"+person, func(t *testing.T) { simpleSignIn(t, idp, all[name], person, subject) })
		}
	}
	t.Run("signed request", func(t *testing.T) {
		s := all["requests"]
		c := idp.connect(t, s)
		r, err := c.Start(Ask{}, usher.TimeOf(time.Now()), rand.Reader)
		must(t, err)
		if p := newBrowser(t, idp).get(r.URL); strings.Contains(p.body, "AuthState") {
			t.Error("the provider takes an unsigned request, so the next test shows nothing")
		}
		s.SignRequests = true
		simpleSignIn(t, idp, s, "ann", "u-1001")
	})
	t.Run("by our own metadata", func(t *testing.T) {
		s, _ := service(t, "described", nil)
		s.SignRequests = true
		must(t, os.WriteFile(filepath.Join(idp.dir, "described.descriptor.xml"), Descriptor(s), 0o600))
		simpleSignIn(t, idp, s, "ann", "u-1001")
	})
	t.Run("unsigned is refused", func(t *testing.T) {
		c, b := idp.connect(t, all["unsigned"]), newBrowser(t, idp)
		r, err := c.Start(Ask{}, usher.TimeOf(time.Now()), rand.Reader)
		must(t, err)
		if _, err := b.judge(c, b.signIn(r.URL, "ann")); codeOf(t, err) != Unsigned {
			t.Errorf("got %v", err)
		}
	})
	t.Run("1,200 groups are refused in words", func(t *testing.T) {
		c, b := idp.connect(t, all["both"]), newBrowser(t, idp)
		r, err := c.Start(Ask{}, usher.TimeOf(time.Now()), rand.Reader)
		must(t, err)
		if _, err := b.judge(c, b.signIn(r.URL, "eve")); codeOf(t, err) != TooLarge || !strings.Contains(err.Error(), "fewer groups") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("answer for another connection is refused", func(t *testing.T) {
		c, b := idp.connect(t, all["both"]), newBrowser(t, idp)
		r, err := c.Start(Ask{}, usher.TimeOf(time.Now()), rand.Reader)
		must(t, err)
		if _, err := b.judge(idp.connect(t, all["assertion"]), b.signIn(r.URL, "ann")); codeOf(t, err) != Destination {
			t.Errorf("got %v", err)
		}
	})
	t.Run("made sure of again", func(t *testing.T) { simpleStepUp(t, idp, all["both"]) })
	t.Run("begun by the provider", func(t *testing.T) { simpleTile(t, idp, all["tile"]) })
	t.Run("key roll-over", func(t *testing.T) { simpleRollOver(t, idp, all["both"]) })
	t.Run("logout by us", func(t *testing.T) { simpleLogoutByUs(t, idp, all["logout"]) })
	t.Run("logout by the provider", func(t *testing.T) { simpleLogoutByProvider(t, idp, all["logout"]) })
	t.Run("unsigned logout is refused by the provider", func(t *testing.T) { simpleUnsignedLogout(t, idp, all["logout"]) })
}

func simpleSignIn(t *testing.T, idp *simpleSAML, s Settings, person, subject string) {
	t.Helper()
	c, b := idp.connect(t, s), newBrowser(t, idp)
	r, err := c.Start(Ask{Relay: "token-1"}, usher.TimeOf(time.Now()), rand.Reader)
	must(t, err)
	p := b.signIn(r.URL, person)
	j, err := b.judge(c, p)
	if err != nil {
		t.Fatal(err)
	}
	relay, _ := field(p.body, "RelayState")
	if j.SignedIn.Subject != subject || j.InResponseTo != r.ID || relay != "token-1" || j.SignedIn.Address != person+"@example.com" || len(j.SignedIn.Groups) < 2 {
		t.Errorf("got %+v with relay %q", j, relay)
	}
}

// simpleStepUp signs in a second time in the same browser: without Again the provider asks nobody.
func simpleStepUp(t *testing.T, idp *simpleSAML, s Settings) {
	c, b := idp.connect(t, s), newBrowser(t, idp)
	for _, again := range []bool{false, false, true} {
		r, err := c.Start(Ask{Again: again}, usher.TimeOf(time.Now()), rand.Reader)
		must(t, err)
		p := b.get(r.URL)
		if _, asked := field(p.body, "AuthState"); again && !asked {
			t.Error("the provider did not ask again")
		}
		b.signIn(r.URL, "ann")
	}
}

func simpleTile(t *testing.T, idp *simpleSAML, s Settings) {
	b := newBrowser(t, idp)
	p := b.signIn(idp.url+"/saml2/idp/SSOService.php?spentityid="+url.QueryEscape(s.EntityID)+"&RelayState=https://evil.example/", "ann")
	if _, err := b.judge(idp.connect(t, s), p); codeOf(t, err) != Unsolicited {
		t.Errorf("not allowed: %v", err)
	}
	s.Unsolicited = true
	j, err := b.judge(idp.connect(t, s), p)
	if err != nil || j.InResponseTo != "" || j.SignedIn.Subject != "u-1001" {
		t.Errorf("allowed: %+v, %v", j, err)
	}
	if relay, _ := field(p.body, "RelayState"); IsRelay(relay) {
		t.Errorf("%q counts as a token of ours", relay)
	}
}

// simpleRollOver signs in at each stage; a signature that fails causes one refresh, and nobody is refused for it.
func simpleRollOver(t *testing.T, idp *simpleSAML, s Settings) {
	defer idp.stage(t, "old")
	kept, known, err := idp.source.Refresh(t.Context(), Copy{}, usher.TimeOf(time.Now()))
	must(t, err)
	c, err := New(s, known)
	must(t, err)
	refreshed := 0
	for _, stage := range []string{"old", "announce", "new", "old"} {
		idp.stage(t, stage)
		r, err := c.Start(Ask{}, usher.TimeOf(time.Now()), rand.Reader)
		must(t, err)
		b := newBrowser(t, idp)
		p := b.signIn(r.URL, "ann")
		_, err = b.judge(c, p)
		if err != nil {
			if codeOf(t, err) != Signature {
				t.Fatalf("%s: %v", stage, err)
			}
			refreshed++
			later := kept.Tried.Add(cooldown)
			if kept.MayRetry(later-1) || !kept.MayRetry(later) {
				t.Error("the cooldown does not hold")
			}
			kept, known, err = idp.source.Refresh(t.Context(), kept, later)
			must(t, err)
			c, err = New(s, known)
			must(t, err)
			if _, err = b.judge(c, p); err != nil {
				t.Fatalf("%s, with new metadata: %v", stage, err)
			}
		}
	}
	if refreshed != 2 {
		t.Errorf("%d refreshes; to the new key and back make 2", refreshed)
	}
}

func simpleLogoutByUs(t *testing.T, idp *simpleSAML, s Settings) {
	c, b := idp.connect(t, s), newBrowser(t, idp)
	session := b.session(c)
	sent, err := c.StartLogout(session, "token-2", usher.TimeOf(time.Now()), rand.Reader)
	must(t, err)
	p := b.get(sent.URL)
	l := b.logout(c, s, p)
	if l.Answered == nil || l.Answered.InResponseTo != sent.ID || !l.Answered.Everywhere || l.Relay != "token-2" {
		t.Errorf("got %+v", l)
	}
	r, err := c.Start(Ask{}, usher.TimeOf(time.Now()), rand.Reader)
	must(t, err)
	if _, asks := field(b.get(r.URL).body, "AuthState"); !asks {
		t.Error("the session at the provider goes on")
	}
}

func simpleLogoutByProvider(t *testing.T, idp *simpleSAML, s Settings) {
	c, b := idp.connect(t, s), newBrowser(t, idp)
	session := b.session(c)
	p := b.get(idp.url + "/saml2/idp/initSLO.php?RelayState=" + url.QueryEscape("https://usher.example/bye"))
	l := b.logout(c, s, p)
	if l.Asked == nil || l.Asked.Session.NameID != session.NameID || fmt.Sprint(l.Asked.Indexes) != "["+session.Index+"]" {
		t.Fatalf("got %+v, want the session %+v", l.Asked, session)
	}
	answer, err := c.AnswerLogout(*l.Asked, l.Relay, true, usher.TimeOf(time.Now()), rand.Reader)
	must(t, err)
	if p := b.get(answer.URL); p.location != "https://usher.example/bye" {
		t.Errorf("the provider does not take our answer: at %s, %s", p.at, p.body)
	}
}

func simpleUnsignedLogout(t *testing.T, idp *simpleSAML, s Settings) {
	c, b := idp.connect(t, s), newBrowser(t, idp)
	sent, err := c.StartLogout(b.session(c), "", usher.TimeOf(time.Now()), rand.Reader)
	must(t, err)
	bare, _, _ := strings.Cut(sent.URL, "&SigAlg=")
	if p := b.get(bare); p.location != "" {
		t.Errorf("the provider takes it, so the signatures of the other tests show nothing: %s", p.location)
	}
}

// session signs Ann in.
func (b *browser) session(c *Connection) usher.ProviderSession {
	b.t.Helper()
	r, err := c.Start(Ask{}, usher.TimeOf(time.Now()), rand.Reader)
	must(b.t, err)
	j, err := b.judge(c, b.signIn(r.URL, "ann"))
	must(b.t, err)
	return j.SignedIn.Session
}

// logout judges what the provider sends to our SLO.
func (b *browser) logout(c *Connection, s Settings, p page) Logout {
	b.t.Helper()
	endpoint, query, _ := strings.Cut(p.location, "?")
	if endpoint != s.SLO {
		b.t.Fatalf("not sent to our SLO but to %q, at %s: %s", p.location, p.at, p.body)
	}
	l, err := c.JudgeLogout(query, usher.TimeOf(time.Now()))
	must(b.t, err)
	return l
}
