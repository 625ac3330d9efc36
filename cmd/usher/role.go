package main

import (
	"errors"
	"fmt"

	"usher/cmd/usher/daemon"
	"usher/internal/usher"
)

// roleCmd is about what people may do at usher beyond their own seats.
type roleCmd struct {
	List   roleListCmd   `cmd:"" default:"withargs" help:"List who has which role, and where it comes from."`
	Grant  roleGrantCmd  `cmd:"" help:"Give somebody a role."`
	Revoke roleRevokeCmd `cmd:"" help:"Take back a role that was given."`
	Unbind roleUnbindCmd `cmd:"" help:"Make the roles that the configuration gives to an address nobody's."`
}

// Help implements kong.HelpProvider.
func (roleCmd) Help() string {
	return `owner: everything, and gives roles. seat_admin: decides about the seats of a subscription, or of all. auditor: reads everything, changes nothing. Who is a manager follows from who reports to whom.

Examples:
  usher role list
  usher role grant ann@example.com owner --reason "runs usher"
  usher role grant bob@example.com seat_admin --subscription adkar --reason "runs the workshop"
  usher role revoke bob@example.com seat_admin --subscription adkar --reason "moved on"`
}

type roleListCmd struct {
	listing

	Person   string `arg:"" optional:"" help:"Only of this person: address, number, name or id."`
	Managers bool   `help:"Also managers, who can be many."`
}

// roleRow is a role of somebody as it is listed.
type roleRow struct {
	ID           usher.ID   `json:"id,omitempty"`
	Name         string     `json:"name,omitempty"`
	Address      string     `json:"address,omitempty"`
	Role         usher.Role `json:"role"`
	Subscription string     `json:"subscription,omitempty"`
	From         string     `json:"from"`
	State        string     `json:"state,omitempty"`
}

// Run implements storeCommand.
func (c *roleListCmd) Run(d *desk) error {
	only := usher.Person{}
	if c.Person != "" {
		var err error
		if only, err = d.person(c.Person); err != nil {
			return err
		}
	}
	holders, err := d.daemon.RoleHolders(d.ctx, c.Managers || c.Person != "")
	if err != nil {
		return err
	}
	rows := []roleRow{}
	for _, h := range holders {
		if c.Person == "" || h.Person.ID == only.ID {
			rows = append(rows, rowOfRole(h))
		}
	}
	return show(c.listing, d.stdout, rows, []column[roleRow]{
		{"WHO", func(r roleRow) string { return r.Name }},
		{"ADDRESS", func(r roleRow) string { return r.Address }},
		{"ROLE", func(r roleRow) string { return string(r.Role) }},
		{"SUBSCRIPTION", func(r roleRow) string { return r.Subscription }},
		{"STATE", func(r roleRow) string { return r.State }},
		{"FROM", func(r roleRow) string { return r.From }},
	})
}

func rowOfRole(h daemon.RoleHolder) roleRow {
	row := roleRow{Role: h.Role, Subscription: h.Subscription, From: h.From}
	if h.Person.ID != "" {
		row.ID, row.Name, row.Address, row.State = h.Person.ID, h.Person.Name(), h.Person.Address, h.Person.State()
	}
	return row
}

// roleOf names a role of somebody.
type roleOf struct {
	Person       string `arg:"" help:"Address, number, name or id."`
	Role         string `arg:"" enum:"owner,seat_admin,auditor" help:"owner, seat_admin or auditor."`
	Subscription string `placeholder:"NAME" help:"Of a seat_admin: the one subscription. Default: all."`
}

func (r roleOf) find(d *desk) (usher.Person, usher.RoleGrant, error) {
	g := usher.RoleGrant{Role: usher.Role(r.Role)}
	p, err := d.person(r.Person)
	if err != nil || r.Subscription == "" {
		g.Person = p.ID
		return p, g, err
	}
	s, err := d.subscription(r.Subscription)
	g.Person, g.Subscription = p.ID, s.ID
	return p, g, err
}

// words are the role as it is spoken of.
func (r roleOf) words() string {
	if r.Subscription != "" {
		return r.Role + " of " + r.Subscription
	}
	return r.Role
}

type roleGrantCmd struct{ roleOf }

// Run implements storeCommand.
func (c *roleGrantCmd) Run(d *desk) error {
	p, g, err := c.find(d)
	if err != nil {
		return err
	}
	err = needsReason(d.daemon.Ledger().GrantRole(d.ctx, d.by, g))
	if errors.Is(err, usher.ErrConflict) {
		return fmt.Errorf("%s is %s already", p.Name(), c.words())
	}
	if err != nil {
		return err
	}
	d.remark("%s is %s from now on.", p.Name(), c.words())
	return nil
}

// needsReason names the flag where a reason is missing.
func needsReason(err error) error {
	if e, ok := errors.AsType[*usher.InvalidError](err); ok && e.Attribute == "reason" {
		return &usher.InvalidError{Attribute: "--reason", Problem: e.Problem}
	}
	return err
}

type roleRevokeCmd struct{ roleOf }

// Run implements storeCommand.
func (c *roleRevokeCmd) Run(d *desk) error {
	p, g, err := c.find(d)
	if err != nil {
		return err
	}
	err = needsReason(d.daemon.Ledger().RevokeRole(d.ctx, d.by, g, d.daemon.NamedOwners()))
	if errors.Is(err, usher.ErrNotFound) {
		return fmt.Errorf("nobody gave %s the role %s: `usher role list %s` says where it comes from", p.Name(), c.words(), p.Address)
	}
	if err != nil {
		return err
	}
	d.remark("%s is %s no longer, unless the configuration says so too.", p.Name(), c.words())
	return nil
}

type roleUnbindCmd struct {
	Address string `arg:"" help:"The address in the configuration."`
}

// Help implements kong.HelpProvider.
func (roleUnbindCmd) Help() string {
	return `Roles that the configuration gives to an address are those of the first person who signed in with it, and stay theirs whoever has the address later. After this, the next one who signs in with it has them.

Example:
  usher role unbind helpdesk@example.com --reason "new head of the helpdesk"`
}

// Run implements storeCommand.
func (c *roleUnbindCmd) Run(d *desk) error {
	key, err := usher.FoldAddress(c.Address)
	if err != nil {
		return err
	}
	err = needsReason(d.daemon.Ledger().UnbindRoles(d.ctx, d.by, key, d.daemon.NamedOwners()))
	if errors.Is(err, usher.ErrNotFound) {
		return fmt.Errorf("the roles of %s are nobody's; `usher role list` says whose roles are whose", c.Address)
	}
	if err != nil {
		return err
	}
	d.remark("The roles of %s are those of whoever signs in with it next.", c.Address)
	return nil
}
