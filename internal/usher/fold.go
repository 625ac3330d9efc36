package usher

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"
)

// Errors of folding. They are wrapped with what is wrong, and never repeat the value.
var (
	// ErrAddress is wrapped by every error of FoldAddress.
	ErrAddress = errors.New("not usable as an e-mail address or UPN")
	// ErrText is wrapped by every error of ValidText.
	ErrText = errors.New("not usable as text")
)

const (
	// maxAddress is a local part of 64, the @ and a domain of 255 bytes (RFC 5321, 4.5.3.1).
	maxAddress = 64 + 1 + 255
	// maxText keeps one attribute from filling a row.
	maxText = 64 << 10
)

// FoldAddress returns the key under which an e-mail address or UPN is matched. The input must be a bare addr-spec
// (RFC 5322, 3.4.1) without quoting, display name or surrounding space; one dot after the domain is dropped.
//
// An ASCII local part is lower-cased, any other folded by PRECIS UsernameCaseMapped (RFC 8265); the domain becomes its
// lower-case A-labels (IDNA2008, UTS 46). Two addresses never share a key because one holds a look-alike that folding
// would turn into ASCII: such a character (U+212A KELVIN SIGN for k) and every invisible one is refused.
func FoldAddress(s string) (string, error) {
	if plainAddress(s) {
		return strings.ToLower(s), nil
	}
	return foldAddress(s)
}

func foldAddress(s string) (string, error) {
	if err := visible(s); err != nil {
		return "", err
	}
	local, domain, err := splitAddress(strings.TrimSuffix(s, "."))
	if err != nil {
		return "", err
	}
	if local, err = foldLocal(local); err != nil {
		return "", err
	}
	if domain, err = foldDomain(domain); err != nil {
		return "", err
	}
	key := local + "@" + domain
	if len(key) > maxAddress {
		return "", badAddress("its folded form is longer than %d bytes", maxAddress)
	}
	return key, nil
}

func badAddress(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrAddress, fmt.Sprintf(format, args...))
}

// visible refuses what the eye cannot see or cannot tell from an ASCII character.
func visible(s string) error {
	if len(s) > maxAddress {
		return badAddress("longer than %d bytes", maxAddress)
	}
	if !utf8.ValidString(s) {
		return badAddress("invalid UTF-8; save the source as UTF-8")
	}
	for _, r := range s {
		switch {
		case unicode.IsControl(r):
			return badAddress("holds the control character %U; remove it", r)
		case ignorable(r):
			return badAddress("holds the invisible character %U; remove it", r)
		case standsForASCII(r):
			return badAddress("holds %U, which would be read as an ASCII character; type the plain one", r)
		}
	}
	return nil
}

// ignorable reports zero-width, bidirectional and other characters that leave no trace on the screen.
func ignorable(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// standsForASCII reports a character outside ASCII that compatibility mapping or lower-casing turns into one inside.
func standsForASCII(r rune) bool {
	if r < utf8.RuneSelf {
		return false
	}
	return strings.ContainsFunc(strings.ToLower(norm.NFKC.String(string(r))), func(r rune) bool { return r < utf8.RuneSelf })
}

// splitAddress cuts a bare addr-spec at its @. Whatever the parser would have tidied (comments, quotes, a display name,
// space) makes the address differ from the input, and is refused.
func splitAddress(s string) (local, domain string, err error) {
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Address != s {
		return "", "", badAddress("want local@domain alone, without name, quotes, brackets or spaces")
	}
	at := strings.LastIndexByte(s, '@')
	return s[:at], s[at+1:], nil
}

func foldLocal(local string) (string, error) {
	if ascii(local) {
		return strings.ToLower(local), nil
	}
	key, err := precis.UsernameCaseMapped.String(local)
	if err != nil {
		return "", badAddress("the part before the @ holds a character or direction that RFC 8265 forbids")
	}
	return key, nil
}

// foldDomain refuses a label that looks foreign but resolves as plain ASCII (the ideographic full stop splits one into
// two), besides what IDNA itself refuses.
func foldDomain(domain string) (string, error) {
	labels := strings.Split(domain, ".")
	for i, label := range labels {
		key, err := idna.Lookup.ToASCII(label)
		if err != nil || key == "" {
			return "", badAddress("label %d of the domain is not a valid host name label", i+1)
		}
		if !ascii(label) && (!strings.HasPrefix(key, "xn--") || strings.Contains(key, ".")) {
			return "", badAddress("label %d of the domain would be read as plain ASCII; type the plain one", i+1)
		}
	}
	key, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", badAddress("the domain is not a valid host name")
	}
	return strings.ToLower(key), nil
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// FoldText returns the case-insensitive key of any text: composed (NFC) and in lower case, except that no character from
// outside ASCII ever becomes one inside. Keys are made here and stored, because lower() differs between SQL engines.
func FoldText(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	var key strings.Builder
	for {
		i := strings.IndexFunc(s, composesToASCII)
		if i < 0 {
			key.WriteString(foldRun(s))
			return key.String()
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		key.WriteString(foldRun(s[:i]))
		key.WriteString(s[i : i+size])
		s = s[i+size:]
	}
}

// composesToASCII reports the only three characters that NFC replaces by ASCII ones: the Greek question mark, the Greek
// varia and the Kelvin sign.
func composesToASCII(r rune) bool { return r == '\u037e' || r == '\u1fef' || r == '\u212a' }

// foldRun composes again at the end: J with caron has no capital of its own, j with caron is one character.
func foldRun(s string) string {
	return norm.NFC.String(strings.Map(lowerRune, norm.NFC.String(s)))
}

func lowerRune(r rune) rune {
	if lower := unicode.ToLower(r); r < utf8.RuneSelf || lower >= utf8.RuneSelf {
		return lower
	}
	return r
}

// ValidText reports whether s can be stored on every engine: valid UTF-8, no NUL, at most 64 KiB.
func ValidText(s string) error {
	switch {
	case len(s) > maxText:
		return fmt.Errorf("%w: longer than %d bytes", ErrText, maxText)
	case !utf8.ValidString(s):
		return fmt.Errorf("%w: invalid UTF-8; save the source as UTF-8", ErrText)
	case strings.ContainsRune(s, 0):
		return fmt.Errorf("%w: holds a NUL character; remove it", ErrText)
	}
	return nil
}

// FoldEmployeeNumber returns the key of an employee number: without surrounding space, folded as text. Leading zeros
// count: 007 and 7 are two people.
func FoldEmployeeNumber(s string) string {
	return FoldText(strings.TrimSpace(s))
}
