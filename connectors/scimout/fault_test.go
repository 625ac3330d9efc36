package scimout_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"usher/connectors"
	"usher/connectors/scimout"
	"usher/connectors/scimout/scimportal"
	"usher/internal/usher"
)

// effects are the two ways in which a fault can strike a write.
var effects = map[string]bool{"before the effect": false, "after the effect": true}

// faults are the classes of failure and what they mean for a write and for a reading.
var faults = []struct {
	name        string
	fault       scimportal.Fault
	write, read usher.OutcomeResult
	down        bool
	retryAfter  int
}{
	{"429 with seconds", scimportal.Fault{Status: 429, RetryAfter: "7"}, usher.Retry, usher.Retry, true, 7},
	{"429 without", scimportal.Fault{Status: 429}, usher.Retry, usher.Retry, true, 0},
	{"429 with nonsense", scimportal.Fault{Status: 429, RetryAfter: "-3 fortnights"}, usher.Retry, usher.Retry, true, 0},
	{"429 for a year", scimportal.Fault{Status: 429, RetryAfter: "31536000"}, usher.Retry, usher.Retry, true, 86400},
	{"503 with seconds", scimportal.Fault{Status: 503, RetryAfter: "30"}, usher.Retry, usher.Retry, true, 30},
	{"503 without", scimportal.Fault{Status: 503}, usher.Unknown, usher.Retry, true, 0},
	{"500", scimportal.Fault{Status: 500}, usher.Unknown, usher.Retry, false, 0},
	{"502", scimportal.Fault{Status: 502}, usher.Unknown, usher.Retry, false, 0},
	{"504 with seconds", scimportal.Fault{Status: 504, RetryAfter: "5"}, usher.Unknown, usher.Retry, false, 5},
	{"408", scimportal.Fault{Status: 408}, usher.Unknown, usher.Retry, false, 0},
	{"401", scimportal.Fault{Status: 401}, usher.Retry, usher.Retry, true, 0},
	{"412", scimportal.Fault{Status: 412}, usher.Retry, usher.Retry, false, 0},
	{"423", scimportal.Fault{Status: 423}, usher.Retry, usher.Retry, false, 0},
	{"400", scimportal.Fault{Status: 400}, usher.Refused, usher.Refused, false, 0},
	{"403", scimportal.Fault{Status: 403}, usher.Refused, usher.Refused, false, 0},
	{"404", scimportal.Fault{Status: 404}, usher.Refused, usher.Refused, false, 0},
	{"405", scimportal.Fault{Status: 405}, usher.Refused, usher.Refused, false, 0},
	{"422", scimportal.Fault{Status: 422}, usher.Refused, usher.Refused, false, 0},
	{"501", scimportal.Fault{Status: 501}, usher.Refused, usher.Refused, false, 0},
	{"302", scimportal.Fault{Status: 302}, usher.Refused, usher.Refused, false, 0},
	{"no answer", scimportal.Fault{Drop: true}, usher.Unknown, usher.Retry, false, 0},
	{"a page for people", scimportal.Fault{Body: "<html>sign in</html>", ContentType: "text/html; charset=utf-8"}, usher.Unknown, usher.Retry, false, 0},
	{"JSON that says it is a page", scimportal.Fault{Body: `{"id":"user-1","totalResults":0}`, ContentType: "text/html"}, usher.Unknown, usher.Retry, false, 0},
	{"JSON cut off", scimportal.Fault{Body: `{"id":"user-1","active":tr`, ContentType: "application/scim+json"}, usher.Unknown, usher.Retry, false, 0},
	{"a JSON list", scimportal.Fault{Body: `[]`, ContentType: "application/scim+json"}, usher.Unknown, usher.Retry, false, 0},
	{"null", scimportal.Fault{Body: `null`, ContentType: "application/scim+json"}, usher.Unknown, usher.Retry, false, 0},
	{"an object of nothing", scimportal.Fault{Body: `{}`, ContentType: "application/scim+json"}, usher.Unknown, usher.Retry, false, 0},
	{"too large", scimportal.Fault{Body: `{"id":"` + strings.Repeat("x", 1<<16) + `"}`, ContentType: "application/scim+json"}, usher.Unknown, usher.Retry, false, 0},
}

// TestFaultsOfCreate: after every class of fault, with and without effect, one more
// delivery leaves exactly one account.
func TestFaultsOfCreate(t *testing.T) {
	for _, v := range faults {
		for when, effect := range effects {
			t.Run(v.name+" "+when, func(t *testing.T) {
				r := start(t, scimportal.Options{}, scimout.Options{MaxBody: 1 << 15})
				v.fault.Effect = effect
				r.fail(1, v.fault)
				c := ann()
				o, down := r.one(t, c)
				check(t, o, down, v.write, v.down, v.retryAfter)
				if o.NoSeats {
					t.Error("taken for want of seats")
				}
				c.ReadBack = o.Result == usher.Unknown
				c = r.done(t, c)
				if users := r.portal.Users(); len(users) != 1 || users[0].ID != c.RemoteID || r.portal.Stats().Duplicates != 0 {
					t.Errorf("the portal holds %+v, the outcome named %q", users, c.RemoteID)
				}
			})
		}
	}
}

// TestFaultsOfDeactivation: whether a seat is free is never guessed.
func TestFaultsOfDeactivation(t *testing.T) {
	for _, v := range faults {
		for when, effect := range effects {
			t.Run(v.name+" "+when, func(t *testing.T) {
				r := start(t, scimportal.Options{}, scimout.Options{MaxBody: 1 << 15})
				c := r.done(t, ann())
				c.Desired.Active = false
				v.fault.Effect = effect
				r.fail(1, v.fault)
				o, down := r.one(t, c)
				want := v.write
				switch v.fault.Status {
				case http.StatusNotFound: // it is to be looked for again
					want = usher.Retry
				case http.StatusMethodNotAllowed, http.StatusNotImplemented: // a PUT may do
					want = usher.Retry
				}
				check(t, o, down, want, v.down, v.retryAfter)
				if o.Result == usher.Unknown && o.Seen != nil {
					t.Errorf("shows %+v although nobody knows", o.Seen)
				}
				r.done(t, c)
				if r.portal.Users()[0].Active {
					t.Error("still active")
				}
			})
		}
	}
}

// TestFaultsOfReading: what fails before anything was written changed nothing.
func TestFaultsOfReading(t *testing.T) {
	for _, v := range faults {
		t.Run(v.name, func(t *testing.T) {
			r := start(t, scimportal.Options{}, scimout.Options{Match: scimout.MatchExternalID, MaxBody: 1 << 15})
			r.portal.SetFault(func(*http.Request) scimportal.Fault { return v.fault })
			o, down := r.one(t, ann())
			check(t, o, down, v.read, v.down, v.retryAfter)
			if o.Wrote || r.Writes() != 0 {
				t.Errorf("%d writes, outcome %+v", r.Writes(), o)
			}
			err := r.Read(t.Context(), usher.AccountPerson, func(usher.Seen) error { return nil })
			if err == nil || errors.As(err, &down) != v.down {
				t.Errorf("reading: %v, want a Down: %t", err, v.down)
			}
		})
	}
}

func check(t *testing.T, o usher.Outcome, down *connectors.Down, want usher.OutcomeResult, isDown bool, retryAfter int) {
	t.Helper()
	if o.Result != want || o.Reason == "" || o.RetryAfter != retryAfter {
		t.Errorf("outcome %+v, want %s after %d s", o, want, retryAfter)
	}
	if (down != nil) != isDown {
		t.Errorf("down is %v, want one: %t", down, isDown)
	}
	if down != nil && down.RetryAfter != time.Duration(retryAfter)*time.Second {
		t.Errorf("down for %s, want %d s", down.RetryAfter, retryAfter)
	}
}

// TestRestIsNotTried: when the portal goes down, what is known stays known.
func TestRestIsNotTried(t *testing.T) {
	r := start(t, scimportal.Options{}, scimout.Options{})
	people, _ := company(4, 1)
	r.fail(1, scimportal.Fault{})
	r.fail(1, scimportal.Fault{Status: 429, RetryAfter: "9"})
	outcomes, err := r.Deliver(t.Context(), people)
	var down *connectors.Down
	if !errors.As(err, &down) || len(outcomes) != 4 {
		t.Fatalf("%d outcomes, error %v", len(outcomes), err)
	}
	for i, want := range []usher.OutcomeResult{usher.Done, usher.Retry, usher.Retry, usher.Retry} {
		if outcomes[i].Result != want {
			t.Errorf("change %d is %s, want %s", i, outcomes[i].Result, want)
		}
	}
	if outcomes[3].RetryAfter != 9 || r.Writes() != 2 {
		t.Errorf("%d writes, the last outcome is %+v", r.Writes(), outcomes[3])
	}
}

// TestStopInFlight: what was under way is unknown, the rest was not tried.
func TestStopInFlight(t *testing.T) {
	r := start(t, scimportal.Options{}, scimout.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	var posts atomic.Int32
	r.portal.SetFault(func(req *http.Request) scimportal.Fault {
		if req.Method == http.MethodPost && posts.Add(1) == 2 {
			cancel()
			return scimportal.Fault{Effect: true, Drop: true}
		}
		return scimportal.Fault{}
	})
	people, _ := company(4, 1)
	outcomes, err := r.Deliver(ctx, people)
	if err != nil || len(outcomes) != 4 {
		t.Fatalf("%d outcomes, error %v", len(outcomes), err)
	}
	for i, want := range []usher.OutcomeResult{usher.Done, usher.Unknown, usher.Retry, usher.Retry} {
		if outcomes[i].Result != want {
			t.Errorf("change %d is %s, want %s", i, outcomes[i].Result, want)
		}
	}
}

// TestSlowPortal: the call's time-out passes, the effect comes all the same.
func TestSlowPortal(t *testing.T) {
	r := start(t, scimportal.Options{}, scimout.Options{Client: &http.Client{Timeout: 200 * time.Millisecond}})
	r.fail(1, scimportal.Fault{After: time.Second})
	c := ann()
	if o, _ := r.one(t, c); o.Result != usher.Unknown {
		t.Fatalf("after a time-out: %+v", o)
	}
	c.ReadBack = true
	r.done(t, c)
	if s := r.portal.Stats(); s.Made != 1 {
		t.Errorf("%d accounts", s.Made)
	}
}

// TestNobodyThere: without a connection nothing can have been written.
func TestNobodyThere(t *testing.T) {
	c, err := scimout.New(scimout.Options{BaseURL: "http://127.0.0.1:1/scim", Client: http.DefaultClient})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{Connector: c}
	o, down := r.one(t, ann())
	if o.Result != usher.Retry || o.Wrote || down == nil {
		t.Fatalf("outcome %+v, down %v", o, down)
	}
	if text := down.Error() + o.Reason; strings.Contains(text, "ann") || strings.Contains(text, "person-") {
		t.Errorf("the error names a person: %s", text)
	}
}

func TestOptions(t *testing.T) {
	for name, o := range map[string]scimout.Options{
		"no URL":        {Client: http.DefaultClient},
		"no scheme":     {BaseURL: "portal.example/scim", Client: http.DefaultClient},
		"file":          {BaseURL: "file:///etc/passwd", Client: http.DefaultClient},
		"password":      {BaseURL: "https://user:secret@portal.example", Client: http.DefaultClient},
		"query":         {BaseURL: "https://portal.example/?a=b", Client: http.DefaultClient},
		"no client":     {BaseURL: "https://portal.example"},
		"unknown match": {BaseURL: "https://portal.example", Client: http.DefaultClient, Match: "nickName"},
	} {
		if _, err := scimout.New(o); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
