package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
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

// closing says where to look next.
func (s *story) closing(exit bool) {
	if exit {
		s.page.heading("That was the story.")
		s.page.prose("Without --exit usher stays up, to be looked into.")
		return
	}
	s.page.heading("usher stays up until Ctrl-C. In another terminal:")
	s.page.gap()
	data := " --data " + s.data
	for _, line := range []string{
		"people", "seats coaching", "explain " + s.cast.late.address(), "explain nobody@example.com",
		"portals", "batch list", "batch show prosci-0002-worklist.csv", "batch confirm prosci-0002-worklist.csv --rows all",
		"holds --all", "events",
	} {
		s.page.print(strings.Repeat(" ", indent) + s.self + " " + line + data + "\n")
	}
	s.page.print(fmt.Sprintf("%scurl -s -H \"Authorization: Bearer $(cat %s)\" '%s/Users?count=2'\n", strings.Repeat(" ", indent), s.tokenFile, s.daemon.SCIMURL()))
	s.page.gap()
	s.page.prose("The folder is gone when the demo ends.")
}
