package main

import (
	"strings"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
)

// TestAnInvitationIsSentAgain: of whoever is Waiting, with the next visit, and of nobody else.
func TestAnInvitationIsSentAgain(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		s.ascending(", live: true")
		for _, who := range []string{"ann", "bob", "cat"} {
			s.push("POST", "/scim/v2/Users", who, strings.ToUpper(who[:1])+who[1:]+" Lee", who+"@example.com", true)
		}
		s.says(exitFailed, "portal resend ascender cat@example.com", "was not seen at ascender")
		s.says(exitOK, "portal import ascender "+s.brings("users.csv", "Name,Email,User Status,Functional Area\n"+
			"Ann Lee,ann@example.com,Waiting,Sales\nBob Lee,bob@example.com,Active,Sales\nCat Lee,cat@example.com,Waiting,Sales\n", time.Now()))
		s.says(exitFailed, "portal resend prosci ann@example.com", "no way to have an invitation sent again at portal prosci, of kind worklist")
		s.says(exitFailed, "portal resend ascender bob@example.com", "is Active", "sets a new password")
		s.says(exitFailed, "portal resend ascender nobody@example.com")
		s.says(exitOK, `portal resend ascender ann@example.com --reason "the mail was lost"`, "The next visit to ascender has a task")
		s.says(exitOK, "events", "account.resend", "the mail was lost")
		s.until("batch", "ascender-0001-tasks-after.csv")
		s.says(exitOK, "batch show ascender-0001-tasks-after.csv", "resend the invitation of Ann Lee <ann@example.com>")
		s.says(exitFailed, "portal resend ascender ann@example.com", "say what came of it first")
		s.says(exitOK, "batch confirm ascender-0001-tasks-after.csv --rows all")
		s.says(exitOK, "check", "nothing is wrong")
	})
}
