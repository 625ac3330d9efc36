package fakeportal_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/connectors/proportal/fakeportal"
	"usher/internal/table"
)

// do carries out a task given as "Action|Email|Access|Team|Reason"; people are called Ann Lee.
func do(p *fakeportal.Portal, task string) error {
	cells := append(strings.Split(task, "|"), "", "", "", "")
	return p.Do(fakeportal.Task{Action: cells[0], First: "Ann", Last: "Lee", Email: cells[1], Access: cells[2], Team: cells[3], Reason: cells[4]}, now)
}

// step is a task and what the portal says; empty for nothing.
type step struct{ task, refused string }

func play(t *testing.T, p *fakeportal.Portal, steps []step) {
	t.Helper()
	for _, s := range steps {
		before, _ := p.Person("a@x.org")
		var err error
		if email, ok := strings.CutPrefix(s.task, "accept "); ok {
			err = p.Accept(email, now)
		} else {
			err = do(p, s.task)
		}
		switch {
		case s.refused == "" && err != nil:
			t.Errorf("%s: %v", s.task, err)
		case s.refused != "":
			if err == nil || !strings.Contains(err.Error(), s.refused) {
				t.Errorf("%s: %v, want %q", s.task, err, s.refused)
			}
			if after, _ := p.Person("a@x.org"); strings.Join(after.Pools, "") != strings.Join(before.Pools, "") || after.Admin != before.Admin || !slices.Equal(after.Teams, before.Teams) {
				t.Errorf("%s was refused and changed %+v to %+v", s.task, before, after)
			}
		}
	}
}

func TestProPortalRules(t *testing.T) {
	p := fakeportal.New(1)
	play(t, p, []step{
		{"Fly|a@x.org", "no action"},
		{"Invite|a@x.org|Guest", "no access"},
		{"Invite|no-address|Both", "required"},
		{"Invite|a@x.org|Both|Sales", "no team"},
		{"Create Team||", "needs a name"},
		{"Create Team|||Sales", ""},
		{"Create Team|||sALES", "already"},
		{"Deactivate Subscription|a@x.org", "nobody"},
		{"Invite|a@x.org|ITProTV Subscription|Sales", ""},
		{"Invite|A@x.org|ITProTV Subscription", "invited already"},
		{"Invite|b@x.org|ITProTV Subscription", "no seat"},
		{"Invite|b@x.org|Both", "no seat"},
		{"Invite|b@x.org|ProPortal Admin", ""},
		{"Invite|b@x.org|ProPortal Admin", "invited already"},
		{"Create Team|||Research", ""},
		{"Add to Team|a@x.org||Research", "not active"},
		{"accept a@x.org", ""},
		{"Add to Team|a@x.org||Nowhere", "no team"},
		{"Add to Team|a@x.org||Research", ""},
		{"Add to Team|a@x.org||Research", "already"},
		{"Remove from Team|a@x.org||Research", ""},
		{"Remove from Team|a@x.org||Research", "not in the team"},
		{"Activate Subscription|a@x.org", "is active"},
		{"Activate Subscription|b@x.org", "no seat"},
		{"Remove Admin Rights|a@x.org", "no admin rights"},
		{"Deactivate Subscription|a@x.org", ""},
		{"Deactivate Subscription|a@x.org", "has no subscription"},
		{"Invite|a@x.org|Both", "activate"},
		{"Activate Subscription|a@x.org", ""},
		{"Invite|a@x.org|Both", ""},
		{"Remove Admin Rights|a@x.org", ""},
		{"Check Subscription|a@x.org", ""},
		{"Check Subscription|b@x.org", "has no seat"},
		{"Rename Team|||Sales|new name Research", "already"},
		{"Rename Team|||Sales|why; new name Selling", ""},
		{"Delete Team|||Sales", "no team"},
		{"Delete Team|||Research", ""},
		{"Change Email|a@x.org|||new address b@x.org", "of its own"},
		{"Change Email|a@x.org|||why", "no new address"},
		{"Change Email|a@x.org|||why; new address c@x.org", ""},
		{"Change Name|a@x.org", "nobody"},
		{"Change Name|c@x.org", ""},
	})
	if doubles := p.Doubles(); !slices.Equal(doubles, []string{"a@x.org", "b@x.org"}) {
		t.Errorf("doubles %v", doubles)
	}
	if p.Invitations("A@x.org") != 2 || p.Invitations("b@x.org") != 1 {
		t.Errorf("%d and %d invitations", p.Invitations("a@x.org"), p.Invitations("b@x.org"))
	}
	if c, _ := p.Person("c@x.org"); !slices.Equal(c.Teams, []string{"Selling"}) || c.Status != "Active" || c.Access != "Subscription" {
		t.Errorf("%+v", c)
	}
}

func TestMyACIRules(t *testing.T) {
	p := fakeportal.NewMyACI(1, map[string]int{"Essentials": 1})
	play(t, p, []step{
		{"Add User|A@x.org", "lower case"},
		{"Add User|a@x.org", ""},
		{"Add User|a@x.org", "added already"},
		{"Add User|b@x.org", "no seat"},
		{"Assign Content License|a@x.org|Essentials", "not made the account"},
		{"accept a@x.org", ""},
		{"Assign Content License|a@x.org|Advanced", "no \"Advanced\""},
		{"Assign Content License|a@x.org|Essentials", ""},
		{"Assign Content License|a@x.org|Essentials", "already"},
		{"Give Admin Role|a@x.org", ""},
		{"Give Admin Role|a@x.org", "is an admin"},
		{"Remove Admin Role|a@x.org", ""},
		{"Remove User License|a@x.org", ""},
		{"Remove User License|a@x.org", "has no user"},
	})
	// The content licence is a switch of its own.
	if _, allocated, _ := p.Seats("Essentials"); allocated != 1 {
		t.Errorf("%d content licences taken", allocated)
	}
	play(t, p, []step{{"Assign User License|a@x.org", ""}, {"Remove Content License|a@x.org", ""}, {"Remove User License|a@x.org", ""}, {"Add User|b@x.org", ""}})
	if _, allocated, _ := p.Seats("Essentials"); allocated != 0 {
		t.Errorf("%d content licences taken", allocated)
	}
	if purchased, allocated, available := p.Seats(fakeportal.User); purchased != 1 || allocated != 1 || available != 0 {
		t.Errorf("%d of %d user licences taken, %d left", allocated, purchased, available)
	}
}

// TestAdminRightsTakeEffectLater: after the next login.
func TestAdminRightsTakeEffectLater(t *testing.T) {
	p := fakeportal.New(1)
	play(t, p, []step{{"Invite|a@x.org|ITProTV Subscription", ""}, {"accept a@x.org", ""}, {"Invite|a@x.org|Both", ""}})
	if a, _ := p.Person("a@x.org"); !a.Admin || a.Administers {
		t.Errorf("before the login: %+v", a)
	}
	must(t, p.Login("a@x.org", now))
	if a, _ := p.Person("a@x.org"); !a.Administers {
		t.Errorf("after it: %+v", a)
	}
}

// TestWhoMayEnter: nobody before the password is set, and nobody who was deactivated.
func TestWhoMayEnter(t *testing.T) {
	p := fakeportal.New(1)
	play(t, p, []step{{"Invite|a@x.org|ITProTV Subscription", ""}})
	for _, enter := range []func() error{
		func() error { return p.Login("a@x.org", now) },
		func() error { return p.View("a@x.org", "Networks", "Subnets", now) },
		func() error { return p.Accept("nobody@x.org", now) },
		func() error { _ = do(p, "Deactivate Subscription|a@x.org"); return p.Accept("a@x.org", now) },
	} {
		if _, ok := errors.AsType[*fakeportal.Refusal](enter()); !ok {
			t.Error("let in")
		}
	}
}

func TestLoweredPurchaseTakesNothing(t *testing.T) {
	p := peopled(t, 3, map[string]int{"subscription": 3})
	p.Purchase(fakeportal.Subscription, 1)
	if _, allocated, available := p.Seats(fakeportal.Subscription); allocated != 3 || available != -2 {
		t.Errorf("%d taken, %d left", allocated, available)
	}
}

func TestLists(t *testing.T) {
	p := fakeportal.New(5)
	play(t, p, []step{
		{"Create Team|||Sales", ""}, {"Create Team|||R, D", ""}, {"Invite|b@x.org|Both|Sales", ""}, {"Invite|a@x.org|ITProTV Subscription|Sales", ""},
		{"accept b@x.org", ""}, {"Add to Team|b@x.org||R, D", ""}, {"Invite|c@x.org|ProPortal Admin", ""}, {"Remove Admin Rights|c@x.org", ""},
	})
	must(t, p.View("b@x.org", "Networks", "Subnets", now.Add(time.Hour)))
	must(t, p.Launch("b@x.org", "VLANs", now.Add(2*time.Hour)))
	want := "First Name,Last Name,Email,Status,Access,Teams,Last Login,Invited\n" +
		"Ann,Lee,a@x.org,Pending,Subscription,Sales,,2026-03-01\n" +
		"Ann,Lee,b@x.org,Active,Both,\"R, D; Sales\",2026-03-01,2026-03-01\n" +
		"Ann,Lee,c@x.org,Deactivated,,,,2026-03-01\n"
	if got := string(p.Users()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for kind, want := range map[fakeportal.Activity]string{
		fakeportal.Viewings: "Ann|Lee|b@x.org|Networks|Subnets|2026-03-01T10:00:00",
		fakeportal.Labs:     "Ann|Lee|b@x.org|VLANs|2026-03-01T11:00:00",
		fakeportal.Logins:   "Ann|Lee|b@x.org|2026-03-01T09:00:00",
	} {
		content, err := p.Activity(kind)
		must(t, err)
		sheet, err := table.Open(bytes.NewReader(content), int64(len(content)), table.ReadOptions{})
		must(t, err)
		for row, err := range sheet.Rows {
			must(t, err)
			if got := strings.Join(row.Cells, "|"); got != want {
				t.Errorf("%s: %s, want %s", kind, got, want)
			}
		}
	}
}

// TestWork: somebody who minds the reasons does nothing twice, and reads what Excel shows.
func TestWork(t *testing.T) {
	p := fakeportal.New(2)
	list := "\ufeffStep,Action,First Name,Last Name,Email,Access,Team,Reason\r\n" +
		"1,Invite,'=A,Lee,a@x.org,Both,,joined\r\n" +
		"2,Invite,'=A,Lee,a@x.org,Both,,joined; only if the portal does not list them yet\r\n" +
		"3,Deactivate Subscription,B,Lee,b@x.org,,,left; if they have it\r\n" +
		"4,Deactivate Subscription,B,Lee,b@x.org,,,left\r\n"
	answers, err := p.Work([]byte(list), now)
	must(t, err)
	for i, refused := range []bool{false, false, false, true} {
		if (answers[i] != nil) != refused {
			t.Errorf("row %d: %v", i+1, answers[i])
		}
	}
	if a, _ := p.Person("a@x.org"); a.First != "=A" || p.Invitations("a@x.org") != 1 || len(p.Doubles()) > 0 {
		t.Errorf("%+v, %d invitations", a, p.Invitations("a@x.org"))
	}
	if _, err := p.Work(nil, now); err == nil {
		t.Error("an empty list was worked through")
	}
}
