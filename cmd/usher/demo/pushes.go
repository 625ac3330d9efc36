package demo

import (
	"context"
	"net/http"
)

// changeNetwork is the group that entitles to seats at Prosci.
const changeNetwork = "Change Network"

// firstPush has both identity providers push everybody whom they know, and Entra its group.
func firstPush(ctx context.Context, h *history) error {
	for _, directory := range []string{byOkta, byEntra} {
		for _, e := range h.staff.of(directory, 0) {
			if err := h.join(ctx, e); err != nil {
				return err
			}
		}
	}
	return h.formNetworks(ctx)
}

// join has the directory of an employee push them for the first time.
func (h *history) join(ctx context.Context, e *employee) error {
	if e.directory == byOkta {
		return h.okta.create(ctx, e.person)
	}
	if err := h.entra.create(ctx, e.person); err != nil {
		return err
	}
	boss := h.staff.numbered[e.boss]
	if boss == nil || boss.directory != byEntra {
		return nil
	}
	return h.entra.setManager(ctx, e.person, boss.person)
}

// leave has it switch them off.
func (h *history) leave(ctx context.Context, e *employee) error {
	e.left = true
	if e.directory == byOkta {
		return h.okta.deactivate(ctx, e.person)
	}
	return h.entra.setActive(ctx, e.person, "False")
}

// formNetworks pushes the group of each identity provider with those of its people who belong to it.
func (h *history) formNetworks(ctx context.Context) error {
	for _, d := range []*directory{h.okta.directory, h.entra.directory} {
		made, err := d.ask(ctx, http.MethodPost, "/Groups", object{"schemas": []string{groupURN}, "externalId": changeNetwork, "displayName": changeNetwork}, "", http.StatusCreated)
		if err != nil {
			return err
		}
		d.ids[changeNetwork] = made.ID
		var members []*employee
		for _, e := range h.staff.of(d.name, 0) {
			if e.network {
				members = append(members, e)
			}
		}
		if err := d.members(ctx, "add", members...); err != nil {
			return err
		}
	}
	return nil
}

// members adds people to the directory's group, or removes them.
func (d *directory) members(ctx context.Context, op string, people ...*employee) error {
	var values []object
	for _, e := range people {
		values = append(values, object{"value": d.ids[e.externalID]})
	}
	return d.patch(ctx, "/Groups/"+d.ids[changeNetwork], "", object{"op": op, "path": "members", "value": values})
}

// comings and goings of one day, as the identity providers push them.
func pushes(day int) func(context.Context, *history) error {
	return func(ctx context.Context, h *history) error {
		for _, directory := range []string{byOkta, byEntra} {
			for _, e := range h.staff.joining(directory, day) {
				if err := h.arrive(ctx, e); err != nil {
					return err
				}
			}
			for _, e := range h.staff.leaving(directory, day) {
				if err := h.leave(ctx, e); err != nil {
					return err
				}
			}
		}
		return h.settled(ctx)
	}
}

// arrive has a joiner pushed, and put into the group to which they belong.
func (h *history) arrive(ctx context.Context, e *employee) error {
	if err := h.join(ctx, e); err != nil || !e.network {
		return err
	}
	return h.directoryOf(e).members(ctx, "add", e)
}

func (h *history) directoryOf(e *employee) *directory {
	if e.directory == byOkta {
		return h.okta.directory
	}
	return h.entra.directory
}

// settled lets the settle time of the subscriptions pass.
func (h *history) settled(ctx context.Context) error { return h.pass(ctx, settleTime) }
