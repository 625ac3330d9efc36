package saml

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
)

// farewell is a logout message of the provider, before it is sent.
type farewell struct {
	param, xml, relay, by, alg string
	after                      func(query string) string
}

func request() farewell {
	return farewell{param: "SAMLRequest", by: "idp", relay: "their relay/state", xml: fmt.Sprintf(
		`<samlp:LogoutRequest xmlns:samlp="%s" xmlns:saml="%s" ID="_bye1" Version="2.0" IssueInstant="%s" NotOnOrAfter="%s" Destination="%s"><saml:Issuer>%s</saml:Issuer>%s<samlp:SessionIndex>_session1</samlp:SessionIndex></samlp:LogoutRequest>`,
		nsProtocol, nsAssertion, at(0), at(4*time.Minute), ourSLO, idpID, nameID(FormatPersistent, persistent))}
}

func answer() farewell {
	return farewell{param: "SAMLResponse", by: "idp", relay: "token-1", xml: fmt.Sprintf(
		`<samlp:LogoutResponse xmlns:samlp="%s" xmlns:saml="%s" ID="_bye2" Version="2.0" IssueInstant="%s" Destination="%s" InResponseTo="_ours1"><saml:Issuer>%s</saml:Issuer><samlp:Status><samlp:StatusCode Value="%s"/></samlp:Status></samlp:LogoutResponse>`,
		nsProtocol, nsAssertion, at(0), ourSLO, idpID, statusSuccess)}
}

// query signs by hand: this is not what is under test.
func (f farewell) query(t testing.TB) string {
	t.Helper()
	query := f.param + "=" + url.QueryEscape(base64.StdEncoding.EncodeToString(deflate([]byte(f.xml))))
	if f.relay != "" {
		query += "&RelayState=" + strings.ReplaceAll(url.QueryEscape(f.relay), "%2F", "%2f") // as ADFS escapes
	}
	if f.by != "" {
		alg := algRSASHA256
		if f.alg != "" {
			alg = f.alg
		}
		query += "&SigAlg=" + url.QueryEscape(alg)
		query += "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(detachedSignature(t, query, key(t, f.by))))
	}
	if f.after != nil {
		query = f.after(query)
	}
	return query
}

func detachedSignature(t testing.TB, text string, s signer) []byte {
	t.Helper()
	sum := sha256.Sum256([]byte(text))
	if private, ok := s.private.(*ecdsa.PrivateKey); ok {
		r, v, err := ecdsa.Sign(rand.Reader, private, sum[:])
		must(t, err)
		return append(r.FillBytes(make([]byte, 32)), v.FillBytes(make([]byte, 32))...)
	}
	value, err := s.private.Sign(rand.Reader, sum[:], crypto.SHA256)
	must(t, err)
	return value
}

func TestJudgeLogout(t *testing.T) {
	replace := func(f farewell, was, is string) farewell {
		f.xml = change(t, f.xml, []edit{{was, is}})
		return f
	}
	after := func(f farewell, was, is string) farewell {
		f.after = func(query string) string { return change(t, query, []edit{{was, is}}) }
		return f
	}
	by := func(f farewell, name string) farewell { f.by = name; return f }
	for _, c := range []struct {
		name string
		f    farewell
		want Code
		keys []string
	}{
		{"request", request(), "", nil},
		{"request without relay", func() farewell { f := request(); f.relay = ""; return f }(), "", nil},
		{"request without session index", replace(request(), "<samlp:SessionIndex>_session1</samlp:SessionIndex>", ""), "", nil},
		{"request signed with ECDSA", func() farewell {
			f := by(request(), "idp ec")
			f.alg = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
			return f
		}(), "", []string{"idp ec"}},
		{"request under the new key of a roll-over", by(request(), "idp next"), "", []string{"idp", "idp next"}},
		{"response", answer(), "", nil},
		{"response of partial logout", replace(answer(), `Success"/>`, `Success"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:PartialLogout"/></samlp:StatusCode>`), "", nil},
		{"response that says no", replace(answer(), statusSuccess, "urn:oasis:names:tc:SAML:2.0:status:Responder"), "", nil},
		{"bad signature", after(request(), "Signature=", "Signature=AAAA"), Signature, nil},
		{"response with a bad signature", after(answer(), "Signature=", "Signature=AAAA"), Signature, nil},
		{"signed by somebody else", by(request(), "mallory"), Signature, nil},
		{"unsigned", by(request(), ""), Unsigned, nil},
		{"unsigned response", by(answer(), ""), Unsigned, nil},
		{"signature without its algorithm", after(request(), "&SigAlg=", "&x="), Unsigned, nil},
		{"SHA-1", func() farewell { f := request(); f.alg = nsDSig + "rsa-sha1"; return f }(), Algorithm, nil},
		{"relay changed", after(request(), "their", "our"), Signature, nil},
		{"relay taken away", after(request(), "&RelayState=", "&x="), Signature, nil},
		{"escaped wrongly", after(request(), "RelayState=", "RelayState=%zz"), NotBase64, nil},
		{"message doubled", after(request(), "SAMLRequest=", "SAMLRequest=AAAA&SAMLRequest="), Shape, nil},
		{"message doubled under an escaped name", after(request(), "SAMLRequest=", "SAML%52equest=AAAA&SAMLRequest="), Shape, nil},
		{"request and response at once", after(request(), "SAMLRequest=", "SAMLResponse=AAAA&SAMLRequest="), Shape, nil},
		{"response offered as a request", func() farewell { f := answer(); f.param = "SAMLRequest"; return f }(), WrongMessage, nil},
		{"nothing", farewell{param: "x"}, WrongMessage, nil},
		{"expired", replace(request(), `NotOnOrAfter="`+at(4*time.Minute), `NotOnOrAfter="`+at(-time.Minute)), Stale, nil},
		{"issued long ago", replace(request(), `IssueInstant="`+at(0), `IssueInstant="`+at(-time.Hour)), Stale, nil},
		{"response issued long ago", replace(answer(), `IssueInstant="`+at(0), `IssueInstant="`+at(-time.Hour)), Stale, nil},
		{"issued in the future", replace(request(), `IssueInstant="`+at(0), `IssueInstant="`+at(time.Hour)), Early, nil},
		{"destination elsewhere", replace(request(), ourSLO, "https://other.example/slo"), Destination, nil},
		{"no destination", replace(request(), ` Destination="`+ourSLO+`"`, ""), Destination, nil},
		{"another issuer", replace(request(), idpID, "https://other.example"), Issuer, nil},
		{"no issuer", replace(request(), "<saml:Issuer>"+idpID+"</saml:Issuer>", ""), Shape, nil},
		{"nobody", replace(request(), nameID(FormatPersistent, persistent), ""), NoSubject, nil},
		{"encrypted name", replace(request(), nameID(FormatPersistent, persistent), "<saml:EncryptedID/>"), Shape, nil},
		{"response to nothing", replace(answer(), ` InResponseTo="_ours1"`, ""), Unsolicited, nil},
		{"DEFLATE bomb", func() farewell { f := request(); f.xml = strings.Repeat(" ", 20<<20); return f }(), TooLarge, nil},
		{"embedded signature", replace(request(), "<samlp:SessionIndex>", signatureOf("_bye1").String()+"<samlp:SessionIndex>"), BadSignature, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := connect(t, settings(t), c.keys...).JudgeLogout(c.f.query(t), now)
			if got := codeOf(t, err); got != c.want {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if err == nil && (l.Relay != c.f.relay || (l.Asked == nil) == (l.Answered == nil)) {
				t.Errorf("got %+v", l)
			}
		})
	}
}

func codeOf(t testing.TB, err error) Code {
	t.Helper()
	if err == nil {
		return ""
	}
	r, ok := errors.AsType[*Refusal](err)
	if !ok {
		t.Fatalf("%v is no refusal", err)
	}
	return r.Code
}

func TestLogoutSaysWhoseSession(t *testing.T) {
	c := connect(t, settings(t))
	l, err := c.JudgeLogout(request().query(t), now)
	must(t, err)
	asked := *l.Asked
	if asked.ID != "_bye1" || asked.Session.NameID != persistent || asked.Session.NameIDFormat != FormatPersistent || fmt.Sprint(asked.Indexes) != "[_session1]" {
		t.Errorf("got %+v", asked)
	}
	if again, err := c.JudgeLogout(request().query(t), now); err != nil || again.Asked.ReplayKey != asked.ReplayKey || asked.ReplayKey == "" {
		t.Errorf("the same request has another replay key: %v", err)
	}
	if _, err := c.JudgeLogout(request().query(t), asked.ReplayUntil); codeOf(t, err) != Stale {
		t.Errorf("when its replay is forgotten the request still counts: %v", err)
	}
	if l, err := c.JudgeLogout(answer().query(t), now); err != nil || l.Answered.InResponseTo != "_ours1" || !l.Answered.Everywhere {
		t.Errorf("got %+v, %v", l.Answered, err)
	}
	partly := answer()
	partly.xml = change(t, partly.xml, []edit{{`Success"/>`, `Success"><samlp:StatusCode Value="x"/></samlp:StatusCode>`}})
	if l, err := c.JudgeLogout(partly.query(t), now); err != nil || l.Answered.Everywhere {
		t.Errorf("partial logout counts as whole: %+v, %v", l.Answered, err)
	}
}

// TestOurLogoutMessages reads what we send as the provider would, with a connection whose settings are turned round.
func TestOurLogoutMessages(t *testing.T) {
	us := connect(t, settings(t))
	them := mirrored(t)
	session := usher.ProviderSession{NameID: persistent, NameIDFormat: FormatPersistent, NameQualifier: idpID, SPNameQualifier: ourID, Index: "_session1"}
	sent, err := us.StartLogout(session, "token-1", now, bytes.NewReader(make([]byte, 20)))
	must(t, err)
	endpoint, query, _ := strings.Cut(sent.URL, "?")
	l, err := them.JudgeLogout(query, now)
	must(t, err)
	if endpoint != "https://idp.example/slo" || l.Asked.ID != sent.ID || l.Asked.Session.NameID != persistent || l.Asked.Session.SPNameQualifier != ourID || fmt.Sprint(l.Asked.Indexes) != "[_session1]" || l.Relay != "token-1" {
		t.Errorf("sent to %s: %+v", endpoint, l.Asked)
	}
	for ended, everywhere := range map[bool]bool{true: true, false: false} {
		sent, err := us.AnswerLogout(LogoutAsked{ID: "_bye1"}, "their relay/state", ended, now, bytes.NewReader(make([]byte, 20)))
		must(t, err)
		endpoint, query, _ := strings.Cut(sent.URL, "?")
		them.settings.SLO = "https://idp.example/slo/done"
		l, err := them.JudgeLogout(query, now)
		must(t, err)
		if endpoint != "https://idp.example/slo/done" || l.Answered.InResponseTo != "_bye1" || l.Answered.Everywhere != everywhere || l.Relay != "their relay/state" {
			t.Errorf("sent to %s: %+v", endpoint, l)
		}
	}
}

// mirrored is a connection that takes our messages: its provider is us.
func mirrored(t *testing.T) *Connection {
	t.Helper()
	doc := string(metadataOf(t, "ours"))
	idp, err := ParseMetadata([]byte(strings.Replace(doc, idpID, ourID, 1)), ourID, now)
	must(t, err)
	s := settings(t)
	s.EntityID, s.SLO = idpID, "https://idp.example/slo"
	c, err := New(s, idp)
	must(t, err)
	return c
}

func TestNoLogout(t *testing.T) {
	s := settings(t)
	s.SLO = ""
	session := usher.ProviderSession{NameID: persistent}
	if _, err := connect(t, s).StartLogout(session, "", now, rand.Reader); !errors.Is(err, ErrNoLogout) {
		t.Errorf("without our address: %v", err)
	}
	if _, err := connect(t, settings(t)).StartLogout(usher.ProviderSession{}, "", now, rand.Reader); !errors.Is(err, ErrNoLogout) {
		t.Errorf("without a session: %v", err)
	}
	if _, err := connect(t, settings(t)).StartLogout(session, "a&b", now, rand.Reader); codeOf(t, err) != RelayState {
		t.Errorf("with a relay that is no token: %v", err)
	}
}
