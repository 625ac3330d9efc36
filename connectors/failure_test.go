package connectors_test

import (
	"errors"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"usher/connectors"
	"usher/internal/usher"
)

// TestNoAnswer keeps secrets, because the URL of a look-up holds an address, and knows when nothing
// can have happened.
func TestNoAnswer(t *testing.T) {
	in := func(err error) error {
		return &url.Error{Op: "Get", URL: "https://portal.example/Users?filter=userName eq ann@example.com", Err: err}
	}
	for _, v := range []struct {
		err    error
		write  bool
		want   usher.OutcomeResult
		portal bool
	}{
		{errors.New("broken pipe"), true, usher.Unknown, false},
		{errors.New("broken pipe"), false, usher.Retry, false},
		{&net.OpError{Op: "read", Err: errors.New("reset")}, true, usher.Unknown, false},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, true, usher.Retry, true},
	} {
		f := connectors.NoAnswer(v.write, in(v.err))
		if f.Result != v.want || f.Portal != v.portal || strings.Contains(f.Reason(), "ann") || !strings.Contains(f.Reason(), v.err.Error()) {
			t.Errorf("%v, write %t: %+v", v.err, v.write, f)
		}
	}
}

func TestAnswered(t *testing.T) {
	for _, v := range []struct {
		status      int
		wait        time.Duration
		said, write bool
		want        usher.OutcomeResult
		portal      bool
		cause       string
	}{
		{302, 0, false, true, usher.Refused, false, "the portal answered 302 Found (a redirect: does the URL name the right place?)"},
		{400, 0, false, true, usher.Refused, false, "the portal answered 400 Bad Request"},
		{401, 0, false, true, usher.Retry, true, "the portal answered 401 Unauthorized (is the key still valid?)"},
		{408, 0, false, true, usher.Unknown, false, "the portal answered 408 Request Timeout"},
		{429, 90 * time.Second, true, true, usher.Retry, true, "the portal answered 429 Too Many Requests"},
		{500, 0, false, false, usher.Retry, false, "the portal answered 500 Internal Server Error"},
		{501, 0, false, true, usher.Refused, false, "the portal answered 501 Not Implemented"},
		{503, 0, false, true, usher.Unknown, true, "the portal answered 503 Service Unavailable"},
		{503, 0, true, true, usher.Retry, true, "the portal answered 503 Service Unavailable"},
		{599, 0, false, true, usher.Unknown, false, "the portal answered 599"},
	} {
		f := connectors.Answered(v.status, v.wait, v.said, v.write, "key")
		if f.Result != v.want || f.Portal != v.portal || f.Error() != v.cause || f.Status != v.status || f.RetryAfter != v.wait {
			t.Errorf("%d: %+v", v.status, f)
		}
	}
	var down *connectors.Down
	if err := connectors.Answered(429, 1500*time.Millisecond, true, true, "key").Down(); !errors.As(err, &down) || down.RetryAfter != 1500*time.Millisecond {
		t.Errorf("down: %v", err)
	}
	if f := (&connectors.Failure{RetryAfter: 1500 * time.Millisecond}); f.Seconds() != 2 {
		t.Errorf("%d s", f.Seconds())
	}
}

func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		" two\r\n\tlines\x00\x1b[1m ": "two lines [1m",
		"\xff":                        "\uFFFD",
		strings.Repeat("ö", 400):      strings.Repeat("ö", 300) + "…",
	} {
		if got := connectors.Words(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
