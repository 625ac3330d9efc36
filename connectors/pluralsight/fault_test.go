package pluralsight_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"usher/connectors/pluralsight"
	"usher/connectors/pluralsight/pluralsightportal"
	"usher/internal/usher"
)

// faults are the classes of failure, what they mean for a file sent for real, and whether
// the portal as a whole is down with them. A dry run that fails is tried again, unless the
// portal refused it.
var faults = []struct {
	name       string
	fault      pluralsightportal.Fault
	real       usher.OutcomeResult
	down       bool
	retryAfter int
}{
	{"429 with seconds", pluralsightportal.Fault{Status: 429, RetryAfter: "7"}, usher.Retry, true, 7},
	{"429 without", pluralsightportal.Fault{Status: 429}, usher.Retry, true, 0},
	{"429 for a year", pluralsightportal.Fault{Status: 429, RetryAfter: "31536000"}, usher.Retry, true, 86400},
	{"503 with seconds", pluralsightportal.Fault{Status: 503, RetryAfter: "30"}, usher.Retry, true, 30},
	{"503 without", pluralsightportal.Fault{Status: 503}, usher.Unknown, true, 0},
	{"500", pluralsightportal.Fault{Status: 500}, usher.Unknown, false, 0},
	{"504 with seconds", pluralsightportal.Fault{Status: 504, RetryAfter: "5"}, usher.Unknown, false, 5},
	{"408", pluralsightportal.Fault{Status: 408}, usher.Unknown, false, 0},
	{"401", pluralsightportal.Fault{Status: 401}, usher.Retry, true, 0},
	{"403", pluralsightportal.Fault{Status: 403}, usher.Refused, false, 0},
	{"404", pluralsightportal.Fault{Status: 404}, usher.Refused, false, 0},
	{"302", pluralsightportal.Fault{Status: 302}, usher.Refused, false, 0},
	{"501", pluralsightportal.Fault{Status: 501}, usher.Refused, false, 0},
	{"no files", pluralsightportal.Fault{Status: 400, Body: `{"status":"No files"}`, ContentType: "application/json"}, usher.Refused, false, 0},
	{"no answer", pluralsightportal.Fault{Drop: true}, usher.Unknown, false, 0},
	{"a page for people", pluralsightportal.Fault{Body: "<html>sign in</html>", ContentType: "text/html; charset=utf-8"}, usher.Unknown, false, 0},
	{"JSON that says it is a page", pluralsightportal.Fault{Body: `{"status":"Processing"}`, ContentType: "text/html"}, usher.Unknown, false, 0},
	{"JSON cut off", pluralsightportal.Fault{Body: `{"status":"Proc`, ContentType: "application/json"}, usher.Unknown, false, 0},
	{"a status nobody knows", pluralsightportal.Fault{Body: `{"status":"Fine"}`, ContentType: "application/json"}, usher.Unknown, false, 0},
	{"an object of nothing", pluralsightportal.Fault{Body: `{}`, ContentType: "application/json"}, usher.Unknown, false, 0},
	{"null", pluralsightportal.Fault{Body: `null`, ContentType: "application/json"}, usher.Unknown, false, 0},
	{"too large", pluralsightportal.Fault{Body: `{"status":"` + strings.Repeat("x", 5<<20) + `"}`, ContentType: "application/json"}, usher.Unknown, false, 0},
}

// TestFaults: a fault costs a try and nothing else. What failed before it took effect, or
// after, is right after one more delivery, and there is one account.
func TestFaults(t *testing.T) {
	for _, v := range faults {
		for when, effect := range map[string]bool{"before the effect": false, "after the effect": true} {
			t.Run(v.name+" "+when, func(t *testing.T) {
				r := start(t, pluralsightportal.Options{}, pluralsight.Options{Client: &http.Client{CheckRedirect: stay}})
				v.fault.Effect = effect
				r.portal.Fail(1, v.fault)
				c := ann()
				o, down := r.one(t, c)
				if o.Result != v.real || o.Reason == "" || o.RetryAfter != v.retryAfter || (down != nil) != v.down || o.NoSeats {
					t.Errorf("%+v, down %v", o, down)
				}
				if down != nil && (down.RetryAfter != time.Duration(v.retryAfter)*time.Second || strings.Contains(down.Error(), "ann")) {
					t.Errorf("%v", down)
				}
				c.ReadBack = o.Result == usher.Unknown
				r.told(t, c)
				if people := r.portal.People(); len(people) != 1 || !people[0].Active {
					t.Errorf("the plan holds %+v", people)
				}
			})
		}
	}
}

// TestFaultsOfDryRuns: nothing was sent for real, and nothing is unknown.
func TestFaultsOfDryRuns(t *testing.T) {
	for _, v := range faults {
		t.Run(v.name, func(t *testing.T) {
			r := start(t, pluralsightportal.Options{}, pluralsight.Options{Client: &http.Client{CheckRedirect: stay}})
			r.portal.FailDry(1, v.fault)
			want := usher.Retry
			if v.real == usher.Refused {
				want = usher.Refused
			}
			if o, down := r.one(t, ann()); o.Result != want || o.Wrote || (down != nil) != v.down || r.portal.Files() != 0 {
				t.Errorf("%+v, down %v, %d files", o, down, r.portal.Files())
			}
		})
	}
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// TestRestIsNotTried: when the portal goes down, what is known stays known.
func TestRestIsNotTried(t *testing.T) {
	r := start(t, pluralsightportal.Options{}, pluralsight.Options{Batch: 1})
	r.portal.Fail(1, pluralsightportal.Fault{})
	r.portal.Fail(1, pluralsightportal.Fault{Status: 429, RetryAfter: "9"})
	outcomes, err := r.Deliver(t.Context(), []usher.AccountChange{ann(), person("2", "b@example.com", "B", "B"), person("3", "c@example.com", "C", "C")})
	if err == nil || outcomes[0].Result != usher.Done || outcomes[1].Result != usher.Retry || outcomes[2].Result != usher.Retry || outcomes[2].RetryAfter != 9 || r.portal.Files() != 1 {
		t.Errorf("%+v, %v", outcomes, err)
	}
}

// TestNobodyThere: without a connection, or with one to whom nobody vouches, nothing was sent.
func TestNobodyThere(t *testing.T) {
	server := httptest.NewUnstartedServer(pluralsightportal.New(pluralsightportal.Options{}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	for _, address := range []string{"http://127.0.0.1:1", server.URL} {
		c, err := pluralsight.New(pluralsight.Options{BaseURL: address, Client: &http.Client{}})
		if err != nil {
			t.Fatal(err)
		}
		if o, down := (&rig{Connector: c}).one(t, ann()); o.Result != usher.Retry || o.Wrote || down == nil {
			t.Errorf("%s: %+v, %v", address, o, down)
		}
	}
}
