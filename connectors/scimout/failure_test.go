package scimout

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	const now = "Sat, 21 Nov 2026 10:00:00 GMT"
	for _, v := range []struct {
		value, date string
		want        time.Duration
	}{
		{"", now, 0},
		{"0", now, 0},
		{" 12 ", now, 12 * time.Second},
		{"-12", now, 0},
		{"1.5", now, 0},
		{"99999999", now, 24 * time.Hour},
		{"99999999999999999999", now, 24 * time.Hour},
		{"Sat, 21 Nov 2026 10:01:30 GMT", now, 90 * time.Second},
		{"Sat, 21 Nov 2026 09:00:00 GMT", now, 0},
		{"Sat, 21 Nov 2027 09:00:00 GMT", now, 24 * time.Hour},
		{"soon", now, 0},
	} {
		if got := retryAfter(http.Header{"Retry-After": {v.value}, "Date": {v.date}}); got != v.want {
			t.Errorf("%q at %q: %s, want %s", v.value, v.date, got, v.want)
		}
	}
}

// TestNoAnswerKeepsSecrets: the URL of a look-up holds an address.
func TestNoAnswerKeepsSecrets(t *testing.T) {
	f := noAnswer(true, &url.Error{Op: "Get", URL: "https://portal.example/Users?filter=userName eq ann@example.com", Err: errors.New("broken pipe")})
	if strings.Contains(f.reason(), "ann") || !strings.Contains(f.reason(), "broken pipe") {
		t.Errorf("reason %q", f.reason())
	}
}

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		" two\r\n\tlines\x00\x1b[1m ": "two lines [1m",
		"\xff":                        "\uFFFD",
		strings.Repeat("ö", 400):      strings.Repeat("ö", 300) + "…",
	} {
		if got := clean(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
