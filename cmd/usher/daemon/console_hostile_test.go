package daemon_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/usher"
	"usher/internal/web"
	"usher/sync/ledger"
)

// hostileTexts are what somebody may write into a field to have a reader's browser do something. MARK becomes what tells one from
// another.
var hostileTexts = []string{
	`<script>MARK()</script>`, `"><script>MARK()</script>`, `'><script>MARK()</script>`, `<img src=x onerror=MARK()>`, `"><img src=x onerror=MARK()>`,
	`<svg onload=MARK()>`, `<svg><script>MARK()</script></svg>`, `" onmouseover="MARK()`, `' onfocus='MARK()' autofocus='`, `javascript:MARK()`,
	`JaVaScRiPt:MARK()`, `data:text/html,<script>MARK()</script>`, `</title><script>MARK()</script>`, `</textarea><script>MARK()</script>`, `</style><script>MARK()</script>`,
	`--><script>MARK()</script>`, `<!--<script>MARK()//-->`, `<iframe src=javascript:MARK()>`, `<a href="javascript:MARK()">x</a>`, `<form action=javascript:MARK()><button>x`,
	`<math><mtext></table><img src=x onerror=MARK()>`, `<style>*{background:url(//x.test/MARK)}</style>`, `<base href=//x.test/MARK>`, `<link rel=stylesheet href=//x.test/MARK>`, `<meta http-equiv=refresh content=0;url=//x.test/MARK>`,
	`<input hx-get=//x.test/MARK hx-trigger=load>`, `<div data-hx-on:load=MARK()>`, `{{MARK}}${MARK}`, `&lt;script&gt;MARK()&lt;/script&gt;`, `<scr<script>ipt>MARK()</scr</script>ipt>`,
}

// hostileFields are where they are written: by directories, rosters, people, admins and portals. Directories, subscriptions and portals are
// called as the configuration lets them be called, which is by letters and digits.
var hostileFields = []string{"displayName", "givenName", "familyName", "title", "department", "employeeNumber", "manager", "group", "request", "reason", "guest", "roster", "file", "list", "account"}

// hostile is the n-th text as it stands in a field. At most 120 characters, which every field takes.
func hostile(field string, n int) string {
	return strings.ReplaceAll(hostileTexts[n], "MARK", fmt.Sprintf("h%d%s", n, field))
}

// namesOfFiles are some of the texts, which the name of a file can be: behind a slash is another name. Nobody may send all at once.
func namesOfFiles() (names []int) {
	for n, text := range hostileTexts {
		if !strings.Contains(text, "/") && len(names) < 4 {
			names = append(names, n)
		}
	}
	return names
}

// hostileWorld is a company in which every field of everybody is written by an attacker.
func hostileWorld(t *testing.T) *roles {
	r := newRoles(t, store.Options{Folder: t.TempDir()}, func(c *config.Config) {
		c.Subscriptions[0].Rule, c.Subscriptions[0].Requestable, c.Subscriptions[0].Seats = config.Text{Value: `department != ""`}, true, 20
		c.Portals = append(c.Portals, config.Portal{Name: "later", Kind: "worklist", Pool: "soft"})
		c.Subscriptions = append(c.Subscriptions, config.Subscription{Name: "hub", Portal: "later", Seats: 5, Rule: config.Text{Value: `userName startsWith "h"`}})
	})
	adkar := must(r.Store().Look().SubscriptionNamed(t.Context(), "adkar")).ID
	var members []map[string]string
	rows := "email,first_name,last_name,department\n"
	for n := range hostileTexts {
		name := fmt.Sprintf("h%d", n)
		user := map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": address(name), "active": true,
			"displayName": hostile("displayName", n), "title": hostile("title", n), "name": map[string]string{"givenName": hostile("givenName", n), "familyName": hostile("familyName", n)},
			enterpriseUser: map[string]any{"department": hostile("department", n), "employeeNumber": hostile("employeeNumber", n), "manager": map[string]string{"value": hostile("manager", n)}}}
		if n%2 == 1 {
			delete(user, "displayName") // then the other names are shown
		}
		id := r.want(201, "POST", "/scim/v2/Users", r.token, string(must(json.Marshal(user)))).id()
		members = append(members, map[string]string{"value": id})
		group := map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Group"}, "displayName": hostile("group", n), "members": members[n:]}
		r.want(201, "POST", "/scim/v2/Groups", r.token, string(must(json.Marshal(group))))
		person := r.named(name)
		by := ann()
		by.Reason = hostile("reason", n)
		switch n % 3 {
		case 0:
			r.check(r.Ledger().Withhold(t.Context(), by, adkar, person, 0))
		case 1:
			r.check(r.Ledger().Grant(t.Context(), by, adkar, person, 0))
		}
		guest, err := r.Ledger().AddGuest(t.Context(), by, ledger.Guest{Address: "guest-" + address(name), GivenName: hostile("guest", n), FamilyName: "x", Sponsor: hostile("reason", n), EndsAt: usher.TimeOf(r.Store().Now().Std().AddDate(0, 1, 0))})
		r.check(err)
		_, err = r.Ledger().AskSeat(t.Context(), usher.Principal{Kind: usher.PrincipalPerson, Name: name, Person: guest.ID}, adkar, hostile("request", n))
		r.check(err)
		rows += quoted("roster-"+address(name), hostile("roster", n), "x", hostile("department", n))
		if slices.Contains(namesOfFiles(), n) {
			r.roster(hostile("file", n), rows)
		}
	}
	r.roster("people.csv", rows)
	return r
}

const enterpriseUser = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

// quoted is a line of CSV.
func quoted(cells ...string) string {
	for i, c := range cells {
		cells[i] = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
	}
	return strings.Join(cells, ",") + "\n"
}

func (r *roles) roster(name, rows string) {
	r.Helper()
	r.want(200, "POST", "/api/v1/directories/roster/rosters?name="+url.QueryEscape(name), r.headers[uploader][1][len("Bearer "):], rows)
}

// hostileLists are lists of a portal's accounts that somebody brings, and where one looks at them. The first is taken.
func (r *roles) hostileLists() (at []string) {
	r.Helper()
	rows := "Name,E-Mail\n"
	for n := range hostileTexts {
		rows += quoted(hostile("account", n), fmt.Sprintf("stranger%d@home.example", n))
	}
	for _, n := range namesOfFiles() {
		got := r.sendFileTo("/portals/later/exports", allSeats, url.Values{"adopt": {"yes"}}, hostile("list", n), []byte(rows))
		if got.status != http.StatusSeeOther {
			r.Fatalf("%s: %d %s", hostile("list", n), got.status, got.text)
		}
		if at = append(at, got.header.Get("Location")); len(at) == 1 {
			list := must(url.Parse(at[0]))
			r.form(allSeats, list.Path, list.Query())
		}
		rows += "\n"
	}
	return at
}

// page is what a reader's browser would make of an answer.
type page struct {
	links []string
	texts []string
	wrong []string
}

// read takes a page apart. Whatever could run, load or lead away is wrong, unless it is our own.
func read(text string) (p page) {
	doc := must(html.Parse(strings.NewReader(text)))
	for n := range doc.Descendants() {
		switch n.Type {
		case html.TextNode:
			p.texts = append(p.texts, n.Data)
		case html.ElementNode:
			p.element(n)
		}
	}
	return p
}

func (p *page) element(n *html.Node) {
	if slices.Contains([]string{"iframe", "object", "embed", "base", "style", "math", "template"}, n.Data) {
		p.wrong = append(p.wrong, "<"+n.Data+">")
	}
	for _, a := range n.Attr {
		switch key := strings.ToLower(a.Key); {
		case strings.HasPrefix(key, "on"), strings.Contains(key, "hx-on"), key == "style", key == "srcdoc", key == "http-equiv":
			p.wrong = append(p.wrong, fmt.Sprintf("<%s %s=%q>", n.Data, a.Key, a.Val))
		case slices.Contains([]string{"href", "src", "action", "formaction", "hx-get", "hx-post", "xlink:href"}, key):
			if !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "#") && !strings.HasPrefix(a.Val, "?") || strings.HasPrefix(a.Val, "//") {
				p.wrong = append(p.wrong, fmt.Sprintf("<%s %s=%q>", n.Data, a.Key, a.Val))
			}
			if n.Data == "a" {
				p.links = append(p.links, a.Val)
			}
		case key == "value", key == "title", key == "aria-label", key == "alt":
			p.texts = append(p.texts, a.Val)
		}
	}
}

// crawl reads pages from start on, at most few of each route, and fewer of those that every person has besides their page: nobody may
// ask for everything at once.
func (r *roles) crawl(who, start string, few int, each func(at string, p page)) {
	r.Helper()
	routes := pagesOf(web.Routes())
	seen, opened := map[string]bool{}, map[string]int{}
	for next := []string{start}; len(next) > 0; next = next[1:] {
		at := must(url.Parse(next[0]))
		_, route := routes.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: at.Path}})
		if at.Path == "" || route == "" || seen[next[0]] || opened[route] == few || opened[route] == few/8 && (strings.HasSuffix(route, "/merge") || strings.HasSuffix(route, "/split")) {
			continue
		}
		seen[next[0]] = true
		opened[route]++
		got := r.ask(who, permission{route: "GET " + next[0]})
		if got.status != http.StatusOK && got.status != http.StatusSeeOther {
			r.Errorf("%s answers %d: %.300s", next[0], got.status, got.text)
		}
		if !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
			continue
		}
		p := read(got.text)
		each(next[0], p)
		next = append(next, p.links...)
	}
}

// TestHostileTexts: what anybody wrote is text on every page and nothing else.
func TestHostileTexts(t *testing.T) {
	if p := read(`<!doctype html><script src="/assets/x.js"></script><p onclick=x>a</p><a href="javascript:x">b</a><img src="//x.test"><iframe></iframe>`); len(p.wrong) != 4 {
		t.Fatalf("planted breaches: %q", p.wrong)
	}
	r := hostileWorld(t)
	shown, pages := map[string]bool{}, 0
	look := func(at string, p page) {
		pages++
		for _, wrong := range p.wrong {
			t.Errorf("%s: %s", at, wrong)
		}
		all := strings.Join(p.texts, "\x00")
		for _, field := range hostileFields {
			for n := range hostileTexts {
				if strings.Contains(all, hostile(field, n)) {
					shown[fmt.Sprint(field, n)] = true
				}
			}
		}
	}
	for _, at := range r.hostileLists() {
		look(at, read(r.see(allSeats, at)))
	}
	for _, who := range []string{owner, manager, allSeats} {
		r.crawl(who, "/me", 28, look)
	}
	for _, field := range hostileFields {
		n := 0
		for i := range hostileTexts {
			if shown[fmt.Sprint(field, i)] {
				n++
			}
		}
		if n == 0 {
			t.Errorf("no page shows what was written as %s: nothing was tried", field)
		}
	}
	t.Logf("%d texts in %d fields, %d of their pairs shown on %d pages", len(hostileTexts), len(hostileFields), len(shown), pages)
}
