package web

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"usher/internal/usher"
)

// Refusal is what cannot be done, for whoever asked for it.
type Refusal struct {
	Status int
	Words  string // a sentence
}

// Error implements error.
func (r *Refusal) Error() string { return r.Words }

// maxReason bounds a reason, in characters.
const maxReason = 500

// reasoned is who acts, for the reason that stands in the form; without one nothing is done.
func (v *visit) reasoned() (usher.Principal, error) {
	by := v.withReason()
	by.Reason = strings.TrimSpace(by.Reason)
	switch {
	case by.Reason == "":
		return by, &usher.InvalidError{Attribute: "reason", Problem: "is missing: say why, for the record"}
	case utf8.RuneCountInString(by.Reason) > maxReason:
		return by, &usher.InvalidError{Attribute: "reason", Problem: "is longer than " + strconv.Itoa(maxReason) + " characters"}
	}
	return by, nil
}

// decision is about what the path names by its number, by whoever acts for the reason that stands in the form.
func (v *visit) decision() (number int64, by usher.Principal, err error) {
	if number, err = v.pathNumber(); err == nil {
		by, err = v.reasoned()
	}
	return number, by, err
}

// pathNumber is the number that the path names.
func (v *visit) pathNumber() (int64, error) { return positive(v.r.PathValue("number")) }

// asked is a number that the address of a page names, and 0 where it names none.
func (v *visit) asked(name string) (int64, error) {
	text := v.r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	return positive(text)
}

// positive reads a number, of which what there is bears one.
func positive(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || text[0] == '+' {
		return 0, usher.ErrNotFound
	}
	return n, nil
}
