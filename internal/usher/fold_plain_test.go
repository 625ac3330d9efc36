package usher

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// checkPlain: what is folded without a second look is folded to the same with one.
func checkPlain(t interface{ Fatalf(string, ...any) }, s string) bool {
	if !plainAddress(s) {
		return false
	}
	if key, err := foldAddress(s); err != nil || key != strings.ToLower(s) {
		t.Fatalf("%q is taken for plain, and folds to %q, %v", s, key, err)
	}
	return true
}

func TestPlainAddresses(t *testing.T) {
	for s, want := range map[string]bool{
		"ann@example.com": true, "Ann.O'Brien+x_1-2@Sub.Example.co": true, "a@b": true, "a@1.2.3.4": true, "a@x--.b": false,
		"@example.com": false, "ann@": false, "ann": false, "a@b@c": false, ".ann@example.com": false, "a..b@example.com": false, "ann.@example.com": false,
		"ann@-example.com": false, "ann@example-.com": false, "ann@xn--mnchen-3ya.de": false, "ann@ab--cd.com": false, "ann@example.com.": false,
		"ann@ex_ample.com": false, "änn@example.com": false, "ann@exämple.com": false, "\"ann\"@example.com": false, "ann @example.com": false,
		"ann@" + strings.Repeat("a", 64) + ".com": false, strings.Repeat("a", 400) + "@example.com": false,
	} {
		if got := plainAddress(s); got != want {
			t.Errorf("%q: plain is %v", s, got)
		}
		checkPlain(t, s)
	}
}

func TestPlainAddressesFoldTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkPlain(t, rapid.StringMatching(`[a-zA-Z0-9.'+_!#-]{0,9}@[a-zA-Z0-9.-]{0,12}(\.[a-z-]{1,5})?`).Draw(t, "address"))
	})
}

func FuzzPlainAddress(f *testing.F) {
	for _, s := range []string{"ann@example.com", "a.b+c@x-y.z", "a@1.2", "a@ab--c.d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkPlain(t, s) })
}
