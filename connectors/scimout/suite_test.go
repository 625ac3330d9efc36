package scimout_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"usher/connectors"
	"usher/connectors/connectortest"
	"usher/connectors/scimout"
	"usher/connectors/scimout/scimportal"
	"usher/internal/usher"
)

// rig is a connector and the portal behind it.
type rig struct {
	*scimout.Connector
	portal *scimportal.Portal
	client *http.Client
	base   string

	mu   sync.Mutex
	next []scimportal.Fault // for the next writes
}

// start serves a portal on loopback and connects to it.
func start(t *testing.T, p scimportal.Options, o scimout.Options) *rig {
	t.Helper()
	p.Token = "portal-token"
	r := &rig{portal: scimportal.New(p)}
	r.portal.SetFault(r.fault)
	server := httptest.NewServer(r.portal)
	t.Cleanup(server.Close)
	r.base, r.client = server.URL+"/scim/v2", server.Client()
	o.BaseURL, o.Token = r.base+"/", p.Token
	if o.Client == nil {
		o.Client = r.client
	}
	var err error
	if r.Connector, err = scimout.New(o); err != nil {
		t.Fatal(err)
	}
	return r
}

// one delivers one change.
func (r *rig) one(t *testing.T, c usher.AccountChange) (usher.Outcome, *connectors.Down) {
	t.Helper()
	outcomes, err := r.Deliver(t.Context(), []usher.AccountChange{c})
	if len(outcomes) != 1 {
		t.Fatalf("%d outcomes for a change, error %v", len(outcomes), err)
	}
	var down *connectors.Down
	if err != nil && !errors.As(err, &down) {
		t.Fatalf("error %v is not a Down", err)
	}
	return outcomes[0], down
}

// done delivers one change, wants it done, and gives it back with what is known then.
func (r *rig) done(t *testing.T, c usher.AccountChange) usher.AccountChange {
	t.Helper()
	o, down := r.one(t, c)
	if down != nil || o.Result != usher.Done {
		t.Fatalf("%s: %+v, %v", c.Account, o, down)
	}
	c.RemoteID, c.Seen = o.RemoteID, o.Seen
	return c
}

// direct is somebody else's request to the portal.
func (r *rig) direct(t *testing.T, method, path, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer portal-token")
	resp, err := r.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode > 299 {
		t.Fatalf("%s %s: %s", method, path, resp.Status)
	}
}

// ann is the change that seats Ann.
func ann() usher.AccountChange {
	return usher.AccountChange{
		Account: "account-ann", Kind: usher.AccountPerson, Generation: 1,
		Desired: usher.Desired{
			Active: true, Key: "person-ann", UserName: "ann@example.com", Address: "ann@example.com", DisplayName: "Ann Lee",
			GivenName: "Ann", FamilyName: "Lee", Title: "Engineer", Department: "Sales",
		},
	}
}

// fault takes the next fault off the list when a write arrives.
func (r *rig) fault(req *http.Request) scimportal.Fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	if req.Method == http.MethodGet || len(r.next) == 0 {
		return scimportal.Fault{}
	}
	f := r.next[0]
	r.next = r.next[1:]
	return f
}

func (r *rig) fail(n int, f scimportal.Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for range n {
		r.next = append(r.next, f)
	}
}

func (r *rig) Writes() int       { return r.portal.Stats().Writes }
func (r *rig) SetSeats(n int)    { r.portal.SetSeats(n) }
func (r *rig) LoseAnswers(n int) { r.fail(n, scimportal.Fault{Effect: true, Drop: true}) }
func (r *rig) Busy(n int) {
	r.fail(n, scimportal.Fault{Status: http.StatusTooManyRequests, RetryAfter: "7"})
}

func (r *rig) Accounts(kind usher.AccountKind) []usher.Seen {
	var out []usher.Seen
	if kind == usher.AccountTeam {
		for _, g := range r.portal.Groups() {
			out = append(out, usher.Seen{RemoteID: g.ID, Key: g.ExternalID, DisplayName: g.DisplayName, Members: g.Members, Active: true})
		}
		return out
	}
	for _, u := range r.portal.Users() {
		out = append(out, usher.Seen{
			RemoteID: u.ID, Key: u.ExternalID, Active: u.Active, UserName: u.UserName, Address: u.Addresses[0],
			DisplayName: u.DisplayName, GivenName: u.GivenName, FamilyName: u.FamilyName, Title: u.Title,
			Department: u.Department, Manager: u.Manager,
		})
	}
	return out
}

func TestSuite(t *testing.T) {
	for _, v := range []struct {
		name    string
		portal  scimportal.Options
		options scimout.Options
	}{
		{"by the book", scimportal.Options{}, scimout.Options{}},
		{"matched by address", scimportal.Options{}, scimout.Options{Match: scimout.MatchEmails}},
		{"matched by externalId", scimportal.Options{}, scimout.Options{Match: scimout.MatchExternalID}},
		{"no PATCH", scimportal.Options{NoPatch: true}, scimout.Options{}},
		{"no versions", scimportal.Options{NoVersions: true}, scimout.Options{}},
		{"empty answers", scimportal.Options{EmptyAnswers: true}, scimout.Options{}},
		{"reads every new account", scimportal.Options{}, scimout.Options{Verify: true}},
		{"shows neither title nor department", scimportal.Options{Hide: []string{"title", enterprise}}, scimout.Options{}},
		{"small pages", scimportal.Options{PageSize: 7}, scimout.Options{}},
	} {
		t.Run(v.name, func(t *testing.T) {
			connectortest.Run(t, func(t *testing.T) connectortest.Setup {
				r := start(t, v.portal, v.options)
				return connectortest.Setup{Each: r, Portal: r, Teams: true, Hides: len(v.portal.Hide) > 0}
			})
		})
	}
}

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
