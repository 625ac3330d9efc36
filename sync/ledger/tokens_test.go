package ledger

import (
	"regexp"
	"strings"
	"testing"
)

func TestToken(t *testing.T) {
	shape := regexp.MustCompile(`^ush_scim_[a-z2-7]{16}_[a-z2-7]{52}_[a-z2-7]{7}$`)
	seen := map[string]bool{}
	for range 100 {
		id, text := newToken()
		if !shape.MatchString(text) || seen[id] {
			t.Fatalf("token %q, id %q", text, id)
		}
		seen[id] = true
		if got, ok := tokenID(text); !ok || got != id {
			t.Fatalf("id of %q is %q, %v", text, got, ok)
		}
		if a, b := hashToken([]byte("one"), text), hashToken([]byte("two"), text); a == b || len(a) != 64 || strings.Contains(a, text) {
			t.Fatalf("hashes %q and %q", a, b)
		}
	}
}

// TestTokenChecksum finds every change of one character, so that a scanner of leaked
// secrets raises no false alarm and a typing error costs no look into the store.
func TestTokenChecksum(t *testing.T) {
	_, text := newToken()
	for i := range text {
		for _, c := range "a2_Z" {
			changed := text[:i] + string(c) + text[i+1:]
			if _, ok := tokenID(changed); ok && changed != text {
				t.Errorf("%q passes for a token", changed)
			}
		}
	}
	for _, s := range []string{"", "ush_scim_", "ush_scim___", text + "x", text[1:], text + "_" + text, strings.Repeat("a", 1<<20), tokenPrefix + strings.Repeat("_", 1<<20)} {
		if id, ok := tokenID(s); ok {
			t.Errorf("%.40q passes for the token %q", s, id)
		}
	}
}

// FuzzTokenID gives an id for what ends in its own checksum only.
func FuzzTokenID(f *testing.F) {
	f.Add("ush_scim_aaaaaaaaaaaaaaaa_bbbb_ccccccc")
	f.Add(tokenPrefix + "_" + "_" + checksum(tokenPrefix+"_"))
	_, text := newToken()
	f.Add(text)
	f.Fuzz(func(t *testing.T, s string) {
		id, ok := tokenID(s)
		if !ok {
			return
		}
		body, sum := s[:strings.LastIndexByte(s, '_')], s[strings.LastIndexByte(s, '_')+1:]
		if checksum(body) != sum || !strings.HasPrefix(s, tokenPrefix+id+"_") {
			t.Errorf("%q passes for the token %q", s, id)
		}
	})
}
