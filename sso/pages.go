package sso

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"usher/sso/saml"
)

//go:embed templates/pages.html
var pagesText string

//go:embed templates/signin.css
var style []byte

// stylePath is where the style sheet of the pages stands.
const stylePath = "/signin/usher.css"

var pages = template.Must(template.New("pages").Parse(pagesText))

type signInPage struct {
	Next        string
	Connections []choice
}

type choice struct{ Name, Label string }

// policy lets a page load our own style sheet; where forms may lead comes behind it.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action "

// secureHeaders are those of every page of the desk.
func (d *Desk) secureHeaders(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy+d.FormTargets())
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// page writes a page whole or, when it cannot be made, an empty answer.
func (d *Desk) page(w http.ResponseWriter, status int, name string, data any) {
	var text bytes.Buffer
	if err := pages.ExecuteTemplate(&text, name, data); err != nil {
		d.o.Warn(err)
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes())
}

// postPage has the browser post a request to a provider. Its one script, which presses the button, is allowed by a
// nonce; without scripts a person presses it.
func (d *Desk) postPage(w http.ResponseWriter, r *http.Request, form saml.Form) {
	nonce, err := d.cookies.secret()
	if err != nil {
		d.failed(w, r, err)
		return
	}
	to, err := url.Parse(form.Action)
	if err != nil {
		d.failed(w, r, err)
		return
	}
	actions := to.Scheme + "://" + to.Host + " https:" // the provider may send the browser on, to another host of its own
	if to.Scheme == "http" {
		actions += " http:"
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; script-src 'nonce-"+nonce+
		"'; form-action "+actions)
	d.page(w, http.StatusOK, "post", struct {
		saml.Form
		Nonce string
	}{form, nonce})
}

// styleTag changes with the style sheet.
var styleTag = fmt.Sprintf(`"%x"`, sha256.Sum256(style))

// serveStyle has browsers ask each time whether the sheet has changed: after an upgrade the pages are others at once, and none of them
// can be read with the sheet before.
func serveStyle(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", styleTag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(style))
}
