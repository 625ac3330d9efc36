package web

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"usher/internal/usher"
)

// maxNamed is how many people an assumption names.
const maxNamed = 500

// whatIfPage is an assumption and what would come of it.
type whatIfPage struct {
	pool

	Form   url.Values
	Wrong  string // what of the form cannot be read
	Result *usher.Assumed
	Line   chart
	Empty  string
}

// Value is what stands in a field.
func (p whatIfPage) Value(field string) string { return p.Form.Get(field) }

// horizons are how far one can look.
func horizons() []string { return []string{"30", "90", "180", "365"} }

// Horizons are how far one can look, in days.
func (whatIfPage) Horizons() []string { return horizons() }

// showWhatIf answers an assumption with names.
func showWhatIf(v *visit) error {
	p, err := v.pool()
	if err != nil {
		return err
	}
	page := whatIfPage{pool: p, Form: v.r.URL.Query()}
	if page.Form.Get("days") == "" {
		page.Form.Set("days", "90")
	}
	if v.r.URL.RawQuery != "" && v.r.URL.Query().Get("done") == "" {
		if err := v.assume(&page); err != nil {
			return err
		}
	}
	return v.showTitled("what-if", "What if: "+p.Name, page)
}

// assume works the answer out, or says what of the form is wrong.
func (v *visit) assume(page *whatIfPage) error {
	a, wrong := assumption(page.Form, page.Purchased)
	if page.Wrong = wrong; wrong != "" {
		return nil
	}
	result, err := v.o.Subscriptions.WhatIf(v.r.Context(), page.Name, a)
	if err != nil {
		return err
	}
	page.Result = &result
	page.Line = lineOf(result.Pool, result.Ahead)
	page.Empty = emptyWords(result.EmptyIn, len(result.Ahead)-1)
	return nil
}

// assumption reads the form. A number of seats that begins with a sign is meant relative to those of now.
func assumption(form url.Values, purchased int) (a usher.Assumption, wrong string) {
	r := formReader{form: form}
	if text := strings.TrimSpace(form.Get("seats")); text != "" {
		n := r.number("seats", "Seats")
		if text[0] == '+' || text[0] == '-' {
			n += purchased
		}
		n = max(0, n)
		a.Purchased = &n
	}
	a.PurchasedFrom, a.HiredOn, a.LeaveOn = r.date("seats_from", "The day from which seats change"), r.date("hired_on", "The day of the hires"), r.date("leave_on", "The day of the leavers")
	a.Hires, a.Days = r.number("hires", "Hires"), r.number("days", "Days")
	a.Hired, a.Leavers = lines(form.Get("hired")), lines(form.Get("leavers"))
	switch {
	case r.wrong != "":
	case a.Hires < 0 || a.Hires > maxNamed || len(a.Hired) > maxNamed || len(a.Leavers) > maxNamed:
		r.wrong = "At most " + strconv.Itoa(maxNamed) + " hires and leavers can be assumed at once."
	}
	return a, r.wrong
}

// formReader reads fields, and remembers the first that cannot be read.
type formReader struct {
	form  url.Values
	wrong string
}

func (r *formReader) number(field, name string) int {
	text := strings.TrimSpace(r.form.Get(field))
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if (err != nil || n > 1_000_000_000 || n < -1_000_000_000) && r.wrong == "" {
		r.wrong = name + " has to be a whole number."
	}
	return n
}

// date is a day, from its beginning in UTC on; zero for none.
func (r *formReader) date(field, name string) time.Time {
	text := strings.TrimSpace(r.form.Get(field))
	if text == "" {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil && r.wrong == "" {
		r.wrong = name + " has to be a date such as 2026-05-01."
	}
	return day
}

// lines are those of a text that hold anything, each once. Commas and semicolons part addresses as well as lines do.
func lines(text string) (list []string) {
	seen := map[string]bool{}
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ',' || r == ';' }) {
		if line = strings.TrimSpace(line); line != "" && !seen[line] {
			seen[line] = true
			list = append(list, line)
		}
	}
	return list
}
