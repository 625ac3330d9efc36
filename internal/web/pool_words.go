package web

import (
	"fmt"
	"net/url"

	"usher/internal/usher"
)

// pool is a subscription in words.
type pool struct {
	usher.PoolOutlook
}

// Path is where all of it stands.
func (p pool) Path() string { return "/seats/" + url.PathEscape(p.Name) }

// Line is its drawing.
func (p pool) Line() chart { return lineOf(p.PoolOutlook, nil) }

// Over is how many more seats are taken than were bought.
func (p pool) Over() int { return max(0, p.Used-p.Purchased) }

// Tag is how it is, in a word or two, and TagKind how much that matters.
func (p pool) Tag() string {
	switch {
	case p.Over() > 0:
		return fmt.Sprintf("over by %d", p.Over())
	case p.Free <= 0:
		return "full"
	case p.EmptyIn > 0 && p.EmptyIn <= 30:
		return fmt.Sprintf("full in %s", days(p.EmptyIn))
	}
	return fmt.Sprintf("%d free", p.Free)
}

// TagKind is the class of the tag.
func (p pool) TagKind() string {
	switch {
	case p.Over() > 0:
		return "tag tag-bad"
	case p.Free <= 0, p.EmptyIn > 0 && p.EmptyIn <= 30:
		return "tag tag-warn"
	}
	return "tag tag-good"
}

// Empty says when no seat is free.
func (p pool) Empty() string { return emptyWords(p.EmptyIn, len(p.Ahead)-1) }

func emptyWords(in, of int) string {
	switch {
	case in < 0:
		return fmt.Sprintf("A seat stays free for %s, as far as dates tell.", days(of))
	case in == 0:
		return "No seat is free now."
	}
	return fmt.Sprintf("No seat is free in %s, as far as dates tell.", days(in))
}

func days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

// readable are the subscriptions of which a visitor may see seats.
func (v *visit) readable(all []usher.PoolOutlook) (list []pool) {
	for _, p := range all {
		if v.By.Rights.MayRead(p.ID) {
			list = append(list, pool{p})
		}
	}
	return list
}

// portalTag is the class of a portal's state.
func portalTag(state usher.PortalState) string {
	switch state {
	case usher.PortalLive:
		return "tag tag-good"
	case usher.PortalFailing, usher.PortalPaused:
		return "tag tag-bad"
	}
	return "tag tag-warn"
}
