package saml

import (
	"crypto/ecdsa"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	dsig "github.com/russellhaering/goxmldsig"
)

func TestSettings(t *testing.T) {
	idp, err := ParseMetadata(metadataOf(t, "idp"), idpID, now)
	must(t, err)
	for _, c := range []struct {
		name, want string
		set        func(*Settings)
	}{
		{"good", "", func(*Settings) {}},
		{"no SLO", "", func(s *Settings) { s.SLO = "" }},
		{"by object id", "", byObjectID},
		{"no entity id", "entity id", func(s *Settings) { s.EntityID = "" }},
		{"ACS without a host", "ACS", func(s *Settings) { s.ACS = "/acs" }},
		{"ACS with a fragment", "ACS", func(s *Settings) { s.ACS += "#x" }},
		{"SLO that is a script", "SLO", func(s *Settings) { s.SLO = "javascript:alert(1)" }},
		{"no key", "a key of ours is needed", func(s *Settings) { s.Keys = nil }},
		{"no private key", "lacks", func(s *Settings) { s.Keys = []Key{{Certificate: s.Keys[0].Certificate}} }},
		{"certificate of another key", "another private key", func(s *Settings) { s.Keys[0].Certificate = s.Keys[1].Certificate }},
		{"weak key", "1024 bits", func(s *Settings) { s.Keys[0] = key(t, "our weak").ours(t) }},
		{"no subject", "name an attribute", func(s *Settings) { s.Subject = Subject{} }},
		{"subject is an address", "name an attribute", func(s *Settings) {
			s.Subject.NameIDFormat = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
		}},
		{"two subjects", "name one", func(s *Settings) { s.Subject.Attribute = EntraObjectID }},
		{"tenant without its attribute", "tenant", func(s *Settings) { s.Subject.Tenant = tenantID }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := settings(t)
			c.set(&s)
			_, err := New(s, idp)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "connection work: ")) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if _, err := New(settings(t), nil); err == nil {
		t.Error("a connection without a provider")
	}
}

func TestReadKey(t *testing.T) {
	read := func(name string) (certificate, private []byte) {
		s := key(t, name)
		certificate, err := os.ReadFile(s.certFile)
		must(t, err)
		private, err = os.ReadFile(s.keyFile)
		must(t, err)
		return certificate, private
	}
	certificate, private := read("ours")
	k, err := ReadKey(certificate, private)
	if err != nil || k.check() != nil || !k.Certificate.Equal(key(t, "ours").cert) {
		t.Errorf("got %v", err)
	}
	if _, err := ReadKey(read("idp ec")); err == nil || !strings.Contains(err.Error(), "RSA") {
		t.Errorf("an ECDSA key: %v", err)
	}
	if _, err := ReadKey(certificate, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")})); err == nil {
		t.Error("garbage was read")
	}
}

func TestMakeKey(t *testing.T) {
	certificate, private, err := MakeKey("usher at example.com", now)
	must(t, err)
	k, err := ReadKey(certificate, private)
	must(t, err)
	if err := k.check(); err != nil || k.Private.N.BitLen() != 3072 || k.Certificate.Subject.CommonName != "usher at example.com" {
		t.Errorf("got %v, %v", k.Certificate.Subject, err)
	}
	if !k.Certificate.NotBefore.Equal(now.Std()) || k.Certificate.NotAfter.Before(now.Std().AddDate(9, 0, 0)) {
		t.Errorf("from %s until %s", k.Certificate.NotBefore, k.Certificate.NotAfter)
	}
}

// TestSignatureLibrary fails where goxmldsig resolves below v1.6.1: crewjam/saml by itself asks for v1.4.0, in which the
// last Reference of a signature wins (CVE-2026-33487), and 1.6.0 lets canonicalisation grow without bound
// (GHSA-qhrp-hfff-vphr). It asks the code that is linked where it comes from.
func TestSignatureLibrary(t *testing.T) {
	const module, least = "github.com/russellhaering/goxmldsig@", "v1.6.1"
	verifier := runtime.FuncForPC(reflect.ValueOf(dsig.NewDefaultValidationContext).Pointer())
	file, _ := verifier.FileLine(verifier.Entry())
	_, behind, found := strings.Cut(filepath.ToSlash(file), module)
	version, _, _ := strings.Cut(behind, "/")
	if !found || olderThan(version, least) {
		t.Errorf("linked is %q; go.mod must require %s%s or newer, and replace it by nothing else", file, module, least)
	}
}

// olderThan compares versions of modules, vX.Y.Z; what comes behind a hyphen counts as older.
func olderThan(version, least string) bool {
	var have, want [3]int
	rest := ""
	n, _ := fmt.Sscanf(version, "v%d.%d.%d%s", &have[0], &have[1], &have[2], &rest)
	fmt.Sscanf(least, "v%d.%d.%d", &want[0], &want[1], &want[2])
	order := slices.Compare(have[:], want[:])
	return n < 3 || order < 0 || order == 0 && strings.HasPrefix(rest, "-")
}

func TestOlderThan(t *testing.T) {
	for version, older := range map[string]bool{
		"v1.4.0": true, "v1.6.0": true, "v1.6.1-0.20260101000000-000000000000": true, "(devel)": true, "v0.9.9": true,
		"v1.6.1": false, "v1.6.2": false, "v1.10.0": false, "v2.0.0": false,
	} {
		if olderThan(version, "v1.6.1") != older {
			t.Errorf("%s", version)
		}
	}
}

func TestReplayIsRememberedAsLongAsTheAssertionCounts(t *testing.T) {
	for name, set := range map[string]func(*letter){
		"confirmation ends first": func(l *letter) { l.confirmed = time.Minute },
		"conditions end first":    func(l *letter) { l.notOnOrAfter = time.Minute },
		"age ends first":          func(l *letter) { l.confirmed, l.notOnOrAfter = 240*time.Hour, 240*time.Hour },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLetter()
			set(&l)
			value := []byte(encoded(l.write(t)))
			c := connect(t, settings(t))
			j, err := c.Judge(value, now)
			must(t, err)
			if _, err := c.Judge(value, j.ReplayUntil-1); err != nil {
				t.Errorf("refused while it is remembered: %v", err)
			}
			if _, err := c.Judge(value, j.ReplayUntil); codeOf(t, err) != Stale {
				t.Errorf("counts when it is forgotten: %v", err)
			}
		})
	}
}

func TestReplayKeyIsOfTheProvider(t *testing.T) {
	c := connect(t, settings(t))
	j, err := c.Judge([]byte(encoded(newLetter().write(t))), now)
	must(t, err)
	other := *c.idp
	other.EntityID = "https://other.example"
	c2 := &Connection{c.settings, &other}
	l := newLetter()
	l.issuer, l.assertionIssuer = other.EntityID, other.EntityID
	j2, err := c2.Judge([]byte(encoded(l.write(t))), now)
	must(t, err)
	if j.ReplayKey == j2.ReplayKey || len(j.ReplayKey) > 64 {
		t.Errorf("%s and %s", j.ReplayKey, j2.ReplayKey)
	}
}

func TestRefusalsHoldNothingPersonal(t *testing.T) {
	for _, tr := range corpus() {
		if tr.want == "" {
			continue
		}
		for _, value := range tr.values(t) {
			if _, err := tr.connection(t).Judge([]byte(value), now); err != nil {
				for _, personal := range []string{persistent, "ann@example.com", oid} {
					if strings.Contains(err.Error(), personal) && !strings.Contains(tr.name, "tenant") {
						t.Errorf("%s: %v", tr.name, err)
					}
				}
			}
		}
	}
}

func TestECDSAValues(t *testing.T) {
	public := key(t, "idp ec").private.Public().(*ecdsa.PublicKey)
	if got := asn1Signature([]byte("short"), public); string(got) != "short" {
		t.Errorf("got %q", got)
	}
	if got := asn1Signature(make([]byte, 64), key(t, "idp").private.Public()); len(got) != 64 {
		t.Error("an RSA signature was changed")
	}
}
