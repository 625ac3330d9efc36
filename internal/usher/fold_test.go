package usher

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestFoldAddress(t *testing.T) {
	for in, want := range map[string]string{
		"Ann.Lee@Example.COM":                   "ann.lee@example.com",
		"ann@example.com.":                      "ann@example.com",
		"o'neil+seat@x.org":                     "o'neil+seat@x.org",
		"Guest_x.com#EXT#@t.onmicrosoft.com":    "guest_x.com#ext#@t.onmicrosoft.com",
		"ann@corp":                              "ann@corp",
		"JOS\u00c9@x.com":                       "jos\u00e9@x.com",
		"JOSE\u0301@x.com":                      "jos\u00e9@x.com",
		"stra\u00dfe@x.com":                     "stra\u00dfe@x.com",
		"strasse@x.com":                         "strasse@x.com",
		"a@STRA\u00dfE.de":                      "a@xn--strae-oqa.de",
		"a@XN--strae-oqa.DE":                    "a@xn--strae-oqa.de",
		"a@\u4f8b\u3048.jp":                     "a@xn--r8jz45g.jp",
		"\u05d0\u05d1@x.com":                    "\u05d0\u05d1@x.com",
		strings.Repeat("a", 310) + "@x.example": strings.Repeat("a", 309) + "a@x.example",
	} {
		if len(in) > maxAddress {
			in, want = in[1:], want[1:]
		}
		if got, err := FoldAddress(in); got != want || err != nil {
			t.Errorf("FoldAddress(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestFoldAddressRefuses(t *testing.T) {
	for in, reason := range map[string]string{
		"":                                "local@domain",
		"ann":                             "local@domain",
		"@x.com":                          "local@domain",
		"ann@":                            "local@domain",
		" ann@x.com":                      "local@domain",
		"ann@x.com ":                      "local@domain",
		"Ann <ann@x.com>":                 "local@domain",
		"<ann@x.com>":                     "local@domain",
		`"ann"@x.com`:                     "local@domain",
		`"a b"@x.com`:                     "local@domain",
		"ann(work)@x.com":                 "local@domain",
		"ann@x.com, bob@x.com":            "local@domain",
		"ann.@x.com":                      "local@domain",
		"ann@x..com":                      "local@domain",
		"ann@x.com..":                     "local@domain",
		"ann@[192.0.2.1]":                 "label 1",
		"ann@under_score.com":             "label 1",
		"ann@x.-y.com":                    "label 2",
		"ann@xn--a.com":                   "label 1",
		"\u212aim@x.com":                  "U+212A",
		"\u212a\u00e9@x.com":              "U+212A",
		"\uff4bim@x.com":                  "U+FF4B",
		"\u017fam@x.com":                  "U+017F",
		"\u0130smail@x.com":               "U+0130",
		"\ufb01n@x.com":                   "U+FB01",
		"kim@\u212a.com":                  "U+212A",
		"kim@\uff58\u00e9.com":            "U+FF58",
		"kim@x\u3002com":                  "plain ASCII",
		"ann@x\u00ad.com":                 "U+00AD",
		"ann@x\ufe0f.com":                 "U+FE0F",
		"ann@x\u034f.com":                 "U+034F",
		"a\u200bnn@x.com":                 "U+200B",
		"a\u200dnn@x.com":                 "U+200D",
		"\ufeffann@x.com":                 "U+FEFF",
		"a\u202enn@x.com":                 "U+202E",
		"a\u2066nn@x.com":                 "U+2066",
		"ann\x00@x.com":                   "U+0000",
		"ann@x.com\n":                     "U+000A",
		"a\u0085nn@x.com":                 "U+0085",
		"ann\xff@x.com":                   "UTF-8",
		"\u00e9\u00a0x@x.com":             "U+00A0",
		"\U0001f600@x.com":                "RFC 8265",
		"\u05d0x@x.com":                   "RFC 8265",
		strings.Repeat("a", 315) + "@x.y": "",
		strings.Repeat("a", 317) + "@x.y": "longer than",
	} {
		got, err := FoldAddress(in)
		if reason == "" {
			if err != nil {
				t.Errorf("FoldAddress at the limit: %v", err)
			}
			continue
		}
		if !errors.Is(err, ErrAddress) || got != "" {
			t.Errorf("FoldAddress(%q) = %q, %v; want ErrAddress", in, got, err)
			continue
		}
		if !strings.Contains(err.Error(), reason) {
			t.Errorf("FoldAddress(%q): %v; want a word on %q", in, err, reason)
		}
		if len(in) > 4 && strings.Contains(err.Error(), in) {
			t.Errorf("FoldAddress(%q): the error repeats the address: %v", in, err)
		}
	}
}

func TestFoldText(t *testing.T) {
	for in, want := range map[string]string{
		"":                   "",
		"Ann LEE":            "ann lee",
		"\u00c9COLE":         "\u00e9cole",
		"E\u0301cole":        "\u00e9cole",
		"J\u030can":          "\u01f0an",
		"\u01f0an":           "\u01f0an",
		"Stra\u00dfe":        "stra\u00dfe",
		"\u212aim":           "\u212aim",
		"\u0130ZMIR":         "\u0130zmir",
		"I\u0307ZMIR":        "\u0130zmir",
		"a\u037eB\u1fefC":    "a\u037eb\u1fefc",
		"\u03a3\u0391\u03a3": "\u03c3\u03b1\u03c3",
		"\u2126\u212b":       "\u03c9\u00e5",
	} {
		if got := FoldText(in); got != want {
			t.Errorf("FoldText(%+q) = %+q, want %+q", in, got, want)
		}
	}
}

func TestFoldTextKnowsEveryRuneThatComposesToASCII(t *testing.T) {
	for r := rune(utf8.RuneSelf); r <= unicode.MaxRune; r++ {
		if got := ascii(norm.NFC.String(string(r))); got != composesToASCII(r) {
			t.Errorf("composesToASCII(%U) = %v", r, !got)
		}
	}
}

func TestFoldEmployeeNumber(t *testing.T) {
	for in, want := range map[string]string{" 007 ": "007", "7": "7", "\tA-0012b\n": "a-0012b", "": ""} {
		if got := FoldEmployeeNumber(in); got != want {
			t.Errorf("FoldEmployeeNumber(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestValidText(t *testing.T) {
	for _, in := range []string{"", "Ann\n", "\u200b", strings.Repeat("x", maxText)} {
		if err := ValidText(in); err != nil {
			t.Errorf("ValidText(%.10q): %v", in, err)
		}
	}
	for _, in := range []string{"\xff", "a\x00", strings.Repeat("x", maxText+1)} {
		if err := ValidText(in); !errors.Is(err, ErrText) {
			t.Errorf("ValidText(%.10q) = %v, want ErrText", in, err)
		}
	}
}

// foldableAddress draws addresses of which a good share folds, so that the properties below are not vacuous.
func foldableAddress() *rapid.Generator[string] {
	part := rapid.StringOfN(rapid.RuneFrom([]rune("abKkIi0.-\u00e9\u00c9\u0301\u212a\u0130\u03a3\u03c2\u00df\u1e9e\uff4b\u05d0\u0416\u3002\u0307")), 1, 8, -1)
	return rapid.Custom(func(t *rapid.T) string { return part.Draw(t, "local") + "@" + part.Draw(t, "domain") })
}

func TestFoldAddressProperties(t *testing.T) {
	folded := 0
	rapid.Check(t, func(t *rapid.T) {
		if checkFoldedAddress(t, foldableAddress().Draw(t, "address")) {
			folded++
		}
	})
	if folded == 0 {
		t.Error("no address was folded: the properties were not tested")
	}
}

// checkFoldedAddress states the properties of a key, and reports whether s had one.
func checkFoldedAddress(t interface{ Fatalf(string, ...any) }, s string) bool {
	key, err := FoldAddress(s)
	if err != nil {
		if !errors.Is(err, ErrAddress) || key != "" {
			t.Fatalf("FoldAddress(%q) = %q, %v; want ErrAddress and no key", s, key, err)
		}
		return false
	}
	if again, err := FoldAddress(key); again != key || err != nil {
		t.Fatalf("not idempotent: %q -> %q -> %q, %v", s, key, again, err)
	}
	local, domain, _ := strings.Cut(s, "@")
	keyLocal, keyDomain, _ := strings.Cut(key, "@")
	if ascii(keyLocal) && keyLocal != strings.ToLower(local) || ascii(keyLocal) != ascii(local) {
		t.Fatalf("%q became ASCII: %q", s, key)
	}
	domain = strings.TrimSuffix(domain, ".")
	labels, keyLabels := strings.Split(domain, "."), strings.Split(keyDomain, ".")
	if len(labels) != len(keyLabels) {
		t.Fatalf("%q: other labels in %q", s, key)
	}
	for i, label := range labels {
		if !ascii(label) && !strings.HasPrefix(keyLabels[i], "xn--") {
			t.Fatalf("%q: label %d became ASCII: %q", s, i, key)
		}
	}
	return true
}

func TestFoldTextProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkFoldedText(t, rapid.String().Draw(t, "text")) })
	rapid.Check(t, func(t *rapid.T) {
		checkFoldedText(t, rapid.StringOf(rapid.RuneFrom([]rune("aIiJjKk\u0301\u0307\u030c\u0323\u212a\u037e\u0130\u0345\u1fb3\u03a3"))).Draw(t, "text"))
	})
}

func checkFoldedText(t interface{ Fatalf(string, ...any) }, s string) {
	key := FoldText(s)
	if again := FoldText(key); again != key {
		t.Fatalf("not idempotent: %+q -> %+q -> %+q", s, key, again)
	}
	if ascii(key) && key != strings.ToLower(s) || ascii(key) != ascii(s) {
		t.Fatalf("%+q became ASCII: %+q", s, key)
	}
	if number := FoldEmployeeNumber(s); FoldEmployeeNumber(number) != number {
		t.Fatalf("employee number not idempotent: %+q -> %+q", s, number)
	}
}

func FuzzFoldAddress(f *testing.F) {
	for _, seed := range []string{"Ann@Example.com", "\u212aim@x.com", "jos\u00e9@stra\u00dfe.de", "a@xn--strae-oqa.de", "a@x\u3002com.", "\"a\"@x", "\u05d0@x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) { checkFoldedAddress(t, s) })
}

func FuzzFoldText(f *testing.F) {
	for _, seed := range []string{"Ann", "\u212aim", "J\u030c", "I\u0307", "\xff\x00", "E\u0301\u0323"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) { checkFoldedText(t, s) })
}
