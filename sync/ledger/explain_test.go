package ledger_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

var update = flag.Bool("update", false, "write the golden files anew")

// ids are the ids that a store makes anew each time.
var ids = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// explained compares the words about who with the golden file of that name.
func (w *world) explained(name, who string) {
	w.Helper()
	e, err := w.ledger.Explain(w.Context(), who)
	w.check(err)
	var text bytes.Buffer
	w.check(e.Text(&text))
	got := ids.ReplaceAll(text.Bytes(), []byte("ID"))
	file := filepath.Join("testdata", "explain", name+".golden")
	if *update {
		w.check(os.WriteFile(file, got, 0o644))
	}
	want, err := os.ReadFile(file)
	w.check(err)
	if !bytes.Equal(got, want) {
		w.Errorf("%s is not as in %s:\n%s", who, file, got)
	}
	w.survivesJSON(e)
}

// survivesJSON checks that nothing of an explanation gets lost on the way as JSON.
func (w *world) survivesJSON(e ledger.Explanation) {
	w.Helper()
	b, err := json.Marshal(e)
	w.check(err)
	var again ledger.Explanation
	w.check(json.Unmarshal(b, &again))
	if !reflect.DeepEqual(e, again) {
		w.Errorf("JSON turned\n%+v into\n%+v", e, again)
	}
}

func TestExplainSeated(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5), ledger.SubscriptionPolicy{Name: "coaching", Portal: "learning", Seats: 5, Rule: `inGroup("Leads") and country == "SE"`})
		boss := w.push(user("ines"))
		w.push(user("mara", func(a *usher.Attributes) {
			a.DisplayName, a.Title, a.EmployeeNumber, a.Manager = "Mara Lindqvist", "Account Executive", "0042", "x-ines"
		}))
		w.clock.add(time.Minute)
		w.deliver()
		w.explained("seated", "MARA@Example.com")
		w.explained("seated-by-number", "0042")
		w.explained("seated-by-id", string(boss.ID))
	})
}

func TestExplainManagerToCome(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		w.push(user("mara", func(a *usher.Attributes) { a.Manager, a.Department = "x-later", "R&D" }))
		w.explained("not-in-the-rule", "mara@example.com")
	})
}

func TestExplainQueued(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.seats(1)
		s.Priority = `title == "Head" ? 10 : 0`
		w.sell(s)
		r := w.pushAll("ann", "bob", "cy")
		w.push(user("dot", func(a *usher.Attributes) { a.Title = "Head" }))
		w.deliver()
		w.explained("queued", "cy@example.com")
		w.change(w.okta, r["ann"].ID, leaves)
		w.explained("queued-behind-a-release", "cy@example.com")
		w.explained("releasing", "ann@example.com")
		w.deliver()
		w.explained("released", "ann@example.com")
	})
}

func TestExplainLeaving(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.seats(10)
		s.Settle = 15 * time.Minute
		guards := wideGuards()
		guards.Releases = usher.Limit{Min: 1}
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{s}, Guards: guards})
		r := w.pushAll("ann", "bob", "cy", "dot", "eve", "fay")
		w.deliver()
		w.change(w.okta, r["ann"].ID, leaves)
		w.explained("settling", "ann@example.com")
		w.change(w.okta, r["bob"].ID, leaves)
		w.explained("held", "bob@example.com")
		w.ann.Reason = "they stay until May"
		w.check(w.ledger.DiscardHold(w.Context(), w.ann, 1))
		w.explained("kept", "bob@example.com")
	})
}

func TestExplainDecisions(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		r := w.push(user("mara"))
		w.deliver()
		w.ann.Reason = "on leave"
		w.check(w.ledger.Withhold(w.Context(), w.ann, w.subscription("adkar").ID, w.person(r).ID, 0))
		w.deliver()
		w.explained("withheld", "mara@example.com")
		w.ann.Reason = "trainer"
		guest, err := w.ledger.AddGuest(w.Context(), w.ann, ledger.Guest{Address: "guest@partner.example", GivenName: "Gil", FamilyName: "Ito", Sponsor: "ann", EndsAt: usher.TimeOf(w.clock.now().Add(30 * 24 * time.Hour))})
		w.check(err)
		w.explained("guest", "Gil Ito")
		w.check(w.ledger.Grant(w.Context(), w.ann, w.subscription("adkar").ID, guest.ID, 0))
		w.explained("guest-pinned", "Gil Ito")
	})
}

func TestExplainWhatIsToCome(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.setUp(ledger.Setup{Portals: []usher.Portal{{Name: "learning", Kind: "scim", Hard: true, Teams: true}, {Name: "prosci", Kind: "worklist"}}})
		later, observed := w.seats(5), w.seats(5)
		later.StartsAt = usher.TimeOf(w.clock.now().Add(48 * time.Hour))
		observed.Name, observed.Portal = "change", "prosci"
		w.sell(later, observed)
		w.push(user("mara"))
		w.explained("to-come", "mara@example.com")
	})
}

func TestExplainRename(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		r := w.push(user("mara"))
		w.change(w.okta, r.ID, func(a *usher.Attributes) {
			a.UserName, a.Emails[0].Value = "mara.berg@example.com", "mara.berg@example.com"
		})
		w.explained("renamed", "mara@example.com")
	})
}

func TestExplainNamesakes(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.push(user("mara"))
		w.push(user("mara2", func(a *usher.Attributes) { a.DisplayName = "mara" }))
		w.explained("namesakes", "Mara")
	})
}

func TestExplainConflict(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		r := w.push(user("mara"))
		w.check(w.ledger.DeleteRecord(w.Context(), w.okta, r.ID, func(usher.Record) error { return nil }))
		w.push(user("mara", func(a *usher.Attributes) { a.ExternalID = "x-another" }))
		w.sweep()
		w.explained("recycled", "mara@example.com")
	})
}

func TestExplainNobody(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		portal, err := w.store.Look().PortalNamed(w.Context(), "learning")
		w.check(err)
		w.check(w.ledger.Observe(w.Context(), w.lease, portal.ID, usher.AccountPerson, []usher.Seen{
			{RemoteID: "7", Active: true, UserName: "Stranger@Example.com", DisplayName: "A Stranger", Department: "Sales"},
		}))
		bad := user("kim", func(a *usher.Attributes) {
			a.UserName = "kim"
			a.Emails[0].Value = "\u212aim@example.com"
		})
		bad.Values = []usher.Value{{Path: "emails.value", Text: usher.FoldText(bad.Attributes.Emails[0].Value)}}
		w.push(bad)
		moved := w.push(user("mara", func(a *usher.Attributes) { a.UserName = "mara" }))
		w.change(w.okta, moved.ID, func(a *usher.Attributes) { a.Emails[0].Value = "mara.berg@example.com" })
		other := w.push(user("other", func(a *usher.Attributes) { a.UserName, a.Emails[0].Value = "other", "mara@example.com" }))
		w.check(w.ledger.LinkConflict(w.Context(), w.ann, 2, ""))
		w.change(w.okta, other.ID, func(a *usher.Attributes) { a.Emails[0].Value = "other@example.com" })

		w.explained("stranger", "stranger@example.com")
		w.explained("refused", "\u212aim@example.com")
		w.explained("never", "never@example.com")
		w.explained("never-a-part", "ara.berg@example.com")
	})
}

func TestExplainWorklist(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5))
		w.push(user("mara"))
		w.push(user("nils"))
		portal, err := w.store.Look().PortalNamed(w.Context(), "learning")
		w.check(err)
		changes, err := w.ledger.Collect(w.Context(), portal.ID, 10)
		w.check(err)
		var rows []usher.BatchRow
		for _, c := range changes {
			if c.Kind == usher.AccountPerson {
				rows = append(rows, usher.BatchRow{Row: len(rows) + 1, Account: c.Account, Generation: c.Generation, Action: "invite", State: usher.RowOpen})
			}
		}
		b, err := w.commit(portal, usher.Batch{Name: "worklist.csv", Content: []byte("x"), Rows: rows})
		w.check(err)
		w.explained("handed-over", "nils@example.com")
		w.check(w.ledger.ConfirmBatchRow(w.Context(), w.ann, b.Name, 1, true, ""))
		w.check(w.ledger.ConfirmBatchRow(w.Context(), w.ann, b.Name, 2, false, "the name is taken"))
		w.explained("row-confirmed", "mara@example.com")
		w.explained("row-refused", "nils@example.com")
	})
}

func TestExplainNothing(t *testing.T) {
	eachWorld(t, func(w *world) {
		if _, err := w.ledger.Explain(w.Context(), " "); !errors.Is(err, usher.ErrInvalid) {
			t.Fatalf("error %v", err)
		}
	})
}

// TestExplainWhoRefused tells what usher itself held back from what a portal that takes files
// refused, and says how either goes on.
func TestExplainWhoRefused(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.filing(true, usher.Profile{Columns: []usher.Column{{Name: "Area", From: "department", Values: map[string]string{"R&D": "Research"}}}})
		w.sell(w.seats(5))
		ann := w.push(user("ann"))
		says := func(want string) {
			w.Helper()
			e, err := w.ledger.Explain(w.Context(), "ann@example.com")
			w.check(err)
			if got := e.Portals[0].Standing; got != want {
				w.Fatalf("standing %q, want %q", got, want)
			}
		}
		answer := func(o usher.Outcome) {
			w.Helper()
			o.Result = usher.Refused
			w.check(w.ledger.AnswerChange(w.Context(), w.lease, w.collect()[0], o))
		}
		says("goes into the next visit")
		e, err := w.ledger.Explain(w.Context(), "ann@example.com")
		w.check(err)
		if want := `cannot be written before these have a value: Area: nothing for department "Sales". Add it to the table of the column in the configuration, mend it at its source, or usher portal correct learning`; !slices.Contains(e.Portals[0].Notes, want) {
			w.Fatalf("notes %q", e.Portals[0].Notes)
		}
		answer(usher.Outcome{Reason: "You have 0 licenses", NoSeats: true})
		says("held back by usher for want of a free seat, and looked at again at 2026-03-02 09:05:00: You have 0 licenses")
		w.clock.add(time.Hour)
		answer(usher.Outcome{Reason: "First Name starts like a formula"})
		says("held back by usher, the portal was not asked: First Name starts like a formula. It goes into the next visit once the person's data, a correction " +
			"(usher portal correct) or the configuration mends that; what is mended elsewhere needs usher portal retry learning")
		w.change(w.okta, ann.ID, func(a *usher.Attributes) { a.GivenName = "Ann" })
		w.settles(w.visit("2-give-adkar 1")[0], false, "Mandatory: Region")
		says("refused at the portal: Mandatory: Region. Once that is mended: usher portal retry learning")
	})
}
