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

	"person-granted":        "The seat is granted. Why they have one, or are queued for one, stands below.",
	"person-withheld":       "The seat is withheld, whatever the rule says.",
	"person-cleared":        "The rule decides again.",
	"person-released":       "The seat is released; no guard and no settling delays it.",
	"person-resent":         "The invitation is sent again with the next visit to the portal.",
	"person-alias-added":    "They are known by that address as well.",
	"person-ended":          "The end is set.",
	"person-confirmed":      "They belong here: rules count for them from now on.",
	"person-signed-out":     "They are signed out everywhere.",
	"plan-confirmed":        "It is confirmed. How far it is applied stands below.",
	"plan-discarded":        "What waited of it is dropped.",
	"plan-undo":             "This is the way back. Nothing has changed yet: it waits for you to confirm it.",
	"roster-taken":          "The file was read.",
	"revision-confirmed":    "It is in force. Seats follow within seconds.",
	"revision-discarded":    "It is discarded. Put the configuration back as well, or the next change is built on it.",
	"hold-allowed":          "What it stopped goes on.",
	"hold-discarded":        "What it stopped is dropped: seats stay as they are.",
	"conflict-linked":       "It is settled whose the record is.",
	"conflict-dismissed":    "The question is closed, and nothing was changed.",
	"retried":               "The refused accounts will be tried again.",
	"correction-cleared":    "The directories decide about that column again.",
	"template-learned":      "The template is kept, and filled from now on.",
	"list-taken":            "The list was taken. What it confirms and what differs stands here.",
	"portal-live":           "The portal is live: seats are given, and accounts brought in line.",
	"rows-settled":          "The rows are settled.",
	"visit-carried":         "It is noted that it was carried there.",
	"refusals-read":         "The rows that the portal refused are settled with its words.",
	"refusals-some-unknown": "The rows that the portal named are settled. It also said something of nobody known: look for what is still open.",
	"moved":                 "The queue is in its new order.",
	"shrink-planned":        "The plan is kept. Nobody loses a seat before its day.",
	"shrink-discarded":      "The plan is discarded.",
	"people-merged":         "They are one person now. What goes at portals goes with the next that is told there.",
	"person-split":          "They are two people now. Seats follow within seconds.",
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
