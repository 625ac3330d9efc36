package main

import (
	"strings"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
)

// TestLiveWantsAnAdoption of a portal that takes files: a list that was only read takes no seat
// over, and once the seats are adopted nothing stands in the way.
func TestLiveWantsAnAdoption(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		s.push("POST", "/scim/v2/Users", "ann@example.com", "Ann Lee", "ann@example.com", true)
		s.push("POST", "/scim/v2/Users", "bob@example.com", "Bob Ray", "bob@example.com", true)
		list := s.brings("people.csv", "Email\nbob@example.com\n", time.Now())
		s.run("portal live later")
		s.says(exitFailed, "portal live later --plan "+s.plan, "First: usher portal adopt later FILE")
		s.says(exitOK, "portal import later "+list)
		if out := s.says(exitOK, "portals --json"); strings.Count(out, `"observedAt"`) != 1 {
			t.Fatalf("when later was last read is not said:\n%s", out)
		}
		s.run("portal live later")
		if !strings.Contains(s.last, "have a seat at the portal already: 1, such as bob@example.com") {
			t.Fatalf("of a list that was only imported:\n%s", s.last)
		}
		s.says(exitFailed, "portal live later --plan "+s.plan, "they were not adopted")
		s.says(exitOK, "portal adopt later "+list, "Seats that are usher's now: 1")
		s.run("portal live later")
		s.says(exitOK, "portal live later --plan "+s.plan, "later is live")
	})
}

// TestLiveWithoutAnAdoption says so in the events, with the reason.
func TestLiveWithoutAnAdoption(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		s.run("portal live later")
		s.says(exitUsage, "portal live later --without-adoption --plan "+s.plan, "--reason")
		s.says(exitOK, `portal live later --without-adoption --reason "bought today" --plan `+s.plan, "later is live")
		s.says(exitOK, "events", "without adoption: bought today")
	})
}
