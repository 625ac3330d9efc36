package ledger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// files makes the world's portal one that takes files.
func (w *world) takesFiles() {
	w.Helper()
	w.setUp(ledger.Setup{
		Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true}},
		Portals:     []usher.Portal{{Name: "learning", Kind: "worklist", Live: true, Hard: true, Profile: usher.Profile{Whole: true}}},
	})
}

func (w *world) evidence() (lines []ledger.Evidence, totals ledger.EvidenceTotals) {
	w.Helper()
	totals, err := w.ledger.Evidence(w.Context(), "", 1, func(e ledger.Evidence) error {
		lines = append(lines, e)
		return nil
	})
	w.check(err)
	return lines, totals
}

// proves wants one line of a person.
func (w *world) proves(address string, parts ...string) {
	w.Helper()
	lines, _ := w.evidence()
	for _, e := range lines {
		if e.Address != address {
			continue
		}
		text := fmt.Sprintf("%s %v|%s|%s|%s %s|%s|%s|%s", e.Portal, e.Subscriptions, e.LeftHow, e.DecidedHow, e.Handed.RFC3339(), e.HandedHow, e.ConfirmedHow, e.Now, e.Took(usher.TimeOf(w.clock.now())))
		for _, part := range parts {
			if !strings.Contains(text, part) {
				w.Fatalf("%q lacks %q", text, part)
			}
		}
		if (e.Confirmed == 0) != (e.Now != "") {
			w.Fatalf("confirmed %d, now %q", e.Confirmed, e.Now)
		}
		return
	}
	w.Fatalf("no line of %s in %+v", address, lines)
}

func TestEvidenceOfALeaverStepByStep(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.takesFiles()
		w.sellOnly(w.seats(5))
		r := w.pushAll("ann", "bob", "cy", "dot")
		w.carry("2-give-adkar 4")
		w.imports(true, listed("ann@example.com", "adkar"), listed("bob@example.com", "adkar"), listed("cy@example.com", "adkar"), listed("dot@example.com", "adkar"))
		w.change(w.okta, r["dot"].ID, func(a *usher.Attributes) { a.Department = "R&D" }) // a mover is no leaver
		w.change(w.okta, r["ann"].ID, leaves)
		w.clock.add(time.Hour)
		w.change(w.okta, r["bob"].ID, func(a *usher.Attributes) { a.Active, a.Ends = false, "2026-03-01" })
		w.proves("ann@example.com", "learning [adkar]|disabled in the directory 2026-03-02", "left (directory okta)", "1h0m0s")
		w.proves("bob@example.com", "|2026-03-01|")
		b := w.carry("1-take-adkar 3")
		w.proves("ann@example.com", "written as "+b[0].Name, "carried to the portal by nobody yet")
		w.imports(true, listed("bob@example.com", "adkar"), listed("cy@example.com", "adkar"), listed("dot@example.com", "-"))
		w.proves("ann@example.com", "|export users.csv as of 2026-03-02 10:0")
		w.proves("bob@example.com", "carried to the portal by nobody yet")
		lines, totals := w.evidence()
		if len(lines) != 2 || lines[0].Address != "bob@example.com" || totals.Open != 1 || totals.Confirmed != 1 || totals.Max < time.Hour || totals.Median != totals.Max {
			w.Fatalf("%+v\n%+v", lines, totals)
		}
		for _, row := range b[0].Rows { // somebody says so; a note that looks like an export's makes none of it
			if w.row(b[0], row.Row).State == usher.RowOpen {
				w.check(w.ledger.ConfirmBatchRow(w.Context(), w.ann, b[0].Name, row.Row, true, "export users.csv as of 2026-03-02 09:00 UTC"))
			}
		}
		w.proves("bob@example.com", "|said by ann: export users.csv")
		w.change(w.okta, r["cy"].ID, leaves)
		w.change(w.okta, r["cy"].ID, returns) // and was never gone
		w.change(w.okta, r["ann"].ID, returns)
		w.proves("ann@example.com", "disabled in the directory 2026-03-02")
	})
}

func TestEvidenceOfAPortalThatAnswers(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sellOnly(w.seats(2))
		r := w.pushAll("ann", "bob")
		w.change(w.okta, r["bob"].ID, leaves)
		w.proves("bob@example.com", "nothing to hand over", "the portal was never told of the seat")
		w.deliver()
		w.clock.add(time.Minute)
		w.change(w.okta, r["ann"].ID, leaves)
		w.clock.add(time.Minute)
		if lines, totals := w.evidence(); len(lines) != 2 || totals.Open != 1 {
			w.Fatalf("%+v", lines)
		}
		w.deliver()
		w.proves("ann@example.com", "sent over the portal's interface|the portal's answer", "1m0s")
	})
}

// TestEvidenceOfAnInvitationThatWasRefused: who was never let in has no seat to be taken back, and the
// proof says from what that is known.
func TestEvidenceOfAnInvitationThatWasRefused(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.setUp(ledger.Setup{
			Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true}},
			Portals:     []usher.Portal{{Name: "learning", Kind: "worklist", Live: true, Profile: usher.Profile{Whole: true}}},
		})
		w.sellOnly(w.seats(5))
		ann := w.push(user("ann"))
		w.settles(w.carry("2-give-adkar 1")[0], false, "domain is not allowed")
		bob := w.push(user("bob"))
		w.carry("2-give-adkar 1")
		w.change(w.okta, ann.ID, leaves)
		w.later(20 * time.Minute)
		w.want(ann, "")
		for _, c := range w.collect() {
			w.check(w.ledger.AnswerChange(w.Context(), w.lease, c, usher.Outcome{Result: usher.Done}))
		}
		w.proves("ann@example.com", "nothing was handed over|the invitation was refused, so that there was no seat: said by ann: domain is not allowed||0s")
		w.want(bob, usher.Invited)
		if lines, totals := w.evidence(); len(lines) != 1 || totals.Open != 0 {
			w.Fatalf("%+v", lines)
		}
	})
}

// TestEvidenceByAnExportAlone: nobody could say that the seat was taken away, and the portal's list shows
// that there is none.
func TestEvidenceByAnExportAlone(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.takesFiles()
		w.sellOnly(w.seats(5))
		ann := w.push(user("ann"))
		w.settles(w.carry("2-give-adkar 1")[0], true, "")
		w.push(user("bob"))
		w.carry("2-give-adkar 1")
		w.change(w.okta, ann.ID, leaves)
		w.later(20 * time.Minute)
		taken := w.carry("1-take-adkar 1")[0]
		w.proves("ann@example.com", "carried to the portal by nobody yet")
		w.settles(taken, false, "nobody by that name")
		w.proves("ann@example.com", "adkar: refused nobody by that name")
		w.imports(true, listed("bob@example.com"))
		w.want(ann, "")
		w.proves("ann@example.com", "|export users.csv as of 2026-03-02 09:2")
		w.sound()
	})
}
