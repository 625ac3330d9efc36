package scimout_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"usher/connectors/scimout"
	"usher/connectors/scimout/scimportal"
	"usher/internal/usher"
)

// seatCase is one published behaviour of a service when no seat is left.
type seatCase struct {
	Name     string `json:"name"`
	Vendor   string `json:"vendor"`
	Status   int    `json:"status"` // 0 where it is not published
	Classify string `json:"classify"`
	Body     struct {
		Detail string `json:"detail"`
		Status string `json:"status"`
	} `json:"constructed_body"`
}

// seatRig is how a case is set up, at the portal and here.
type seatRig struct {
	portal  scimportal.Options
	options scimout.Options
}

// rigs are the set-ups by the name of the case.
func (c seatCase) rig(t *testing.T) seatRig {
	t.Helper()
	status := http.StatusBadRequest // of the constructed body where none is published
	if c.Status >= 400 {
		status = c.Status
	}
	v := seatRig{portal: scimportal.Options{Seats: 1, NoSeatsStatus: status, NoSeatsDetail: c.Body.Detail}}
	switch c.Name {
	case "refused_error":
		v.options = filled(t, "udemy")
	case "refused_400":
	case "created_but_not":
		v.portal.Full, v.options.Verify = scimportal.FullMakesNothing, true
	case "downgraded":
		v.portal.Full, v.portal.Lower = scimportal.FullGivesLower, map[string]any{"userType": "Minimal Access"}
		v.options.ProductsPath, v.options.Products = "userType", map[string][]string{"skills": {"Developer"}}
	case "claimed_later":
		v.portal.SignIn, v.options = true, filled(t, "udemy")
		v.options.SignIn = true
	case "over_allowed":
		v.portal.Full = scimportal.FullGoesOver
	default:
		t.Fatalf("nobody has set up %q", c.Name)
	}
	return v
}

// filled are the options of a profile.
func filled(t *testing.T, name string) scimout.Options {
	t.Helper()
	p, err := scimout.ProfileNamed(name)
	if err != nil {
		t.Fatal(err)
	}
	o, err := p.Fill(scimout.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestSeatBehaviour: what becomes of somebody for whom no seat is left, by the published
// behaviours of services.
func TestSeatBehaviour(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "scim_seat_behaviour.json"))
	if err != nil {
		t.Fatal(err)
	}
	var samples struct {
		Cases []seatCase `json:"cases"`
	}
	if err := json.Unmarshal(text, &samples); err != nil || len(samples.Cases) < 6 {
		t.Fatalf("%d cases, %v", len(samples.Cases), err)
	}
	for _, c := range samples.Cases {
		t.Run(c.Name, func(t *testing.T) {
			set := c.rig(t)
			r := start(t, set.portal, set.options)
			r.done(t, seated(1))
			o, down := r.one(t, seated(2))
			if down != nil {
				t.Fatalf("the portal is down: %v", down)
			}
			if got := classOf(o, r, set); got != c.Classify {
				t.Errorf("%s is %s, want %s: %+v", c.Vendor, got, c.Classify, o)
			}
			if c.Classify == "provisioned_unclaimed" && (!r.portal.SignIn("user-1") || r.portal.SignIn("user-2")) {
				t.Error("the seat was not taken at the first sign-in")
			}
			if o.NoSeats {
				seatComesFree(t, r)
			}
		})
	}
}

// seated is a change that seats the n-th person.
func seated(n int) usher.AccountChange {
	c := ann()
	name := string(rune('a' + n))
	c.Account, c.Desired.Key = usher.ID("account-"+name), "person-"+name
	c.Desired.UserName, c.Desired.Address = name+"@example.com", name+"@example.com"
	c.Desired.Subscriptions = []string{"skills"}
	return c
}

// classOf names what an outcome and the portal's state come to, in the words of the samples.
func classOf(o usher.Outcome, r *rig, set seatRig) string {
	users := len(r.portal.Users())
	switch {
	case o.Result == usher.Refused && o.NoSeats && users == 1 && set.portal.Full == scimportal.FullMakesNothing:
		return "verify_after_create"
	case o.Result == usher.Refused && o.NoSeats && users == 1:
		return "seat_exhausted"
	case o.Result == usher.Done && strings.Contains(o.Reason, "gave a lower seat than was asked for: Minimal Access instead of Developer"):
		return "seated_degraded"
	case o.Result == usher.Done && strings.Contains(o.Reason, "takes its seat at the first sign-in"):
		return "provisioned_unclaimed"
	case o.Result == usher.Done && users == 2 && r.portal.Stats().Active > set.portal.Seats:
		return "over_allocated"
	}
	return "something else"
}

// seatComesFree: the one that was turned away gets it, and nothing is there twice.
func seatComesFree(t *testing.T, r *rig) {
	t.Helper()
	leaver := seated(1)
	leaver.Desired.Active = false
	r.done(t, leaver)
	r.done(t, seated(2))
	if s := r.portal.Stats(); s.Duplicates != 0 || s.Active != 1 || s.Made != 2 {
		t.Errorf("%+v", s)
	}
}

// TestProfiles: each can be used as it is, and says where its values come from.
func TestProfiles(t *testing.T) {
	profiles, err := scimout.Profiles()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range profiles {
		names = append(names, p.Name)
		o, err := p.Fill(scimout.Options{BaseURL: p.URL, Client: http.DefaultClient})
		if p.URL == "" {
			o.BaseURL = "https://tenant.example/scim"
		}
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		if _, err := scimout.New(o); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		if p.Vendor == "" || len(p.Documented) == 0 || len(p.Assumed) == 0 {
			t.Errorf("%s does not say where its values come from", p.Name)
		}
		if o.NoSeatsPattern != nil && !o.NoSeatsPattern.MatchString("Insufficient licenses available") {
			t.Errorf("%s does not know a refusal for want of seats", p.Name)
		}
	}
	if want := []string{"udemy", "linkedin", "oreilly", "knowbe4", "slack", "zoom"}; !slices.Equal(names, want) {
		t.Errorf("profiles %q, want %q", names, want)
	}
	if _, err := scimout.ProfileNamed("coursera"); err == nil || !strings.Contains(err.Error(), "udemy, linkedin") {
		t.Errorf("%v", err)
	}
}

// TestExplicitOptionsOverrideAProfile: what is given counts.
func TestExplicitOptionsOverrideAProfile(t *testing.T) {
	p, err := scimout.ProfileNamed("zoom")
	if err != nil {
		t.Fatal(err)
	}
	given := scimout.Options{BaseURL: "https://zoom.example/scim2", Match: scimout.MatchEmails, Accept: "a/b", ProductsPath: "plan", NoSeatsStatus: []int{418}, NoSeatsPattern: scimout.DefaultNoSeatsPattern}
	o, err := p.Fill(given)
	if err != nil || o.BaseURL != given.BaseURL || o.Match != given.Match || o.Accept != given.Accept || o.ProductsPath != given.ProductsPath || o.NoSeatsStatus[0] != 418 || o.NoSeatsPattern != given.NoSeatsPattern {
		t.Errorf("%+v, %v", o, err)
	}
}

// TestProfilesOverTheWire pins what the profiles add to a person's account.
func TestProfilesOverTheWire(t *testing.T) {
	for name, products := range map[string][]string{"udemy": {"Pro", "Enterprise"}, "zoom": {"Licensed"}, "knowbe4": nil} {
		t.Run(name, func(t *testing.T) {
			tape := &recorder{}
			o := filled(t, name)
			o.BaseURL, o.Client = "", &http.Client{Transport: tape}
			if products != nil {
				o.Products = map[string][]string{"skills": products, "labs": {"Labs"}}
			} else {
				o.Attributes = map[string]string{"urn:ietf:params:scim:schemas:extension:knowbe4:kmsat:2.0:User:customField1": "usher"}
			}
			r := start(t, scimportal.Options{}, o)
			c := r.done(t, seated(1))
			if name == "udemy" {
				c.Desired.Subscriptions = []string{"labs", "skills"}
				c = r.done(t, c)
				c.Desired.Subscriptions = nil // an empty list would be ignored
				c = r.done(t, c)
			}
			before := r.Writes()
			r.done(t, c)
			if n := r.Writes() - before; n != 0 {
				t.Errorf("%d writes where none was needed", n)
			}
			c.Desired.Active = false
			r.done(t, c)
			golden(t, filepath.Join("testdata", "wire", "profile-"+name+".golden"), tape.Bytes())
		})
	}
}

// TestPathsThatAreNotTheirs: what decides over accounts is set by usher alone.
func TestPathsThatAreNotTheirs(t *testing.T) {
	for name, o := range map[string]scimout.Options{
		"products without a path": {Products: map[string][]string{"skills": {"Pro"}}},
		"active":                  {Attributes: map[string]string{"active": "true"}},
		"externalId":              {ProductsPath: "externalId"},
	} {
		o.BaseURL, o.Client = "https://portal.example/scim", http.DefaultClient
		if _, err := scimout.New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
