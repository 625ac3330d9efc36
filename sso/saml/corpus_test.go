package saml

import (
	"encoding/base64"
	"errors"
	"slices"
	"testing"

	"usher/internal/usher"
)

// trial is one message of the corpus, with what is right about it.
type trial struct {
	family, name string
	want         Code // why it is refused; empty for a message that is valid
	set          func(*Settings)
	keys         []string // of the provider; its usual one where empty
	letter       func(*letter)
	forge        func(t testing.TB, doc string) string // after xmlsec1 has signed it
	value        func(doc string) string               // the form value, where it is not base64 of doc
	before       func(t testing.TB, doc string) string // what came just before
}

// What the caller of Judge refuses, who alone knows what is pending and what was used.
const (
	notPending Code = "not-pending"
	replayed   Code = "replayed"
)

// corpus is all of it, in the families of the reliability reference.
func corpus() []trial {
	return slices.Concat(validTrials(), clockTrials(), wrappingTrials(), markupTrials(), signatureTrials(), encryptionTrials(),
		profileTrials(), requestTrials(), subjectTrials(), sizeTrials())
}

func (tr trial) settings(t testing.TB) Settings {
	t.Helper()
	s := settings(t)
	if tr.set != nil {
		tr.set(&s)
	}
	return s
}

func (tr trial) connection(t testing.TB) *Connection {
	t.Helper()
	return connect(t, tr.settings(t), tr.keys...)
}

// values gives the form values in the order in which they come; the last is the one on trial.
func (tr trial) values(t testing.TB) []string {
	t.Helper()
	l := newLetter()
	if tr.letter != nil {
		tr.letter(&l)
	}
	doc := l.write(t)
	var values []string
	if tr.before != nil {
		values = append(values, encoded(tr.before(t, doc)))
	}
	if tr.forge != nil {
		doc = tr.forge(t, doc)
	}
	if tr.value != nil {
		return append(values, tr.value(doc))
	}
	return append(values, encoded(doc))
}

func encoded(doc string) string { return base64.StdEncoding.EncodeToString([]byte(doc)) }

// caller does what the package above does: one pending request, and the assertions that were used.
type caller struct {
	pending []string
	used    map[string]bool
}

func newCaller() *caller { return &caller{[]string{pendingID}, make(map[string]bool)} }

func (c *caller) admit(j Judged, err error) (Code, error) {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Code, err
	}
	switch {
	case err != nil:
		return "", err
	case j.InResponseTo != "" && !slices.Contains(c.pending, j.InResponseTo):
		return notPending, nil
	case c.used[j.ReplayKey]:
		return replayed, nil
	}
	c.used[j.ReplayKey] = true
	return "", nil
}

func TestCorpus(t *testing.T) {
	trials := corpus()
	forged := 0
	for _, tr := range trials {
		if tr.want != "" {
			forged++
		}
		t.Run(tr.family+"/"+tr.name, func(t *testing.T) {
			code, who := tr.verdict(t)
			if code != tr.want {
				t.Errorf("got %q, want %q", code, tr.want)
			}
			if code == "" && who.Subject == "" {
				t.Error("let in without a subject")
			}
		})
	}
	t.Logf("%d messages: %d that must be refused, %d that must be let in", len(trials), forged, len(trials)-forged)
	if forged < 100 {
		t.Errorf("the corpus has shrunk to %d messages that must be refused", forged)
	}
}

// verdict is what usher makes of a trial; the words of a refusal are in the log.
func (tr trial) verdict(t testing.TB) (code Code, who usher.SignedIn) {
	t.Helper()
	c, above := tr.connection(t), newCaller()
	for _, value := range tr.values(t) {
		j, err := c.Judge([]byte(value), now)
		var admitted error
		if code, admitted = above.admit(j, err); admitted != nil {
			t.Log(admitted)
		}
		who = j.SignedIn
	}
	return code, who
}

// TestNamesAreUnique keeps the table readable.
func TestNamesAreUnique(t *testing.T) {
	seen := make(map[string]bool)
	for _, tr := range corpus() {
		if seen[tr.family+tr.name] {
			t.Errorf("%s/%s occurs twice", tr.family, tr.name)
		}
		seen[tr.family+tr.name] = true
	}
}
