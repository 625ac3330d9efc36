package sso

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"

	"usher/internal/usher"
)

// linkPath is where login links lead. Looking at it uses nothing up: programs that look ahead at links in mails and
// chats do no more than that. The button does.
const linkPath = "/signin/link"

// NewLink makes what is secret in a login link: what follows the base URL, and the hash that is kept.
func NewLink(key []byte) (path, hash string) {
	secret := make([]byte, 32)
	rand.Read(secret) // never fails
	token := base64.RawURLEncoding.EncodeToString(secret)
	return linkPath + "?" + url.Values{"token": {token}}.Encode(), cookies{key: key}.hash("login link", token)
}

// showLink shows the button. It is the same for every text: whether a link still holds, pressing it tells.
func (d *Desk) showLink(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Referrer-Policy", "same-origin") // as on the sign-in page
	d.page(w, http.StatusOK, "link", struct{ Token string }{r.URL.Query().Get("token")})
}

// useLink signs in.
func (d *Desk) useLink(w http.ResponseWriter, r *http.Request) {
	token, s, err := d.newSession()
	if err != nil {
		d.failed(w, r, err)
		return
	}
	_, s, err = d.o.People.SignInByLink(r.Context(), d.cookies.hash("login link", r.PostFormValue("token")), s)
	if errors.Is(err, usher.ErrNotFound) {
		err = &pendingError{"link_over", "the login link was used before, or is older than 10 minutes; make another one with usher admin login-link"}
	}
	if err != nil {
		d.refuse(w, r, "", err)
		return
	}
	d.o.LinkUsed(s)
	d.enter(w, r, token, s, home)
}
