package web

import (
	"context"
	"errors"
	"slices"
	"strings"

	"usher/internal/usher"
)

// PersonWrites are what somebody can decide about a person (the ledger), each in their name and with their reason.
type PersonWrites interface {
	Grant(ctx context.Context, by usher.Principal, subscription, person usher.ID, until usher.Time) error
	Withhold(ctx context.Context, by usher.Principal, subscription, person usher.ID, until usher.Time) error
	ClearDecision(ctx context.Context, by usher.Principal, subscription, person usher.ID) error
	Release(ctx context.Context, by usher.Principal, subscription, person usher.ID) error
	Resend(ctx context.Context, by usher.Principal, portal, person usher.ID) error
	AddAlias(ctx context.Context, by usher.Principal, person usher.ID, address string) error
	EndPerson(ctx context.Context, by usher.Principal, person usher.ID, at usher.Time) error
	ConfirmNewcomer(ctx context.Context, by usher.Principal, person usher.ID) error
	SignOutEverywhere(ctx context.Context, by usher.Principal, person usher.ID) error
}

var personActionRoutes = []Route{
	{Method: "POST", Path: "/people/{id}/grant", Access: usher.AccessSeats, Fresh: true, serve: onSeat("person-granted", func(v *visit, by usher.Principal, s, p usher.ID, until usher.Time) error {
		return v.o.PersonWrites.Grant(v.r.Context(), by, s, p, until)
	})},
	{Method: "POST", Path: "/people/{id}/withhold", Access: usher.AccessSeats, Fresh: true, serve: onSeat("person-withheld", func(v *visit, by usher.Principal, s, p usher.ID, until usher.Time) error {
		return v.o.PersonWrites.Withhold(v.r.Context(), by, s, p, until)
	})},
	{Method: "POST", Path: "/people/{id}/clear", Access: usher.AccessSeats, Fresh: true, serve: onSeat("person-cleared", func(v *visit, by usher.Principal, s, p usher.ID, _ usher.Time) error {
		return v.o.PersonWrites.ClearDecision(v.r.Context(), by, s, p)
	})},
	{Method: "POST", Path: "/people/{id}/release", Access: usher.AccessSeats, Fresh: true, serve: onSeat("person-released", func(v *visit, by usher.Principal, s, p usher.ID, _ usher.Time) error {
		return v.o.PersonWrites.Release(v.r.Context(), by, s, p)
	})},
	{Method: "POST", Path: "/people/{id}/resend", Access: usher.AccessSeats, Fresh: true, serve: onPerson("person-resent", resend)},
	{Method: "POST", Path: "/people/{id}/alias", Access: usher.AccessDeciders, Fresh: true, serve: onPerson("person-alias-added", addAlias)},
	{Method: "POST", Path: "/people/{id}/end", Access: usher.AccessDeciders, Fresh: true, serve: onPerson("person-ended", endPerson)},
	{Method: "POST", Path: "/people/{id}/confirm", Access: usher.AccessDeciders, Fresh: true, serve: onPerson("person-confirmed", confirmPerson)},
	{Method: "POST", Path: "/people/{id}/signout", Access: usher.AccessDeciders, Fresh: true, serve: onPerson("person-signed-out", signOutPerson)},
}

// onPerson makes the handler of a form about a person, which leads back to their page.
func onPerson(done string, act func(v *visit, by usher.Principal, person usher.ID) error) func(*visit) error {
	return func(v *visit) error {
		id, err := v.person()
		if err != nil {
			return err
		}
		by := v.withReason()
		if by.Reason = strings.TrimSpace(by.Reason); by.Reason == "" {
			return &usher.InvalidError{Attribute: "reason", Problem: "is missing; say why, for the record"}
		}
		if err := act(v, by, id); err != nil {
			return err
		}
		return v.done("/people/"+string(id), done)
	}
}

// onSeat makes the handler of a form about a person's seat in one subscription, for those who decide about its seats.
func onSeat(done string, act func(v *visit, by usher.Principal, subscription, person usher.ID, until usher.Time) error) func(*visit) error {
	return onPerson(done, func(v *visit, by usher.Principal, person usher.ID) error {
		subscription := usher.ID(v.r.PostFormValue("subscription"))
		d, err := v.o.Person.PersonDetail(v.r.Context(), v.By.Rights, person)
		if err != nil {
			return err
		}
		if !v.By.Rights.MaySeat(subscription) || !slices.ContainsFunc(d.Why, func(s usher.SeatDetail) bool { return s.Subscription == subscription }) {
			return usher.ErrNotFound
		}
		until, err := v.lastDay("until")
		if err != nil {
			return err
		}
		return act(v, by, subscription, person, until)
	})
}

func resend(v *visit, by usher.Principal, person usher.ID) error {
	d, err := v.o.Person.PersonDetail(v.r.Context(), v.By.Rights, person)
	if err != nil {
		return err
	}
	portal := usher.ID(v.r.PostFormValue("portal"))
	if !slices.ContainsFunc(d.Told, func(p usher.ToldPortal) bool { return p.ID == portal && mayDecideAt(v.By.Rights, p) }) {
		return usher.ErrNotFound
	}
	return v.o.PersonWrites.Resend(v.r.Context(), by, portal, person)
}

func addAlias(v *visit, by usher.Principal, person usher.ID) error {
	err := v.o.PersonWrites.AddAlias(v.r.Context(), by, person, strings.TrimSpace(v.r.PostFormValue("address")))
	if errors.Is(err, usher.ErrConflict) {
		return &usher.InvalidError{Attribute: "address", Problem: "finds another person already. Search for it to see whom"}
	}
	return err
}

func endPerson(v *visit, by usher.Principal, person usher.ID) error {
	at, err := v.lastDay("until")
	if err != nil {
		return err
	}
	return v.o.PersonWrites.EndPerson(v.r.Context(), by, person, at)
}

func confirmPerson(v *visit, by usher.Principal, person usher.ID) error {
	return v.o.PersonWrites.ConfirmNewcomer(v.r.Context(), by, person)
}

func signOutPerson(v *visit, by usher.Principal, person usher.ID) error {
	return v.o.PersonWrites.SignOutEverywhere(v.r.Context(), by, person)
}
