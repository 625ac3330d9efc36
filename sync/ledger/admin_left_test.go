package ledger_test

import (
	"reflect"
	"strings"
	"testing"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// administered sets up a portal that takes files, not live, with admins of whom the first left, and
// takes over what it shows of them and of others.
func (w *world) administered(profile usher.Profile, shown ...usher.Seen) (usher.Portal, ledger.AdoptReport) {
	w.Helper()
	profile.Whole = true
	w.setUp(ledger.Setup{
		Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true}},
		Portals:     []usher.Portal{{Name: "academia", Kind: "worklist", Hard: true, Profile: profile}},
	})
	w.at = "academia"
	sub := w.seats(5)
	sub.Portal = w.at
	w.sellOnly(sub)
	file := w.exported(true, shown...)
	preview, err := w.ledger.Adopt(w.Context(), w.ann, w.portal().ID, file, true)
	w.check(err)
	r, err := w.ledger.Adopt(w.Context(), w.ann, w.portal().ID, file, false)
	w.check(err)
	if !reflect.DeepEqual(lineOf(preview, "old@example.com"), lineOf(r, "old@example.com")) {
		w.Fatalf("a preview says otherwise:\n%+v\n%+v", preview.Lines, r.Lines)
	}
	return w.portal(), r
}

func adminAt(address string, subs ...string) usher.Seen {
	yes := true
	return usher.Seen{RemoteID: address, Active: true, Admin: &yes, Subscriptions: append([]string{}, subs...)}
}

func lineOf(r ledger.AdoptReport, address string) ledger.AdoptLine {
	for _, l := range r.Lines {
		if l.Address == address {
			return l
		}
	}
	return ledger.AdoptLine{}
}

// TestAdminWhoLeftBeforeAdoption: a declared admin who left is named at adoption and as drift. Where
// another one is there their account is closed by a task; the last one stays until another is.
func TestAdminWhoLeftBeforeAdoption(t *testing.T) {
	for name, seats := range map[string]bool{"where admins take no seat": false, "where they take one": true} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				office := func(a *usher.Attributes) { a.Department = "Office" }
				old := w.push(user("old", office))
				w.push(user("boss"))
				w.change(w.okta, old.ID, leaves)
				takes := map[bool][]string{true: {"adkar"}}[seats]
				p, r := w.administered(usher.Profile{Admins: []string{"old@example.com", "boss@example.com"}, AdminSeats: seats},
					adminAt("old@example.com", takes...), adminAt("boss@example.com", "adkar"))
				line := lineOf(r, "old@example.com")
				if line.Class != ledger.AdoptLeft || !strings.Contains(line.Note, "is to be closed") {
					t.Errorf("line %+v of %+v", line, r.Lines)
				}
				w.drifts("admin_left old@example.com")
				if a := w.known(old); a.Desired != nil {
					t.Errorf("something is wanted of the portal before it is live: %+v", a.Desired)
				}
				w.check(w.ledger.GoLive(w.Context(), w.ann, p.ID))
				w.carryDone("boss@example.com")
				w.sweep()
				changes := w.collect()
				if len(changes) != 1 || changes[0].RemoteID != "old@example.com" || changes[0].Desired.Active || !changes[0].Left {
					t.Fatalf("due: %+v", changes)
				}
				w.sound()
			})
		})
	}
}

// carryDone answers what is due of somebody as done already.
func (w *world) carryDone(remote string) {
	w.Helper()
	for _, change := range w.collect() {
		if change.RemoteID == remote {
			w.check(w.ledger.AnswerChange(w.Context(), w.lease, change, usher.Outcome{Result: usher.Done}))
		}
	}
}

// TestLastAdminWhoLeftBeforeAdoption: nothing is taken from the last one, and that is said.
func TestLastAdminWhoLeftBeforeAdoption(t *testing.T) {
	for name, seats := range map[string]bool{"where admins take no seat": false, "where they take one": true} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				old, boss := w.push(user("old", func(a *usher.Attributes) { a.Department = "Office" })), w.push(user("boss"))
				w.change(w.okta, old.ID, leaves)
				takes := map[bool][]string{true: {"adkar"}}[seats]
				p, r := w.administered(usher.Profile{Admins: []string{"old@example.com", "boss@example.com"}, AdminSeats: seats}, adminAt("old@example.com", takes...))
				if line := lineOf(r, "old@example.com"); line.Class != ledger.AdoptLeft || !strings.Contains(line.Note, "declare another") {
					t.Errorf("line %+v", line)
				}
				w.check(w.ledger.GoLive(w.Context(), w.ann, p.ID))
				w.sweep()
				for _, c := range w.collect() {
					if c.RemoteID == "old@example.com" && !c.Desired.Active {
						t.Errorf("the last admin was taken away: %+v", c.Desired)
					}
				}
				// The other one comes, and is shown as an admin.
				w.carryDone("old@example.com")
				w.carry("2-give-adkar 1")
				w.imports(true, adminAt("old@example.com", takes...), adminAt("boss@example.com", "adkar"))
				if !w.desired(boss).Admin {
					t.Fatalf("boss %+v", w.desired(boss))
				}
				if d := w.known(old).Desired; d == nil || d.Active {
					t.Errorf("old %+v", d)
				}
				w.imports(true, adminAt("old@example.com", takes...), adminAt("boss@example.com", "adkar"))
				w.drifts("admin_left old@example.com")
				w.imports(true, listed("old@example.com", "-"), adminAt("boss@example.com", "adkar"))
				w.drifts()
				w.sound()
			})
		})
	}
}
