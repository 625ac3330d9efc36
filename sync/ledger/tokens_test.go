package ledger

import (
	"regexp"
	"strings"
	"testing"
)

func TestToken(t *testing.T) {
	shape := regexp.MustCompile(`^ush_(scim|api)_[a-z2-7]{16}_[a-z2-7]{52}_[a-z2-7]{7}$`)
	seen := map[string]bool{}
	for i := range 100 {
		kind, other := directoryToken, apiToken
		if i%2 == 1 {
			kind, other = other, kind
		}
		id, text := kind.make()
		if !shape.MatchString(text) || seen[id] {
			t.Fatalf("token %q, id %q", text, id)
		}
		seen[id] = true
		if got, ok := kind.id(text); !ok || got != id || !strings.HasPrefix(text, kind.prefix()) {
			t.Fatalf("id of %q is %q, %v", text, got, ok)
		}
		if _, ok := other.id(text); ok {
			t.Fatalf("%q passes for a token of another sort", text)
		}
		a, b, c := kind.hash([]byte("one"), text), kind.hash([]byte("two"), text), other.hash([]byte("one"), text)
		if a == b || a == c || len(a) != 64 || strings.Contains(a, text) || !kind.is([]byte("one"), text, a) || kind.is([]byte("one"), text, b) {
			t.Fatalf("hashes %q, %q and %q", a, b, c)
		}
	}
}

// TestTokenChecksum finds every change of one character, so that a scanner of leaked
// secrets raises no false alarm and a typing error costs no look into the store.
func TestTokenChecksum(t *testing.T) {
	_, text := directoryToken.make()
	for i := range text {
		for _, c := range "a2_Z" {
			changed := text[:i] + string(c) + text[i+1:]
			if _, ok := directoryToken.id(changed); ok && changed != text {
				t.Errorf("%q passes for a token", changed)
			}
		}
	}
	for _, s := range []string{"", "ush_scim_", "ush_scim___", text + "x", text[1:], text + "_" + text, strings.Repeat("a", 1<<20), directoryToken.prefix() + strings.Repeat("_", 1<<20)} {
		if id, ok := directoryToken.id(s); ok {
			t.Errorf("%.40q passes for the token %q", s, id)
		}
	}
}

// TestTokenAlphabet: whoever can count a checksum can put anything before it. What no id of ours holds is not looked for: PostgreSQL
// refuses to look for what is no UTF-8, which would be an error of ours and no guess of theirs.
func TestTokenAlphabet(t *testing.T) {
	for _, kind := range []tokenKind{directoryToken, apiToken} {
		for _, id := range []string{"\xff", "a\x00b", "A", "\u0430", "a b", "a1", ""} {
			body := kind.prefix() + id + "_x"
			if got, ok := kind.id(body + "_" + checksum(body)); ok {
				t.Errorf("%q passes for the token %q", body, got)
			}
		}
	}
}

// FuzzTokenID gives an id for what ends in its own checksum only.
func FuzzTokenID(f *testing.F) {
	f.Add("ush_scim_aaaaaaaaaaaaaaaa_bbbb_ccccccc")
	f.Add(directoryToken.prefix() + "_" + "_" + checksum(directoryToken.prefix()+"_"))
	_, text := directoryToken.make()
	f.Add(text)
	f.Fuzz(func(t *testing.T, s string) {
		id, ok := directoryToken.id(s)
		if !ok {
			return
		}
		body, sum := s[:strings.LastIndexByte(s, '_')], s[strings.LastIndexByte(s, '_')+1:]
		if checksum(body) != sum || !strings.HasPrefix(s, directoryToken.prefix()+id+"_") {
			t.Errorf("%q passes for the token %q", s, id)
		}
	})
}
