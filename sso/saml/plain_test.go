package saml

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"usher/internal/usher"
)

// plain is crewjam/saml by itself, set up for the same connection as its documentation has it.
func plain(t testing.TB, s Settings, names ...string) *saml.ServiceProvider {
	t.Helper()
	if len(names) == 0 {
		names = []string{"idp"}
	}
	var idp saml.EntityDescriptor
	must(t, xml.Unmarshal(metadataOf(t, names...), &idp))
	acs, err := url.Parse(s.ACS)
	must(t, err)
	return &saml.ServiceProvider{
		EntityID: s.EntityID, Key: s.Keys[0].Private, Certificate: s.Keys[0].Certificate, AcsURL: *acs, IDPMetadata: &idp,
		AllowIDPInitiated: s.Unsolicited,
	}
}

// atNow stops the clocks of the library, which are package variables.
func atNow(t testing.TB) {
	t.Helper()
	clock, timeNow := saml.Clock, saml.TimeNow
	t.Cleanup(func() { saml.Clock, saml.TimeNow = clock, timeNow })
	saml.Clock = dsig.NewFakeClockAt(now.Std())
	saml.TimeNow = func() time.Time { return now.Std() }
}

// What the plain library can make of a message.
const (
	letIn    = "lets in"
	refuses  = "refuses"
	panicked = "panics"
)

func judgePlain(sp *saml.ServiceProvider, value string) (what string, who usher.SignedIn) {
	defer func() {
		if recover() != nil {
			what = panicked
		}
	}()
	request := &http.Request{URL: &sp.AcsURL, Form: url.Values{}, PostForm: url.Values{"SAMLResponse": {value}}}
	a, err := sp.ParseResponse(request, []string{pendingID})
	if err != nil {
		return refuses, usher.SignedIn{}
	}
	if a.Subject != nil && a.Subject.NameID != nil {
		who.Subject = a.Subject.NameID.Value
	}
	return letIn, who
}

// plainVerdict is what the library says of the last message of a trial.
func (tr trial) plainVerdict(t testing.TB) (what string, who usher.SignedIn) {
	t.Helper()
	sp := plain(t, tr.settings(t), tr.keys...)
	for _, value := range tr.values(t) {
		what, who = judgePlain(sp, value)
	}
	return what, who
}

// TestTable compares the library alone with usher on every message, and the outcome with docs/saml-table.md. With
// USHER_SAML_TABLE it writes that file anew.
func TestTable(t *testing.T) {
	atNow(t)
	const file = "../../docs/saml-table.md"
	table := tableOf(t, corpus())
	if os.Getenv("USHER_SAML_TABLE") != "" {
		must(t, os.WriteFile(file, []byte(table), 0o644))
		return
	}
	kept, err := os.ReadFile(file)
	must(t, err)
	if string(kept) != table {
		t.Errorf("%s is not what comes out; run make saml-table and look at what has changed", file)
	}
}

// tally counts where the library is wrong, and usher.
type tally struct{ panics, forged, mallory, tooStrict, ours int }

func (c *tally) count(tr trial, library string, who usher.SignedIn, code Code) (mark string) {
	if code != tr.want {
		c.ours++
	}
	if library == letIn && who.Subject == "mallory" {
		c.mallory++
	}
	switch {
	case library == panicked:
		c.panics++
	case library == letIn && tr.want != "":
		c.forged++
	case library == refuses && tr.want == "":
		c.tooStrict++
	default:
		return "right"
	}
	return "**wrong**"
}

func tableOf(t *testing.T, trials []trial) string {
	t.Helper()
	var rows strings.Builder
	var c tally
	family := ""
	for _, tr := range trials {
		library, who := tr.plainVerdict(t)
		code, _ := tr.verdict(t)
		if tr.family != family {
			family = tr.family
			fmt.Fprintf(&rows, "\n## %s\n\n| message | crewjam/saml alone | | usher |\n|---|---|---|---|\n", family)
		}
		fmt.Fprintf(&rows, "| %s | %s | %s | %s |\n", tr.name, library, c.count(tr, library, who, code), shown(code))
	}
	if c.ours > 0 {
		t.Errorf("usher is wrong on %d", c.ours)
	}
	return fmt.Sprintf(head, len(trials), c.panics+c.forged+c.tooStrict, c.panics, c.forged, c.tooStrict, c.ours, c.mallory) + rows.String()
}

func shown(code Code) string {
	if code == "" {
		return letIn
	}
	return "refuses: `" + string(code) + "`"
}

const head = `# SAML: the library alone, and usher

%d messages, each signed by xmlsec1 with a test provider's key and changed from there on, judged by crewjam/saml v0.5.1 (with
goxmldsig v1.6.1) set up as its documentation has it, and by usher. The library alone is wrong on %d: it panics on %d, lets in
%d that the standard or the connection's settings refuse, and refuses %d that are valid. usher is wrong on %d.

That the library lets a message in does not always mean that an attacker is in: a comment, a digest of SHA-1, a missing audience or
an assertion that comes twice is a weakness and not yet a way. The name that an attacker wanted came out of it %d times. The
codes are those of sso/saml/refusal.go.

` + "`make saml-table`" + ` makes this page anew; a test fails where it is not what comes out.
`
