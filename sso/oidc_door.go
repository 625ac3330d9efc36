package sso

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"usher/internal/usher"
	"usher/sso/oidc"
)

// oidcDoor is a connection over OpenID Connect.
type oidcDoor struct {
	desk *Desk
	c    Connection
}

func (o *oidcDoor) of() Connection { return o.c }

func (o *oidcDoor) begin(ctx context.Context, again bool) (errand, error) {
	var wish oidc.Options
	if again {
		wish = oidc.Options{Prompt: oidc.PromptLogin, MaxAge: recently}
	}
	to, pending, err := o.c.OIDC.Start(ctx, o.desk.now(), o.desk.o.Random, wish)
	if err != nil {
		return errand{}, err
	}
	kept, err := json.Marshal(pending)
	return errand{id: pending.State, kept: kept, url: to}, err
}

// answer takes the browser that comes back from a provider. What was under way is used up, whatever becomes of it.
func (o *oidcDoor) answer(w http.ResponseWriter, r *http.Request) {
	d := o.desk
	query := r.URL.Query()
	f, err := d.o.Flows.TakeFlow(r.Context(), o.c.Name, query.Get("state"))
	if err == nil && (f.Browser == "" || f.Browser != d.cookies.shownBrowser(r)) {
		err = usher.ErrConflict
	}
	if err != nil {
		d.refuse(w, r, o.c.Name, pendingTrouble(err))
		return
	}
	var pending oidc.Pending
	if err := json.Unmarshal(f.Kept, &pending); err != nil {
		d.failed(w, r, err)
		return
	}
	in, err := o.c.OIDC.Finish(r.Context(), d.now(), pending, query)
	if err != nil {
		d.refuse(w, r, o.c.Name, err)
		return
	}
	d.admit(w, r, in, f)
}

// initiate begins a sign-in that the provider asks for, as Okta's tile does (OpenID Connect Core 4).
func (o *oidcDoor) initiate(w http.ResponseWriter, r *http.Request) {
	asked, err := o.c.OIDC.JudgeInitiate(r.URL.Query())
	if err != nil {
		o.desk.refuse(w, r, o.c.Name, err)
		return
	}
	o.desk.start(w, r, o, asked.Target, false)
}

// backchannel ends the sessions that a provider has ended (OpenID Connect Back-Channel Logout 1.0, 2.8). A token that
// was used before changes nothing.
func (o *oidcDoor) backchannel(w http.ResponseWriter, r *http.Request) {
	d := o.desk
	w.Header().Set("Cache-Control", "no-store")
	out, err := o.c.OIDC.JudgeLogout(r.Context(), d.now(), r.PostFormValue("logout_token"))
	switch {
	case errors.Is(err, oidc.ErrUnavailable):
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case err != nil:
		d.note(r, o.c.Name, err)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	message := usher.ProviderMessage{ID: "logout " + out.JTI, Until: out.Until}
	_, err = d.o.People.SignOutAtProvider(r.Context(), message, o.c.Name, usher.ProviderLogout{Subject: out.Subject, Session: out.SID})
	switch {
	case errors.Is(err, usher.ErrConflict):
		d.note(r, o.c.Name, pendingTrouble(err))
		w.WriteHeader(http.StatusBadRequest)
	case err != nil:
		d.o.Failed(r, err)
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}
