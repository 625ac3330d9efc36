package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// opening says what is there before anybody came.
func (s *story) opening(ctx context.Context) error {
	s.page.print(s.page.styled(bold, "usher shows people to their seats.") + "\n\n")
	s.page.prose("This is a real usher with invented people. It listens for SCIM at " + s.daemon.SCIMURL() + " and keeps everything in " + s.data + ", in SQLite.")
	s.page.gap()
	s.page.row("people", "are pushed by two directories: okta and entra")
	s.page.row("learning", "is a portal that speaks SCIM, here a server of the demo at "+s.portal.url)
	s.page.row("prosci", "is a portal that somebody keeps by hand, from worklists")
	s.page.gap()
	ids := slices.SortedFunc(maps.Keys(s.subscriptions), s.byName)
	for _, id := range ids {
		sub := s.subscriptions[id]
		portal := map[bool]string{true: s.learning.Name, false: s.prosci.Name}[sub.Portal == s.learning.ID]
		s.page.row(sub.Name, fmt.Sprintf("%d seats at %s, for %s", sub.Purchased, portal, sub.Rule))
		if sub.Priority != "" {
			s.page.row("", "served first: "+sub.Priority)
		}
		var err error
		if s.shown[id], err = s.seats(ctx, sub.Name); err != nil {
			return err
		}
	}
	return nil
}
