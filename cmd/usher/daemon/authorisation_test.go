package daemon_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/api"
	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/internal/web"
	"usher/sso"
	"usher/sso/oidc/oidctest"
)

// What an answer means to whoever asked.
const (
	allowed   = "allowed"
	signIn    = "to the sign-in page"
	forbidden = "forbidden"
	noToken   = "401"
	noScope   = "403, and which scope it takes"
	hidden    = "404"
)

// Who asks. The first seven come with a browser, the others with a token.
const (
	nobody    = "nobody"
	employee  = "employee"
	manager   = "manager"
	seatAdmin = "seat admin"
	allSeats  = "seat admin of all"
	auditor   = "auditor"
	owner     = "owner"
	ownSCIM   = "SCIM token"
	otherSCIM = "another directory's SCIM token"
	uploader  = "token of a directory of files"
	reader    = "API token with the scopes that read"
	program   = "API token with every scope"
)

func everybody() []string {
	return []string{nobody, employee, manager, seatAdmin, allSeats, auditor, owner, ownSCIM, otherSCIM, uploader, reader, program}
}

// permission is a row of the table: what becomes of each one who asks.
type permission struct {
	route string // as its list has it
	path  string // a request of it; empty: the route's own
	body  string // a form, or JSON where it begins with a brace
	// may are those who may use it; status is what they get.
	may    []string
	status int
	// otherwise is what the others get, but for those of the exceptions.
	otherwise  string
	exceptions map[string]string
	// ends says that it ends the session of whoever asks.
	ends bool
}

// forAnyone is a route that answers everybody alike. What it answers depends on what the message says.
func forAnyone(route, path, body string, status int) permission {
	return permission{route: route, path: path, body: body, may: everybody(), status: status}
}

// forPeople is a page, for the ones of those who are signed in.
func forPeople(route, body string, status int, may ...string) permission {
	outside := map[string]string{nobody: signIn, ownSCIM: signIn, otherSCIM: signIn, uploader: signIn, reader: signIn, program: signIn}
	return permission{route: route, body: body, status: status, may: may, otherwise: forbidden, exceptions: outside}
}

// at is a row with a request of another path than the route's own.
func at(path string, p permission) permission {
	p.path = path
	return p
}

// readsAPI is a route of the API that changes nothing, and writesAPI one that does. No session opens either.
func readsAPI(route, path string, status int) permission {
	return permission{route: route, path: path, may: []string{reader, program}, status: status, otherwise: noToken, exceptions: map[string]string{uploader: noScope}}
}

func writesAPI(route, path, body string, status int) permission {
	return permission{route: route, path: path, body: body, may: []string{program}, status: status, otherwise: noToken,
		exceptions: map[string]string{uploader: noScope, reader: noScope}}
}

// readers, overseers, deciders and ofSeats are those whom usher.Access calls so.
func readers() []string   { return []string{seatAdmin, allSeats, auditor, owner} }
func overseers() []string { return []string{allSeats, auditor, owner} }
func deciders() []string  { return []string{allSeats, owner} }
func ofSeats() []string   { return []string{seatAdmin, allSeats, owner} }

func signedIn() []string { return []string{employee, manager, seatAdmin, allSeats, auditor, owner} }

// forSCIM is a route of SCIM about what one directory has; a token of another one gets theirs.
func forSCIM(route, path, body string, status int, theirs string) permission {
	p := permission{route: route, path: path, body: body, may: []string{ownSCIM}, status: status, otherwise: noToken}
	if theirs == allowed {
		p.may = append(p.may, otherSCIM)
	} else {
		p.exceptions = map[string]string{otherSCIM: theirs}
	}
	return p
}

// permissions are the table. A route without a row here is nobody's decision, and fails the test.
func permissions(user, group, spare string) []permission {
	const scim = daemon.SCIMRoot
	search := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}`
	patch := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"displayName","value":"Sales"}]}`
	groupBody := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Sales"}`
	return []permission{
		// Pages of people.
		forAnyone("GET /{$}", "/", "", 303),
		forAnyone("GET /assets/{name}", "/assets/console.css", "", 200),
		forPeople("GET /me", "", 200, signedIn()...),
		{route: "POST /signout/everywhere", may: signedIn(), status: 303, exceptions: map[string]string{nobody: signIn, ownSCIM: signIn, otherSCIM: signIn, uploader: signIn, reader: signIn, program: signIn}, ends: true},
		forPeople("POST /me/ask", "subscription=x", 404, signedIn()...),
		forPeople("POST /me/withdraw", "request=999", 404, signedIn()...),
		forPeople("POST /me/give-back", "subscription=x", 422, signedIn()...),
		forPeople("GET /join/{code}", "", 404, signedIn()...),
		forPeople("POST /join/{code}", "", 404, signedIn()...),
		forPeople("GET /requests", "", 200, manager, seatAdmin, allSeats, owner),
		forPeople("POST /requests", "request=999&answer=refuse&words=no", 404, manager, seatAdmin, allSeats, owner),
		forPeople("GET /reports", "", 200, manager),
		forPeople("GET /preflight", "", 200, readers()...),
		forPeople("GET /today", "", 200, readers()...),
		forPeople("GET /seats", "", 200, readers()...),
		at("/seats/adkar", forPeople("GET /seats/{name}", "", 200, readers()...)),
		at("/seats/adkar/queue", forPeople("GET /seats/{name}/queue", "", 200, readers()...)),
		at("/seats/adkar/queue", forPeople("POST /seats/{name}/queue", "person=x&move=front&reason=x", 404, ofSeats()...)),
		at("/seats/adkar/what-if?hires=3", forPeople("GET /seats/{name}/what-if", "", 200, readers()...)),
		at("/seats/adkar/shrink", forPeople("GET /seats/{name}/shrink", "", 200, readers()...)),
		at("/seats/adkar/shrink", forPeople("POST /seats/{name}/shrink", "seats=1&day=2999-01-01&reason=x", 422, ofSeats()...)),
		at("/seats/adkar/shrink/discard", forPeople("POST /seats/{name}/shrink/discard", "number=999&reason=x", 404, ofSeats()...)),
		forPeople("GET /people", "", 200, readers()...),
		at("/people/export?format=csv", forPeople("GET /people/export", "", 200, readers()...)),
		forPeople("GET /people/{id}", "", 404, readers()...),
		forPeople("GET /people/{id}/events", "", 404, readers()...),
		forPeople("POST /people/{id}/grant", "subscription=x&reason=test", 404, ofSeats()...),
		forPeople("POST /people/{id}/withhold", "subscription=x&reason=test", 404, ofSeats()...),
		forPeople("POST /people/{id}/clear", "subscription=x&reason=test", 404, ofSeats()...),
		forPeople("POST /people/{id}/release", "subscription=x&reason=test", 404, ofSeats()...),
		forPeople("POST /people/{id}/resend", "portal=x&reason=test", 404, ofSeats()...),
		forPeople("POST /people/{id}/alias", "address=x%40example.com&reason=test", 404, deciders()...),
		forPeople("POST /people/{id}/end", "reason=test", 404, deciders()...),
		forPeople("POST /people/{id}/confirm", "reason=test", 404, deciders()...),
		forPeople("POST /people/{id}/signout", "reason=test", 404, deciders()...),
		forPeople("GET /roles", "", 200, owner),
		forPeople("GET /plans", "", 200, overseers()...),
		forPeople("GET /plans/{number}", "", 404, overseers()...),
		forPeople("GET /plans/{number}/progress", "", 404, overseers()...),
		forPeople("GET /plans/{number}/seats", "", 404, overseers()...),
		forPeople("GET /plans/{number}/findings", "", 404, overseers()...),
		forPeople("GET /plans/{number}/errors", "", 404, overseers()...),
		forPeople("POST /plans/{number}/confirm", "held=1&what=all&reason=x", 404, deciders()...),
		forPeople("POST /plans/{number}/discard", "reason=x", 404, deciders()...),
		forPeople("POST /plans/{number}/undo", "reason=x", 404, deciders()...),
		forPeople("GET /plans/upload", "", 200, deciders()...),
		forPeople("POST /plans/upload", "directory=nowhere", 422, deciders()...),
		forPeople("GET /revisions/{number}", "", 404, overseers()...),
		forPeople("POST /revisions/{number}/confirm", "reason=x", 404, deciders()...),
		forPeople("POST /revisions/{number}/discard", "reason=x", 404, deciders()...),
		forPeople("GET /holds", "", 200, readers()...),
		forPeople("GET /holds/{number}", "", 404, readers()...),
		forPeople("POST /holds/{number}/allow", "reason=x", 404, ofSeats()...),
		forPeople("POST /holds/{number}/discard", "reason=x", 404, ofSeats()...),
		forPeople("GET /conflicts", "", 200, overseers()...),
		forPeople("GET /conflicts/{number}", "", 404, overseers()...),
		forPeople("POST /conflicts/{number}/link", "person=new&reason=x", 404, deciders()...),
		forPeople("POST /conflicts/{number}/dismiss", "reason=x", 404, deciders()...),
		forPeople("GET /people/{id}/merge", "", 404, deciders()...),
		forPeople("POST /people/{id}/merge", "other=x&reason=x", 404, deciders()...),
		forPeople("GET /people/{id}/split", "", 404, deciders()...),
		forPeople("POST /people/{id}/split", "record=x&reason=x", 404, deciders()...),
		forPeople("POST /roles/give", "address=nobody%40example.com&role=owner&reason=x", 422, owner),
		forPeople("POST /roles/take", "person=x&role=owner&reason=x", 404, owner),

		// Portals.
		forPeople("GET /portals", "", 200, overseers()...),
		forPeople("GET /portals/{name}", "", 404, overseers()...),
		forPeople("GET /portals/{name}/drift/{code}", "", 404, overseers()...),
		forPeople("GET /portals/{name}/batches/{batch}", "", 404, overseers()...),
		forPeople("POST /portals/{name}/retry", "", 404, deciders()...),
		forPeople("POST /portals/{name}/templates", "", 422, deciders()...),
		forPeople("POST /portals/{name}/corrections/clear", "person=x&column=y", 404, deciders()...),
		forPeople("POST /portals/{name}/exports", "", 422, deciders()...),
		forPeople("GET /portals/{name}/exports/{key}", "", 404, deciders()...),
		forPeople("POST /portals/{name}/exports/{key}", "as_of=1", 404, deciders()...),
		forPeople("GET /portals/{name}/live", "", 404, overseers()...),
		forPeople("POST /portals/{name}/live", "plan=x", 404, deciders()...),
		forPeople("GET /visits/{id}", "", 404, overseers()...),
		forPeople("POST /visits/{id}/rows", "row=x%2F1&answer=done", 422, deciders()...),
		forPeople("POST /visits/{id}/carried", "", 404, deciders()...),
		forPeople("POST /visits/{id}/refused", "batch=x", 404, deciders()...),

		// Teams.
		forPeople("GET /teams", "", 200, readers()...),
		forPeople("GET /teams/{id}", "", 404, readers()...),
		forPeople("GET /hierarchy", "", 200, readers()...),

		// The record.
		forPeople("GET /events", "", 200, overseers()...),
		forPeople("GET /events/export", "", 422, overseers()...),
		forPeople("GET /settings", "", 200, overseers()...),
		forPeople("GET /activity", "", 200, overseers()...),
		forPeople("GET /activity/export", "", 422, overseers()...),

		// Signing in.
		forAnyone("GET /signin", "", "", 200),
		forAnyone("POST /signin", "", "address=ann%40example.com", 303),
		forAnyone("GET /signin/link", "/signin/link?token=x", "", 200),
		forAnyone("POST /signin/link", "", "token=x", 403),
		forAnyone("GET /signin/{connection}", "/signin/staff", "", 303),
		{route: "POST /signout", may: everybody(), status: 303, ends: true},
		forAnyone("GET /sso/finish", "/sso/finish?ticket=x", "", 403),
		forAnyone("POST /sso/{connection}/acs", "/sso/office/acs", "SAMLResponse=x", 403),
		forAnyone("GET /sso/{connection}/slo", "/sso/office/slo", "", 403),
		forAnyone("GET /sso/{connection}/metadata", "/sso/office/metadata", "", 200),
		forAnyone("GET /sso/{connection}/callback", "/sso/staff/callback?state=x&code=y", "", 403),
		forAnyone("GET /sso/{connection}/initiate", "/sso/staff/initiate?iss=x", "", 403),
		forAnyone("POST /sso/{connection}/backchannel", "/sso/staff/backchannel", "logout_token=x", 400),
		forAnyone("GET /sso/{connection}/jwks", "/sso/staff/jwks", "", 200),

		// Directories.
		forSCIM("GET "+scim+"/Users", "", "", 200, allowed),
		forSCIM("POST "+scim+"/Users", "", `{}`, 400, allowed),
		forSCIM("POST "+scim+"/Users/.search", "", search, 200, allowed),
		forSCIM("GET "+scim+"/Users/{id}", scim+"/Users/"+user, "", 200, hidden),
		forSCIM("PUT "+scim+"/Users/{id}", scim+"/Users/"+user, person("emp@example.com", "Emp"), 200, hidden),
		forSCIM("PATCH "+scim+"/Users/{id}", scim+"/Users/"+user, strings.ReplaceAll(patch, "Sales", "Emp"), 200, hidden),
		forSCIM("DELETE "+scim+"/Users/{id}", scim+"/Users/"+spare, "", 204, hidden),
		forSCIM("GET "+scim+"/Groups", "", "", 200, allowed),
		forSCIM("POST "+scim+"/Groups", "", `{}`, 400, allowed),
		forSCIM("POST "+scim+"/Groups/.search", "", search, 200, allowed),
		forSCIM("GET "+scim+"/Groups/{id}", scim+"/Groups/"+group, "", 200, hidden),
		forSCIM("PUT "+scim+"/Groups/{id}", scim+"/Groups/"+group, groupBody, 200, hidden),
		forSCIM("PATCH "+scim+"/Groups/{id}", scim+"/Groups/"+group, patch, 204, hidden),
		forSCIM("GET "+scim+"/Schemas", "", "", 200, allowed),
		forSCIM("GET "+scim+"/ResourceTypes", "", "", 200, allowed),
		forSCIM("GET "+scim+"/ServiceProviderConfig", "", "", 200, allowed),

		// Programs.
		forAnyone("GET /api/v1/openapi.yaml", "", "", 200),
		readsAPI("GET /api/v1/people", "", 200),
		readsAPI("GET /api/v1/people/{id}", "", 404),
		readsAPI("GET /api/v1/people/{id}/seats", "", 404),
		readsAPI("GET /api/v1/subscriptions", "", 200),
		readsAPI("GET /api/v1/subscriptions/{name}/seats", "", 404),
		readsAPI("GET /api/v1/plans", "", 200),
		readsAPI("GET /api/v1/plans/{number}", "/api/v1/plans/999", 404),
		readsAPI("GET /api/v1/plans/{number}/changes", "/api/v1/plans/999/changes", 404),
		readsAPI("GET /api/v1/holds", "", 200),
		readsAPI("GET /api/v1/holds/{number}", "/api/v1/holds/999", 404),
		readsAPI("GET /api/v1/portals", "", 200),
		readsAPI("GET /api/v1/portals/{name}", "", 404),
		readsAPI("GET /api/v1/events", "", 200),
		readsAPI("GET /api/v1/directories", "", 200),
		writesAPI("PUT /api/v1/subscriptions/{name}/decisions/{id}", "", `{"decision":"grant","reason":"test"}`, 404),
		writesAPI("DELETE /api/v1/subscriptions/{name}/decisions/{id}", "/api/v1/subscriptions/x/decisions/y?reason=test", "", 404),
		writesAPI("POST /api/v1/subscriptions/{name}/seats/{id}/release", "", `{"reason":"test"}`, 404),
		writesAPI("POST /api/v1/plans/{number}/confirm", "/api/v1/plans/999/confirm", `{"held":1,"reason":"test"}`, 404),
		writesAPI("POST /api/v1/plans/{number}/discard", "/api/v1/plans/999/discard", `{"reason":"test"}`, 404),
		writesAPI("POST /api/v1/plans/{number}/undo", "/api/v1/plans/999/undo", `{"reason":"test"}`, 404),
		writesAPI("POST /api/v1/holds/{number}/allow", "/api/v1/holds/999/allow", `{"reason":"test"}`, 404),
		writesAPI("POST /api/v1/holds/{number}/discard", "/api/v1/holds/999/discard", `{"reason":"test"}`, 404),
		{route: "POST /api/v1/directories/{name}/rosters", path: "/api/v1/directories/roster/rosters", may: []string{uploader, program}, status: 422, otherwise: noToken,
			exceptions: map[string]string{reader: noScope}},
		{route: "POST /api/v1/directories/{name}/rosters", path: "/api/v1/directories/default/rosters", otherwise: noToken,
			exceptions: map[string]string{uploader: hidden, reader: noScope, program: hidden}},

		// Machines that look after usher.
		forAnyone("GET /healthz", "", "", 200),
		forAnyone("GET /readyz", "", "", 200),
		forAnyone("GET /metrics", "", "", 200),
	}
}

// declared are all routes that usher's parts say they answer.
func declared() (routes []string) {
	for _, r := range web.Routes() {
		routes = append(routes, r.Method+" "+r.Path)
	}
	for _, path := range daemon.SCIMRoutes() {
		routes = append(routes, "GET "+daemon.SCIMRoot+path)
	}
	for _, path := range daemon.PlainRoutes() {
		routes = append(routes, "GET "+path)
	}
	for _, r := range api.Routes() {
		routes = append(routes, r.Method+" "+r.Path)
	}
	return append(routes, sso.Routes()...)
}

// byAccess are who may use a page, by what its route declares: the table above and the routes have to agree.
func byAccess() map[usher.Access][]string {
	return map[usher.Access][]string{
		usher.AccessAnyone: everybody(), usher.AccessSignedIn: signedIn(), usher.AccessManagers: {manager},
		usher.AccessSeats: ofSeats(), usher.AccessReaders: readers(), usher.AccessOverseers: overseers(), usher.AccessDeciders: deciders(), usher.AccessOwners: {owner},
		usher.AccessAnswers: {manager, seatAdmin, allSeats, owner},
	}
}

// undecided are the routes without a row, and the rows that say otherwise than their route.
func undecided(routes []string, pages []web.Route, table []permission) (problems []string) {
	rows := map[string]permission{}
	for _, p := range table {
		rows[p.route] = p
	}
	for _, r := range routes {
		if _, has := rows[r]; !has {
			problems = append(problems, r+" has no row in the table of who may use what")
		}
	}
	for _, r := range pages {
		row, has := rows[r.Method+" "+r.Path]
		if has && !slices.Equal(row.may, byAccess()[r.Access]) {
			problems = append(problems, fmt.Sprintf("%s %s is declared for %s, and the table has %q", r.Method, r.Path, r.Access, row.may))
		}
	}
	return problems
}

func TestEveryRouteIsDecided(t *testing.T) {
	for _, problem := range undecided(declared(), web.Routes(), permissions("u", "g", "s")) {
		t.Error(problem)
	}
	planted := []web.Route{{Method: "GET", Path: "/me", Access: usher.AccessReaders}}
	found := undecided([]string{"GET /me", "GET /secrets"}, planted, []permission{forPeople("GET /me", "", 200, signedIn()...)})
	if len(found) != 2 || !strings.HasPrefix(found[0], "GET /secrets has no row") || !strings.HasPrefix(found[1], "GET /me is declared for readers") {
		t.Errorf("planted breaches: %q", found)
	}
}

// roles is a daemon with people of every role, who sign in over the connection staff.
type roles struct {
	*desk
	headers map[string][]string // by who asks
	asked   int
}

func newRoles(t *testing.T, place store.Options, change ...func(*config.Config)) *roles {
	provider := oidctest.New(t, time.Now)
	c := deskConfig(t, place, provider.Issuer)
	c.Directories = append(c.Directories, config.Directory{Name: "other", Kind: "scim", Rank: 2, Lifecycle: "owner"})
	for _, f := range change {
		f(c)
	}
	file := filepath.Join(t.TempDir(), "idp.xml")
	if err := os.WriteFile(file, []byte(newSAMLProvider(t).metadata()), 0o600); err != nil {
		t.Fatal(err)
	}
	c.SignIn.Connections = append(c.SignIn.Connections, config.Connection{Name: "office", Kind: "saml", Metadata: file, AllowPrivate: true})
	for _, f := range change {
		f(c)
	}
	r := &roles{desk: &desk{running: start(t, daemon.Options{Config: c}), provider: provider}, headers: map[string][]string{nobody: nil}}
	r.token, _ = r.running.token("default")
	for name, token := range map[string]string{ownSCIM: r.token, otherSCIM: first(r.running.token("other")), uploader: first(r.running.token("roster"))} {
		r.headers[name] = []string{"Authorization", "Bearer " + token}
	}
	reads := slices.DeleteFunc(usher.Scopes(), func(s usher.Scope) bool { return !strings.HasSuffix(string(s), ":read") })
	for name, scopes := range map[string][]usher.Scope{reader: reads, program: usher.Scopes()} {
		r.headers[name] = []string{"Authorization", "Bearer " + first((&apiWorld{running: r.running}).program("audit", time.Hour, scopes...))}
	}
	for _, name := range signedIn() {
		r.push(name, "")
	}
	r.push("report", `,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"manager"}}`)
	adkar := must(r.Store().Look().SubscriptionNamed(t.Context(), "adkar")).ID
	for name, grant := range map[string]usher.RoleGrant{seatAdmin: {Role: usher.RoleSeatAdmin, Subscription: adkar}, allSeats: {Role: usher.RoleSeatAdmin}, auditor: {Role: usher.RoleAuditor}, owner: {Role: usher.RoleOwner}} {
		grant.Person = r.named(name)
		r.check(r.Ledger().GrantRole(t.Context(), ann(), grant))
	}
	for _, name := range signedIn() {
		r.enter(name, 0)
	}
	return r
}

func first[T any](v, _ T) T { return v }

// address is where somebody of a role has their mail.
func address(name string) string { return strings.ReplaceAll(name, " ", "-") + "@example.com" }

// push has a person of the name in the directory, who calls them by it.
func (r *roles) push(name, more string) string {
	r.Helper()
	body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"externalId":%q,"active":true%s}`, address(name), strings.ReplaceAll(name, " ", "-"), more)
	return r.want(201, "POST", "/scim/v2/Users", r.token, body).id()
}

func (r *roles) named(name string) usher.ID {
	r.Helper()
	found, err := r.Store().Look().FindIdentifiers(r.Context(), []usher.Identifier{{Space: usher.SpaceAddress, Key: address(name)}})
	r.check(err)
	if len(found) != 1 {
		r.Fatalf("%s is known %d times", name, len(found))
	}
	return found[0].Person
}

// enter signs somebody in who showed the provider who they are so long ago.
func (r *roles) enter(name string, ago time.Duration) {
	r.Helper()
	r.provider.SignIn(map[string]any{"sub": "s-" + name, "email": address(name), "email_verified": true, "auth_time": time.Now().Add(-ago).Unix()})
	b := newBrowser(r.T)
	r.signIn(b)
	r.headers[name] = []string{"Cookie", cookiesOf(b, r.URL())}
}

func cookiesOf(b *browser, base string) string {
	var list []string
	for _, c := range b.client.Jar.Cookies(must(url.Parse(base))) {
		list = append(list, c.Name+"="+c.Value)
	}
	return strings.Join(list, "; ")
}

// ask sends the request of a row as somebody.
func (r *roles) ask(who string, p permission) reply {
	r.Helper()
	method, path, _ := strings.Cut(p.route, " ")
	if p.path != "" {
		path = p.path
	}
	r.asked++ // each from an address of its own: guesses from one are limited
	headers := append([]string{"X-Forwarded-For", fmt.Sprintf("198.51.%d.%d", r.asked/250, r.asked%250)}, r.headers[who]...)
	switch {
	case strings.HasPrefix(path, "/api/") && p.body != "":
		headers = append(headers, "Content-Type", "application/json")
	case strings.HasPrefix(p.body, "{"):
		headers = append(headers, "Content-Type", "application/scim+json")
	case method == http.MethodPost:
		headers = append(headers, "Content-Type", "application/x-www-form-urlencoded")
	}
	return r.call(method, path, "", p.body, headers...)
}

// meaning is what an answer means.
func meaning(p permission, got reply) string {
	to := got.header.Get("Location")
	switch {
	case p.otherwise == "" && got.status == p.status && p.exceptions == nil:
		return allowed
	case got.status == http.StatusUnauthorized:
		return noToken
	case got.status == http.StatusSeeOther && (strings.HasPrefix(p.route, "GET ") && strings.HasPrefix(to, "/signin?next=") || to == "/signin"):
		return signIn
	case got.status == http.StatusForbidden && strings.Contains(got.text, "You may not use this page"):
		return forbidden
	case got.status == http.StatusForbidden && strings.Contains(got.header.Get("WWW-Authenticate"), "insufficient_scope"):
		return noScope
	case got.status == p.status:
		return allowed
	case got.status == http.StatusNotFound:
		return hidden
	}
	return fmt.Sprintf("%d %.200s", got.status, got.text)
}

// TestAuthorisation has everybody ask for every route.
func TestAuthorisation(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		r := newRoles(t, place)
		group := r.want(201, "POST", "/scim/v2/Groups", r.token, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Sales"}`).id()
		user := r.push("emp", "")
		for _, p := range permissions(user, group, r.push("spare", "")) {
			for _, who := range everybody() {
				want := p.otherwise
				if slices.Contains(p.may, who) {
					want = allowed
				} else if e, is := p.exceptions[who]; is {
					want = e
				}
				if got := meaning(p, r.ask(who, p)); got != want {
					t.Errorf("%s %s, asked by %s: %s, want %s", p.route, p.path, who, got, want)
				}
				if p.ends && slices.Contains(signedIn(), who) {
					r.enter(who, 0)
				}
			}
		}
		t.Logf("%d requests to %d routes", r.asked, len(declared()))
		for _, path := range []string{"//", "/admin", "/roles/", "/me/x", "/api/v1/secrets", "/api/v2/people", "/scim/v1/Users", "/signin/link/x"} {
			for _, who := range everybody() {
				if got := r.ask(who, permission{route: "GET " + path}); got.status != http.StatusNotFound && got.status != http.StatusUnauthorized {
					t.Errorf("%s, which is nothing, asked for by %s: %d", path, who, got.status)
				}
			}
		}
	})
}

// TestWhatHasAnEffectNeedsAFreshSignIn tries each form that says so with an owner who signed in at the provider long ago.
func TestWhatHasAnEffectNeedsAFreshSignIn(t *testing.T) {
	r := newRoles(t, store.Options{Folder: t.TempDir()})
	fresh := 0
	for _, route := range web.Routes() {
		if !route.Fresh {
			continue
		}
		fresh++
		i := slices.IndexFunc(permissions("u", "g", "s"), func(p permission) bool { return p.route == route.Method+" "+route.Path })
		for ago, again := range map[time.Duration]bool{14 * time.Minute: false, 16 * time.Minute: true} {
			r.enter(owner, ago)
			got := r.ask(owner, permissions("u", "g", "s")[i])
			if is := got.status == http.StatusForbidden && strings.Contains(got.text, "Show that it is you"); is != again {
				t.Errorf("%s %s, signed in %s ago: %d %s", route.Method, route.Path, ago, got.status, got.text)
			}
		}
	}
	if fresh == 0 {
		t.Error("no route wants a fresh sign-in")
	}
}
