package sso

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"usher/internal/limit"
	"usher/internal/usher"
	"usher/sso/oidc"
	"usher/sso/saml"
)

// recently is how long ago somebody may have shown who they are who is asked to do it again.
const recently = time.Minute

// maxForm bounds what a provider may post: a SAML message of 768 KiB in base64, and what stands beside it.
const maxForm = 1<<20 + 64<<10

// Routes are the paths that the desk answers, with {connection} for a connection's name.
func Routes() []string {
	return []string{
		"GET /signin", "POST /signin", "GET " + linkPath, "POST " + linkPath, "GET /signin/{connection}", "POST /signout", "GET /sso/finish",
		"POST /sso/{connection}/acs", "GET /sso/{connection}/slo", "GET /sso/{connection}/metadata",
		"GET /sso/{connection}/callback", "GET /sso/{connection}/initiate", "POST /sso/{connection}/backchannel", "GET /sso/{connection}/jwks",
	}
}

// Owns says whether a path is one of the desk's.
func Owns(path string) bool {
	return path == "/signin" || path == "/signout" || path == stylePath || strings.HasPrefix(path, "/signin/") || strings.HasPrefix(path, "/sso/")
}

// ServeHTTP implements http.Handler.
func (d *Desk) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.handler.ServeHTTP(w, r) }

// protected is what stands before every page: limits, headers, and that no other site posts in a person's name
// (Sec-Fetch-Site and Origin, as net/http reads them). Providers do post from other sites; their messages stand for themselves.
func (d *Desk) protected() http.Handler {
	same := http.NewCrossOriginProtection()
	same.AddInsecureBypassPattern("POST /sso/{connection}/acs")
	same.AddInsecureBypassPattern("POST /sso/{connection}/backchannel")
	same.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.page(w, http.StatusForbidden, "trouble", trouble{Code: "cross_site", Words: "Another site sent this. Go to the page yourself and try again."})
	}))
	inner := same.Handler(http.HandlerFunc(d.route))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.secureHeaders(w)
		if r.URL.Path != stylePath && d.limit.Take(limit.Network(d.o.Client(r))) > 0 {
			w.Header().Set("Retry-After", "5")
			d.page(w, http.StatusTooManyRequests, "trouble", trouble{Code: "too_many", Words: "Too many tries from your network. Wait a few seconds."})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		inner.ServeHTTP(w, r)
	})
}

// route finds what answers a path. A path is read once, as it was decoded, and never cleaned.
func (d *Desk) route(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case r.URL.Path == stylePath:
		d.read(w, r, serveStyle)
	case r.URL.Path == "/signin" && r.Method == http.MethodPost:
		d.choose(w, r)
	case r.URL.Path == "/signin":
		d.read(w, r, d.ask)
	case r.URL.Path == linkPath && r.Method == http.MethodPost:
		d.on(w, r, http.MethodPost, d.useLink)
	case r.URL.Path == linkPath:
		d.read(w, r, d.showLink)
	case r.URL.Path == "/signout":
		d.on(w, r, http.MethodPost, d.signOut)
	case r.URL.Path == "/sso/finish":
		d.on(w, r, http.MethodGet, d.finish)
	case len(parts) == 2 && parts[0] == "signin" && d.doors[parts[1]] != nil:
		d.on(w, r, http.MethodGet, func(w http.ResponseWriter, r *http.Request) {
			d.start(w, r, d.doors[parts[1]], r.URL.Query().Get("next"), r.URL.Query().Has("again"))
		})
	case len(parts) == 3 && parts[0] == "sso" && d.doors[parts[1]] != nil:
		d.atDoor(w, r, d.doors[parts[1]], parts[2])
	default:
		d.missing(w)
	}
}

func (d *Desk) atDoor(w http.ResponseWriter, r *http.Request, at door, what string) {
	switch at := at.(type) {
	case *samlDoor:
		switch what {
		case "acs":
			d.on(w, r, http.MethodPost, at.answer)
			return
		case "slo":
			d.on(w, r, http.MethodGet, at.logout)
			return
		case "metadata":
			d.read(w, r, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/samlmetadata+xml")
				_, _ = w.Write(saml.Descriptor(at.c.SAML.Settings))
			})
			return
		}
	case *oidcDoor:
		switch what {
		case "callback":
			d.on(w, r, http.MethodGet, at.answer)
			return
		case "initiate":
			d.on(w, r, http.MethodGet, at.initiate)
			return
		case "backchannel":
			d.on(w, r, http.MethodPost, at.backchannel)
			return
		case "jwks":
			d.read(w, r, func(w http.ResponseWriter, r *http.Request) {
				keys, err := at.c.OIDC.PublicKeys()
				if err != nil {
					d.failed(w, r, err)
					return
				}
				w.Header().Set("Content-Type", "application/jwk-set+json")
				_, _ = w.Write(keys)
			})
			return
		}
	}
	d.missing(w)
}

// read answers GET and HEAD, for what begins and uses up nothing.
func (d *Desk) read(w http.ResponseWriter, r *http.Request, f http.HandlerFunc) {
	if r.Method == http.MethodHead {
		f(w, r)
		return
	}
	d.on(w, r, http.MethodGet, f)
}

// on answers one method. HEAD is none of them: whatever looks ahead at a link with it would use up a ticket.
func (d *Desk) on(w http.ResponseWriter, r *http.Request, method string, f http.HandlerFunc) {
	if r.Method != method {
		w.Header().Set("Allow", method)
		d.page(w, http.StatusMethodNotAllowed, "trouble", trouble{Code: "method", Words: "This page cannot be used like that."})
		return
	}
	if method == http.MethodPost {
		if err := r.ParseForm(); err != nil {
			status := http.StatusBadRequest
			if _, long := errors.AsType[*http.MaxBytesError](err); long {
				status = http.StatusRequestEntityTooLarge
			}
			d.page(w, status, "trouble", trouble{Code: "form", Words: "What was sent cannot be read, or is too long."})
			return
		}
	}
	f(w, r)
}

func (d *Desk) missing(w http.ResponseWriter) {
	d.page(w, http.StatusNotFound, "trouble", trouble{Code: "not_found", Words: "Nothing is here."})
}

// ask shows how to sign in. With one connection there is nothing to ask: whatever address somebody entered, they would be whoever
// the provider says.
func (d *Desk) ask(w http.ResponseWriter, r *http.Request) {
	if len(d.order) == 0 {
		d.page(w, http.StatusNotFound, "trouble", trouble{Code: "no_connection", Words: "Nobody can sign in here yet: no connection to an identity provider is configured."})
		return
	}
	// With no-referrer a browser sends "Origin: null" with the form (Fetch, 3.2), and one that sends no Sec-Fetch-Site, as none
	// does over plain http, would be taken for another site.
	w.Header().Set("Referrer-Policy", "same-origin")
	next := local(r.URL.Query().Get("next"))
	shown := signInPage{Next: next}
	for _, name := range d.order {
		c := d.doors[name].of()
		shown.Connections = append(shown.Connections, choice{Name: name, Label: c.label()})
	}
	d.page(w, http.StatusOK, "signin", shown)
}

func (c Connection) label() string {
	if c.Label != "" {
		return c.Label
	}
	return c.Name
}

// choose sends somebody to the connection for their address. An address that belongs to none goes to the first one:
// the answer tells nobody which domains are known.
func (d *Desk) choose(w http.ResponseWriter, r *http.Request) {
	if len(d.order) == 0 {
		d.missing(w)
		return
	}
	d.on(w, r, http.MethodPost, func(w http.ResponseWriter, r *http.Request) {
		name := d.byDomain(r.PostFormValue("address"))
		d.start(w, r, d.doors[name], r.PostFormValue("next"), false)
	})
}

// start sends a browser to a provider, and keeps what is needed when it comes back.
func (d *Desk) start(w http.ResponseWriter, r *http.Request, at door, next string, again bool) {
	sent, err := at.begin(r.Context(), again)
	if err != nil {
		d.refuse(w, r, at.of().Name, err)
		return
	}
	browser, err := d.cookies.browser(w, r)
	if err != nil {
		d.failed(w, r, err)
		return
	}
	f := usher.Flow{ID: sent.id, Connection: at.of().Name, Browser: browser, Kept: sent.kept, ReturnTo: local(next),
		Again: again, StartedAt: d.now(), ExpiresAt: d.now().Add(requestTime)}
	if err := d.o.Flows.BeginFlow(r.Context(), f); err != nil {
		d.failed(w, r, err)
		return
	}
	if sent.url != "" {
		http.Redirect(w, r, sent.url, http.StatusSeeOther)
		return
	}
	d.postPage(w, r, sent.form)
}

// signOut ends the session here first, and then at the provider where it can be: the browser may never come back.
func (d *Desk) signOut(w http.ResponseWriter, r *http.Request) {
	s, _, err := d.Who(r)
	switch {
	case errors.Is(err, ErrSignedOut):
		d.cookies.drop(w, sessionCookie)
		http.Redirect(w, r, "/signin", http.StatusSeeOther)
		return
	case err == nil:
		err = d.o.People.SignOut(r.Context(), s)
	}
	if err != nil {
		d.failed(w, r, err) // still signed in, and the browser can try again
		return
	}
	d.cookies.drop(w, sessionCookie)
	http.Redirect(w, r, d.providerLogout(r, s), http.StatusSeeOther)
}

// providerLogout is where a provider ends its own session; the sign-in page where it offers none.
func (d *Desk) providerLogout(r *http.Request, s usher.Session) string {
	switch at := d.doors[s.Connection].(type) {
	case *samlDoor:
		c, err := at.connection(r.Context(), false)
		if err != nil {
			return "/signin"
		}
		if out, err := c.StartLogout(s.Provider, "", d.now(), d.o.Random); err == nil {
			return out.URL
		}
	case *oidcDoor:
		if to, err := at.c.OIDC.LogoutURL(r.Context(), d.now(), s.Provider.IDToken, ""); err == nil {
			return to
		}
	}
	return "/signin"
}

// unavailable says whether an error is a provider's trouble.
func unavailable(err error) bool {
	return errors.Is(err, errUnavailable) || errors.Is(err, oidc.ErrUnavailable)
}
