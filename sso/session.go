package sso

import (
	"errors"
	"net/http"
	"time"

	"usher/internal/usher"
)

// touchEvery is how exactly it is known when a session was last used: a write for each request would be one too many.
const touchEvery = time.Minute

// ErrSignedOut says that a request is nobody's.
var ErrSignedOut = errors.New("not signed in")

// Who is signed in, by the cookie of a request. The session and whether the person is still active are looked up
// for every request: somebody who has left is out at the next one, and so is whoever came over a connection that is no
// longer there. ErrSignedOut: nobody is.
func (d *Desk) Who(r *http.Request) (usher.Session, usher.Person, error) {
	token := d.cookies.read(r, sessionCookie)
	if token == "" {
		return usher.Session{}, usher.Person{}, ErrSignedOut
	}
	s, p, err := d.o.Sessions.SessionOf(r.Context(), d.cookies.hash("session", token))
	switch {
	case errors.Is(err, usher.ErrNotFound):
		return usher.Session{}, usher.Person{}, ErrSignedOut
	case err != nil:
		return usher.Session{}, usher.Person{}, err
	case !s.Live(d.now(), d.o.Idle) || !p.Active || s.Connection != "" && d.doors[s.Connection] == nil:
		return usher.Session{}, usher.Person{}, ErrSignedOut
	}
	if d.now().Sub(s.SeenAt) >= touchEvery {
		if err := d.o.Sessions.TouchSession(r.Context(), s.ID); err != nil {
			d.o.Failed(r, err) // no reason to send anybody away
		}
	}
	return s, p, nil
}

// skew is by how much a provider's clock may differ from ours, either way.
const skew = time.Minute

// admit begins the session of somebody who is verified, and sends the browser to where it wanted to go. Who was to show
// anew who they are has to have done so since: a provider may answer from a session of its own instead.
func (d *Desk) admit(w http.ResponseWriter, r *http.Request, in usher.SignedIn, f usher.Flow) {
	if f.Again && in.At < f.StartedAt.Add(-skew) {
		d.refuse(w, r, in.Connection, &pendingError{"not_again",
			"the person was to sign in at the provider anew, and the provider answered from a sign-in of before; let it heed ForceAuthn or prompt=login"})
		return
	}
	token, s, err := d.newSession()
	if err != nil {
		d.failed(w, r, err)
		return
	}
	rule := d.doors[in.Connection].of().Rule()
	rule.Join = joinOf(f.ReturnTo)
	_, s, err = d.o.People.SignIn(r.Context(), in, rule, s)
	if err != nil {
		d.refuse(w, r, in.Connection, err)
		return
	}
	d.enter(w, r, token, s, f.ReturnTo)
}

// newSession is a session that can begin, and the token that the browser is to show.
func (d *Desk) newSession() (token string, s usher.Session, err error) {
	token, err = d.cookies.secret()
	return token, usher.Session{Hash: d.cookies.hash("session", token), ExpiresAt: d.now().Add(d.o.Longest)}, err
}

// enter hands a session that has begun to the browser. Whatever session it had ends: a new sign-in never goes on under
// an old token.
func (d *Desk) enter(w http.ResponseWriter, r *http.Request, token string, s usher.Session, returnTo string) {
	if old, _, err := d.Who(r); err == nil {
		if err := d.o.People.SignOut(r.Context(), old); err != nil {
			d.o.Failed(r, err)
		}
	}
	d.cookies.set(w, sessionCookie, token, time.Duration(s.ExpiresAt-s.StartedAt)*time.Microsecond)
	http.Redirect(w, r, local(returnTo), http.StatusSeeOther)
}
