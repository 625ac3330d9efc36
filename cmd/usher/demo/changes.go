package demo

import (
	"context"
	"fmt"
	"strings"
)

// moves has Okta push somebody with another department, title and manager.
func moves(number, department, title, boss string) func(context.Context, *history) error {
	return func(ctx context.Context, h *history) error {
		e, err := h.employee(number)
		if err != nil {
			return err
		}
		e.department, e.title, e.boss = department, title, boss
		h.staff.reports(e)
		return h.okta.replace(ctx, e.person)
	}
}

// marries has the directory of somebody push another family name, with the address that goes with it.
func marries(number, family, login string) func(context.Context, *history) error {
	return func(ctx context.Context, h *history) error {
		e, err := h.employee(number)
		if err != nil {
			return err
		}
		e.family, e.login = family, login
		if e.directory == byEntra {
			return h.entra.rename(ctx, e.person)
		}
		return h.okta.replace(ctx, e.person)
	}
}

// alsoEntra has Entra push people whom Okta knows: Nordwind gave them accounts too.
func alsoEntra(numbers ...string) func(context.Context, *history) error {
	return func(ctx context.Context, h *history) error {
		for _, number := range numbers {
			e, err := h.employee(number)
			if err != nil {
				return err
			}
			if err := h.entra.create(ctx, e.guestOf(byEntra)); err != nil {
				return err
			}
		}
		return nil
	}
}

// guestOf is the account that a second directory has for an employee.
func (e *employee) guestOf(directory string) person {
	p := e.person
	p.externalID = directory + "-" + e.number
	return p
}

// endsAtEntra has Entra say that somebody left whom Okta still has.
func endsAtEntra(number string) func(context.Context, *history) error {
	return func(ctx context.Context, h *history) error {
		e, err := h.employee(number)
		if err != nil {
			return err
		}
		return h.entra.setActive(ctx, e.guestOf(byEntra), "False")
	}
}

// namesake has Entra push somebody new under the address of an employee who left.
func namesake(number, given string) func(context.Context, *history) error {
	return func(ctx context.Context, h *history) error {
		e, err := h.employee(number)
		if err != nil {
			return err
		}
		p := e.person
		p.externalID, p.number, p.given = byEntra+"-9"+number, "9"+number, given
		return h.entra.create(ctx, p)
	}
}

// mistaken is how many people Nordwind loses by a mistake, and mistakenly has Entra switch them off: more than go by
// themselves.
const mistaken = 7

func mistakenly(ctx context.Context, h *history) error {
	for _, e := range h.plainNetwork(mistaken) {
		if err := h.leave(ctx, e); err != nil {
			return err
		}
	}
	return h.settled(ctx)
}

// leave has the directories of some people switch them off.
func leave(numbers ...string) func(context.Context, *history) error {
	return func(ctx context.Context, h *history) error {
		for _, number := range numbers {
			e, err := h.employee(number)
			if err != nil {
				return err
			}
			if err := h.leave(ctx, e); err != nil {
				return err
			}
		}
		return h.settled(ctx)
	}
}

// plainNetwork are some at Nordwind who lead nobody, those of the Change Network first.
func (h *history) plainNetwork(n int) (some []*employee) {
	for _, network := range []bool{true, false} {
		for _, e := range h.staff.of(byEntra, historyDays) {
			if e.network == network && !e.left && !e.leads() && len(some) < n {
				some = append(some, e)
			}
		}
	}
	return some
}

// leads says whether others report to them by their title.
func (e *employee) leads() bool {
	return strings.HasSuffix(e.title, " Lead") || strings.HasPrefix(e.title, "Head of ")
}

func (h *history) employee(number string) (*employee, error) {
	if e := h.staff.numbered[number]; e != nil {
		return e, nil
	}
	return nil, fmt.Errorf("nobody has the number %s", number)
}
