package daemon_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"usher/cmd/usher/daemon"
	"usher/connectors/pluralsight/pluralsightportal"
	"usher/internal/store"
	"usher/internal/store/storetest"
)

const pluralsightConfig = `
listen: 127.0.0.1:0
data: %s
store: %q
portals:
  plan:
    kind: pluralsight
    live: true
    url: %s
    allow_private: true
    rate: 1000
    user: pluralsight
    token: the-key
    products: {skills: "1, 2"}
subscriptions:
  skills: {portal: plan, seats: 10, rule: "true", settle: 0s}
`

// TestPeopleReachPluralsight: from a directory's push to the plan, and out of it again.
func TestPeopleReachPluralsight(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		portal := pluralsightportal.New(pluralsightportal.Options{Key: "the-key"})
		server := httptest.NewServer(portal)
		defer server.Close()
		c := configAt(t, place)
		file := filepath.Join(t.TempDir(), "usher.yaml")
		if err := os.WriteFile(file, fmt.Appendf(nil, pluralsightConfig, c.Data, c.Store.Reveal(), server.URL), 0o600); err != nil {
			t.Fatal(err)
		}
		r := start(t, daemon.Options{ConfigFile: file})
		token, _ := r.token("default")
		ids := map[string]string{}
		for _, name := range []string{"ann", "bob"} {
			body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"%[1]s@example.com","active":true,
				"name":{"givenName":"Zoë","familyName":"O'Neill"},"emails":[{"value":"%[1]s@example.com","primary":true}]}`, name)
			ids[name] = r.want(201, "POST", "/scim/v2/Users", token, body).id()
		}
		holds := func(want ...string) func() bool {
			return func() bool {
				var in []string
				for _, p := range portal.People() {
					if p.Active {
						in = append(in, fmt.Sprintf("%s %s %s %v", p.Email, p.First, p.Last, p.Products))
					}
				}
				slices.Sort(in)
				return slices.Equal(in, want)
			}
		}
		eventually(t, "both are in the plan", holds("ann@example.com Zoe ONeill [1 2]", "bob@example.com Zoe ONeill [1 2]"))
		r.want(200, "PATCH", "/scim/v2/Users/"+ids["bob"], token,
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`)
		r.want(200, "PATCH", "/scim/v2/Users/"+ids["ann"], token,
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"name.familyName","value":"Müller"}]}`)
		eventually(t, "bob is out, and ann has her name", holds("ann@example.com Zoe Mueller [1 2]"))
		if n := len(portal.People()); n != 2 {
			t.Errorf("%d accounts for two people", n)
		}
	})
}
