package scimout_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"usher/connectors/connectortest"
	"usher/connectors/scimout"
	"usher/connectors/scimout/scimportal"
	"usher/internal/usher"
)

// rig is a connector and the portal behind it.
type rig struct {
	*scimout.Connector
	portal *scimportal.Portal

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
	o.BaseURL, o.Token, o.Client = server.URL+"/scim/v2/", p.Token, server.Client()
	var err error
	if r.Connector, err = scimout.New(o); err != nil {
		t.Fatal(err)
	}
	return r
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
