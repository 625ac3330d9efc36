package daemon_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sso/oidc/oidctest"
	"usher/sync/ledger"
)

// rolesDesk is a desk whose configuration gives roles.
func rolesDesk(t *testing.T, place store.Options, roles ...config.Role) (*desk, *config.Config) {
	provider := oidctest.New(t, time.Now)
	c := deskConfig(t, place, provider.Issuer)
	c.SignIn.Connections = append(c.SignIn.Connections, c.SignIn.Connections[0])
	c.SignIn.Connections[1].Name = "other"
	c.SignIn.Roles = roles
	d := &desk{running: start(t, daemon.Options{Config: c}), provider: provider}
	d.token, _ = d.running.token("default")
	return d, c
}

// push has somebody in the directory.
func (d *desk) push(name, address string) string {
	d.Helper()
	body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"externalId":%q,"displayName":%q,"active":true}`, address, "x-"+name, name)
	return d.want(201, "POST", "/scim/v2/Users", d.token, body).id()
}

// rename has the directory call somebody by another address.
func (d *desk) rename(id, address string) {
	d.Helper()
	d.want(200, "PATCH", "/scim/v2/Users/"+id, d.token,
		fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"userName","value":%q}]}`, address))
}

// over signs somebody in over a connection with what the provider says.
func (d *desk) over(connection string, claims map[string]any) *browser {
	d.Helper()
	d.provider.SignIn(claims)
	b := newBrowser(d.T)
	_, to, _ := b.get(d.URL() + "/signin/" + connection)
	query, err := d.provider.Authorize(to)
	d.check(err)
	if status, to, text := b.get(d.URL() + "/sso/" + connection + "/callback?" + query.Encode()); status != http.StatusSeeOther || to != "/" {
		d.Fatalf("%d %q %s", status, to, text)
	}
	return b
}

// isOwner says whether somebody sees the page of owners.
func (b *browser) isOwner(base string) bool {
	b.Helper()
	status, _, text := b.get(base + "/roles")
	if status != http.StatusOK && status != http.StatusForbidden {
		b.Fatalf("%d %s", status, text)
	}
	return status == http.StatusOK
}

// TestADirectoryMakesNobodyAnOwner: a directory renames somebody to the owner's address, before and after the owner came.
func TestADirectoryMakesNobodyAnOwner(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		d, _ := rolesDesk(t, place, config.Role{Role: "owner", People: []string{"Boss@Example.com"}})
		eve := d.push("eve", "eve@example.com")
		asEve := func() *browser {
			return d.over("staff", map[string]any{"sub": "x-eve", "email": "eve@example.com", "email_verified": true})
		}
		b := asEve()
		if b.isOwner(d.URL()) {
			t.Fatal("eve is an owner")
		}
		d.rename(eve, "boss@example.com")
		if b.isOwner(d.URL()) || asEve().isOwner(d.URL()) {
			t.Error("renamed to the owner's address, eve is an owner")
		}
		if text := holdersOf(d); !strings.Contains(text, "owner  configuration: whoever signs in first as Boss@Example.com") {
			t.Errorf("the roles of the address are somebody's:\n%s", text)
		}
	})
}

// TestRolesOfTheConfiguration: by address, by a group of the one connection, and what a reload changes.
func TestRolesOfTheConfiguration(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		d, c := rolesDesk(t, place, config.Role{Role: "owner", People: []string{"boss@example.com"}},
			config.Role{Role: "owner", Connection: "staff", Groups: []string{"Owners"}})
		d.push("boss", "boss@example.com")
		d.push("ann", "ann@example.com")
		d.push("bob", "bob@example.com")
		boss := d.over("staff", map[string]any{"sub": "x-boss", "email": "boss@example.com", "email_verified": true})
		if !boss.isOwner(d.URL()) {
			t.Error("whom the configuration names is no owner")
		}
		member := map[string]any{"sub": "x-ann", "email": "ann@example.com", "email_verified": true, "groups": []any{"All", "Owners"}}
		one := d.over("staff", member)
		if !one.isOwner(d.URL()) {
			t.Error("a member of the group is no owner")
		}
		for what, claims := range map[string]map[string]any{
			"another group":             {"sub": "x-ann", "groups": []any{"All", "owners"}},
			"no groups":                 {"sub": "x-ann"},
			"groups that were too many": {"sub": "x-ann", "_claim_names": map[string]any{"groups": "src1"}, "_claim_sources": map[string]any{"src1": map[string]any{"endpoint": "https://graph.test"}}},
		} {
			if d.over("staff", claims).isOwner(d.URL()) {
				t.Errorf("%s: an owner", what)
			}
			sessions, err := d.Store().Look().SessionsOf(t.Context(), d.id("ann@example.com"))
			d.check(err)
			if sessions[0].GroupsUnknown != strings.HasPrefix(what, "groups that") {
				t.Errorf("%s: the session has %v", what, sessions[0].GroupsUnknown)
			}
		}
		d.check(d.Ledger().LinkSubject(t.Context(), ann(), d.id("bob@example.com"), "other", "s-bob"))
		if d.over("other", map[string]any{"sub": "s-bob", "groups": []any{"Owners"}}).isOwner(d.URL()) {
			t.Error("the group of another connection makes an owner")
		}
		text := holdersOf(d)
		for _, part := range []string{"owner boss@example.com configuration: boss@example.com, since the sign-in over staff on ",
			"owner  configuration: whoever signs in over staff in group Owners", "owner ann@example.com group Owners of staff, while signed in"} {
			if !strings.Contains(text, part) {
				t.Errorf("%q is not in\n%s", part, text)
			}
		}
		c.SignIn.Roles = nil
		d.check(d.Reload(t.Context()))
		if boss.isOwner(d.URL()) || one.isOwner(d.URL()) {
			t.Error("what the configuration gives no longer, it still gives")
		}
	})
}

func (d *desk) id(address string) usher.ID {
	d.Helper()
	found, err := d.Store().Look().FindIdentifiers(d.Context(), []usher.Identifier{{Space: usher.SpaceAddress, Key: address}})
	d.check(err)
	return found[0].Person
}

// link is the link that a page has to somebody whom it names.
func (d *desk) link(name, shown string) string {
	d.Helper()
	return fmt.Sprintf(`<a href="/people/%s">%s</a>`, d.id(address(name)), shown)
}

func holdersOf(d *desk) string {
	holders, err := d.RoleHolders(d.Context(), true)
	d.check(err)
	var b strings.Builder
	for _, h := range holders {
		fmt.Fprintln(&b, h.Role, h.Person.Address, h.From)
	}
	return b.String()
}

// TestRolesOnThePage: an owner gives a role and takes it back, and it counts at the next request.
func TestRolesOnThePage(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		d, _ := rolesDesk(t, place)
		d.push("ann", "ann@example.com")
		d.push("bob", "bob@example.com")
		d.check(d.Ledger().GrantRole(t.Context(), ann(), usher.RoleGrant{Person: d.id("ann@example.com"), Role: usher.RoleOwner}))
		owner := d.over("staff", map[string]any{"sub": "x-ann", "auth_time": time.Now().Unix()})
		bob := d.over("staff", map[string]any{"sub": "x-bob"})
		send := func(path string, form url.Values) (int, string) {
			resp, text := owner.send(http.MethodPost, d.URL()+path, form)
			return resp.StatusCode, text
		}
		give := func(address, role, subscription, reason string) (int, string) {
			return send("/roles/give", url.Values{"address": {address}, "role": {role}, "subscription": {subscription}, "reason": {reason}})
		}
		for _, c := range []struct{ address, role, subscription, reason, words string }{
			{"bob@example.com", "owner", "", "", "Reason is missing"},
			{"nobody@example.com", "owner", "", "x", "Address is nobody"},
			{"no address", "owner", "", "x", "Address is not usable"},
			{"bob@example.com", "manager", "", "x", "cannot be given"},
			{"bob@example.com", "auditor", "adkar", "x", "seat_admin alone"},
			{"bob@example.com", "seat_admin", "nothing", "x", "Subscription is none"},
			{"ann@example.com", "owner", "", "x", "theirs already"},
		} {
			if status, text := give(c.address, c.role, c.subscription, c.reason); status != http.StatusUnprocessableEntity || !strings.Contains(text, c.words) {
				t.Errorf("%+v: %d %s", c, status, text)
			}
		}
		if status, text := give("bob@example.com", "owner", "", "\x00"); status != http.StatusBadRequest {
			t.Errorf("NUL: %d %s", status, text)
		}
		if status, text := give("bob@example.com", "seat_admin", "adkar", "learning"); status != http.StatusSeeOther {
			t.Errorf("%d %s", status, text)
		}
		if status, text := give("bob@example.com", "owner", "", "<b>deputy</b>"); status != http.StatusSeeOther {
			t.Errorf("%d %s", status, text)
		}
		if !bob.isOwner(d.URL()) {
			t.Error("bob is no owner")
		}
		_, _, page := bob.get(d.URL() + "/roles")
		for _, part := range []string{`<a href="/people/` + string(d.id("bob@example.com")) + `">bob</a>`, ">bob@example.com</span>", `data-label="Role">seat admin<`, "&lt;b&gt;deputy&lt;/b&gt;", "given by person ann@example.com", `name="person" value="` + string(d.id("bob@example.com")) + `"`} {
			if !strings.Contains(page, part) {
				t.Errorf("%q is not on the page:\n%s", part, page)
			}
		}
		take := func(address string) (int, string) {
			return send("/roles/take", url.Values{"person": {string(d.id(address))}, "role": {"owner"}, "reason": {"over"}})
		}
		if status, text := take("bob@example.com"); status != http.StatusSeeOther {
			t.Errorf("%d %s", status, text)
		}
		if bob.isOwner(d.URL()) {
			t.Error("bob is still an owner")
		}
		if status, text := take("ann@example.com"); status != http.StatusUnprocessableEntity || !strings.Contains(text, "last owner") {
			t.Errorf("the last owner: %d %s", status, text)
		}
		for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.test"}} {
			if resp, _ := owner.send(http.MethodPost, d.URL()+"/roles/give", url.Values{"address": {"bob@example.com"}, "role": {"owner"}, "reason": {"x"}}, headers...); resp.StatusCode != http.StatusForbidden {
				t.Errorf("%v: %s", headers, resp.Status)
			}
		}
		d.want(200, "PATCH", "/scim/v2/Users/"+d.record("ann"), d.token,
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`)
		if !strings.Contains(d.log.String(), "the last owner has left") {
			t.Error("nothing in the log of the last owner who left")
		}
		if text := d.want(200, "GET", "/metrics", "", "").text; !strings.Contains(text, "usher_owners 0") {
			t.Error("the metric counts an owner who has left")
		}
	})
}

// record is the id of somebody's record.
func (d *desk) record(name string) string {
	d.Helper()
	records, err := d.Store().Look().RecordsOfPerson(d.Context(), d.id(name+"@example.com"))
	d.check(err)
	return string(records[0].ID)
}

// TestSignOutEverywhere ends one's own sessions in all browsers, and nobody else's.
func TestSignOutEverywhere(t *testing.T) {
	eachDesk(t, func(d *desk) {
		d.push("bob", "bob@example.com")
		here, there := newBrowser(d.T), newBrowser(d.T)
		d.signIn(here)
		d.signIn(there)
		bob := d.over("staff", map[string]any{"sub": "x-bob"})
		if _, _, page := here.get(d.URL() + "/me"); !strings.Contains(page, `action="/signout/everywhere"`) {
			t.Errorf("no button: %s", page)
		}
		if resp, text := there.send(http.MethodPost, d.URL()+"/signout/everywhere", nil); resp.StatusCode != http.StatusSeeOther {
			t.Errorf("%s %s", resp.Status, text)
		}
		for _, b := range []*browser{here, there} {
			if status, _, _ := b.get(d.URL() + "/me"); status != http.StatusSeeOther {
				t.Errorf("still signed in: %d", status)
			}
		}
		if status, _, _ := bob.get(d.URL() + "/me"); status != http.StatusOK {
			t.Errorf("bob: %d", status)
		}
	})
}

// TestLoginLinks: a fresh installation without a connection, its first owner, and links that look-ahead programs visit.
func TestLoginLinks(t *testing.T) {
	eachDaemon(t, func(r *running) {
		p, err := r.Ledger().AddGuest(r.Context(), ann(), ledger.Guest{Address: "ann@example.com", GivenName: "Ann", Sponsor: "nobody", EndsAt: r.Store().Now().Add(time.Hour)})
		r.check(err)
		link := func(owner bool) string {
			to, _, err := r.MakeLoginLink(r.Context(), ann(), p.ID, owner)
			r.check(err)
			if !strings.HasPrefix(to, r.URL()+"/signin/link?token=") {
				r.Fatal(to)
			}
			return to
		}
		use := func(b *browser, to string) (int, string) {
			token := must(url.Parse(to)).Query().Get("token")
			resp, text := b.send(http.MethodPost, r.URL()+"/signin/link", url.Values{"token": {token}}, "Origin", r.URL())
			return resp.StatusCode, text
		}
		to := link(false)
		for _, method := range []string{"GET", "HEAD", "GET"} {
			if resp, text := newBrowser(r.T).send(method, to, nil); resp.StatusCode != http.StatusOK || resp.Header.Get("Referrer-Policy") != "same-origin" {
				r.Errorf("%s: %s %s", method, resp.Status, text)
			}
		}
		if resp, _ := newBrowser(r.T).send(http.MethodPost, r.URL()+"/signin/link", url.Values{"token": {must(url.Parse(to)).Query().Get("token")}}, "Sec-Fetch-Site", "cross-site"); resp.StatusCode != http.StatusForbidden {
			r.Errorf("from another site: %s", resp.Status)
		}
		b := newBrowser(r.T)
		if status, text := use(b, to); status != http.StatusSeeOther {
			r.Fatalf("%d %s", status, text)
		}
		if status, text := use(newBrowser(r.T), to); status != http.StatusForbidden || !strings.Contains(text, "<strong>link_over</strong>") {
			r.Errorf("twice: %d %s", status, text)
		}
		if b.isOwner(r.URL()) {
			r.Error("a link without --owner made an owner")
		}
		if status, text := use(b, link(true)); status != http.StatusSeeOther {
			r.Errorf("%d %s", status, text)
		}
		if !b.isOwner(r.URL()) {
			r.Error("a link with --owner made no owner")
		}
		other := newBrowser(r.T)
		use(other, link(false))
		if other.isOwner(r.URL()) {
			r.Error("an owner's session made the person an owner in another")
		}
		resp, text := b.send(http.MethodPost, r.URL()+"/roles/give", url.Values{"address": {"ann@example.com"}, "role": {"owner"}, "reason": {"first"}})
		if resp.StatusCode != http.StatusSeeOther {
			r.Errorf("the first owner: %s %s", resp.Status, text)
		}
		if !other.isOwner(r.URL()) {
			r.Error("ann is no owner")
		}
		log := r.log.String()
		if strings.Count(log, "a login link was made") != 3 || strings.Count(log, "somebody signed in with a login link") != 3 || strings.Contains(log, "ann@example.com") {
			r.Errorf("log:\n%s", log)
		}
		if text := r.want(200, "GET", "/metrics", "", "").text; !strings.Contains(text, `usher_login_links{what="made"} 3`) || !strings.Contains(text, `usher_login_links{what="used"} 3`) {
			r.Error("the metric does not count login links")
		}
	})
}
