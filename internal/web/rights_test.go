package web_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/internal/web"
)

// house is what the pages read in these tests: two subscriptions at two portals, and two requests. eve, whose manager is ann, asked
// for both.
type house struct{ answered []int64 }

func (*house) OpenRequests(context.Context) ([]web.Request, error) {
	var list []web.Request
	for i, sub := range []string{"adkar", "agile"} {
		r := web.Request{Name: sub, Who: "Eve", Address: "eve@example.com", Manager: "ann"}
		r.Number, r.Subscription, r.Person, r.State = int64(i+1), usher.ID("s-"+sub), "eve", usher.RequestOpen
		list = append(list, r)
	}
	return list, nil
}

func (h *house) AnswerRequest(_ context.Context, _ usher.Principal, number int64, _ usher.RequestAnswer) error {
	h.answered = append(h.answered, number)
	return nil
}

func (*house) Portals(context.Context) ([]web.Portal, error) {
	return []web.Portal{
		{ID: "p-prosci", Name: "prosci", Subscriptions: []usher.ID{"s-adkar"}},
		{ID: "p-myaci", Name: "myaci", Subscriptions: []usher.ID{"s-agile"}},
		{ID: "p-bare", Name: "bare"},
	}, nil
}

func (*house) Mismatches(_ context.Context, portal usher.ID) ([]web.Mismatch, error) {
	return []web.Mismatch{{Person: "p", Name: "somebody at " + string(portal), There: "old@example.com", SignsInWith: "new@example.com"}}, nil
}

func (*house) ReportsOf(_ context.Context, manager usher.ID) ([]web.Report, error) {
	return []web.Report{{Person: "p", Name: "report of " + string(manager)}}, nil
}

// ask sends a request of somebody with rights, who showed who they are some time ago.
func (h *house) ask(person usher.ID, r usher.Rights, ago time.Duration, method, path string, form url.Values) (int, string) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	pages := web.New(web.Options{
		Requests: h, Answers: h, Preflight: h, Reports: h, Now: func() time.Time { return now }, Failed: func(*http.Request, error) {},
		Who: func(*http.Request) (web.Visitor, error) {
			return web.Visitor{Person: usher.Person{ID: person, Address: string(person)}, AuthenticatedAt: usher.TimeOf(now.Add(-ago)),
				By: usher.Principal{Kind: usher.PrincipalPerson, Person: person, Rights: r}}, nil
		},
	})
	req := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, req)
	text, _ := io.ReadAll(w.Body)
	return w.Code, string(text)
}

// TestPagesShowWhatRightsAllow: each page shows what the visitor's rights allow of it, and nothing else.
func TestPagesShowWhatRightsAllow(t *testing.T) {
	adkar := usher.Rights{Seats: []usher.ID{"s-adkar"}}
	for _, c := range []struct {
		name     string
		person   usher.ID
		rights   usher.Rights
		answers  string // numbers of the requests that are theirs; empty: not even the page
		portals  string // whose people they see; empty: not even the page
		managers bool   // they see the page of reports
	}{
		{name: "an employee", person: "cid"},
		{name: "the manager", person: "ann", rights: usher.Rights{Manager: true}, answers: "12", managers: true},
		{name: "another manager", person: "bob", rights: usher.Rights{Manager: true}, answers: "-", managers: true},
		{name: "whom a record names as manager, without the right", person: "ann"},
		{name: "a seat admin of one", person: "dan", rights: adkar, answers: "1", portals: "prosci"},
		{name: "a seat admin of one, who asked herself", person: "eve", rights: adkar, answers: "-", portals: "prosci"},
		{name: "a seat admin of all", person: "dan", rights: usher.Rights{AllSeats: true}, answers: "12", portals: "prosci myaci bare"},
		{name: "an owner", person: "dan", rights: usher.Rights{Owner: true}, answers: "12", portals: "prosci myaci bare"},
		{name: "an owner, who asked herself", person: "eve", rights: usher.Rights{Owner: true}, answers: "-", portals: "prosci myaci bare"},
		{name: "an auditor", person: "dan", rights: usher.Rights{Auditor: true}, portals: "prosci myaci bare"},
		{name: "an auditor who is the manager", person: "ann", rights: usher.Rights{Auditor: true, Manager: true}, answers: "12", portals: "prosci myaci bare", managers: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &house{}
			reads := usher.AccessReaders.Allows(c.rights)
			status, page := h.ask(c.person, c.rights, 0, http.MethodGet, "/requests", nil)
			if (status == http.StatusOK) != (c.answers != "") {
				t.Errorf("requests: %d", status)
			}
			if links := strings.Contains(page, `<a href="/people/eve">Eve</a>`); links != (reads && strings.Trim(c.answers, "-") != "") {
				t.Errorf("who asked is a link: %v", links)
			}
			for _, number := range []string{"1", "2"} {
				theirs := strings.Contains(c.answers, number)
				if strings.Contains(page, `name="request" value="`+number+`"`) != theirs {
					t.Errorf("request %s: shown %v", number, !theirs)
				}
				h.answered = nil
				form := url.Values{"request": {number}, "answer": {"approve"}}
				h.ask(c.person, c.rights, 0, http.MethodPost, "/requests", form)
				if (len(h.answered) == 1) != theirs {
					t.Errorf("request %s: answered %v", number, h.answered)
				}
				h.answered = nil
				if status, _ := h.ask(c.person, c.rights, 16*time.Minute, http.MethodPost, "/requests", form); status != http.StatusForbidden || len(h.answered) > 0 {
					t.Errorf("request %s, without having shown who they are: %d, %v", number, status, h.answered)
				}
			}
			status, page = h.ask(c.person, c.rights, 0, http.MethodGet, "/preflight", nil)
			if (status == http.StatusOK) != (c.portals != "") {
				t.Errorf("preflight: %d", status)
			}
			for _, portal := range []string{"prosci", "myaci", "bare"} {
				if strings.Contains(page, "somebody at p-"+portal) != strings.Contains(c.portals, portal) {
					t.Errorf("portal %s: %s", portal, page)
				}
			}
			status, page = h.ask(c.person, c.rights, 0, http.MethodGet, "/reports", nil)
			if (status == http.StatusOK) != c.managers || c.managers && !strings.Contains(page, "report of "+string(c.person)) {
				t.Errorf("reports: %d %s", status, page)
			}
			if links := strings.Contains(page, `<a href="/people/p">report of`); links != (reads && c.managers) {
				t.Errorf("a report is a link: %v", links)
			}
		})
	}
}

// TestAFormThatTakesItsTime: who sends it is looked at once it is there, because somebody can leave while it is under way.
func TestAFormThatTakesItsTime(t *testing.T) {
	h, left := &house{}, false
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	pages := web.New(web.Options{
		Requests: h, Answers: h, Now: func() time.Time { return now }, Failed: func(_ *http.Request, err error) { t.Error(err) },
		Who: func(*http.Request) (web.Visitor, error) {
			if left {
				return web.Visitor{}, web.ErrSignedOut
			}
			return web.Visitor{Person: usher.Person{ID: "ann"}, AuthenticatedAt: usher.TimeOf(now),
				By: usher.Principal{Kind: usher.PrincipalPerson, Person: "ann", Rights: usher.Rights{Owner: true}}}, nil
		},
	})
	form := strings.NewReader(url.Values{"request": {"1"}, "answer": {"approve"}}.Encode())
	body := readFunc(func(p []byte) (int, error) {
		left = true
		return form.Read(p)
	})
	req := httptest.NewRequest(http.MethodPost, "/requests", body)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, req)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/signin" || len(h.answered) != 0 {
		t.Errorf("%d %q, answered %v", w.Code, w.Header().Get("Location"), h.answered)
	}
}

// readFunc is a reader.
type readFunc func([]byte) (int, error)

// Read implements io.Reader.
func (f readFunc) Read(p []byte) (int, error) { return f(p) }
