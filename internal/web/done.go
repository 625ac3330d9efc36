package web

import "net/url"

// doneWords say what a form has done, by the code that stands in the address to which it leads: words from an address would be
// anybody's.
var doneWords = map[string]string{
	"role-given": "The role is given.",
	"role-taken": "The role is taken back.",
	"answered":   "Your answer is on its way to them.",
	"asked":      "You have asked. The answer will stand here.",
	"withdrawn":  "You no longer ask for it.",
	"joined":     "You have taken what was offered.",
	"given-back": "You have given the seat back.",
}

// done sends the browser to a page after a form, which says there what it did: a key of doneWords.
func (v *visit) done(path, code string) error {
	u, err := url.Parse(path)
	if err != nil {
		return err
	}
	q := u.Query()
	q.Set("done", code)
	u.RawQuery = q.Encode()
	return v.back(u.String())
}
