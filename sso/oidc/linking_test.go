package oidc_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/usher"
	"usher/sso/oidc"
	"usher/sso/oidc/oidctest"
)

// person is a set of claims with which somebody signs in.
type person = map[string]any

const tenantID = "72f988bf-86f1-41af-91ab-2d7cd011db47"

// asEntra makes a connection as an admin of Entra would, but for the issuer, which is on loopback here.
func asEntra(trusted bool) func(*oidc.Settings) {
	return func(s *oidc.Settings) { s.Preset, s.Tenant, s.Trusted = oidc.Entra, tenantID, trusted }
}

func inEntra(more person) person {
	p := person{"sub": "pairwise", "tid": tenantID, "oid": "o-1", "email": "ann@example.com", "upn": "ann@example.com", "name": "Ann"}
	for name, value := range more {
		if p[name] = value; value == nil {
			delete(p, name)
		}
	}
	return p
}

func trusted(s *oidc.Settings) { s.Trusted = true }

// TestVerifiedAddress: only true and "true" verify, and only the claim that they stand beside (nOAuth, CVE-2023-3128).
func TestVerifiedAddress(t *testing.T) {
	address := func(more person) person {
		p := person{"sub": "ann-1", "email": "ann@example.com"}
		for name, value := range more {
			p[name] = value
		}
		return p
	}
	for _, tt := range []struct {
		name   string
		set    func(*oidc.Settings)
		claims person
		want   bool
	}{
		{"true", nil, address(person{"email_verified": true}), true},
		{`"true"`, nil, address(person{"email_verified": "true"}), true},
		{"false", nil, address(person{"email_verified": false}), false},
		{`"false"`, nil, address(person{"email_verified": "false"}), false},
		{`"True"`, nil, address(person{"email_verified": "True"}), false},
		{`"yes"`, nil, address(person{"email_verified": "yes"}), false},
		{"1", nil, address(person{"email_verified": 1}), false},
		{`"1"`, nil, address(person{"email_verified": "1"}), false},
		{"a list of true", nil, address(person{"email_verified": []any{true}}), false},
		{"null", nil, address(person{"email_verified": nil}), false},
		{"not told", nil, address(nil), false},
		{"not told, trusted", trusted, address(nil), true},
		{"false, trusted: what is told counts", trusted, address(person{"email_verified": false}), false},
		{`"false", trusted`, trusted, address(person{"email_verified": "false"}), false},
		{"true without an address", nil, person{"sub": "ann-1", "email_verified": true}, false},
		{"trusted without an address", trusted, person{"sub": "ann-1"}, false},
		{"address no text", trusted, person{"sub": "ann-1", "email": []any{"ann@example.com"}}, false},
		{"true, but the address is another claim", func(s *oidc.Settings) { s.Claims.Address = "mail" }, address(person{"mail": "boss@example.com", "email_verified": true}), false},
		{"Email_Verified", nil, address(person{"Email_Verified": true}), false},

		{"Entra, not trusted", asEntra(false), inEntra(nil), false},
		{"Entra, trusted", asEntra(true), inEntra(nil), true},
		{"Entra, xms_edov true", asEntra(false), inEntra(person{"xms_edov": true}), true},
		{"Entra, xms_edov false, trusted", asEntra(true), inEntra(person{"xms_edov": false}), false},
		{"Entra, guest by acct, trusted", asEntra(true), inEntra(person{"acct": 1}), false},
		{"Entra, guest by acct as text, trusted", asEntra(true), inEntra(person{"acct": "1"}), false},
		{"Entra, acct that is not understood, trusted", asEntra(true), inEntra(person{"acct": "guest"}), false},
		{"Entra, member by acct, trusted", asEntra(true), inEntra(person{"acct": 0}), true},
		{"Entra, guest by idp, trusted", asEntra(true), inEntra(person{"idp": "https://sts.windows.net/other/"}), false},
		{"Entra, guest by UPN, trusted", asEntra(true), inEntra(person{"upn": "ann_partner.example#EXT#@tenant.onmicrosoft.com"}), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, tt.set)
			w.SignIn(tt.claims)
			if s := w.takes("the sign-in"); s.AddressVerified != tt.want {
				t.Errorf("verified is %v: %+v", s.AddressVerified, s)
			}
		})
	}
}

// TestUPNIsToldByTrustedConnectionsAlone: elsewhere people choose what they are called, and nothing vouches for it.
func TestUPNIsToldByTrustedConnectionsAlone(t *testing.T) {
	for _, tt := range []struct {
		name   string
		set    func(*oidc.Settings)
		claims person
		want   string
	}{
		{"Entra, trusted", asEntra(true), inEntra(nil), "ann@example.com"},
		{"Entra, not trusted", asEntra(false), inEntra(nil), ""},
		{"Entra, guest", asEntra(true), inEntra(person{"acct": 1}), ""},
		{"a name that somebody chose", nil, person{"sub": "1", "preferred_username": "boss@example.com"}, ""},
		{"the same where it is trusted, and not configured", trusted, person{"sub": "1", "preferred_username": "boss@example.com"}, ""},
		{"Okta, trusted", func(s *oidc.Settings) { s.Preset, s.Trusted = oidc.Okta, true }, person{"sub": "00u1", "preferred_username": "ann@example.com"}, "ann@example.com"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, tt.set)
			w.SignIn(tt.claims)
			if s := w.takes("the sign-in"); s.UPN != tt.want {
				t.Errorf("UPN %q, want %q", s.UPN, tt.want)
			}
		})
	}
}

// TestSubjectOfEntra: the same address in two tenants is two people, and neither signs in at the other's connection.
func TestSubjectOfEntra(t *testing.T) {
	w := newWorld(t, asEntra(true))
	w.SignIn(inEntra(nil))
	ann := w.takes("Ann")
	if ann.Subject != tenantID+"/o-1" || ann.ExternalID != "o-1" {
		t.Errorf("%+v", ann)
	}
	w.SignIn(inEntra(person{"email": "renamed@example.com", "upn": "renamed@example.com", "sub": "other-client"}))
	if s := w.takes("Ann, renamed"); s.Subject != ann.Subject {
		t.Errorf("a new address makes a new subject: %q", s.Subject)
	}
	w.SignIn(inEntra(person{"oid": "o-2"}))
	if s := w.takes("a namesake"); s.Subject == ann.Subject {
		t.Error("the address makes the subject")
	}
	for name, p := range map[string]person{
		"the same address in another tenant": inEntra(person{"tid": "another"}), "no tenant": inEntra(person{"tid": nil}), "tenant in capitals": inEntra(person{"tid": "72F988BF-86F1-41AF-91AB-2D7CD011DB47"}),
	} {
		w.SignIn(p)
		if _, err := w.signIn(); codeOf(t, err) != oidc.CodeTenant {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, oid := range map[string]any{"missing": nil, "empty": "", "a number": 1} {
		w.SignIn(inEntra(person{"oid": oid}))
		if _, err := w.signIn(); codeOf(t, err) != oidc.CodeSubject {
			t.Errorf("oid %s: %v", name, err)
		}
	}
}

func TestWhatIsToldOfAPerson(t *testing.T) {
	w := newWorld(t, func(s *oidc.Settings) { s.Preset, s.Trusted = oidc.Okta, true })
	w.SignIn(person{
		"sub": "00u1", "email": "Ann@Example.com", "email_verified": true, "preferred_username": "ann.ünal@example.com", "given_name": "Ann", "family_name": "Ünal",
		"name": "Ann Ünal", "groups": []string{"b", "a", "a"}, "acr": "urn:okta:loa:2fa:any", "amr": []string{"mfa", "pwd"}, "sid": "session-9",
	})
	got := w.takes("the sign-in")
	if got.Session.IDToken == "" {
		t.Error("the ID token, which a logout needs, is not kept")
	}
	got.Session.IDToken = ""
	want := usher.SignedIn{
		Connection: "idp", Subject: "00u1", ExternalID: "00u1", Address: "Ann@Example.com", AddressVerified: true, UPN: "ann.ünal@example.com",
		GivenName: "Ann", FamilyName: "Ünal", DisplayName: "Ann Ünal", Groups: []string{"a", "b"},
		At: w.now().Add(-5e9), Context: []string{"urn:okta:loa:2fa:any", "mfa", "pwd"}, Session: usher.ProviderSession{SID: "session-9"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestConfiguredClaims(t *testing.T) {
	w := newWorld(t, func(s *oidc.Settings) {
		s.Trusted = true
		s.Claims = oidc.Claims{Address: "mail", UPN: "login", GivenName: "first", FamilyName: "last", DisplayName: "-", Groups: "-", ExternalID: "number"}
	})
	w.SignIn(person{"sub": "1", "mail": "m@example.com", "login": "l@example.com", "first": "F", "last": "L", "number": "E-7", "name": "N", "groups": []string{"g"}, "email": "other@example.com"})
	s := w.takes("the sign-in")
	if s.Address != "m@example.com" || s.UPN != "l@example.com" || s.GivenName != "F" || s.FamilyName != "L" || s.ExternalID != "E-7" || s.DisplayName != "" || s.Groups != nil {
		t.Errorf("%+v", s)
	}
}

// TestGroupsKeptBack: Entra's overage is "unknown", and where it says to ask is never called.
func TestGroupsKeptBack(t *testing.T) {
	called := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer elsewhere.Close()
	overage := func(source person) person {
		return inEntra(person{"_claim_names": person{"groups": "src1"}, "_claim_sources": person{"src1": source}})
	}
	for _, tt := range []struct {
		name    string
		claims  person
		groups  []string
		unknown bool
	}{
		{"two", inEntra(person{"groups": []string{"g-2", "g-1"}}), []string{"g-1", "g-2"}, false},
		{"one, as a text", inEntra(person{"groups": "g-1"}), []string{"g-1"}, false},
		{"an empty list", inEntra(person{"groups": []string{}}), nil, false},
		{"not told", inEntra(nil), nil, false},
		{"overage with a link", overage(person{"endpoint": elsewhere.URL + "/getMemberObjects", "access_token": "t"}), nil, true},
		{"overage with a forged link", overage(person{"endpoint": "http://169.254.169.254/"}), nil, true},
		{"overage by hasgroups", inEntra(person{"hasgroups": true}), nil, true},
		{"aggregated", overage(person{"JWT": "a.b.c"}), nil, true},
		{"a list of numbers", inEntra(person{"groups": []int{1}}), nil, true},
		{"an object", inEntra(person{"groups": person{"a": 1}}), nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, asEntra(true))
			w.SignIn(tt.claims)
			if s := w.takes("the sign-in"); !slices.Equal(s.Groups, tt.groups) || s.GroupsUnknown != tt.unknown {
				t.Errorf("groups %q, unknown %v", s.Groups, s.GroupsUnknown)
			}
		})
	}
	if called {
		t.Error("the address in the token was called")
	}
}

// TestUserInfo joins userinfo to the ID token: the token wins, and each address keeps its own voucher.
func TestUserInfo(t *testing.T) {
	for _, tt := range []struct {
		name        string
		token, info person
		want        string
		address     string
		verified    bool
	}{
		{name: "fills what lacks", info: person{"email": "ann@example.com", "email_verified": true}, address: "ann@example.com", verified: true},
		{name: "is not heard about what the token says", token: person{"email": "ann@example.com"}, info: person{"email": "boss@example.com", "email_verified": true}, address: "ann@example.com"},
		{name: "verified there is not verified here", token: person{"email": "ann@example.com"}, info: person{"email_verified": true}, address: "ann@example.com"},
		{name: "verified here is not verified there", token: person{"email_verified": true}, info: person{"email": "boss@example.com"}, address: "boss@example.com"},
		{name: "another sub", info: person{"sub": "boss"}, want: oidc.CodeUserInfo},
		{name: "no sub", info: person{"sub": nil}, want: oidc.CodeUserInfo},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, func(s *oidc.Settings) { s.UserInfo = true })
			w.SignIn(person{"sub": "ann-1"})
			w.Misbehave(oidctest.Edits{IDToken: func(_, c map[string]any) { merge(c, tt.token) }, UserInfo: func(c map[string]any) { merge(c, tt.info) }})
			s, err := w.signIn()
			if codeOf(t, err) != tt.want || s.Address != tt.address || s.AddressVerified != tt.verified {
				t.Errorf("%q %v, %v", s.Address, s.AddressVerified, err)
			}
		})
	}
	w := newWorld(t, func(s *oidc.Settings) { s.UserInfo = true })
	w.EditMetadata(func(m map[string]any) { delete(m, "userinfo_endpoint") })
	if _, err := w.signIn(); codeOf(t, err) != oidc.CodeUserInfo {
		t.Errorf("without an endpoint: %v", err)
	}
	for status, want := range map[int]string{http.StatusServiceUnavailable: oidc.CodeUnavailable, http.StatusOK: oidc.CodeUserInfo} {
		elsewhere := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			rw.WriteHeader(status)
			_, _ = rw.Write([]byte(`{"sub":"ann-1","sub":"boss"}`))
		}))
		defer elsewhere.Close()
		w.EditMetadata(func(m map[string]any) { m["userinfo_endpoint"] = elsewhere.URL })
		w.pass(25 * time.Hour)
		if _, err := w.signIn(); codeOf(t, err) != want {
			t.Errorf("%d and two members of one name: %v", status, err)
		}
	}
	w.EditMetadata(func(m map[string]any) { m["userinfo_endpoint"] = w.Issuer + "/nowhere" })
	w.pass(25 * time.Hour)
	if _, err := w.signIn(); codeOf(t, err) != oidc.CodeUserInfo {
		t.Errorf("404: %v", err)
	}
}

// TestUserInfoDoesNotMakeTheSubject: tid and oid that only userinfo tells identify nobody.
func TestUserInfoDoesNotMakeTheSubject(t *testing.T) {
	w := newWorld(t, func(s *oidc.Settings) { asEntra(true)(s); s.UserInfo = true })
	w.SignIn(inEntra(person{"oid": nil}))
	w.Misbehave(oidctest.Edits{UserInfo: func(c map[string]any) { c["oid"] = "boss" }})
	if _, err := w.signIn(); codeOf(t, err) != oidc.CodeSubject {
		t.Errorf("got %v", err)
	}
}

func merge(into, from person) {
	for name, value := range from {
		if into[name] = value; value == nil {
			delete(into, name)
		}
	}
}
