package pluralsight_test

import (
	"errors"
	"net/http/httptest"
	"regexp"
	"testing"

	"usher/connectors"
	"usher/connectors/connectortest"
	"usher/connectors/pluralsight"
	"usher/connectors/pluralsight/pluralsightportal"
	"usher/internal/usher"
)

// rig is a connector and the plan behind it.
type rig struct {
	*pluralsight.Connector
	portal *pluralsightportal.Portal
}

// noSeats are the words that the portal is assumed to use.
var noSeats = regexp.MustCompile(`(?i)insufficient licenses|Validation Completed`)

// start serves a plan on loopback and connects to it.
func start(t *testing.T, p pluralsightportal.Options, o pluralsight.Options) *rig {
	t.Helper()
	p.Key = "the-key"
	r := &rig{portal: pluralsightportal.New(p)}
	server := httptest.NewServer(r.portal)
	t.Cleanup(server.Close)
	o.BaseURL, o.Token = server.URL+"/", p.Key
	if o.Client == nil {
		o.Client = server.Client()
	}
	var err error
	if r.Connector, err = pluralsight.New(o); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) Writes() int    { return r.portal.Records() }
func (r *rig) SetSeats(n int) { r.portal.SetSeats(n) }
func (r *rig) LoseAnswers(n int) {
	r.portal.Fail(n, pluralsightportal.Fault{Drop: true, Effect: true})
}
func (r *rig) Busy(n int) {
	r.portal.Fail(n, pluralsightportal.Fault{Status: 429, RetryAfter: "7"})
}

func (r *rig) Accounts(kind usher.AccountKind) []usher.Seen {
	var out []usher.Seen
	if kind != usher.AccountPerson {
		return nil
	}
	for _, p := range r.portal.People() {
		out = append(out, usher.Seen{RemoteID: p.ID, Key: p.ID, Active: p.Active, Address: p.Email, GivenName: p.First, FamilyName: p.Last})
	}
	return out
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

// keeps is what a plan holds of somebody.
func keeps(d usher.Desired) usher.Desired {
	names := map[string]string{"Zoë": "Zoe", "O'Neill 1": "ONeill 1", "O'Neill 2": "ONeill 2", "O'Neill 3": "ONeill 3", "Ünal": "Uenal"}
	kept := usher.Desired{Active: d.Active, Key: d.Key, Address: d.Address, GivenName: d.GivenName, FamilyName: d.FamilyName}
	for _, name := range []*string{&kept.GivenName, &kept.FamilyName} {
		if plain, ok := names[*name]; ok {
			*name = plain
		}
	}
	return kept
}

func TestSuite(t *testing.T) {
	for name, v := range map[string]struct {
		portal  pluralsightportal.Options
		options pluralsight.Options
	}{
		"by what is published":            {},
		"one to a file":                   {options: pluralsight.Options{Batch: 1}},
		"objections name the record":      {portal: pluralsightportal.Options{Names: true}},
		"objections are 400":              {portal: pluralsightportal.Options{ObjectStatus: 400}},
		"objects to who is not there":     {portal: pluralsightportal.Options{Strict: true, Names: true}},
		"results on a page":               {portal: pluralsightportal.Options{Late: true, Looks: 2}, options: pluralsight.Options{Results: "/{run}/results", Wait: atOnce}},
		"results on a page, with records": {portal: pluralsightportal.Options{Late: true, Names: true}, options: pluralsight.Options{Results: "/{run}/results", Wait: atOnce}},
	} {
		t.Run(name, func(t *testing.T) {
			connectortest.Run(t, func(t *testing.T) connectortest.Setup {
				v.options.NoSeats = noSeats
				r := start(t, v.portal, v.options)
				return connectortest.Setup{Each: r, Portal: r, Blind: true, Keeps: keeps}
			})
		})
	}
}
