package daemon_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"usher/internal/config"
	"usher/internal/usher"
)

// admins gives ann every right, cid an auditor's, and dan those of a seat admin of adkar.
func (d *counter) admins() {
	d.Helper()
	for name, grant := range map[string]usher.RoleGrant{"ann": {Role: usher.RoleOwner}, "cid": {Role: usher.RoleAuditor}, "dan": {Role: usher.RoleSeatAdmin, Subscription: d.adkar}} {
		found, err := d.Store().Look().FindIdentifiers(d.Context(), []usher.Identifier{{Space: usher.SpaceAddress, Key: name + "@example.com"}})
		d.check(err)
		grant.Person = found[0].Person
		d.check(d.Ledger().GrantRole(d.Context(), ann(), grant))
	}
}

// send sends a form with a file.
func (d *counter) sendFile(b *browser, path, name string, content []byte, fields ...string) (int, string, string) {
	d.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		d.check(form.WriteField(fields[i], fields[i+1]))
	}
	part, err := form.CreateFormFile("file", name)
	d.check(err)
	_, err = part.Write(content)
	d.check(err)
	d.check(form.Close())
	req, err := http.NewRequestWithContext(d.Context(), http.MethodPost, d.URL()+path, &body)
	d.check(err)
	req.Header.Set("Content-Type", form.FormDataContentType())
	resp, err := b.client.Do(req)
	d.check(err)
	defer resp.Body.Close()
	var text bytes.Buffer
	_, err = text.ReadFrom(resp.Body)
	d.check(err)
	return resp.StatusCode, resp.Header.Get("Location"), text.String()
}

// says wants a page with all of these words.
func (d *counter) says(b *browser, path string, words ...string) string {
	d.Helper()
	text := d.page(b, path)
	for _, w := range words {
		if !strings.Contains(text, w) {
			d.Fatalf("%s: %q is not in\n%s", path, w, text)
		}
	}
	return text
}

// openVisit waits for a visit to a portal whose files are written.
func (d *counter) openVisit(number int64) usher.Visit {
	d.Helper()
	var found usher.Visit
	eventually(d.T, "the visit is there", func() bool {
		open, err := d.Store().Look().OpenVisits(d.Context(), "")
		d.check(err)
		for _, v := range open {
			batches, err := d.Store().Look().BatchesOf(d.Context(), v.ID)
			d.check(err)
			if v.Number == number && len(batches) > 0 && batches[0].WrittenAt != 0 {
				found = v
				return true
			}
		}
		return false
	})
	return found
}

var (
	tick       = regexp.MustCompile(`name="row" value="([^"]+)"> ([^<]+)`)
	batchFile  = regexp.MustCompile(`/portals/learning/batches/([^"]+)"`)
	planInForm = regexp.MustCompile(`name="plan" value="([^"]+)"`)
)

// ticks are the tasks of a visit's page by what they say.
func ticks(page string) map[string]string {
	found := map[string]string{}
	for _, m := range tick.FindAllStringSubmatch(page, -1) {
		found[m[2]] = m[1]
	}
	return found
}

func ticked(d *counter, page, about string) string {
	d.Helper()
	for text, row := range ticks(page) {
		if strings.Contains(text, about) {
			return row
		}
	}
	d.Fatalf("no task is about %s: %s", about, page)
	return ""
}

// TestAVisitAtTheDesk: tasks are ticked off one by one, what could not be done is tried again, and the portal's own list
// confirms the rest.
func TestAVisitAtTheDesk(t *testing.T) {
	eachCounter(t, func(d *counter) {
		d.admins()
		d.pushUnder("anna", "")
		p, err := d.Store().Look().PortalNamed(t.Context(), "learning")
		d.check(err)
		d.check(d.Ledger().GoLive(t.Context(), ann(), p.ID)) // so that both are told of in one list
		v := d.openVisit(1)
		at := "/visits/" + string(v.ID)
		owner, auditor := d.as("ann", 0), d.as("cid", 0)
		list := d.says(owner, "/portals", "learning", "live", "Visit 1", "to do")
		d.says(owner, "/portals/learning", "adkar", at, "No list of this portal was read yet", "Look at it")
		if strings.Contains(d.says(auditor, at, "What to do, in this order"), "<form method=\"post\" action=\"/visits") || strings.Contains(d.page(auditor, "/portals/learning"), "Look at it") {
			t.Error("an auditor has buttons")
		}
		if status, _, _ := d.as("dan", 0).get(d.URL() + "/portals"); status != http.StatusForbidden || list == "" {
			t.Errorf("a seat admin of one sees portals: %d", status)
		}

		page := d.says(owner, at, "What to do, in this order", "ann@example.com", "Everything was carried there")
		file := batchFile.FindStringSubmatch(page)[1]
		resp, content := owner.send(http.MethodGet, d.URL()+"/portals/learning/batches/"+file, nil)
		b, err := d.Store().Look().BatchNamed(t.Context(), file)
		d.check(err)
		if sum := sha256.Sum256([]byte(content)); hex.EncodeToString(sum[:]) != b.SHA256 || !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %v", content, resp.Header)
		}
		if status, _, _ := owner.get(d.URL() + "/portals/later/batches/" + file); status != http.StatusNotFound {
			t.Errorf("the file of another portal: %d", status)
		}

		annRow, amyRow := ticked(d, page, "ann@example.com"), ticked(d, page, "anna@example.com")
		for name, form := range map[string]url.Values{
			"nothing ticked": {"answer": {"done"}}, "no answer": {"row": {annRow}}, "no note": {"row": {annRow}, "answer": {"refused"}, "note": {" "}},
			"no such row": {"row": {file + "/99"}, "answer": {"done"}}, "no such batch": {"row": {"x/1"}, "answer": {"done"}}, "no row": {"row": {"x"}, "answer": {"done"}},
			"one of them no row": {"row": {annRow, file + "/99"}, "answer": {"done"}},
		} {
			if status, _, text := d.post(owner, at+"/rows", form); status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d %s", name, status, text)
			}
		}
		if s := d.seat("ann"); s != usher.Invited {
			t.Fatalf("a mistake settled something: %s", s)
		}
		if status, to, text := d.post(owner, at+"/rows", url.Values{"row": {annRow}, "answer": {"done"}}); status != http.StatusSeeOther || to != at+"?done=rows-settled" {
			t.Fatalf("%d %q %s", status, to, text)
		}
		eventually(t, "ann's seat is active", func() bool { return d.seat("ann") == usher.Active })
		if status, _, _ := d.post(owner, at+"/rows", url.Values{"row": {annRow}, "answer": {"done"}}); status != http.StatusConflict {
			t.Errorf("settled twice: %d", status)
		}
		if status, _, text := d.post(owner, at+"/rows", url.Values{"row": {amyRow}, "answer": {"refused"}, "note": {"no <b>such</b> domain"}}); status != http.StatusSeeOther {
			t.Fatalf("%d %s", status, text)
		}
		d.says(owner, at, "It was closed", "no &lt;b&gt;such", "refused")
		d.says(owner, "/portals/learning", "1 were refused", "Try the refused ones again", "settled", d.link("anna", "anna@example.com"))

		if status, to, text := d.post(owner, "/portals/learning/retry", nil); status != http.StatusSeeOther || to != "/portals/learning?done=retried" {
			t.Fatalf("%d %q %s", status, to, text)
		}
		at = "/visits/" + string(d.openVisit(2).ID)
		if status, _, text := d.post(owner, at+"/carried", url.Values{"batch": {"x"}}); status != http.StatusConflict {
			t.Errorf("a batch that is none of it: %d %s", status, text)
		}
		if status, to, text := d.post(owner, at+"/carried", nil); status != http.StatusSeeOther || to != at+"?done=visit-carried" {
			t.Fatalf("%d %q %s", status, to, text)
		}
		d.says(owner, at, "Carried there")
		d.bringBack(owner, at)
	}, func(c *config.Config) {
		c.Portals[0].Live = false
		c.Portals = append(c.Portals, config.Portal{Name: "later", Kind: "worklist", Pool: "soft"})
		c.Subscriptions = append(c.Subscriptions, config.Subscription{Name: "hub", Portal: "later", Seats: 5, Rule: config.Text{Value: `userName startsWith "bob"`}})
	})
}

// bringBack brings the portal's list, with what can be wrong about it, and takes it.
func (d *counter) bringBack(owner *browser, visit string) {
	d.Helper()
	const to = "/portals/learning/exports"
	list := []byte("Name,E-Mail\nAnn,ann@example.com\nAnna,anna@example.com\nBob,bob@example.com\nWalk <i>In</i>,walk.in@home.example\n")
	if status, _, text := d.sendFile(owner, to, "users.csv", nil); status != http.StatusUnprocessableEntity {
		d.Errorf("an empty file: %d %s", status, text)
	}
	if status, _, text := d.sendFile(owner, to, "users.csv", list, "as_of", "soon"); status != http.StatusUnprocessableEntity {
		d.Errorf("no time: %d %s", status, text)
	}
	if status, _, text := d.sendFile(owner, "/portals/nowhere/exports", "users.csv", list); status != http.StatusNotFound {
		d.Errorf("no portal: %d %s", status, text)
	}
	if status, _, _ := d.sendFile(d.as("cid", 0), to, "users.csv", list); status != http.StatusForbidden {
		d.Errorf("an auditor brings a list: %d", status)
	}
	if status, _, text := d.sendFile(owner, to, "big.csv", make([]byte, 33<<20)); status != http.StatusRequestEntityTooLarge {
		d.Errorf("too large: %d %s", status, text)
	}
	if status, _, _ := d.post(owner, "/portals/learning/live", url.Values{"plan": {strings.Repeat("x", 65<<10)}}); status != http.StatusBadRequest {
		d.Errorf("a form as large as a file: %d", status)
	}
	status, at, text := d.sendFile(owner, to, "scores.csv", []byte("Course,Score\nA,1\n"))
	if status != http.StatusSeeOther {
		d.Fatalf("%d %s", status, text)
	}
	d.says(owner, at, "one of its columns is known to hold addresses")
	for _, wrong := range []string{to + "/x?as_of=1", to + "/" + strings.Repeat("a", 64) + "?as_of=1", strings.Split(at, "?")[0]} {
		if status, _, _ := owner.get(d.URL() + wrong); status != http.StatusNotFound {
			d.Errorf("%s: %d", wrong, status)
		}
	}

	if status, at, text = d.sendFile(owner, to, `C:\lists\users.csv`, list, "complete", "yes"); status != http.StatusSeeOther {
		d.Fatalf("%d %s", status, text)
	}
	d.says(owner, at, "users.csv: 4 accounts", "all that there are", "walk.in@home.example", d.link("bob", "bob"), "Nothing has changed yet", "Rows of batches that it confirms</dt><dd>1")
	if open, err := d.Store().Look().OpenVisits(d.Context(), ""); err != nil || len(open) != 1 {
		d.Fatalf("looking at it closed the visit: %v %v", open, err)
	}
	u, err := url.Parse(at)
	d.check(err)
	if status, to, text := d.post(owner, u.Path, u.Query()); status != http.StatusSeeOther || to != "/portals/learning?done=list-taken" {
		d.Fatalf("%d %q %s", status, to, text)
	}
	d.says(owner, visit, "It was closed")
	d.says(owner, "/portals/learning", "Known to the portal alone", "walk.in@home.example", "users.csv, 4 accounts", "Every account is in line", d.link("bob", "bob"))
	d.says(owner, "/portals/learning/drift/unknown_at_portal", "walk.in@home.example")
	d.says(owner, at, "These bytes were taken already")
	status, at, _ = d.sendFile(owner, to, "old.csv", []byte("E-Mail\nann@example.com\n"), "as_of", "2020-01-01T09:00")
	if status != http.StatusSeeOther {
		d.Fatal(status)
	}
	d.says(owner, at, "was taken already: what it says is past")
}

// TestGoingLiveAtTheDesk: the plan is seen by name; one that changed has to be seen again; what takes files is adopted first.
func TestGoingLiveAtTheDesk(t *testing.T) {
	eachCounter(t, func(d *counter) {
		d.admins()
		d.pushUnder("anna", "")
		owner := d.as("ann", 0)
		d.says(owner, "/portals/learning", "observed only", "See by name what making it live would do")
		page := d.says(owner, "/portals/learning/live", "No list of the portal was read yet", d.link("ann", "ann"), "is given a seat")
		plan := planInForm.FindStringSubmatch(page)[1]
		for name, form := range map[string]url.Values{
			"another plan": {"plan": {"x"}, "without_adoption": {"yes"}, "reason": {"new"}}, "not adopted": {"plan": {plan}, "reason": {"new"}}, "no reason": {"plan": {plan}, "without_adoption": {"yes"}},
		} {
			if status, _, text := d.post(owner, "/portals/learning/live", form); status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d %s", name, status, text)
			}
		}
		if strings.Contains(d.page(d.as("cid", 0), "/portals/learning/live"), "Make it live</button>") {
			t.Error("an auditor has the button")
		}

		status, at, text := d.sendFile(owner, "/portals/learning/exports", "people.csv", []byte("Email\nann@example.com\n"), "adopt", "yes")
		if status != http.StatusSeeOther {
			t.Fatalf("%d %s", status, text)
		}
		d.says(owner, at, "Seats that become usher's: 1", "matched", d.link("ann", "ann"))
		if status, _, _ := owner.get(d.URL() + at + "&subscription=nothing"); status != http.StatusNotFound {
			t.Errorf("a subscription that is none: %d", status)
		}
		if status, at, text = d.sendFile(owner, "/portals/learning/exports", "people.csv", []byte("Email\nann@example.com\n"), "adopt", "yes", "subscription", "adkar"); status != http.StatusSeeOther {
			t.Fatalf("%d %s", status, text)
		}
		d.says(owner, at, "Seats that become usher's: 1", "Take it and adopt the seats")
		u, err := url.Parse(at)
		d.check(err)
		if status, _, text := d.post(owner, u.Path, u.Query()); status != http.StatusSeeOther {
			t.Fatalf("%d %s", status, text)
		}
		if s := d.seat("ann"); s != usher.Active {
			t.Fatalf("ann's seat is %q", s)
		}
		plan = planInForm.FindStringSubmatch(d.says(owner, "/portals/learning/live", "anna@example.com"))[1]
		if status, to, text := d.post(owner, "/portals/learning/live", url.Values{"plan": {plan}, "reason": {"seen"}}); status != http.StatusSeeOther || to != "/portals/learning?done=portal-live" {
			t.Fatalf("%d %q %s", status, to, text)
		}
		eventually(t, "anna is invited", func() bool { return d.seat("anna") == usher.Invited })
		if status, to, _ := owner.get(d.URL() + "/portals/learning/live"); status != http.StatusSeeOther || to != "/portals/learning" {
			t.Errorf("live already: %d %q", status, to)
		}
		if status, _, _ := d.post(owner, "/portals/learning/live", url.Values{"plan": {plan}}); status != http.StatusUnprocessableEntity {
			t.Errorf("live already: %d", status)
		}
	}, func(c *config.Config) { c.Portals[0].Live = false })
}
