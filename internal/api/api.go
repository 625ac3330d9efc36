// Package api is usher's own interface over HTTP, in JSON.
//
// Its invariant: a handler acts for the principal that the daemon found in the token, and for nobody
// else; who may use a route stands in the list of routes and is looked at before its handler runs. A
// handler decides nothing: its answers come from the same reads as the command line's, its changes go
// through the ledger.
package api

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"usher/internal/limit"
	"usher/internal/usher"
)

// Root is where everything stands.
const Root = "/api/v1/"

// Reads are the lists. usher.ErrNotFound: there is no such thing.
type Reads interface {
	People(ctx context.Context, q usher.PeopleQuery) (usher.Listed[usher.PersonView], error)
	Who(ctx context.Context, text string) ([]usher.PersonView, error)
	Person(ctx context.Context, id usher.ID) (usher.PersonView, error)
	Pools(ctx context.Context, all bool) ([]usher.PoolView, error)
	Seated(ctx context.Context, subscription string, state usher.SeatState, after usher.ID, limit int) (usher.Listed[usher.SeatedView], error)
	Plans(ctx context.Context, directory string, before int64, limit int) (usher.Listed[usher.PlanView], error)
	Plan(ctx context.Context, number int64, limit int) (usher.PlanDetail, error)
	Changes(ctx context.Context, number int64, state usher.ChangeState, after int64, limit int) (usher.Listed[usher.ChangeView], error)
	Holds(ctx context.Context, all bool) ([]usher.HoldView, error)
	Hold(ctx context.Context, number int64) (usher.HoldDetail, error)
	Portals(ctx context.Context, all bool) ([]usher.PortalView, error)
	Portal(ctx context.Context, name string, limit int) (usher.PortalDetail, error)
	Directories(ctx context.Context) ([]usher.DirectoryView, error)
	Events(ctx context.Context, person usher.ID, since usher.Time, after int64, limit int) (usher.Listed[usher.EventView], error)
}

// Writes are the changes, in the name of by and for the reason that it bears.
type Writes interface {
	Grant(ctx context.Context, by usher.Principal, subscription, person usher.ID, until usher.Time) error
	Withhold(ctx context.Context, by usher.Principal, subscription, person usher.ID, until usher.Time) error
	ClearDecision(ctx context.Context, by usher.Principal, subscription, person usher.ID) error
	Release(ctx context.Context, by usher.Principal, subscription, person usher.ID) error
	DiscardPlan(ctx context.Context, by usher.Principal, number int64) (usher.Plan, error)
	UndoPlan(ctx context.Context, by usher.Principal, number int64) (usher.Plan, error)
	AllowHold(ctx context.Context, by usher.Principal, number int64) error
	DiscardHold(ctx context.Context, by usher.Principal, number int64) error
}

// Options are what the interface works with. All are needed.
type Options struct {
	Reads   Reads
	Writes  Writes
	Seats   Seats
	Plans   Plans
	Rosters Rosters
	// Authenticate gives who a request's token stands for: a program, or a directory of files.
	// usher.ErrNotFound: nobody.
	Authenticate func(*http.Request) (usher.Principal, error)
	// Client is the address of whom a request comes from, for limits.
	Client func(*http.Request) string
	// Rate and Burst bound each token: requests a second, and at once.
	Rate  float64
	Burst int
	Now   func() time.Time
	// Zone is where the days are meant that a request names.
	Zone *time.Location
	// Failed hears what went wrong on our side.
	Failed func(*http.Request, error)
}

// failures is how many tokens a minute a client may try that open nothing.
const failures = 10

// api answers all routes. It is safe for concurrent use.
type api struct {
	Options
	mux              *http.ServeMux
	tokens, failures *limit.Limiter
}

// New makes the interface.
func New(o Options) http.Handler {
	a := &api{Options: o, mux: http.NewServeMux(), tokens: limit.New(o.Rate, o.Burst, o.Now), failures: limit.New(failures/time.Minute.Seconds(), failures, o.Now)}
	for _, route := range Routes() {
		a.mux.HandleFunc(route.Method+" "+route.Path, func(w http.ResponseWriter, r *http.Request) { a.serve(route, w, r) })
	}
	for at, methods := range methodsOf(Routes()) {
		a.mux.HandleFunc(at, a.elsewhere(methods, &Problem{Status: http.StatusMethodNotAllowed, Code: "method-not-allowed", Detail: "this path answers " + methods}))
	}
	a.mux.HandleFunc(Root, a.elsewhere("", nothingHere()))
	return http.HandlerFunc(a.clean)
}

// elsewhere refuses what no route answers, to whoever bears a token: others do not learn what there is.
func (a *api) elsewhere(methods string, p *Problem) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := &visit{api: a, w: w, r: r}
		if err := v.known(); err != nil {
			a.refuse(w, r, err)
			return
		}
		if methods != "" {
			w.Header().Set("Allow", methods)
		}
		a.refuse(w, r, p)
	}
}

// methodsOf are the methods of each path, as Allow names them.
func methodsOf(routes []Route) map[string]string {
	methods := map[string]string{}
	for _, r := range routes {
		methods[r.Path] = strings.TrimPrefix(methods[r.Path]+", "+r.Method, ", ")
	}
	return methods
}

// clean lets only paths pass that have one spelling, which the mux would redirect else.
func (a *api) clean(w http.ResponseWriter, r *http.Request) {
	if path.Clean(r.URL.Path) != r.URL.Path || !plainText(r.URL.Path) {
		a.refuse(w, r, nothingHere())
		return
	}
	a.mux.ServeHTTP(w, r)
}

// RouteOf names the route of a path, for the log; false for a path that is not ours.
func RouteOf(requested string) (string, bool) {
	if !strings.HasPrefix(requested, Root) {
		return "", false
	}
	r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: requested}}
	if _, pattern := named.Handler(r); pattern != "" {
		return pattern, true
	}
	return Root, true
}

// named knows the paths alone.
var named = func() *http.ServeMux {
	mux := http.NewServeMux()
	for at := range methodsOf(Routes()) {
		mux.Handle(at, http.NotFoundHandler())
	}
	return mux
}()
