package demo

import (
	"context"
	"fmt"

	"usher/cmd/usher/daemon"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// The people who have roles, by number.
const (
	theOwner     = "1250" // Étienne Beauchêne, Learning Lead
	theAuditor   = "1223" // Ömer Öztürk, Accounting Lead
	theSeatAdmin = "1124" // Inmaculada Vázquez, of the subscription adkar
	theManager   = "1092" // Kavya Raghunathan, Escalations Lead
	theEmployee  = "1107" // Minh Nguyễn
)

// confirmAll confirms a plan whole.
var confirmAll = ledger.Selection{}

// giveRoles makes an owner, an auditor and a seat admin.
func giveRoles(ctx context.Context, h *history) error {
	for _, one := range []struct {
		number string
		role   usher.Role
		sub    string
	}{{theOwner, usher.RoleOwner, ""}, {theAuditor, usher.RoleAuditor, ""}, {theSeatAdmin, usher.RoleSeatAdmin, "adkar"}} {
		p, err := h.person(ctx, one.number)
		if err != nil {
			return err
		}
		grant := usher.RoleGrant{Person: p.ID, Role: one.role, Subscription: h.subs[one.sub].ID}
		if err := h.Ledger().GrantRole(ctx, admin("set up with the works council"), grant); err != nil {
			return err
		}
	}
	return nil
}

// person is the one who was made of an employee.
func (h *history) person(ctx context.Context, number string) (usher.Person, error) {
	return personOf(ctx, h.Daemon, h.staff.numbered[number])
}

func personOf(ctx context.Context, d *daemon.Daemon, e *employee) (usher.Person, error) {
	if e == nil {
		return usher.Person{}, fmt.Errorf("an employee: %w", usher.ErrNotFound)
	}
	found, err := d.Ledger().Who(ctx, e.address())
	if err != nil {
		return usher.Person{}, err
	}
	if len(found) != 1 {
		return usher.Person{}, fmt.Errorf("%d people have the number %s", len(found), e.number)
	}
	return d.Store().Look().Person(ctx, found[0].ID)
}

// grants pins somebody to a subscription for some days, or for good.
func grants(sub, number, why string, days int) func(context.Context, *history) error {
	return decided(sub, number, func(ctx context.Context, h *history, s, p usher.ID) error {
		var until usher.Time
		if days > 0 {
			until = usher.TimeOf(h.clock.now().AddDate(0, 0, days))
		}
		return h.Ledger().Grant(ctx, admin(why), s, p, until)
	})
}

// withholds keeps somebody out of a subscription.
func withholds(sub, number, why string) func(context.Context, *history) error {
	return decided(sub, number, func(ctx context.Context, h *history, s, p usher.ID) error {
		return h.Ledger().Withhold(ctx, admin(why), s, p, 0)
	})
}

// asks has somebody ask for a seat.
func asks(sub, number, why string) func(context.Context, *history) error {
	return decided(sub, number, func(ctx context.Context, h *history, s, p usher.ID) error {
		_, err := h.Ledger().AskSeat(ctx, h.as(number, p), s, why)
		return err
	})
}

// givesBack has somebody give a seat back.
func givesBack(sub, number string) func(context.Context, *history) error {
	return decided(sub, number, func(ctx context.Context, h *history, s, p usher.ID) error {
		return h.Ledger().GiveBack(ctx, h.as(number, p), s)
	})
}

// decided does something about somebody's seat in a subscription.
func decided(sub, number string, do func(ctx context.Context, h *history, sub, person usher.ID) error) func(context.Context, *history) error {
	return func(ctx context.Context, h *history) error {
		p, err := h.person(ctx, number)
		if err != nil {
			return err
		}
		return do(ctx, h, h.subs[sub].ID, p.ID)
	}
}

// as is an employee who is signed in.
func (h *history) as(number string, id usher.ID) usher.Principal {
	return usher.Principal{Kind: usher.PrincipalPerson, Name: h.staff.numbered[number].name(), Person: id}
}

// answers gives or refuses the seat that was asked for first.
func answers(approve bool, words string) func(context.Context, *history) error {
	return func(ctx context.Context, h *history) error {
		open, err := h.look().OpenRequests(ctx)
		if err != nil || len(open) == 0 {
			return fmt.Errorf("nobody has asked for a seat: %w", err)
		}
		return h.Ledger().AnswerRequest(ctx, admin(words), open[0].Number, usher.RequestAnswer{Approve: approve, Words: words})
	}
}

// guest takes up somebody whom no directory knows, for some days.
func guest(ctx context.Context, h *history) error {
	p, err := h.Ledger().AddGuest(ctx, admin("coaches the pilot group"), ledger.Guest{
		Address: "noor.el-amrani@coaching.example", GivenName: "Noor", FamilyName: "El-Amrani",
		Sponsor: h.staff.numbered[theOwner].name(), EndsAt: usher.TimeOf(h.day(historyDays + 33)),
	})
	if err != nil {
		return err
	}
	return h.Ledger().Grant(ctx, admin("sees what the group sees"), h.subs["adkar"].ID, p.ID, 0)
}

// closeHolds allows or discards what is held.
func closeHolds(allow bool, why string) func(context.Context, *history) error {
	return func(ctx context.Context, h *history) error {
		holds, err := h.look().Holds(ctx, true)
		if err == nil && len(holds) == 0 {
			return fmt.Errorf("nothing is held: %w", usher.ErrNotFound)
		}
		for _, hold := range holds {
			if allow {
				err = h.Ledger().AllowHold(ctx, admin(why), hold.Number)
			} else {
				err = h.Ledger().DiscardHold(ctx, admin(why), hold.Number)
			}
			if err != nil {
				return err
			}
		}
		return err
	}
}
