package main

import (
	"testing"

	"usher/internal/store"
	"usher/internal/store/storetest"
)

// TestSeatMove: an operator moves somebody in a queue, and takes that back.
func TestSeatMove(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		for _, name := range []string{"ann", "bob", "cat"} {
			s.push("POST", "/scim/v2/Users", name, name, name+"@example.com", true)
			s.says(exitOK, "seat grant "+name+"@example.com hub", "queued for hub") // the hub is not live
		}
		s.says(exitOK, `seat move cat@example.com hub --front --reason "starts on Monday"`, "at place 1")
		s.says(exitOK, "explain cat@example.com", "priority 1, given by ann", "starts on Monday")
		s.says(exitOK, "seat move ann@example.com hub --before 1", "at place 1")
		s.says(exitOK, "seat move ann@example.com hub --priority=-4", "at place 3")
		s.says(exitFailed, "seat move ann@example.com hub --before 9", "behind the end of the queue")
		s.says(exitUsage, "seat move ann@example.com hub")
		s.says(exitUsage, "seat move ann@example.com hub --front --back")
		s.says(exitOK, "seat move ann@example.com hub --rule", "at place 2")
		s.says(exitFailed, "seat move ann@example.com hub --rule", "by hand")
		s.says(exitOK, "check", "nothing is wrong")
	})
}
