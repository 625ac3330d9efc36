package daemon_test

import (
	"archive/zip"
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/roster/rostertest"
)

// maxWeight bounds a page, in bytes.
const maxWeight = 150_000

// newPlanRoles has people of every role, a directory of files, and seats of adkar for Sales and of pmp for IT.
func newPlanRoles(t *testing.T, place store.Options, change ...func(*config.Config)) *roles {
	return newRoles(t, place, append([]func(*config.Config){func(c *config.Config) {
		hr := fileDirectory("hr", 3)
		hr.EmployeeNumbers = "hr"
		c.Directories = append(c.Directories, hr)
		c.Subscriptions[0].Rule, c.Subscriptions[0].Seats = config.Text{Value: `department == "Sales"`}, 1000
		pmp := c.Subscriptions[0]
		pmp.Name, pmp.Rule = "pmp", config.Text{Value: `department == "IT"`}
		c.Subscriptions = append(c.Subscriptions, pmp)
	}}, change...)...)
}

// as sends a request as somebody of a role.
func (r *roles) as(who, method, path string, form url.Values, headers ...string) reply {
	r.Helper()
	headers = append(headers, r.headers[who]...)
	if method == http.MethodPost {
		headers = append(headers, "Content-Type", "application/x-www-form-urlencoded")
	}
	return r.call(method, path, "", form.Encode(), headers...)
}

// see is a page that somebody has to get.
func (r *roles) see(who, path string) string {
	r.Helper()
	got := r.as(who, http.MethodGet, path, nil)
	if got.status != http.StatusOK {
		r.Fatalf("%s asks for %s: %d %s", who, path, got.status, got.text)
	}
	if len(got.text) > maxWeight {
		r.Errorf("%s weighs %d bytes", path, len(got.text))
	}
	return got.text
}

// form sends a form that has to be taken, and gives where it leads.
func (r *roles) form(who, path string, form url.Values) string {
	r.Helper()
	got := r.as(who, http.MethodPost, path, form)
	if got.status != http.StatusSeeOther {
		r.Fatalf("%s sends %s %v: %d %s", who, path, form, got.status, got.text)
	}
	return got.header.Get("Location")
}

// sendFile sends a file of people with the fields of the form.
func (r *roles) sendFile(who string, fields url.Values, name string, content []byte, headers ...string) reply {
	r.Helper()
	return r.sendFileTo("/plans/upload", who, fields, name, content, headers...)
}

func (r *roles) sendFileTo(path, who string, fields url.Values, name string, content []byte, headers ...string) reply {
	r.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for key, values := range fields {
		r.check(w.WriteField(key, values[0]))
	}
	if name != "" {
		part, err := w.CreateFormFile("file", name)
		r.check(err)
		_, err = part.Write(content)
		r.check(err)
	}
	r.check(w.Close())
	return r.call(http.MethodPost, path, "", body.String(), append(append(headers, "Content-Type", w.FormDataContentType()), r.headers[who]...)...)
}

var planAt = regexp.MustCompile(`^/plans/(\d+)\?done=`)

// brought is the number of the plan of a file that is taken.
func (r *roles) brought(fields url.Values, content []byte) int64 {
	r.Helper()
	got := r.sendFile(owner, fields, "people.csv", content)
	m := planAt.FindStringSubmatch(got.header.Get("Location"))
	if got.status != http.StatusSeeOther || m == nil {
		r.Fatalf("%d %q %s", got.status, got.header.Get("Location"), got.text)
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	r.check(err)
	return n
}

// plan is a plan as it is now.
func (r *roles) plan(number int64) usher.Plan {
	r.Helper()
	p, err := r.Store().Look().Plan(r.Context(), number)
	r.check(err)
	return p
}

func planPath(number int64, below ...string) string {
	return "/plans/" + strconv.FormatInt(number, 10) + strings.Join(below, "")
}

// wants fails unless a text has all parts.
func (r *roles) wants(text string, parts ...string) {
	r.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			r.Errorf("no %q in %s", part, text)
		}
	}
}

// readsOnly fails where a page has a form that changes anything.
func (r *roles) readsOnly(who, path string) {
	r.Helper()
	if text := r.see(who, path); strings.Count(text, `method="post"`) != 1 || !strings.Contains(text, `action="/signout"`) || strings.Contains(text, "Upload a roster") {
		r.Errorf("%s has forms at %s: %s", who, path, text)
	}
}

func because(more ...string) url.Values {
	form := url.Values{"reason": {"as agreed"}}
	for i := 0; i < len(more); i += 2 {
		form.Add(more[i], more[i+1])
	}
	return form
}

var (
	tickable = regexp.MustCompile(`form="decide" name="change" value="(\d+)" aria-label="Choose`)
	named    = regexp.MustCompile(`<a href="(/people/[^"]+)">`)
)

// TestRosterInTheBrowser: a file with mistakes, its error sheet, the mended file, some of it confirmed and some not, and the way back.
func TestRosterInTheBrowser(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		r := newPlanRoles(t, place)
		before := r.active()
		r.wants(r.see(owner, "/plans"), "There is no plan yet", `href="/plans/upload"`)
		r.wants(r.see(owner, "/plans/upload?directory=hr"), `<option selected>hr</option>`, `enctype="multipart/form-data"`, `type="file"`)

		first := r.brought(url.Values{"directory": {"hr"}}, rostertest.Table(100, func(i int, row []string) []string {
			if i == 95 {
				row[rostertest.Email] = "nobody at all"
			}
			return row
		}))
		page := r.see(owner, planPath(first))
		r.wants(page, "to be decided", "joiners", "Rows that are refused", `<th scope="row" class="num">97</th>`, "nobody at all", "all of it waits", `name="instead" value="`+strconv.FormatInt(first, 10)+`"`)
		if named.MatchString(page) {
			t.Errorf("somebody has a page before they are there: %s", page)
		}
		r.readsOnly(auditor, planPath(first))
		r.wants(r.see(auditor, "/plans"), "people.csv", "94 joiners", "to be decided")
		if r.active() != before {
			t.Fatalf("%d people, though nobody has confirmed anything", r.active())
		}
		sheet := r.as(auditor, http.MethodGet, planPath(first, "/errors?format=csv"), nil)
		if sheet.status != http.StatusOK || !strings.HasPrefix(sheet.header.Get("Content-Disposition"), "attachment") || strings.Count(sheet.text, "\n") != 2 || !strings.Contains(sheet.text, "nobody at all") {
			t.Errorf("the sheet: %d %v %s", sheet.status, sheet.header, sheet.text)
		}
		if book := r.as(owner, http.MethodGet, planPath(first, "/errors?format=xlsx&rows=all"), nil); !strings.HasPrefix(book.text, "PK") {
			t.Errorf("the workbook: %d %.80q", book.status, book.text)
		}

		mended := r.brought(url.Values{"directory": {"hr"}, "instead": {strconv.FormatInt(first, 10)}}, rostertest.Good(100))
		if p := r.plan(first); p.State != usher.PlanSuperseded {
			t.Errorf("the plan that was mended is %s", p.State)
		}
		r.wants(r.see(owner, planPath(first)), "a newer file came")
		seats := r.see(owner, planPath(mended, "/seats?subscription=adkar&kind=seat"))
		if r.wants(seats, "person0@example.com", "adkar"); named.MatchString(seats) {
			t.Errorf("somebody has a page before they are there: %s", seats)
		}
		held := r.plan(mended).Counts.Held
		all := because("held", strconv.Itoa(held), "what", "all")
		if to := r.form(owner, planPath(mended, "/confirm"), all); to != planPath(mended, "?done=plan-confirmed") {
			t.Errorf("leads to %s", to)
		}
		r.applied(mended)
		if r.active() != before+95 {
			t.Errorf("%d people, want %d", r.active(), before+95)
		}
		page = r.see(owner, planPath(mended))
		r.wants(page, "95 changes were applied", "Plan the way back")
		if links := named.FindAllStringSubmatch(page, -1); len(links) != 50 || !strings.Contains(r.see(auditor, links[0][1]), "What happened") {
			t.Errorf("%d of 50 rows lead to a person: %s", len(links), page)
		}
		if again := r.as(owner, http.MethodPost, planPath(mended, "/confirm"), all); again.status != http.StatusConflict {
			t.Errorf("confirmed twice: %d %s", again.status, again.text)
		}

		r.someOfIt(before)
	})
}

// applied waits until a plan is applied, and looks at what a page hears then that is open.
func (r *roles) applied(number int64) {
	r.Helper()
	eventually(r.T, "the plan is applied", func() bool { return r.plan(number).State != usher.PlanApplying })
	got := r.as(owner, http.MethodGet, planPath(number, "/progress"), nil, "Hx-Request", "true")
	if got.status != http.StatusOK || got.header.Get("Hx-Refresh") != "true" || strings.Contains(got.text, "every 2s") || strings.Contains(got.text, "<html") {
		r.Errorf("progress: %d %v %s", got.status, got.header, got.text)
	}
}

// someOfIt: leavers go as a class, two movers by name, the rest is discarded; what went is put back.
func (r *roles) someOfIt(before int) {
	r.Helper()
	number := r.brought(url.Values{"directory": {"hr"}}, rostertest.Table(100, func(i int, row []string) []string {
		switch {
		case i < 10:
			row[rostertest.Status] = "terminated"
		case i > 90 && row[rostertest.Status] == "active":
			row[rostertest.Title] = "<b>Chief</b>"
		}
		return row
	}))
	held := r.plan(number).Counts.Held
	page := r.see(owner, planPath(number))
	r.wants(page, "10 leavers", `movers</a></th><td class="num" data-label="People">8<`, "10 leavers in one file; 9 of", "Confirm the class: leavers", `class="before">yes</span>`)
	r.form(owner, planPath(number, "/confirm"), because("held", strconv.Itoa(held), "what", "class", "class", "leaver"))
	r.applied(number)
	if p := r.plan(number); p.State != usher.PlanOpen || p.Counts.Applied != 10 || p.Counts.Held != 8 || r.active() != before+85 {
		r.Fatalf("leavers: %+v, and %d people", p.Counts, r.active())
	}
	page = r.see(owner, planPath(number, "?class=mover&state=held"))
	r.wants(page, "&lt;b&gt;Chief", `<span class="after">`)
	ticks := tickable.FindAllStringSubmatch(page, -1)
	if len(ticks) != 8 || strings.Contains(page, "<b>Chief") {
		r.Fatalf("%d can be chosen: %s", len(ticks), page)
	}
	if links := regexp.MustCompile(`aria-label="Choose [^"]*"> <a href="/people/`).FindAllString(page, -1); len(links) != 8 {
		r.Errorf("%d of 8 rows lead to a person: %s", len(links), page)
	}
	for what, form := range map[string]url.Values{
		"nobody chosen": because("held", "8", "what", "chosen"), "no number": because("held", "8", "what", "chosen", "change", "x"), "no reason": {"held": {"8"}, "what": {"all"}},
		"a blank reason": {"reason": {" "}, "held": {"8"}, "what": {"all"}}, "a long reason": {"reason": {strings.Repeat("x", 501)}, "held": {"8"}, "what": {"all"}},
		"nothing held": because("what", "all"), "no class": because("held", "8", "what", "class", "class", "king"), "nothing": because("held", "8"), "a class that nobody is of": because("held", "8", "what", "class", "class", "absent"),
	} {
		if got := r.as(owner, http.MethodPost, planPath(number, "/confirm"), form); got.status != http.StatusUnprocessableEntity {
			r.Errorf("%s: %d %s", what, got.status, got.text)
		}
	}
	for what, form := range map[string]url.Values{
		"another number of changes": because("held", "18", "what", "all"), "changes that went already": because("held", "8", "what", "chosen", "change", "1", "change", ticks[0][1]),
	} {
		if got := r.as(owner, http.MethodPost, planPath(number, "/confirm"), form); got.status != http.StatusConflict {
			r.Errorf("%s: %d %s", what, got.status, got.text)
		}
	}
	r.form(allSeats, planPath(number, "/confirm"), because("held", "8", "what", "chosen", "change", ticks[0][1], "change", ticks[1][1]))
	r.applied(number)
	r.form(owner, planPath(number, "/discard"), because())
	if p := r.plan(number); p.State != usher.PlanDiscarded || p.Counts.Applied != 12 {
		r.Fatalf("discarded: %s %+v", p.State, p.Counts)
	}
	r.wants(r.see(auditor, planPath(number, "?class=mover&state=dropped")), "dropped", "discarded", "as agreed")
	to := r.form(owner, planPath(number, "/undo"), because())
	m := planAt.FindStringSubmatch(to)
	if m == nil {
		r.Fatalf("undo leads to %s", to)
	}
	back, err := strconv.ParseInt(m[1], 10, 64)
	r.check(err)
	r.wants(r.see(owner, to), "This is the way back", `href="`+planPath(number)+`"`)
	r.form(owner, planPath(back, "/confirm"), because("held", strconv.Itoa(r.plan(back).Counts.Held), "what", "all"))
	r.applied(back)
	if r.active() != before+95 {
		r.Errorf("%d people after the way back, want %d", r.active(), before+95)
	}
}

// TestNobodyElseDecides: whoever reads everything sees no buttons, and gets nothing done without them.
func TestNobodyElseDecides(t *testing.T) {
	r := newPlanRoles(t, store.Options{Folder: t.TempDir()})
	number := r.brought(url.Values{"directory": {"hr"}}, rostertest.Good(30))
	for _, who := range []string{auditor, seatAdmin, manager, employee, nobody} {
		for _, what := range []string{"/confirm", "/discard", "/undo"} {
			if got := r.as(who, http.MethodPost, planPath(number, what), because("held", "28", "what", "all")); got.status != http.StatusForbidden && (got.status != http.StatusSeeOther || got.header.Get("Location") != "/signin") {
				t.Errorf("%s sends %s: %d %q", who, what, got.status, got.header.Get("Location"))
			}
		}
		if got := r.sendFile(who, url.Values{"directory": {"hr"}}, "people.csv", rostertest.Good(30)); got.status != http.StatusForbidden && got.header.Get("Location") != "/signin" {
			t.Errorf("%s sends a file: %d", who, got.status)
		}
	}
	if got := r.sendFile(owner, url.Values{"directory": {"hr"}}, "people.csv", rostertest.Good(30), "Origin", "https://evil.test"); got.status != http.StatusForbidden {
		t.Errorf("another site sends a file: %d", got.status)
	}
	if p := r.plan(number); p.State != usher.PlanOpen || p.Counts.Applied != 0 || len(r.plans()) != 1 {
		t.Errorf("%s %+v, and %d plans", p.State, p.Counts, len(r.plans()))
	}
	r.readsOnly(auditor, "/plans")
}

// TestWrongFilesInTheBrowser: whatever is sent, the answer says what is wrong with it, and nobody is changed.
func TestWrongFilesInTheBrowser(t *testing.T) {
	r := newPlanRoles(t, store.Options{Folder: t.TempDir()})
	before, hr := r.active(), url.Values{"directory": {"hr"}}
	for _, c := range []struct {
		what    string
		fields  url.Values
		name    string
		content []byte
		words   string
	}{
		{"no directory", nil, "people.csv", rostertest.Good(30), "Directory is missing"},
		{"a directory that pushes", url.Values{"directory": {"default"}}, "people.csv", rostertest.Good(30), "Directory is missing"},
		{"no file", hr, "", nil, "File is missing"},
		{"an empty file", hr, "people.csv", nil, "choose a file that is not empty"},
	} {
		if got := r.sendFile(owner, c.fields, c.name, c.content); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.text, c.words) {
			t.Errorf("%s: %d %s", c.what, got.status, got.text)
		}
	}
	if got := r.as(owner, http.MethodPost, "/plans/upload", url.Values{"directory": {"hr"}}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a form without files: %d %s", got.status, got.text)
	}
	if len(r.plans()) != 0 || len(r.archived()) != 0 {
		t.Fatalf("plans %+v, files %q", r.plans(), r.archived())
	}
	for what, content := range map[string][]byte{
		"a picture": append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), make([]byte, 4000)...), "a page": []byte("<html>502 Bad Gateway</html>"),
		"a workbook that grows without end": packed(t, "xl/worksheets/sheet1.xml", bytes.Repeat([]byte(" "), 250<<20), zip.Deflate),
		"a workbook of more than 20 MB":     packed(t, "xl/media/film.bin", make([]byte, 21<<20), zip.Store), "more than 20 MB of something else": bytes.Repeat([]byte("a,b,c\n"), 21<<20/6),
	} {
		number := r.brought(hr, content)
		page := r.see(owner, planPath(number))
		if p := r.plan(number); p.State != usher.PlanRefused || !strings.Contains(page, "The file counts for nothing") || strings.Count(page, `<p class="wrong">`) < 2 {
			t.Errorf("%s: %s %s", what, p.State, page)
		}
		if got := r.as(owner, http.MethodGet, planPath(number, "/errors?format=csv&rows=all"), nil); got.status != http.StatusUnprocessableEntity && got.status != http.StatusOK {
			t.Errorf("%s: the sheet: %d %s", what, got.status, got.text)
		}
	}
	hostile := r.sendFile(owner, hr, `../../<script>alert(1)</script>.csv`, rostertest.Good(30))
	if page := r.see(owner, hostile.header.Get("Location")); strings.Contains(page, "<script>a") || strings.Contains(page, "..") {
		t.Errorf("%s", page)
	}
	for _, path := range []string{"/plans/x", "/plans/-1", "/plans/0", "/plans/+1", "/plans/99999999999999999999", "/plans/999", "/plans/1/findings?severity=x", "/plans/1/seats?kind=x", "/plans/1/seats?after=x",
		"/plans?before=x", "/plans?directory=x", "/holds/x", "/holds?before=-1", "/conflicts/x", "/revisions/x", planPath(r.plans()[0].Number, "?class=king"), planPath(r.plans()[0].Number, "?class=joiner&state=king"), planPath(r.plans()[0].Number, "?after=x")} {
		if got := r.as(owner, http.MethodGet, path, nil); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	if r.active() != before {
		t.Errorf("%d people, want %d", r.active(), before)
	}
}

// TestPlansOfADirectory: what waits stands first, and the others come in parts.
func TestPlansOfADirectory(t *testing.T) {
	r := newPlanRoles(t, store.Options{Folder: t.TempDir()})
	for range 27 {
		r.brought(url.Values{"directory": {"hr"}}, []byte("nothing"))
	}
	last := r.brought(url.Values{"directory": {"hr"}}, rostertest.Good(30))
	page := r.see(owner, "/plans?directory=hr")
	waits, past, _ := strings.Cut(page, "<h2>Before</h2>")
	if !strings.Contains(waits, planPath(last)) || strings.Contains(past, planPath(last)+`"`) || strings.Count(past, "file refused") != 25 {
		t.Errorf("%s", page)
	}
	older := regexp.MustCompile(`href="(/plans\?before=[^"]*)">Older`).FindStringSubmatch(page)
	if older == nil {
		t.Fatalf("no way to the older ones: %s", page)
	}
	if _, past, _ := strings.Cut(r.see(owner, strings.ReplaceAll(older[1], "&amp;", "&")), "<h2>Before</h2>"); strings.Count(past, "file refused") != 2 || strings.Contains(past, "Older plans") {
		t.Errorf("%s", past)
	}
	if page := r.see(owner, "/plans?directory=roster"); strings.Contains(page, "people.csv") {
		t.Errorf("plans of another directory: %s", page)
	}
	if !slices.ContainsFunc(r.plans(), func(p usher.Plan) bool { return p.Number == last && p.File.Origin == usher.OriginByHand }) {
		t.Errorf("%+v", r.plans())
	}
}

// packed is a good workbook with a part that is added, or another.
func packed(t *testing.T, name string, content []byte, method uint16) []byte {
	t.Helper()
	good := rostertest.GoodWorkbook(30)
	from, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	put := func(name string, method uint16, content io.Reader) {
		to, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = io.Copy(to, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range from.File {
		if f.Name == name {
			continue
		}
		part, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		put(f.Name, zip.Deflate, part)
	}
	put(name, method, bytes.NewReader(content))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
