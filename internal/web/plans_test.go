package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
)

// pagesFor are pages for somebody with rights who has shown so long ago who they are.
func pagesFor(t *testing.T, o Options, rights usher.Rights, ago time.Duration) http.Handler {
	t.Helper()
	o.Now, o.Failed = time.Now, func(_ *http.Request, err error) { t.Error(err) }
	o.Who = func(*http.Request) (Visitor, error) {
		return Visitor{Person: usher.Person{ID: "ann"}, By: usher.Principal{Name: "ann", Rights: rights}, AuthenticatedAt: usher.TimeOf(time.Now().Add(-ago))}, nil
	}
	return New(o)
}

// onePlan is a plan, and takes files.
type onePlan struct {
	Plans

	review usher.PlanReview
	came   *Upload
	bytes  int64
	fails  error
}

// FileDirectories implements Plans.
func (*onePlan) FileDirectories() []string { return []string{"hr"} }

// PlanReview implements Plans.
func (p *onePlan) PlanReview(_ context.Context, number int64) (usher.PlanReview, error) {
	if number != p.review.Number {
		return usher.PlanReview{}, usher.ErrNotFound
	}
	return p.review, nil
}

// Upload implements Plans.
func (p *onePlan) Upload(_ context.Context, _ usher.Principal, u Upload) (int64, error) {
	p.came = &u
	var err error
	p.bytes, err = io.Copy(io.Discard, u.Content)
	return 7, errors.Join(err, p.fails)
}

// TestProgressEndsByItself: a page that is open asks for as long as a plan is applied, and shows itself anew once it is over.
func TestProgressEndsByItself(t *testing.T) {
	for state, over := range map[usher.PlanState]bool{usher.PlanApplying: false, usher.PlanReading: false, usher.PlanApplied: true, usher.PlanOpen: true, usher.PlanStopped: true} {
		p := pagesFor(t, Options{Plans: &onePlan{review: usher.PlanReview{PlanView: usher.PlanView{Number: 7, State: state, Counts: usher.PlanCounts{Applied: 12, Stale: 1}}, Step: 13, Steps: 40}}}, usher.Rights{Auditor: true}, 0)
		r := httptest.NewRequest(http.MethodGet, "/plans/7/progress", nil)
		r.Header.Set("Hx-Request", "true")
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		text := w.Body.String()
		if asks := strings.Contains(text, `hx-get="/plans/7/progress" hx-trigger="every 2s"`); w.Code != http.StatusOK || asks == over || (w.Header().Get("HX-Refresh") == "true") != over || !strings.Contains(text, `<a href="/plans/7">Look again</a>`) || strings.Contains(text, "<html") {
			t.Errorf("%s: %d %v %s", state, w.Code, w.Header(), text)
		}
		if state == usher.PlanApplying && !(strings.Contains(text, "12 changes are made, 1 were not") && strings.Contains(text, `value="13" max="40"`)) {
			t.Errorf("%s", text)
		}
	}
}

// TestWhereAFileCameFrom: a plan's page names the file and where it came from, and no folder of the server by its path.
func TestWhereAFileCameFrom(t *testing.T) {
	for origin, want := range map[string][2]string{
		"folder /srv/secret/hr":  {"people.csv, directory hr. Planned", "<dt>Comes from</dt><dd>the folder hr</dd>"},
		"upload":                 {"people.csv, directory hr, upload. Planned", "<dt>Comes from</dt><dd>upload</dd>"},
		"https://hr.test/people": {"people.csv, directory hr, https://hr.test/people. Planned", "<dt>Comes from</dt><dd>https://hr.test/people</dd>"},
	} {
		view := usher.PlanView{Number: 7, Directory: "hr", State: usher.PlanOpen, File: usher.FileView{Name: "people.csv", Origin: origin}}
		plans := listedPlan{onePlan{review: usher.PlanReview{PlanView: view}}}
		w := httptest.NewRecorder()
		pagesFor(t, Options{Plans: &plans}, usher.Rights{Auditor: true}, 0).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/plans/7", nil))
		text := w.Body.String()
		if w.Code != http.StatusOK || !strings.Contains(text, want[0]) || !strings.Contains(text, want[1]) || strings.Contains(text, "/srv") {
			t.Errorf("%s: %d %s", origin, w.Code, text)
		}
	}
}

// listedPlan is a plan of which nothing is to be said.
type listedPlan struct{ onePlan }

// PlanChanges, PlanSeats and PlanFindings implement Plans.
func (*listedPlan) PlanChanges(context.Context, int64, usher.ChangeQuery) (l usher.Listed[usher.ChangeView], err error) {
	return l, nil
}

func (*listedPlan) PlanSeats(context.Context, int64, usher.SeatQuery) (l usher.Listed[usher.PlannedSeat], err error) {
	return l, nil
}

func (*listedPlan) PlanFindings(context.Context, int64, usher.FindingQuery) (l usher.Listed[usher.Finding], err error) {
	return l, nil
}

// untouched is a body that nobody may read.
type untouched struct{ *testing.T }

// Read implements io.Reader.
func (u untouched) Read([]byte) (int, error) {
	u.Error("the file is read")
	return 0, io.EOF
}

// TestFilesAreReadFromNobodyElse: who may not send a file, or not without showing who they are, or comes from another site, sends it in vain.
func TestFilesAreReadFromNobodyElse(t *testing.T) {
	for what, c := range map[string]struct {
		rights usher.Rights
		ago    time.Duration
		origin string
	}{
		"an auditor": {usher.Rights{Auditor: true}, 0, ""}, "a seat admin of one": {usher.Rights{Seats: []usher.ID{"s"}}, 0, ""},
		"an owner of this morning": {usher.Rights{Owner: true}, time.Hour, ""}, "another site": {usher.Rights{Owner: true}, 0, "https://evil.test"},
	} {
		plans := &onePlan{}
		r := httptest.NewRequest(http.MethodPost, "/plans/upload", untouched{t})
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		w := httptest.NewRecorder()
		pagesFor(t, Options{Plans: plans}, c.rights, c.ago).ServeHTTP(w, r)
		if w.Code != http.StatusForbidden || plans.came != nil {
			t.Errorf("%s: %d %s", what, w.Code, w.Body)
		}
	}
}

// sent is a form with a file of so many bytes, which is made as it is read.
func sent(fields map[string]string, name string, size int64) (io.Reader, string) {
	var before bytes.Buffer
	w := multipart.NewWriter(&before)
	for key, value := range fields {
		_ = w.WriteField(key, value)
	}
	_, _ = w.CreateFormFile("file", name)
	end := "\r\n--" + w.Boundary() + "--\r\n"
	return io.MultiReader(&before, io.LimitReader(spaces{}, size), strings.NewReader(end)), w.FormDataContentType()
}

type spaces struct{}

// Read implements io.Reader.
func (spaces) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

// TestFilesOfPeople: what the form says reaches whoever reads the file, and too large a file reaches nobody.
func TestFilesOfPeople(t *testing.T) {
	for _, c := range []struct {
		what   string
		fields map[string]string
		name   string
		size   int64
		fails  error
		status int
		to     string
		came   *Upload
	}{
		{"a file", map[string]string{"directory": "hr", "then": "review"}, "people.csv", 30 << 20, nil, 303, "/plans/7?done=roster-taken", &Upload{Directory: "hr", Name: "people.csv", Review: true}},
		{"a mended one", map[string]string{"directory": "hr", "instead": "5", "part": "yes"}, `C:\files\people.csv`, 10, nil, 303, "/plans/7?done=roster-taken", &Upload{Directory: "hr", Name: "people.csv", Review: true, Part: true, Instead: 5}},
		{"one that goes by itself", map[string]string{"directory": "hr", "then": "guards"}, "..", 10, nil, 303, "/plans/7?done=roster-taken", &Upload{Directory: "hr", Name: "upload"}},
		{"of nobody's plan", map[string]string{"directory": "hr", "instead": "x"}, "people.csv", 10, nil, 404, "", nil},
		{"too large", map[string]string{"directory": "hr"}, "people.csv", rosterBytes, nil, 413, "", nil},
		{"one too many", map[string]string{"directory": "hr"}, "people.csv", 10, &Refusal{429, "Too many."}, 429, "", &Upload{Directory: "hr", Name: "people.csv", Review: true}},
		{"while another is read", map[string]string{"directory": "hr"}, "people.csv", 10, fmt.Errorf("hr: %w", usher.ErrBusy), 409, "", &Upload{Directory: "hr", Name: "people.csv", Review: true}},
	} {
		plans := &onePlan{fails: c.fails}
		body, kind := sent(c.fields, c.name, c.size)
		r := httptest.NewRequest(http.MethodPost, "/plans/upload", body)
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		pagesFor(t, Options{Plans: plans}, usher.Rights{Owner: true}, 0).ServeHTTP(w, r)
		if w.Code != c.status || w.Header().Get("Location") != c.to || (plans.came == nil) != (c.came == nil) {
			t.Errorf("%s: %d %q %s", c.what, w.Code, w.Header().Get("Location"), w.Body)
			continue
		}
		if plans.came == nil {
			continue
		}
		plans.came.Content = nil
		if *plans.came != *c.came || plans.bytes != c.size {
			t.Errorf("%s: %+v, %d bytes", c.what, *plans.came, plans.bytes)
		}
	}
}

// TestHalfAFile: what does not come whole is looked at by nobody.
func TestHalfAFile(t *testing.T) {
	plans := &onePlan{}
	body, kind := sent(map[string]string{"directory": "hr"}, "people.csv", 1000)
	r := httptest.NewRequest(http.MethodPost, "/plans/upload", io.LimitReader(body, 900))
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	pagesFor(t, Options{Plans: plans}, usher.Rights{Owner: true}, 0).ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest || plans.came != nil {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// oneHold is a hold of a subscription, or of a directory.
type oneHold struct {
	Holds

	view   usher.HoldView
	closed int
}

// HoldPart implements Holds.
func (h *oneHold) HoldPart(context.Context, int64, usher.ID, int) (usher.HoldDetail, *usher.Mark, error) {
	return usher.HoldDetail{HoldView: h.view}, nil, nil
}

// AllowHold implements Holds.
func (h *oneHold) AllowHold(context.Context, usher.Principal, int64) error {
	h.closed++
	return nil
}

// TestWhoseHolds: a hold of a subscription is for those who have it, one of a directory for those who have all.
func TestWhoseHolds(t *testing.T) {
	ofSubscription, ofDirectory := usher.HoldView{Number: 1, SubscriptionID: "s", Subscription: "adkar"}, usher.HoldView{Number: 1, Directory: "hr"}
	for _, c := range []struct {
		who     string
		rights  usher.Rights
		hold    usher.HoldView
		sees    bool
		decides bool
	}{
		{"an owner", usher.Rights{Owner: true}, ofDirectory, true, true},
		{"an owner", usher.Rights{Owner: true}, ofSubscription, true, true},
		{"a seat admin of all", usher.Rights{AllSeats: true}, ofDirectory, true, true},
		{"a seat admin of it", usher.Rights{Seats: []usher.ID{"s"}}, ofSubscription, true, true},
		{"a seat admin of it", usher.Rights{Seats: []usher.ID{"s"}}, ofDirectory, false, false},
		{"a seat admin of another", usher.Rights{Seats: []usher.ID{"x"}}, ofSubscription, false, false},
		{"an auditor", usher.Rights{Auditor: true}, ofSubscription, true, false},
		{"an auditor", usher.Rights{Auditor: true}, ofDirectory, true, false},
		{"an auditor who is a seat admin of another", usher.Rights{Auditor: true, Seats: []usher.ID{"x"}}, ofSubscription, true, false},
		{"an auditor who is a seat admin of it", usher.Rights{Auditor: true, Seats: []usher.ID{"s"}}, ofDirectory, true, false},
	} {
		holds := &oneHold{view: c.hold}
		p := pagesFor(t, Options{Holds: holds}, c.rights, 0)
		w := httptest.NewRecorder()
		p.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/holds/1", nil))
		if sees := w.Code == http.StatusOK; sees != c.sees || strings.Contains(w.Body.String(), "Allow all of it") != c.decides {
			t.Errorf("%s, %+v: %d %s", c.who, c.hold, w.Code, w.Body)
		}
		r := httptest.NewRequest(http.MethodPost, "/holds/1/allow", strings.NewReader("reason=x"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w = httptest.NewRecorder()
		p.ServeHTTP(w, r)
		if decided := holds.closed == 1; decided != c.decides {
			t.Errorf("%s decides about %+v: %d", c.who, c.hold, w.Code)
		}
	}
}
