// Package api is usher's own interface over HTTP, in JSON.
//
// Its invariant: a handler acts for the principal that the daemon found in the token, and for nobody
// else; who may use a route stands in the list of routes and is looked at before its handler runs. A
// handler decides nothing: its answers come from the same reads as the command line's, its changes go
// through the ledger.
package api

import (
	"cmp"
	"context"
	"errors"
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

// visit is one request of somebody.
type visit struct {
	*api

	by    usher.Principal
	w     http.ResponseWriter
	r     *http.Request
	query url.Values
}

// serve looks at who asks and for what, and answers.
func (a *api) serve(route Route, w http.ResponseWriter, r *http.Request) {
	v := &visit{api: a, w: w, r: r}
	err := v.admit(route)
	if err == nil {
		v.query, err = readQuery(r, route.Query)
	}
	if err != nil {
		a.refuse(w, r, err)
		return
	}
	body, err := route.serve(v)
	if err != nil {
		a.refuse(w, r, err)
		return
	}
	switch body := body.(type) {
	case text:
		body.write(w)
	case sets:
		a.answer(w, r, body.status, "application/json", body.body)
	default:
		a.answer(w, r, http.StatusOK, "application/json", body)
	}
}

// admit lets in whoever may use the route.
func (v *visit) admit(route Route) error {
	if route.Scope == "" {
		return nil
	}
	if err := v.known(); err != nil {
		return err
	}
	directory := v.by.Kind == usher.PrincipalDirectory
	switch {
	case directory && route.Scope == usher.ScopeRostersWrite:
		if v.r.PathValue("name") != v.by.Name {
			return nothingHere()
		}
	case directory:
		return v.wants(route.Scope, "a directory's token opens its own rosters and nothing else; this needs a token of the API with the scope ")
	case !v.by.Has(route.Scope):
		return v.wants(route.Scope, "the token has not the scope ")
	}
	return nil
}

// known looks at who asks, and how often.
func (v *visit) known() error {
	var err error
	if v.by, err = v.Authenticate(v.r); err != nil {
		return v.unknown(err)
	}
	if wait := v.tokens.Take(v.by.Token); wait > 0 {
		return &Problem{Status: http.StatusTooManyRequests, Code: "too-many-requests", Detail: "too many requests of this token; wait as long as Retry-After says", after: wait}
	}
	return nil
}

// wants refuses a token that does not open the route (RFC 6750, 3.1).
func (v *visit) wants(scope usher.Scope, why string) error {
	v.w.Header().Set("WWW-Authenticate", `Bearer realm="usher", error="insufficient_scope", scope="`+string(scope)+`"`)
	return &Problem{Status: http.StatusForbidden, Code: "missing-scope", Detail: why + string(scope)}
}

// unknown refuses whoever bears no token that opens anything. Only guesses count against a client.
func (v *visit) unknown(err error) error {
	if !errors.Is(err, usher.ErrNotFound) {
		return err
	}
	challenge := `Bearer realm="usher"`
	detail := "send a token: Authorization: Bearer ush_api_..."
	if v.r.Header.Get("Authorization") != "" {
		if wait := v.failures.Take(limit.Network(v.Client(v.r))); wait > 0 {
			return &Problem{Status: http.StatusTooManyRequests, Code: "too-many-requests", Detail: "too many tokens that open nothing; wait as long as Retry-After says", after: wait}
		}
		challenge += `, error="invalid_token"`
		detail = "the token opens nothing here: it is unknown, expired or revoked, or one for something else; send one of the API, or for rosters that of the directory"
	}
	v.w.Header().Set("WWW-Authenticate", challenge)
	return &Problem{Status: http.StatusUnauthorized, Code: "unauthorized", Detail: detail}
}

// because is whoever asks, with the reason that they give.
func (v *visit) because(reason string) usher.Principal {
	by := v.by
	by.Reason = cmp.Or(reason, by.Reason)
	return by
}
