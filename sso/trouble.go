package sso

import (
	"errors"
	"net/http"
	"strings"

	"usher/internal/usher"
	"usher/sso/oidc"
	"usher/sso/saml"
)

// trouble is what somebody is told who cannot sign in: never more than would help an attacker.
type trouble struct {
	Code string
	// Ref is what an admin looks up.
	Ref   string
	Words string
}

// pendingError is why an answer does not go with a sign-in that was begun here.
type pendingError struct{ code, problem string }

func (e *pendingError) Error() string { return e.code + ": " + e.problem }

func pendingTrouble(err error) error {
	switch {
	case errors.Is(err, usher.ErrConflict):
		return &pendingError{"used_or_foreign", "the message was used before, or the sign-in was begun in another browser; if nobody copied it, the browser went back: sign in anew"}
	case errors.Is(err, usher.ErrNotFound):
		return &pendingError{"not_begun", "the answer goes with no sign-in that is under way here: it took longer than 30 minutes, was finished already, or was never begun"}
	}
	return err
}

// refuse says that somebody may not sign in, and keeps why.
func (d *Desk) refuse(w http.ResponseWriter, r *http.Request, connection string, err error) {
	code, _, _ := explain(err)
	if code == "" {
		d.failed(w, r, err)
		return
	}
	shown := trouble{Code: code, Words: "You could not be signed in. Try again; if it happens again, give your admin this code.", Ref: d.note(r, connection, err)}
	status := http.StatusForbidden
	if unavailable(err) {
		status, shown.Words = http.StatusServiceUnavailable, "Your company's sign-in does not answer just now. Try again in a minute."
		w.Header().Set("Retry-After", "30")
	}
	d.page(w, status, "trouble", shown)
}

// note keeps a refused sign-in and gives what an admin finds it by.
func (d *Desk) note(r *http.Request, connection string, err error) string {
	code, problem, person := explain(err)
	secret, serr := d.cookies.secret()
	if serr != nil {
		d.o.Failed(r, serr)
		return ""
	}
	ref := strings.ToUpper(d.cookies.hash("attempt", secret)[:8])
	if err := d.o.Attempts.NoteAttempt(r.Context(), usher.Attempt{ID: ref, Connection: connection, Code: code, Person: person, Problem: problem}); err != nil {
		d.o.Failed(r, err)
	}
	return ref
}

// explain gives what is stable of a refusal and what an admin may read; no code for what is our own fault.
func explain(err error) (code, problem string, person usher.ID) {
	if no, ok := errors.AsType[*usher.SignInRefusedError](err); ok {
		return string(no.Code), no.Problem, no.Person
	}
	if no, ok := errors.AsType[*saml.Refusal](err); ok {
		return string(no.Code), no.Words, ""
	}
	if no, ok := errors.AsType[*oidc.Refusal](err); ok {
		return no.Code(), no.Error(), ""
	}
	if no, ok := errors.AsType[*pendingError](err); ok {
		return no.code, no.problem, ""
	}
	if unavailable(err) {
		return "unavailable", err.Error(), ""
	}
	return "", "", ""
}

// failed says that it is our own fault.
func (d *Desk) failed(w http.ResponseWriter, r *http.Request, err error) {
	d.o.Failed(r, err)
	w.Header().Set("Retry-After", "10")
	d.page(w, http.StatusServiceUnavailable, "trouble", trouble{Code: "internal", Words: "Something went wrong on our side. Try again in a moment."})
}
