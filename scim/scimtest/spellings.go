package scimtest

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// spellingCount is how many spellings Spellings makes.
const spellingCount = 500

// Spellings are 500 different ways to write a path, such as "/Users", in a request, the
// plain one first: in percent-encoding, in other cases, with doubled, encoded or
// dotted segments, with parameters and stray dots. They are the same on every call.
func Spellings(path string) []string {
	random := rand.New(rand.NewPCG(1, 2))
	seen := map[string]bool{path: true}
	all := []string{path}
	for len(all) < spellingCount {
		s := path
		for range 1 + random.IntN(3) {
			s = respell(random, s)
		}
		if _, err := url.Parse("http://localhost" + s); err == nil && s[0] == '/' && !seen[s] {
			seen[s] = true
			all = append(all, s)
		}
	}
	return all
}

// respell changes one thing about a spelling.
func respell(random *rand.Rand, s string) string {
	at := random.IntN(len(s))
	segment := strings.IndexByte(s[at:], '/') + at // the slash after at, or the byte before it
	segment = max(segment, 0)
	insert := func(text string) string { return s[:segment] + text + s[segment:] }
	switch random.IntN(9) {
	case 0:
		return encodeByte(s, at)
	case 1:
		return s[:at] + strings.ToUpper(s[at:])
	case 2:
		return s[:at] + strings.ToLower(s[at:])
	case 3:
		return insert("/")
	case 4:
		return insert("/.")
	case 5:
		return insert("/x/..")
	case 6:
		return s + []string{"/", ".", ";x", ";x=1", "%20", "%00", "/.", "//", "?", "%2f", "\\", "/..;/"}[random.IntN(12)]
	case 7:
		return insert(";v=1")
	}
	return insert("%2e%2e%2f")
}

// encodeByte writes the byte in percent-encoding, unless it is part of one.
func encodeByte(s string, at int) string {
	if s[at] == '%' || at > 0 && s[at-1] == '%' || at > 1 && s[at-2] == '%' || s[at] == '?' {
		return s
	}
	return fmt.Sprintf("%s%%%02X%s", s[:at], s[at], s[at+1:])
}

// Locked sends every spelling of every path to the server at baseURL without a token
// and fails unless each is answered 401 or 404.
func Locked(t *testing.T, baseURL string, paths ...string) {
	t.Helper()
	if len(paths) == 0 {
		t.Fatal("no paths to try")
	}
	for _, path := range paths {
		for _, spelling := range Spellings(path) {
			req, err := http.NewRequest(http.MethodGet, strings.TrimRight(baseURL, "/")+spelling, nil)
			if err != nil {
				t.Fatalf("%q cannot be sent: %v", spelling, err)
			}
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatalf("%q: %v", spelling, err)
			}
			res.Body.Close()
			if res.StatusCode != http.StatusUnauthorized && res.StatusCode != http.StatusNotFound {
				t.Errorf("%q without a token: %d, want 401 or 404", spelling, res.StatusCode)
			}
		}
	}
}
