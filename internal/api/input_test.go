package api

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
)

// asking is a visit with a query, and with a body in JSON.
func asking(query, body string) *visit {
	r := httptest.NewRequest("PUT", "/api/v1/x", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.URL.RawQuery = query
	values, _ := url.ParseQuery(query)
	now := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)
	known := func(*http.Request) (usher.Principal, error) { return usher.Principal{}, nil }
	return &visit{api: &api{Options: Options{Zone: time.UTC, Now: func() time.Time { return now }, Authenticate: known}}, w: httptest.NewRecorder(), r: r, query: values}
}

// TestNextIsAfter: what a list gives as next is read as the place that was meant.
func TestNextIsAfter(t *testing.T) {
	for _, m := range []usher.Mark{{At: 1, ID: "01a2"}, {At: 7}, {ID: "a.b"}, {At: -1, ID: "é"}} {
		next := pageOf(usher.Listed[int]{Next: &m}).Next
		got, err := asking("after="+url.QueryEscape(next), "").after()
		if err != nil || got != m {
			t.Errorf("%+v is sent as %q and read as %+v, %v", m, next, got, err)
		}
	}
}

// TestDay: a last day counts to its end, where usher runs.
func TestDay(t *testing.T) {
	v := asking("", "")
	v.Zone = time.FixedZone("east", 5*60*60)
	today, err := v.day("until", "2026-03-28")
	if want := time.Date(2026, 3, 28, 19, 0, 0, 0, time.UTC); err != nil || !today.Std().Equal(want) {
		t.Errorf("today ends at %s, %v; want %s", today.Std(), err, want)
	}
	if none, err := v.day("until", ""); none != 0 || err != nil {
		t.Errorf("no day is %v, %v", none, err)
	}
	for _, text := range []string{"2026-03-27", "2026-02-30", "28.03.2026", "2026-03-28T00:00:00Z", "0000-00-00"} {
		if got, err := v.day("until", text); err == nil {
			t.Errorf("%s is read as %s", text, got.Std())
		}
	}
}

// TestOneReading: a body that another reader would understand otherwise is refused.
func TestOneReading(t *testing.T) {
	for body, want := range map[string]bool{
		`{"decision":"grant","reason":"x"}`:        true,
		` { "reason" : "x", "decision":"grant" } `: true,
		`{}`: true,
		`{"decision":"withhold","decision":"grant","reason":"x"}`: false,
		`{"decision":"withhold","Decision":"grant","reason":"x"}`: false,
		`{"decision":"grant","\u0064ecision":"withhold"}`:         false,
		`{"decision":"grant","deci\u017fion":"withhold"}`:         false, // which folds to an s
		"{\"decision\":\"grant\",\"reason\":\"\xff\"}":            false,
		`null`:              false,
		`{"reason":"x"} {}`: false,
		``:                  false,
	} {
		var d Decision
		if err := asking("", body).read(&d); (err == nil) != want {
			t.Errorf("%s: %+v, %v", body, d, err)
		}
	}
}

// FuzzRequests: no query and no body makes a handler panic or pass what the store cannot keep.
func FuzzRequests(f *testing.F) {
	f.Add("after=MS4&limit=5", `{"decision":"grant","until":"2030-01-01","reason":"x"}`)
	f.Add("limit=-1&find=%ff", `{"reason":"\ud800"}`)
	f.Add("after=%00", `{"reason":1}{}`)
	f.Add(";;", `null`)
	f.Fuzz(func(t *testing.T, query, body string) {
		v := asking(query, body)
		values, err := readQuery(v.r, []string{"after", "limit", "find"})
		if err == nil && !plainText(values.Get("find")) {
			t.Errorf("%q passes", values.Get("find"))
		}
		if mark, n, err := v.part(); err == nil && (n < 1 || n > longestPage || !plainText(string(mark.ID))) {
			t.Errorf("%q is %d from %+v", query, n, mark)
		}
		var d Decision
		if v.read(&d) == nil && reason(d.Reason) == nil && !plainText(d.Reason) {
			t.Errorf("the reason %q passes", d.Reason)
		}
		if end, err := v.day("until", d.Until); err == nil && d.Until != "" && end <= usher.TimeOf(v.Now()) {
			t.Errorf("the day %q is over", d.Until)
		}
	})
}
