package pluralsight_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"usher/connectors/pluralsight"
	"usher/connectors/pluralsight/pluralsightportal"
	"usher/internal/usher"
)

// atOnce is a Wait that does not wait.
func atOnce(ctx context.Context) error { return ctx.Err() }

func person(key, address, given, family string) usher.AccountChange {
	return usher.AccountChange{
		Account: usher.ID("account-" + key), Kind: usher.AccountPerson, Generation: 1,
		Desired: usher.Desired{Active: true, Key: key, Address: address, GivenName: given, FamilyName: family},
	}
}

// ann joins.
func ann() usher.AccountChange { return person("000001", "ann@example.com", "Ann", "Lee") }

// told is a change after the portal took it.
func (r *rig) told(t *testing.T, c usher.AccountChange) usher.AccountChange {
	t.Helper()
	o, down := r.one(t, c)
	if o.Result != usher.Done || down != nil {
		t.Fatalf("%+v, %v", o, down)
	}
	c.RemoteID, c.Seen, c.ReadBack = o.RemoteID, o.Seen, false
	return c
}

// tape keeps the requests that went out.
type tape struct{ said []string }

func (c *tape) Do(req *http.Request) (*http.Response, error) {
	body, _ := req.GetBody()
	text := new(strings.Builder)
	if _, err := fmt.Fprintf(text, "%s %s\n%s\n%s\n", req.Method, req.URL.RequestURI(), req.Header.Get("Content-Type"), req.Header.Get("Content-Disposition")); err != nil {
		return nil, err
	}
	content := make([]byte, req.ContentLength)
	if _, err := body.Read(content); err != nil {
		return nil, err
	}
	c.said = append(c.said, text.String()+string(content))
	return http.DefaultClient.Do(req)
}

// TestSample: the file of the documented sample, byte for byte, dry and then for real.
func TestSample(t *testing.T) {
	wanted, err := os.ReadFile("testdata/pluralsight_provision.csv")
	if err != nil {
		t.Fatal(err)
	}
	heard := &tape{}
	r := start(t, pluralsightportal.Options{}, pluralsight.Options{Client: heard, Products: map[string][]int{"skills": {2, 1}}})
	changes := []usher.AccountChange{
		person("000123", "sean.obrien@example.com", "Seán", "O'Brien"),
		person("000007", "zoe.mueller@example.com", "Zoë", "Müller-Łukasiewicz"),
	}
	for i := range changes {
		changes[i].Desired.Subscriptions = []string{"skills"}
	}
	if _, err := r.Deliver(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, dry := range []string{"true", "false"} {
		want = append(want, "POST /provision?dryRun="+dry+"&exitOnError=false&productIds=1,2\ntext/csv\nattachment; filename=\"provision.csv\"\n"+string(wanted))
	}
	if !slices.Equal(heard.said, want) {
		t.Errorf("sent\n%s\nwant\n%s", strings.Join(heard.said, "\n"), strings.Join(want, "\n"))
	}
	for _, p := range r.portal.People() {
		if !slices.Equal(p.Products, []int{1, 2}) {
			t.Errorf("%+v", p)
		}
	}
}

// TestLeaverOverTheWire: the other call, under the address that the portal was told.
func TestLeaverOverTheWire(t *testing.T) {
	heard := &tape{}
	r := start(t, pluralsightportal.Options{}, pluralsight.Options{Client: heard, Products: map[string][]int{"skills": {1}}})
	c := r.told(t, ann())
	c.Desired = usher.Desired{Key: c.Desired.Key, Address: "ann.lee@example.com", GivenName: "Ann", FamilyName: "Lee"}
	c.Releasing = []string{"skills"}
	heard.said = nil
	r.told(t, c)
	var want []string
	for _, dry := range []string{"true", "false"} {
		want = append(want, "POST /deprovision?dryRun="+dry+"&exitOnError=false\ntext/csv\nattachment; filename=\"deprovision.csv\"\n"+
			"id,email,first_name,last_name\n000001,ann@example.com,Ann,Lee\n")
	}
	if !slices.Equal(heard.said, want) {
		t.Errorf("sent\n%s\nwant\n%s", strings.Join(heard.said, "\n"), strings.Join(want, "\n"))
	}
}

// TestSignsInBothWays: Basic with the vendor's user, and bearer.
func TestSignsInBothWays(t *testing.T) {
	for _, user := range []string{"", "pluralsight", "somebody"} {
		r := start(t, pluralsightportal.Options{}, pluralsight.Options{User: user})
		o, down := r.one(t, ann())
		if good := user != "somebody"; (o.Result == usher.Done) != good || (down == nil) != good {
			t.Errorf("user %q: %+v, %v", user, o, down)
		}
	}
}

// TestLeaversFirst: a seat that one frees goes to another in the same delivery.
func TestLeaversFirst(t *testing.T) {
	r := start(t, pluralsightportal.Options{Seats: 1}, pluralsight.Options{})
	gone := r.told(t, ann())
	gone.Desired.Active, gone.Desired.Address = false, ""
	outcomes, err := r.Deliver(t.Context(), []usher.AccountChange{person("000002", "bob@example.com", "Bob", "Ray"), gone})
	if err != nil || outcomes[0].Result != usher.Done || outcomes[1].Result != usher.Done {
		t.Fatalf("%+v, %v", outcomes, err)
	}
	if people := r.portal.People(); people[0].Active || !people[1].Active {
		t.Errorf("%+v", people)
	}
}

// TestBadRecordsCostNobodyElse: whom the portal objects to is refused with its words, alone,
// whether it names them or not.
func TestBadRecordsCostNobodyElse(t *testing.T) {
	for _, names := range []bool{true, false} {
		r := start(t, pluralsightportal.Options{Names: names}, pluralsight.Options{})
		if _, err := r.Deliver(t.Context(), []usher.AccountChange{person("999", "p07@example.com", "Old", "Owner")}); err != nil {
			t.Fatal(err)
		}
		var changes []usher.AccountChange
		for i := range 20 {
			changes = append(changes, person(fmt.Sprintf("0%02d", i), fmt.Sprintf("p%02d@example.com", i), "P", "Q"))
		}
		outcomes, err := r.Deliver(t.Context(), changes)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range outcomes {
			switch {
			case (o.Result == usher.Refused) != (i == 7) || o.NoSeats:
				t.Errorf("names %t: %d is %+v", names, i, o)
			case i == 7 && names && o.Reason != "Pluralsight does not take the record: 007 id and email must be unique":
				t.Errorf("reason %q", o.Reason)
			}
		}
		if n := len(r.portal.People()); n != 20 {
			t.Errorf("names %t: %d people", names, n)
		}
	}
}

// TestWhatNoFileCarries: refused before anything is sent, with the field and the remedy.
func TestWhatNoFileCarries(t *testing.T) {
	r := start(t, pluralsightportal.Options{}, pluralsight.Options{})
	team := ann()
	team.Kind = usher.AccountTeam
	for want, c := range map[string]usher.AccountChange{
		"id is empty":    person("", "x@example.com", "X", "Y"),
		"email is empty": person("1", "", "X", "Y"),
		"email holds a character that Pluralsight's files cannot carry": person("1", "a,b@example.com", "X", "Y"),
		"id holds a character":      person("=1", "x@example.com", "X", "Y"),
		"no way to keep a team":     team,
		"email holds a character ":  person("1", "a\nb@example.com", "X", "Y"),
		"email holds a character t": person("1", `"a"@example.com`, "X", "Y"),
	} {
		if o, _ := r.one(t, c); o.Result != usher.Refused || !strings.Contains(o.Reason, want) {
			t.Errorf("%+v, want %q", o, want)
		}
	}
	twin := person("2", "ANN@example.com", "An", "Other")
	outcomes, _ := r.Deliver(t.Context(), []usher.AccountChange{ann(), twin})
	if outcomes[0].Result != usher.Done || outcomes[1].Result != usher.Refused || !strings.Contains(outcomes[1].Reason, "same id or address") {
		t.Errorf("%+v", outcomes)
	}
}

// TestProducts: people with other products go into another file, products are added, and one
// that is to go while its owner stays is refused and named.
func TestProducts(t *testing.T) {
	r := start(t, pluralsightportal.Options{}, pluralsight.Options{Products: map[string][]int{"skills": {1}, "cloud": {2, 3}}})
	a, b := ann(), person("2", "bob@example.com", "Bob", "Ray")
	a.Desired.Subscriptions, b.Desired.Subscriptions = []string{"skills"}, []string{"cloud", "skills"}
	if _, err := r.Deliver(t.Context(), []usher.AccountChange{a, b}); err != nil {
		t.Fatal(err)
	}
	a = r.told(t, a)
	a.Desired.Subscriptions = []string{"cloud", "skills"}
	a = r.told(t, a)
	if got := fmt.Sprint(r.portal.People()); got != "[{000001 ann@example.com Ann Lee true [1 2 3]} {2 bob@example.com Bob Ray true [1 2 3]}]" || r.portal.Files() != 4 {
		t.Errorf("%s after %d files", got, r.portal.Files())
	}
	a.Desired.Subscriptions, a.Releasing = []string{"skills"}, []string{"cloud"}
	if o, _ := r.one(t, a); o.Result != usher.Refused || !strings.Contains(o.Reason, "take product 2,3 away in its admin page") {
		t.Errorf("%+v", o)
	}
	a.Desired.Active, a.Desired.Subscriptions, a.Releasing = false, nil, []string{"cloud", "skills"}
	r.told(t, a)
	if p := r.portal.People()[0]; p.Active || p.Products != nil {
		t.Errorf("%+v", p)
	}
}

// TestUnknownLeaver: who is not in the plan is as good as removed, where the portal says so.
func TestUnknownLeaver(t *testing.T) {
	r := start(t, pluralsightportal.Options{Strict: true, Names: true}, pluralsight.Options{})
	c := ann()
	c.Desired.Active, c.Releasing = false, []string{"skills"}
	if o, _ := r.one(t, c); o.Result != usher.Done || r.portal.Files() != 0 {
		t.Errorf("%+v after %d files", o, r.portal.Files())
	}
}

// TestStillProcessing: what is not over when the time is up is unknown, and asked for again.
func TestStillProcessing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	looks := 0
	r := start(t, pluralsightportal.Options{Late: true, Looks: 5}, pluralsight.Options{Results: "/{run}/results", Wait: func(context.Context) error {
		if looks++; looks == 3 {
			cancel()
			return errors.New("time is up")
		}
		return nil
	}})
	outcomes, err := r.Deliver(ctx, []usher.AccountChange{ann()})
	if err != nil || outcomes[0].Result != usher.Unknown || !strings.Contains(outcomes[0].Reason, "still processing") {
		t.Fatalf("%+v, %v", outcomes, err)
	}
	c := ann()
	c.ReadBack = true
	r.told(t, c)
	if people := r.portal.People(); len(people) != 1 {
		t.Errorf("%+v", people)
	}
}

func TestOptions(t *testing.T) {
	for name, o := range map[string]pluralsight.Options{
		"no scheme":    {BaseURL: "integrations-api.example", Client: http.DefaultClient},
		"password":     {BaseURL: "https://user:secret@pluralsight.example", Client: http.DefaultClient},
		"query":        {BaseURL: "https://pluralsight.example/?a=b", Client: http.DefaultClient},
		"no client":    {BaseURL: "https://pluralsight.example"},
		"bad product":  {Client: http.DefaultClient, Products: map[string][]int{"skills": {0}}},
		"bad results":  {Client: http.DefaultClient, Results: "results"},
		"not a scheme": {BaseURL: "file:///etc/passwd", Client: http.DefaultClient},
	} {
		if _, err := pluralsight.New(o); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := pluralsight.New(pluralsight.Options{Client: http.DefaultClient}); err != nil {
		t.Error(err)
	}
}
