package ledger

import (
	"strings"

	"usher/internal/usher"
)

// standing says how far the portal is from what it should hold.
func (x *explainer) standing(p usher.Portal, a usher.Account) string {
	switch {
	case a.Desired == nil:
		return ""
	case a.Confirmed >= a.Generation && a.Resend:
		return "in line; the invitation is sent again with the next visit"
	case a.Confirmed >= a.Generation:
		return "in line"
	case a.Refused:
		return refusedBy(p, a)
	case a.NextTryAt == never:
		return "handed over; somebody must confirm it"
	case a.UnknownSince != 0:
		return "what became of the last call is not known; read back at " + instant(a.NextTryAt.Std()) + ", before anything is sent" + reasonOf(a.LastError)
	case a.NextTryAt > x.now() && p.Profile.Whole:
		return "held back by usher for want of a free seat, and looked at again at " + instant(a.NextTryAt.Std()) + reasonOf(a.LastError)
	case a.NextTryAt > x.now():
		return "tried again at " + instant(a.NextTryAt.Std()) + reasonOf(a.LastError)
	case p.Profile.Whole:
		return "goes into the next visit" + reasonOf(a.LastError)
	}
	return "about to be told"
}

// refusedBy says who refused an account, and what ends it. Of a portal that takes files it is
// usher itself, unless a row came back from there: what no file can say is never carried there.
func refusedBy(p usher.Portal, a usher.Account) string {
	switch {
	case strings.HasPrefix(a.LastError, refusedThere):
		return a.LastError + ". Once that is mended: usher portal retry " + p.Name
	case !p.Profile.Whole:
		return "refused by the portal: " + a.LastError
	}
	return "held back by usher, the portal was not asked: " + a.LastError +
		". It goes into the next visit once the person's data, a correction (usher portal correct) or the configuration mends that; what is mended elsewhere needs usher portal retry " + p.Name
}
