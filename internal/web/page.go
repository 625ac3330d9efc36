package web

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"

	"usher/internal/usher"
)

//go:embed templates/*.html
var templates embed.FS

// pages are the templates; each names itself, and is framed by "head" and "foot".
var pages = template.Must(template.New("pages").ParseFS(templates, "templates/*.html"))

// policy lets a page load our own style sheet; where forms may lead comes behind it.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action "

func (p *Pages) headers(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy+p.o.FormTargets)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// show answers with a page.
func (v *visit) show(name string, data any) error {
	v.showAs(http.StatusOK, name, data)
	return nil
}

// framed is what every page knows: who looks at it, for the line of links, and its own data.
type framed struct {
	Visitor
	Page any
}

// May says whether the visitor may use pages of an access.
func (f framed) May(access string) bool { return usher.Access(access).Allows(f.By.Rights) }

// showAs answers with a page whole, or with an error.
func (v *visit) showAs(status int, name string, data any) {
	var text bytes.Buffer
	if err := pages.ExecuteTemplate(&text, name, framed{v.Visitor, data}); err != nil {
		v.failed(v.w, v.r, err)
		return
	}
	write(v.w, status, text.Bytes())
}

func write(w http.ResponseWriter, status int, page []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page)
}

// tell answers in one sentence, to whoever it is.
func tell(w http.ResponseWriter, status int, words string) {
	var text bytes.Buffer
	if err := pages.ExecuteTemplate(&text, "told", framed{Page: words}); err != nil {
		http.Error(w, words, status)
		return
	}
	write(w, status, text.Bytes())
}

func (p *Pages) failed(w http.ResponseWriter, r *http.Request, err error) {
	p.o.Failed(r, err)
	w.Header().Set("Retry-After", "10")
	tell(w, http.StatusServiceUnavailable, "Something went wrong on our side. Try again in a moment.")
}
