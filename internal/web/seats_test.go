package web_test

import (
	"context"
	"fmt"
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

// hall is what the pages of seats read in these tests: adkar, of which three of two seats are taken, and agile.
type hall struct {
	did     []string
	asked   usher.Assumption
	seats   usher.SeatsQuery
	shrinks []usher.ShrinkPlan
	steps   usher.FirstSteps
}

const hostile = `<script>alert("x")</script>`

func morning() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }

func outlookOf(name string, purchased, used int) usher.PoolOutlook {
	p := usher.PoolOutlook{ID: usher.ID("s-" + name), PoolView: usher.PoolView{Name: name, Portal: "prosci", Purchased: purchased, Used: used, Free: purchased - used, Queued: 1}, Live: true}
	for i := range 91 {
		p.Past = append(p.Past, usher.PoolDay{At: morning().AddDate(0, 0, i-90), Purchased: purchased, Occupied: used * i / 90})
		p.Ahead = append(p.Ahead, usher.PoolDay{At: morning().AddDate(0, 0, i), Purchased: purchased, Occupied: used})
	}
	return p
}

func (*hall) Outlooks(context.Context) (usher.Outlooks, error) {
	return usher.Outlooks{AsOf: morning(), Pools: []usher.PoolOutlook{outlookOf("adkar", 2, 3), outlookOf("agile", 9, 1)},
		Changes: []usher.ChangeCounted{{Kind: usher.EventSeatGiven, Subscription: "s-adkar", Count: 3}, {Kind: usher.EventSeatGiven, Subscription: "s-agile", Count: 4}, {Kind: usher.EventPersonLeft, Count: 5}}}, nil
}

func (h *hall) Outlook(ctx context.Context, name string) (usher.PoolOutlook, error) {
	all, err := h.Outlooks(ctx)
	for _, p := range all.Pools {
		if p.Name == name {
			return p, err
		}
	}
	return usher.PoolOutlook{}, usher.ErrNotFound
}

func (h *hall) OccupiedSeats(_ context.Context, q usher.SeatsQuery) (usher.Listed[usher.SeatedView], error) {
	h.seats = q
	return usher.Listed[usher.SeatedView]{Items: []usher.SeatedView{{Person: "eve", Name: hostile, Address: hostile, State: usher.Active, Reason: hostile, Since: morning()}},
		Next: &usher.Mark{ID: "eve"}}, nil
}

func (*hall) QueuePart(_ context.Context, _, after string, _ int) (usher.QueuePart, error) {
	return usher.QueuePart{Items: []usher.QueuedView{{Person: "ida", Name: "Ida " + after, Place: 1, Priority: 7, Since: morning(), Rank: &usher.Rank{Priority: 7, By: "ann", Reason: hostile}}}, Next: "7.1.x"}, nil
}

func (h *hall) WhatIf(_ context.Context, name string, a usher.Assumption) (usher.Assumed, error) {
	h.asked = a
	p := outlookOf(name, 2, 3)
	return usher.Assumed{Pool: p, Ahead: p.Ahead, Over: 2, Seated: []usher.AssumedPerson{{Name: hostile, Otherwise: true, At: morning()}}, SeatedInAll: 1, Unknown: a.Leavers,
		First: []usher.ShrinkPerson{{Person: "bob", Name: "Bob"}}}, nil
}

func (*hall) FirstToGo(context.Context, string, usher.Time, int) ([]usher.ShrinkPerson, error) {
	return []usher.ShrinkPerson{{Person: "bob", Name: "Bob"}, {Person: "cat", Name: "Cat"}, {Person: "dan", Name: "Dan", Pinned: true}}, nil
}

func (h *hall) ShrinkPlans(context.Context, usher.ID) ([]usher.ShrinkPlan, error) {
	return h.shrinks, nil
}

func (h *hall) note(what string, args ...any) error {
	h.did = append(h.did, fmt.Sprintf(what, args...))
	return nil
}

func (h *hall) MoveTo(_ context.Context, by usher.Principal, s, p usher.ID, to usher.QueueMove) error {
	return h.note("move %s in %s %+v: %s", p, s, to, by.Reason)
}

func (h *hall) Prioritise(_ context.Context, by usher.Principal, s, p usher.ID, priority int64) error {
	return h.note("priority %d to %s in %s: %s", priority, p, s, by.Reason)
}

func (h *hall) ClearPriority(_ context.Context, _ usher.Principal, s, p usher.ID) error {
	return h.note("rule for %s in %s", p, s)
}

func (h *hall) PlanShrink(_ context.Context, by usher.Principal, s usher.ShrinkPlan) (int64, error) {
	return 1, h.note("shrink %s to %d on %s, %d people: %s", s.Subscription, s.Seats, s.DueAt.Std().Format(time.DateOnly), len(s.People), by.Reason)
}

func (h *hall) DiscardShrink(_ context.Context, _ usher.Principal, s usher.ID, number int64) error {
	return h.note("discard %d of %s", number, s)
}

func (*hall) Waiting(_ context.Context, r usher.Rights) ([]usher.Waiting, error) {
	if !r.Auditor && !r.Owner {
		return nil, nil
	}
	return []usher.Waiting{{Kind: usher.WaitingHolds, Count: 4, Oldest: morning()}}, nil
}

func (h *hall) FirstSteps(context.Context) (usher.FirstSteps, error) { return h.steps, nil }

func (*hall) Portals(context.Context, bool) ([]usher.PortalView, error) {
	return []usher.PortalView{{Name: "prosci", State: usher.PortalFailing, LastError: hostile, Behind: 17}}, nil
}

func (*hall) Incidents(context.Context, usher.Time) ([]usher.IncidentView, error) {
	at := usher.TimeOf(morning())
	return []usher.IncidentView{
		{Kind: usher.IncidentExpiry, Title: "A token expires soon", Detail: hostile, Path: "/settings", OpenedAt: at},
		{Kind: usher.IncidentChannel, Title: "A channel that works again", OpenedAt: at, ResolvedAt: at},
		{Kind: usher.IncidentHold, Title: "A hold told twice", OpenedAt: at},
	}, nil
}

func (*hall) Feeds(context.Context) ([]web.Feed, error) {
	return []web.Feed{{DirectoryView: usher.DirectoryView{Name: "hr"}, LateSince: morning()}}, nil
}

// ask sends a request of somebody with rights, who has just shown who they are.
func (h *hall) ask(r usher.Rights, method, path string, form url.Values) (int, string) {
	pages := web.New(web.Options{
		Today: h, Subscriptions: h, Queueing: h, Now: morning, Failed: func(*http.Request, error) {},
		Who: func(*http.Request) (web.Visitor, error) {
			return web.Visitor{Person: usher.Person{ID: "vic"}, AuthenticatedAt: usher.TimeOf(morning()), By: usher.Principal{Kind: usher.PrincipalPerson, Name: "vic", Rights: r}}, nil
		},
	})
	req := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, req)
	text, _ := io.ReadAll(w.Body)
	return w.Code, string(text)
}

func (h *hall) shows(t *testing.T, r usher.Rights, path string, want ...string) string {
	t.Helper()
	code, text := h.ask(r, http.MethodGet, path, nil)
	if code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, code, text)
	}
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%s lacks %q:\n%s", path, w, text)
		}
	}
	if strings.Contains(text, "<script>alert") {
		t.Errorf("%s: what a portal or person says is run", path)
	}
	return text
}

func ofAdkar() usher.Rights { return usher.Rights{Seats: []usher.ID{"s-adkar"}} }

// TestTodayByRole: whoever sees everything sees portals and directories and what waits; a seat admin sees their subscriptions.
func TestTodayByRole(t *testing.T) {
	h := &hall{}
	for name, r := range map[string]usher.Rights{"owner": {Owner: true}, "auditor": {Auditor: true}} {
		text := h.shows(t, r, "/today", "over by 1", "8 free", "Holds to allow or discard", "7 seats given", "5 people left", "/events?from=2026-03-01&amp;kind=person.left", "late", "Make a token", `href="/seats/adkar"`, "<svg", "0 occupied 90 days ago, 3 now", `<a href="/settings">A token expires soon</a>`)
		if strings.Contains(text, "usher only observes") {
			t.Errorf("%s: a portal that is live is said to be only observed", name)
		}
		if strings.Contains(text, "works again") || strings.Contains(text, "told twice") {
			t.Errorf("%s: what is over, or stands elsewhere, is told as amiss", name)
		}
	}
	text := h.shows(t, ofAdkar(), "/today", "over by 1", "3 seats given", "Nothing waits")
	for _, not := range []string{"agile", "Directories", "prosci</a>", "people left", "/events", "Make a token", "A token expires"} {
		if strings.Contains(text, not) {
			t.Errorf("a seat admin of adkar sees %q", not)
		}
	}
	h.steps.Seated = true
	if text := h.shows(t, usher.Rights{Owner: true}, "/today"); strings.Contains(text, "Make a token") {
		t.Error("the first steps are shown to whom nothing is left to do")
	}
}

// TestWhereOneLands: whoever sees other people's seats begins with today, others with their own.
func TestWhereOneLands(t *testing.T) {
	h := &hall{}
	for to, r := range map[string]usher.Rights{"/today": ofAdkar(), "/me": {Manager: true}} {
		code, text := h.ask(r, http.MethodGet, "/", nil)
		if code != http.StatusSeeOther || !strings.Contains(text, `"`+to+`"`) {
			t.Errorf("%+v: %d %s", r, code, text)
		}
	}
}

// TestSeatsOfOthersAreNotThere: a seat admin finds nothing of subscriptions that are not theirs, in whatever way they ask.
func TestSeatsOfOthersAreNotThere(t *testing.T) {
	h := &hall{}
	for _, path := range []string{"/seats/agile", "/seats/agile/queue", "/seats/agile/what-if?hires=1", "/seats/agile/shrink?seats=1&day=2026-05-01", "/seats/none"} {
		if code, _ := h.ask(ofAdkar(), http.MethodGet, path, nil); code != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, code)
		}
	}
	forms := map[string]url.Values{"/queue": {"person": {"ida"}, "move": {"front"}}, "/shrink": {"seats": {"1"}, "day": {"2026-05-01"}, "person": {"x"}}, "/shrink/discard": {"number": {"1"}}}
	for path, form := range forms {
		if code, _ := h.ask(ofAdkar(), http.MethodPost, "/seats/agile"+path, form); code != http.StatusNotFound {
			t.Errorf("POST %s: %d", path, code)
		}
		if code, _ := h.ask(usher.Rights{Auditor: true}, http.MethodPost, "/seats/adkar"+path, form); code != http.StatusForbidden {
			t.Errorf("POST %s by an auditor: %d", path, code)
		}
	}
	if len(h.did) != 0 {
		t.Errorf("%q was done", h.did)
	}
	if text := h.shows(t, ofAdkar(), "/seats", "adkar"); strings.Contains(text, "agile") {
		t.Error("the table names a subscription of others")
	}
}

func TestSeatsPage(t *testing.T) {
	h := &hall{}
	h.shows(t, usher.Rights{Auditor: true}, "/seats/adkar?q=ev&state=leaving&after=bob", "&lt;script&gt;", "Ida", "by hand", "From the beginning", "after=eve")
	if h.seats.Find != "ev" || !h.seats.Leaving || h.seats.After != "bob" || h.seats.State != "" {
		t.Errorf("asked for %+v", h.seats)
	}
	h.shows(t, usher.Rights{Auditor: true}, "/seats/adkar?state=queued")
	if h.seats.State != "" {
		t.Errorf("asked for %+v", h.seats)
	}
	auditors := h.shows(t, usher.Rights{Auditor: true}, "/seats/adkar/queue?after=a", "Ida a", "after=7.1.x")
	if strings.Contains(auditors, `name="move"`) {
		t.Error("an auditor sees buttons")
	}
	h.shows(t, ofAdkar(), "/seats/adkar/queue", `value="front"`, `value="rule"`, "Move<span")
}

func TestMovingInAQueue(t *testing.T) {
	for want, form := range map[string]url.Values{
		"move ida in s-adkar {Front:true Back:false Before:0}: why":  {"move": {"front"}},
		"move ida in s-adkar {Front:false Back:true Before:0}: why":  {"move": {"back"}},
		"move ida in s-adkar {Front:false Back:false Before:3}: why": {"move": {"before"}, "number": {"3"}},
		"priority -2 to ida in s-adkar: why":                         {"move": {"priority"}, "number": {"-2"}},
		"rule for ida in s-adkar":                                    {"move": {"rule"}},
		"":                                                           {"move": {"before"}, "number": {"x"}},
	} {
		h := &hall{}
		form.Set("person", "ida")
		form.Set("reason", "why")
		code, text := h.ask(ofAdkar(), http.MethodPost, "/seats/adkar/queue", form)
		if got := strings.Join(h.did, "; "); got != want || (code == http.StatusSeeOther) != (want != "") {
			t.Errorf("%q, want %q: %d %s", got, want, code, text)
		}
	}
}

func TestWhatIfPage(t *testing.T) {
	h := &hall{}
	h.shows(t, ofAdkar(), "/seats/adkar/what-if", "Work it out")
	if h.asked.Days != 0 {
		t.Error("nothing was assumed, and an answer worked out")
	}
	h.shows(t, ofAdkar(), "/seats/adkar/what-if?seats=-1&seats_from=2026-05-01&hires=40&hired=Ida+Lang%0D%0Aeve%40example.com%2C+eve%40example.com&hired_on=2026-05-02&leavers=x%40example.com&days=180",
		"Over by 2", "&lt;script&gt;", "Nobody is known as", "Bob", `value="40"`, "Ida Lang\r\neve@example.com")
	if a := h.asked; *a.Purchased != 1 || a.Hires != 40 || strings.Join(a.Hired, "|") != "Ida Lang|eve@example.com" || len(a.Leavers) != 1 || a.Days != 180 ||
		a.PurchasedFrom.Format(time.DateOnly) != "2026-05-01" || a.HiredOn.Format(time.DateOnly) != "2026-05-02" {
		t.Errorf("assumed %+v", a)
	}
	for field, want := range map[string]string{"seats=many": "Seats has to be a whole number", "hired_on=soon": "has to be a date", "hires=501": "At most 500", "hires=-1": "At most 500"} {
		h.asked = usher.Assumption{}
		h.shows(t, ofAdkar(), "/seats/adkar/what-if?"+field, want)
		if h.asked.Days != 0 {
			t.Errorf("%s: worked out all the same", field)
		}
	}
}

func TestShrinkPage(t *testing.T) {
	h := &hall{}
	text := h.shows(t, ofAdkar(), "/seats/adkar/shrink?seats=1&day=2026-05-01", "2 too many", "pinned", "Confirm the plan")
	if strings.Count(text, " checked>") != 2 || strings.Count(text, `type="checkbox"`) != 3 {
		t.Errorf("not the first two of three are chosen:\n%s", text)
	}
	if *h.asked.Purchased != 1 || h.asked.Days != 60 {
		t.Errorf("assumed %+v", h.asked)
	}
	if text := h.shows(t, usher.Rights{Auditor: true}, "/seats/adkar/shrink?seats=1&day=2026-05-01", "2 too many"); strings.Contains(text, "Confirm") || strings.Contains(text, "checkbox") {
		t.Error("an auditor can choose")
	}
	h.shows(t, ofAdkar(), "/seats/adkar/shrink?seats=1&day=2026-03-02", "still to come")
	form := url.Values{"seats": {"1"}, "day": {"2026-05-01"}, "person": {"bob", "cat"}, "reason": {"renewal"}}
	if code, text := h.ask(ofAdkar(), http.MethodPost, "/seats/adkar/shrink", form); code != http.StatusSeeOther {
		t.Errorf("%d %s", code, text)
	}
	h.shrinks = []usher.ShrinkPlan{{Number: 1, State: usher.ShrinkOpen, Seats: 1, DueAt: usher.TimeOf(morning()), People: []usher.ShrinkPerson{{Person: "bob", Name: "Bob"}}}, {Number: 9, State: usher.ShrinkDiscarded}}
	h.shows(t, ofAdkar(), "/seats/adkar/shrink", "It waits until the configuration says", "Discard the plan", "Earlier plans", "Bob")
	h.ask(ofAdkar(), http.MethodPost, "/seats/adkar/shrink/discard", url.Values{"number": {"1"}})
	if got := strings.Join(h.did, "; "); got != "shrink s-adkar to 1 on 2026-05-01, 2 people: renewal; discard 1 of s-adkar" {
		t.Errorf("done: %s", got)
	}
}
