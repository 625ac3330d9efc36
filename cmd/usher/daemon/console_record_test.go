package daemon_test

import (
	"archive/zip"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"usher/internal/config"
	"usher/internal/usher"
	"usher/sso/oidc/oidctest"
)

var polls = regexp.MustCompile(`hx-get="([^"]+)" hx-trigger="every 3s"`)

// TestEventsAtTheDesk: filtered, followed and taken along.
func TestEventsAtTheDesk(t *testing.T) {
	eachCounter(t, func(d *counter) {
		d.admins()
		owner := d.as("ann", 0)
		for _, path := range []string{"/events", "/events/export?format=csv", "/settings", "/activity"} {
			if status, _, _ := d.as("dan", 0).get(d.URL() + path); status != http.StatusForbidden {
				t.Errorf("a seat admin of one sees %s: %d", path, status)
			}
		}
		d.says(owner, "/events", "Role granted", "Person joined", "Follow live", "usher check")
		one := d.says(owner, "/events?kind=role.granted&person=cid%40example.com", "role.granted", ">cid</a>", `value="cid@example.com"`)
		if strings.Contains(one, "<td data-label=\"What\">Person joined") || strings.Contains(one, ">ann</a>") {
			t.Errorf("more than what was asked for: %s", one)
		}
		for query, says := range map[string]string{"kind=x": "Kind is none that there is", "person=nobody": "Person is nobody", "portal=x": "Portal is none", "subscription=x": "Subscription is none",
			"from=soon": "From is not a day", "to=2026-02-30": "To is not a day", "kind=seat.given&to=2001-01-01": "Nothing has happened"} {
			d.says(owner, "/events?"+query, says)
		}
		if status, _, _ := owner.get(d.URL() + "/events?before=x"); status != http.StatusNotFound {
			t.Errorf("a place that is none: %d", status)
		}

		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(d.page(owner, "/events/export?format=csv&kind=role.granted"), "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 4 || rows[1][2] != "role.granted" {
			t.Errorf("%v %q", err, rows)
		}
		lines := strings.Split(strings.TrimSpace(d.page(owner, "/events/export?format=jsonl&kind=role.granted")), "\n")
		var e usher.EventView
		if err := json.Unmarshal([]byte(lines[0]), &e); err != nil || len(lines) != 3 || e.Kind != usher.EventRoleGranted || len(e.After) == 0 {
			t.Errorf("%v %q", err, lines)
		}
		for _, wrong := range []string{"format=xml", "format=csv&kind=x", ""} {
			if status, _, _ := owner.get(d.URL() + "/events/export?" + wrong); status != http.StatusUnprocessableEntity {
				t.Errorf("%q: %d", wrong, status)
			}
		}

		at := strings.ReplaceAll(polls.FindStringSubmatch(d.says(owner, "/events?follow=1&kind=person.joined", "Stop following"))[1], "&amp;", "&")
		d.pushUnder("eve", "")
		eventually(t, "eve appears", func() bool {
			resp, text := owner.send(http.MethodGet, d.URL()+at, nil, "HX-Request", "true")
			if resp.StatusCode == http.StatusNoContent || resp.StatusCode == http.StatusTooManyRequests { // it asks more often than a page does
				return false
			}
			if resp.StatusCode != http.StatusOK || strings.Contains(text, "<html") {
				t.Fatalf("%d %s", resp.StatusCode, text)
			}
			at = strings.ReplaceAll(polls.FindStringSubmatch(text)[1], "&amp;", "&")
			return strings.Contains(text, ">eve</a>")
		})
	})
}

// TestSettingsAtTheDesk: what the configuration says, and no secret.
func TestSettingsAtTheDesk(t *testing.T) {
	eachCounter(t, func(d *counter) {
		d.admins()
		status, _, _ := newBrowser(t).get(d.URL() + "/sso/staff/callback?code=x&state=y")
		if status != http.StatusForbidden {
			t.Fatal(status)
		}
		d.leave(d.ann)
		gone := newBrowser(t)
		if status, _, text := gone.get(d.begin(gone, d.URL(), "/me")); status != http.StatusForbidden {
			t.Fatalf("%d %s", status, text)
		}
		page := d.says(d.as("cid", 0), "/settings", d.link("ann", "ann"), "adkar", "userName startsWith &#34;ann&#34;", "staff", `href="/signin/staff?again&amp;next=/settings"`, "not_begun", "limits.rate", "the configuration",
			"the directory default", "never shown", "Active revision", "mail.example.com")
		for _, secret := range []string{"hunter2", d.token, oidctest.Secret} {
			if strings.Contains(page, secret) {
				t.Errorf("%q is shown", secret)
			}
		}
	}, func(c *config.Config) {
		c.Mail = config.Mail{From: "usher@example.com"}
		c.Mail.SMTP.Host, c.Mail.SMTP.User, c.Mail.SMTP.Password = "mail.example.com", "usher", "hunter2"
	})
}

// TestActivityAtTheDesk: who has a seat and was never seen, as a page and as a spreadsheet.
func TestActivityAtTheDesk(t *testing.T) {
	eachCounter(t, func(d *counter) {
		d.admins()
		auditor := d.as("cid", 0)
		d.says(auditor, "/activity", `Seats in <a href="/seats/adkar">adkar</a>`, "ann@example.com", "never seen", "Nothing is known of who is active at learning", "1 within 30 days, 1 ever, of 4 people")
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(d.page(auditor, "/activity/export?format=csv&subscription=adkar"), "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 2 || rows[1][1] != "ann@example.com" {
			t.Errorf("%v %q", err, rows)
		}
		book := d.page(auditor, "/activity/export?format=xlsx&subscription=adkar&days=3")
		if _, err := zip.NewReader(strings.NewReader(book), int64(len(book))); err != nil {
			t.Errorf("no workbook: %v", err)
		}
		for query, want := range map[string]int{"subscription=x": 404, "days=x": 422, "days=-1": 422, "after=x": 404, "team=x": 404} {
			if status, _, text := auditor.get(d.URL() + "/activity?" + query); status != want {
				t.Errorf("%s: %d %s", query, status, text)
			}
		}
	})
}

// TestTeamsAtTheDesk: everybody who reads sees teams and lines; a seat admin of one sees the seats of that one alone.
func TestTeamsAtTheDesk(t *testing.T) {
	eachCounter(t, func(d *counter) {
		d.want(201, "POST", "/scim/v2/Users", d.token, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
			"userName":"anna@example.com","displayName":"Anna <b>","active":true,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"R&D","manager":{"value":"nobody@example.com"}}}`)
		d.admins()
		teams, err := d.Store().Look().Teams(t.Context())
		d.check(err)
		if len(teams) != 1 {
			t.Fatalf("%+v", teams)
		}
		const adkar, hub = `<a href="/seats/adkar">adkar</a>: 1`, `<a href="/seats/hub">hub</a>: 1`
		for who, seats := range map[string]string{"ann": adkar + "<br>" + hub, "cid": adkar + "<br>" + hub, "dan": adkar} {
			b := d.as(who, 0)
			text := d.says(b, "/teams", "R&amp;D", "a department", seats)
			if who == "dan" && strings.Contains(text, "hub") {
				t.Errorf("dan sees the seats of hub: %s", text)
			}
			text = d.says(b, "/teams/"+string(teams[0].ID), "Anna &lt;b&gt;", "Without a known manager", "anna@example.com", "adkar: invited")
			if who == "dan" && strings.Contains(text, "hub") {
				t.Errorf("dan sees the seats of hub: %s", text)
			}
		}
		owner := d.as("ann", 0)
		text := d.says(owner, "/hierarchy", "Managers whom nobody knows", "nobody@example.com", "1 report, 2 below in all", "5 people are active")
		id := regexp.MustCompile(`hx-get="(/hierarchy\?root=[^"]+)"`).FindStringSubmatch(text)[1]
		d.says(owner, id, "Who reports to ann", "bob", "From the top", "1 report, 1 below")
		resp, part := owner.send(http.MethodGet, d.URL()+id, nil, "HX-Request", "true")
		if resp.StatusCode != http.StatusOK || strings.Contains(part, "<html") || !strings.Contains(part, "bob") {
			t.Errorf("%d %s", resp.StatusCode, part)
		}
		if status, _, _ := owner.get(d.URL() + "/hierarchy?root=x"); status != http.StatusNotFound {
			t.Errorf("nobody: %d", status)
		}
	}, func(c *config.Config) {
		c.Teams.ByDepartment = true
		c.Portals = append(c.Portals, config.Portal{Name: "other", Kind: "worklist", Live: true, Pool: "soft"})
		c.Subscriptions = append(c.Subscriptions, config.Subscription{Name: "hub", Portal: "other", Seats: 5, Rule: config.Text{Value: `userName startsWith "anna"`}})
	})
}
