package web

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"usher/internal/usher"
)

//go:embed templates/*.html
var templates embed.FS

// pages are the templates; each is framed by "head" and "foot".
var pages = template.Must(template.New("pages").Funcs(template.FuncMap{
	"day": day, "moment": moment, "date": date, "capital": capital, "byrule": byRule, "asset": assetPath,
	"field": fieldName, "kind": kindWords, "event": eventWords, "role": roleWords, "span": spanWords, "pieces": pieces,
	"mark": markText, "add": add, "pair": pair, "sub": sub,
	"portalPath": portalPath, "portalTag": portalTag, "portalState": portalState,
}).ParseFS(templates, "templates/*.html"))

// titles are those of pages by template, and what links to them are called.
var titles = map[string]string{
	"me": "My seats", "reports": "My reports", "requests": "Requests", "preflight": "Sign-in check", "roles": "Roles",
	"plans": "Plans", "holds": "Holds", "conflicts": "Conflicts",
	"join": "Join", "again": "Show that it is you",
	"portals": "Portals", "teams": "Teams", "events": "Events", "settings": "Settings", "activity": "Activity",
	"today": "Today", "people": "People", "seats": "Seats",
}

func add(a, b int) int { return a + b }

// pair hands two things to a template that takes one.
func pair(a, b any) []any { return []any{a, b} }

// sub hands a part of a page to the template that answers for that part alone as well.
func sub(f framed, part any) framed {
	f.Page = part
	return f
}

// day is a day, written as 2006-01-02, for people: whatever order their country puts the numbers in, none can be taken for another.
func day(text string) string {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return text
	}
	return d.Format("2 Jan 2006")
}

// instant is a point in time for machines and for people. A browser that runs scripts shows it in the viewer's zone.
type instant struct{ ISO, Words string }

// moment takes a usher.Time or a time.Time; zero is no moment.
func moment(at any) instant {
	var t time.Time
	switch at := at.(type) {
	case usher.Time:
		if at == 0 {
			return instant{}
		}
		t = at.Std()
	case time.Time:
		t = at
	}
	if t.IsZero() {
		return instant{}
	}
	t = t.UTC()
	return instant{t.Format(time.RFC3339), t.Format("2 Jan 2006, 15:04 UTC")}
}

// policy lets a page load our own style sheet and scripts, and what its live parts ask for; where forms may lead comes behind it.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action "

func (p *Pages) headers(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy+p.o.FormTargets)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// show answers with a page.
func (v *visit) show(name string, data any) error { return v.showTitled(name, titles[name], data) }

// showTitled answers with a page about one thing, which is its title.
func (v *visit) showTitled(name, title string, data any) error {
	v.write(http.StatusOK, name, v.frame(title, data))
	return nil
}

// showAs answers with a page that is no success.
func (v *visit) showAs(status int, name string, data any) {
	v.write(status, name, v.frame(titles[name], data))
}

// part answers with a piece of a page, to a page that is open and exchanges it (see partial).
func (v *visit) part(name string, data any) error {
	v.write(http.StatusOK, name, v.frame("", data))
	return nil
}

// partial says that a page which is open asks for a piece of itself. Who goes back in the browser's history wants the page whole.
func (v *visit) partial() bool {
	h := v.r.Header
	return h.Get("Hx-Request") == "true" && h.Get("Hx-Boosted") == "" && h.Get("Hx-History-Restore-Request") == ""
}

// write answers with a page whole, or with an error.
func (v *visit) write(status int, name string, page framed) {
	var text bytes.Buffer
	if err := pages.ExecuteTemplate(&text, name, page); err != nil {
		v.failed(v.w, v.r, err)
		return
	}
	v.w.Header().Add("Vary", "HX-Request")
	write(v.w, status, text.Bytes())
}

func write(w http.ResponseWriter, status int, page []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page)
}

// told is a page of one sentence.
type told struct {
	Words string
	// Back is the page that the visitor comes from; empty where nobody knows.
	Back string
}

// tell answers the visitor in one sentence, with the way on.
func (v *visit) tell(status int, words string) {
	tellAs(v.w, status, v.frame(toldTitle(status), told{words, v.from()}))
}

// tell answers in one sentence, to whoever it is.
func tell(w http.ResponseWriter, status int, words string) {
	tellAs(w, status, framed{Title: toldTitle(status), Page: told{Words: words}})
}

func tellAs(w http.ResponseWriter, status int, page framed) {
	var text bytes.Buffer
	if err := pages.ExecuteTemplate(&text, "told", page); err != nil {
		http.Error(w, page.Title, status)
		return
	}
	write(w, status, text.Bytes())
}

func toldTitle(status int) string {
	switch status {
	case http.StatusForbidden:
		return "Not allowed"
	case http.StatusNotFound:
		return "Not found"
	}
	return "That did not work"
}

// from is the page from which the visitor comes, which is no form alone; empty for none of ours.
func (v *visit) from() string {
	u, err := url.Parse(v.r.Referer())
	if err != nil || u.Path == "" || !answers(v.mux, http.MethodGet, u.Path) || u.Path == v.r.URL.Path && v.r.Method == http.MethodGet {
		return ""
	}
	return u.RequestURI()
}

func (p *Pages) failed(w http.ResponseWriter, r *http.Request, err error) {
	p.o.Failed(r, err)
	w.Header().Set("Retry-After", "10")
	tell(w, http.StatusServiceUnavailable, "Something went wrong on our side. Try again in a moment.")
}
