// Package web is what people see of usher in a browser once they are signed in.
//
// Its invariant: a page shows what the person who is signed in may see, and decides nothing: every answer comes from the
// same reads as the command line's, every change goes through the ledger in that person's name. Who may use a route stands in
// the list of routes and is looked at before its handler runs.
package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"usher/internal/limit"
	"usher/internal/usher"
)

// Visitor is who is signed in.
type Visitor struct {
	Person usher.Person
	// By is the person as whoever acts, with what they may do.
	By usher.Principal
	// Connection is what they signed in over; empty for a login link.
	Connection string
	// AuthenticatedAt is when they last showed who they are; zero where nobody knows.
	AuthenticatedAt usher.Time
}

// Options are what the pages work with.
type Options struct {
	Seats     Seats
	Asking    Asking
	Joining   Joining
	Requests  Requests
	Answers   Answers
	Reports   Reports
	Preflight Preflight
	Roles     Roles
	Plans     Plans
	Revisions Revisions
	Holds     Holds
	Conflicts Conflicts
	Reshaping Reshaping
	Sessions  Sessions

	People People
	Person PersonReads
	// PersonWrites are the forms of a person's page.
	PersonWrites  PersonWrites
	Today         Today
	Subscriptions Subscriptions
	Queueing      Queueing

	Portals     Portals
	PortalWays  PortalWays
	PortalLists PortalLists
	GoingLive   GoingLive
	Visits      Visits
	VisitWays   VisitWays
	Teams       Teams
	Tree        Tree
	Events      Events
	Settings    SettingsReads
	Uses        Uses

	// Who is signed in; ErrSignedOut for nobody.
	Who func(*http.Request) (Visitor, error)
	// FormTargets are where a form may lead, as the Content-Security-Policy has it: signing out goes on to a provider.
	FormTargets string
	Now         func() time.Time
	// Failed hears what went wrong on our side.
	Failed func(*http.Request, error)
}

// ErrSignedOut says that a request is nobody's.
var ErrSignedOut = errors.New("not signed in")

// fresh is how long ago somebody may have shown who they are who does what has an effect on others.
const fresh = 15 * time.Minute

// Route is one page, or one form that is sent.
type Route struct {
	Method, Path string // as in http.ServeMux
	Access       usher.Access
	// Fresh says that whoever uses it has to have shown who they are a short while ago.
	Fresh bool
	// Body bounds what may be sent, in bytes; 0: a form of 64 KiB. More than that comes as multipart/form-data, and is read from nobody
	// who may not use the route.
	Body  int64
	serve func(*visit) error
	// plain answers everybody without looking who it is.
	plain http.HandlerFunc
}

var assetRoutes = []Route{{Method: "GET", Path: assetsAt + "{name}", Access: usher.AccessAnyone, plain: serveAsset}}

// Routes are all pages and forms. A new one gets a row here, and one in the table of who may use what.
func Routes() []Route {
	return slices.Concat(
		meRoutes, joinRoutes, requestRoutes, reportRoutes, preflightRoutes, roleRoutes, signOutRoutes, assetRoutes,
		todayRoutes, seatRoutes,
		planRoutes, rosterRoutes, revisionRoutes, holdRoutes, conflictRoutes,
		portalRoutes, portalListRoutes, portalLiveRoutes, visitRoutes, teamRoutes, treeRoutes, eventRoutes, settingRoutes, activityRoutes,
		peopleRoutes, personRoutes, personActionRoutes, mergeRoutes,
	)
}

// Pages answers all routes. It is safe for concurrent use.
type Pages struct {
	o      Options
	mux    *http.ServeMux
	people *limit.Limiter
}

// New makes the pages.
func New(o Options) http.Handler {
	p := &Pages{o: o, mux: http.NewServeMux(), people: limit.New(perSecond, atOnce, o.Now)}
	for _, route := range Routes() {
		handle := route.plain
		if handle == nil {
			handle = func(w http.ResponseWriter, r *http.Request) {
				r.Body = http.MaxBytesReader(w, r.Body, cmp.Or(route.Body, maxForm))
				p.serve(route, w, r)
			}
		}
		p.mux.HandleFunc(route.Method+" "+route.Path, handle)
	}
	protected := http.NewCrossOriginProtection()
	protected.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		tell(w, http.StatusForbidden, "Another site sent this. Go to the page yourself and try again.")
	}))
	inner := protected.Handler(p.mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.headers(w)
		if path.Clean(r.URL.Path) != r.URL.Path { // the mux would redirect to another spelling
			tell(w, http.StatusNotFound, "Nothing is here.")
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// maxForm bounds what a form may hold, in bytes.
const maxForm = 64 << 10

// Owns says whether a path is one of the pages'.
func Owns(path string) bool {
	return answers(owned, http.MethodGet, path) || answers(owned, http.MethodPost, path)
}

func answers(mux *http.ServeMux, method, path string) bool {
	_, pattern := mux.Handler(&http.Request{Method: method, URL: &url.URL{Path: path}})
	return pattern != ""
}

// owned knows the paths alone.
var owned = func() *http.ServeMux {
	mux := http.NewServeMux()
	for _, r := range Routes() {
		mux.Handle(r.Method+" "+r.Path, http.NotFoundHandler())
	}
	return mux
}()

// visit is one request of somebody.
type visit struct {
	*Pages
	Visitor
	w http.ResponseWriter
	r *http.Request
}

// serve looks at who asks, and answers. A form is read first: it may take its time, in which whoever sends it can leave or
// lose a role. What is larger than a form is read only from whoever may send it, and they are looked at once more.
func (p *Pages) serve(route Route, w http.ResponseWriter, r *http.Request) {
	v := &visit{Pages: p, w: w, r: r}
	if route.Body > 0 && !v.admitted(route) {
		return
	}
	if r.Method == http.MethodPost && !v.read(route) {
		return
	}
	defer v.forgetFiles()
	if !v.admitted(route) {
		return
	}
	if err := route.serve(v); err != nil {
		v.refuse(err)
	}
}

// admitted says whether the visitor may use the route, and answers where they may not.
func (v *visit) admitted(route Route) bool {
	var err error
	if v.Visitor, err = v.o.Who(v.r); err != nil && !(errors.Is(err, ErrSignedOut) && route.Access == usher.AccessAnyone) {
		if errors.Is(err, ErrSignedOut) {
			v.signIn()
			return false
		}
		v.failed(v.w, v.r, err)
		return false
	}
	switch {
	case v.hurried():
		return false
	case !route.Access.Allows(v.By.Rights):
		v.tell(http.StatusForbidden, "You may not use this page. An owner of usher can give you the role for it.")
		return false
	case route.Fresh && v.now().Sub(v.AuthenticatedAt) > fresh:
		v.showAgain()
		return false
	}
	return true
}

// wellFormed says whether a form holds texts that can be kept: PostgreSQL takes no NUL, and nothing that is not UTF-8.
func wellFormed(form url.Values) bool {
	for _, values := range form {
		if slices.ContainsFunc(values, func(v string) bool { return !utf8.ValidString(v) || strings.ContainsRune(v, 0) }) {
			return false
		}
	}
	return true
}

func (p *Pages) now() usher.Time { return usher.TimeOf(p.o.Now()) }

// signIn sends the browser to sign in, and back to what it wanted to see. A form is not sent again. A part of a page that is
// open has the whole page go there.
func (v *visit) signIn() {
	to := "/signin"
	if v.partial() {
		v.w.Header().Set("HX-Redirect", to)
		v.w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if v.r.Method == http.MethodGet || v.r.Method == http.MethodHead {
		to += "?next=" + url.QueryEscape(v.r.URL.RequestURI())
	}
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
}

// showAgain asks somebody to show once more who they are, before what has an effect on others.
func (v *visit) showAgain() {
	back := cmp.Or(v.from(), "/")
	if v.r.Method == http.MethodGet {
		back = v.r.URL.RequestURI()
	}
	to := ""
	if v.Connection != "" {
		to = "/signin/" + url.PathEscape(v.Connection) + "?again&next=" + url.QueryEscape(back)
	}
	v.showAs(http.StatusForbidden, "again", struct{ To string }{to})
}

// refuse answers what a handler could not do: in words where the asker can mend it.
func (v *visit) refuse(err error) {
	var invalid *usher.InvalidError
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		v.tell(refusal.Status, refusal.Words)
	case errors.As(err, &invalid):
		v.tell(http.StatusUnprocessableEntity, sentence(invalid))
	case errors.Is(err, usher.ErrNotFound):
		v.tell(http.StatusNotFound, "Nothing is here. It may be gone, or the address mistyped: look for it in the lists of the menu.")
	case errors.Is(err, usher.ErrConflict), errors.Is(err, usher.ErrStale):
		v.tell(http.StatusConflict, "Somebody was quicker, or it has been done already. Load the page again.")
	case errors.Is(err, usher.ErrInvalid):
		v.tell(http.StatusUnprocessableEntity, "As things are now that cannot be done. Load the page again.")
	case errors.Is(err, usher.ErrBusy):
		v.tell(http.StatusConflict, "Something else is at it just now. Try again in a moment.")
	default:
		v.failed(v.w, v.r, err)
	}
}

// sentence is what is wrong, for people: who wrote a form knows its fields by name.
func sentence(e *usher.InvalidError) string {
	return capital(strings.TrimSpace(e.Attribute+" "+e.Problem)) + "."
}

// back sends the browser to a page after a form, so that loading it again sends nothing twice.
func (v *visit) back(path string) error {
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}
