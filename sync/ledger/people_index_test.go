package ledger_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// overseer sees everything.
var overseer = usher.Rights{Auditor: true}

// finds gives the names of everybody whom a search finds, part by part, joined by spaces.
func (w *world) finds(l *ledger.Ledger, q usher.PeopleSearch) string {
	w.Helper()
	if q.Limit == 0 {
		q.Limit = 2
	}
	if !q.By.Owner && !q.By.Auditor && len(q.By.Seats) == 0 {
		q.By = overseer
	}
	var names []string
	for {
		found, err := l.FindPeople(w.Context(), q)
		w.check(err)
		for _, p := range found.People {
			names = append(names, p.Name)
		}
		if found.Next == "" {
			return strings.Join(names, " ")
		}
		q.After = found.Next
	}
}

func (w *world) wantFound(l *ledger.Ledger, q usher.PeopleSearch, want string) {
	w.Helper()
	if got := w.finds(l, q); got != want {
		w.Errorf("%+v: found %q, want %q", q, got, want)
	}
}

func TestFindPeople(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.seats(1)
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{s}, Teams: ledger.TeamPolicy{ByDepartment: true, Groups: []string{"Crew*"}}, Guards: wideGuards()})
		boss := w.push(user("ines", func(a *usher.Attributes) { a.DisplayName, a.Department = "Ines Öberg", "Board" }))
		w.push(user("jose", func(a *usher.Attributes) {
			a.DisplayName, a.EmployeeNumber, a.Manager, a.Title = "José Ruiz", "0042", "x-ines", "Head"
		}))
		left := w.push(user("lea"))
		w.push(user("mara"))
		_, err := w.ledger.CreateGroup(w.Context(), w.okta, usher.Group{DisplayName: "Crew North", Document: []byte(`{"displayName":"Crew North"}`)}, []usher.ID{boss.ID})
		w.check(err)
		w.change(w.okta, left.ID, leaves)
		w.check(w.ledger.AddAlias(w.Context(), w.ann, w.person(boss).ID, "chief@example.org"))
		adkar := w.subscription("adkar").ID
		for _, c := range []struct {
			q    usher.PeopleSearch
			want string
		}{
			{usher.PeopleSearch{}, "Ines Öberg José Ruiz mara"},
			{usher.PeopleSearch{Find: "JOSE r"}, "José Ruiz"},
			{usher.PeopleSearch{Find: "osé@EXAMPLE"}, "José Ruiz"},
			{usher.PeopleSearch{Find: "x-jo"}, "José Ruiz"},
			{usher.PeopleSearch{Find: "0042"}, "José Ruiz"},
			{usher.PeopleSearch{Find: "chief"}, "Ines Öberg"},
			{usher.PeopleSearch{Find: "oberg"}, "Ines Öberg José Ruiz"}, // whose name it is comes first, then the reports
			{usher.PeopleSearch{Find: "sales"}, "José Ruiz mara"},
			{usher.PeopleSearch{Find: "sales ma"}, "mara"},
			{usher.PeopleSearch{Find: "crew"}, "Ines Öberg"},
			{usher.PeopleSearch{Find: "crew", State: usher.PeopleLeft}, ""},
			{usher.PeopleSearch{State: usher.PeopleLeft}, "lea"},
			{usher.PeopleSearch{State: usher.PeopleAll, Find: "a@example"}, "lea mara"},
			{usher.PeopleSearch{State: usher.PeopleUnconfirmed}, ""},
			{usher.PeopleSearch{Team: "Crew North"}, "Ines Öberg"},
			{usher.PeopleSearch{Team: "sales"}, "José Ruiz mara"},
			{usher.PeopleSearch{Directory: "okta"}, "Ines Öberg José Ruiz mara"},
			{usher.PeopleSearch{Manager: w.person(boss).ID}, "José Ruiz"},
			{usher.PeopleSearch{Subscription: "adkar"}, "José Ruiz mara"},
			{usher.PeopleSearch{Subscription: "adkar", Seat: usher.Queued}, "mara"},
			{usher.PeopleSearch{Seat: usher.Invited}, "José Ruiz"},
			{usher.PeopleSearch{Seat: usher.Invited, By: usher.Rights{Seats: []usher.ID{"another"}}}, ""},
			{usher.PeopleSearch{Seat: usher.Invited, By: usher.Rights{Seats: []usher.ID{adkar}}}, "José Ruiz"},
			{usher.PeopleSearch{Find: "'; drop table person; --"}, ""},
			{usher.PeopleSearch{Find: strings.Repeat("qqq ", 5000)}, ""},
		} {
			w.wantFound(w.ledger, c.q, c.want)
		}
		for _, q := range []usher.PeopleSearch{
			{Subscription: "nothing", By: overseer},
			{Subscription: "adkar", By: usher.Rights{Seats: []usher.ID{"another"}}},
			{Directory: "nothing", By: overseer},
		} {
			if _, err := w.ledger.FindPeople(w.Context(), q); !errors.Is(err, usher.ErrNotFound) {
				w.Errorf("%+v: %v", q, err)
			}
		}
		for _, after := range []string{"x", "2.x", "0.nobody"} {
			if _, err := w.ledger.FindPeople(w.Context(), usher.PeopleSearch{After: after}); !errors.Is(err, usher.ErrInvalid) {
				w.Errorf("after %q: %v", after, err)
			}
		}
	})
}

// TestFoundSeatsAreThoseOneMayRead: whoever decides about some subscriptions sees people, and of their seats those alone.
func TestFoundSeatsAreThoseOneMayRead(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(5), ledger.SubscriptionPolicy{Name: "coaching", Portal: "learning", Seats: 5, Rule: `department == "Sales"`})
		w.push(user("mara", func(a *usher.Attributes) { a.Title = "Head" }))
		for want, by := range map[string]usher.Rights{
			"adkar coaching": overseer, "adkar": {Seats: []usher.ID{w.subscription("adkar").ID}}, "": {Seats: []usher.ID{"another"}},
		} {
			found, err := w.ledger.FindPeople(w.Context(), usher.PeopleSearch{Find: "mara", By: by, Limit: 5})
			w.check(err)
			var seats []string
			for _, s := range found.People[0].Seats {
				seats = append(seats, s.Subscription)
			}
			slices.Sort(seats)
			if got := strings.Join(seats, " "); got != want || found.Count != 1 || found.More || found.People[0].Title != "Head" {
				w.Errorf("%+v: %q, %+v", by, got, found)
			}
		}
	})
}

// TestWhatChangedIsFound: what this process changed is found at once, whatever it was; what another one changed once its
// events have their place in the chain.
func TestWhatChangedIsFound(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.policy(ledger.Policy{Subscriptions: []ledger.SubscriptionPolicy{w.seats(5)}, Teams: ledger.TeamPolicy{ByDepartment: true, Groups: []string{"Crew*"}}, Guards: wideGuards()})
		other := ledger.New(w.store, ledger.Options{})
		find := func(text, want string) {
			w.Helper()
			w.wantFound(w.ledger, usher.PeopleSearch{Find: text}, want)
			w.clock.add(2 * time.Second)
			_, err := w.ledger.Seal(w.Context(), sealKey(), "test")
			w.check(err)
			w.wantFound(other, usher.PeopleSearch{Find: text}, want)
		}
		find("ann", "")
		boss := w.push(user("ann"))
		w.push(user("bob", func(a *usher.Attributes) { a.Manager = "x-ann" }))
		find("ann", "ann bob")
		w.change(w.okta, boss.ID, func(a *usher.Attributes) { a.DisplayName = "Zoë" })
		find("zoe", "Zoë bob")
		find("ann", "Zoë")
		w.change(w.okta, boss.ID, func(a *usher.Attributes) { a.UserName, a.Emails = "zoe@example.com", nil })
		find("zoe@", "Zoë")
		w.check(w.ledger.AddAlias(w.Context(), w.ann, w.person(boss).ID, "alias@example.org"))
		find("alias", "Zoë")
		made, err := w.ledger.CreateGroup(w.Context(), w.okta, usher.Group{DisplayName: "Crew", Document: []byte(`{"displayName":"Crew"}`)}, []usher.ID{boss.ID})
		w.check(err)
		find("crew", "Zoë")
		_, err = w.ledger.ChangeGroup(w.Context(), w.okta, made.ID, func(g usher.Group) (usher.Group, []usher.MemberOp, error) {
			return g, []usher.MemberOp{{Kind: usher.MembersRemove, IDs: []usher.ID{boss.ID}}}, nil
		})
		w.check(err)
		find("crew", "")
		w.change(w.okta, boss.ID, leaves)
		find("zoe", "bob")
		w.change(w.okta, boss.ID, returns)
		w.check(w.ledger.DeleteRecord(w.Context(), w.okta, boss.ID, func(usher.Record) error { return nil }))
		find("zoe", "bob")
		for _, l := range []*ledger.Ledger{w.ledger, other} {
			w.wantFound(l, usher.PeopleSearch{Seat: usher.Invited}, "bob")
		}
		w.deliver()
		find("", "bob")
		for _, l := range []*ledger.Ledger{w.ledger, other} {
			w.wantFound(l, usher.PeopleSearch{Seat: usher.Active, Subscription: "adkar"}, "bob")
		}
	})
}

// TestExportOfPeople: an export holds whom the list shows, all of them, and that somebody took it is a fact.
func TestExportOfPeople(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		w.pushAll("ann", "bob", "cy")
		var names []string
		err := w.ledger.ExportPeople(w.Context(), w.ann, usher.PeopleSearch{Find: "example", By: overseer}, func(part []usher.PersonView) error {
			for _, p := range part {
				names = append(names, p.Name)
			}
			return nil
		})
		w.check(err)
		if !slices.Equal(names, []string{"ann", "bob", "cy"}) {
			w.Errorf("exported %v", names)
		}
		stop := errors.New("the browser went away")
		if err := w.ledger.ExportPeople(w.Context(), w.ann, usher.PeopleSearch{}, func([]usher.PersonView) error { return stop }); !errors.Is(err, stop) {
			w.Errorf("an export that nobody takes: %v", err)
		}
		got, err := w.store.Look().Events(w.Context(), store.EventQuery{Kind: usher.EventPeopleExported})
		w.check(err)
		if len(got) != 2 || string(got[0].After) != `{"find":"example"}` || got[0].Actor != "operator ann" {
			w.Errorf("events: %+v", got)
		}
	})
}
