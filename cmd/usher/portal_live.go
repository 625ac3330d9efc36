package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"usher/internal/table"
	"usher/internal/usher"
	"usher/sync/ledger"
)

type portalLiveCmd struct {
	Name string `arg:"" help:"Name of the portal."`
	Plan string `placeholder:"ID" help:"The plan that was seen and is confirmed."`
	JSON bool   `name:"json" help:"Print the plan as JSON."`

	WithoutAdoption bool `help:"Go ahead although nobody's seat at the portal was taken over; --reason says why."`
}

// Help implements kong.HelpProvider.
func (portalLiveCmd) Help() string {
	return `Without --plan nothing happens: the plan is shown by name, with its id. A plan that changed meanwhile has another id and must be seen again. A portal that takes files is adopted first (usher portal adopt): else usher invites again whom it has already, and does not know which of its seats are taken. One where nobody is yet needs --without-adoption and --reason.

Examples:
  usher portal live learning
  usher portal live learning --plan 3f9a01bc
  usher portal live prosci --plan 3f9a01bc --without-adoption --reason "bought today, nobody is there"`
}

// Run implements storeCommand.
func (c *portalLiveCmd) Run(d *desk) error {
	p, err := d.portal(c.Name)
	if err != nil {
		return err
	}
	plan, err := d.daemon.Ledger().PlanLive(d.ctx, p.ID)
	switch {
	case err != nil:
		return err
	case c.Plan == "":
		return c.show(d, p, plan)
	case c.Plan != plan.ID():
		return c.changed()
	}
	if why := unadopted(p, plan); why != "" && !c.WithoutAdoption {
		return fmt.Errorf("%s\n%s", why, withoutAdoption(p, plan))
	}
	err = d.daemon.Ledger().ConfirmLive(d.ctx, d.by, p.ID, c.Plan, c.WithoutAdoption)
	switch invalid, is := errors.AsType[*usher.InvalidError](err); {
	case is && invalid.Attribute == "reason":
		return &usher.InvalidError{Attribute: "--reason", Problem: invalid.Problem}
	case errors.Is(err, usher.ErrStale):
		return c.changed()
	case err != nil:
		return err
	}
	d.remark("%s is live: seats are given, and accounts brought in line.", c.Name)
	return nil
}

func (c *portalLiveCmd) changed() error {
	return fmt.Errorf("the plan of %s has changed since %s was shown; look at it again: usher portal live %s", c.Name, c.Plan, c.Name)
}

// unadopted says what is left to be taken over at a portal that takes files; empty: nothing.
func unadopted(p usher.Portal, plan ledger.LivePlan) string {
	switch plan.Adoption() {
	case ledger.AdoptionUnread:
		return "No list of the portal was read yet: accounts that it has already are not listed, and nobody's seat there is taken over. First: usher portal adopt " + p.Name + " FILE"
	case ledger.AdoptionOpen:
		return fmt.Sprintf("People who are queued here and have a seat at the portal already: %d, such as %s. A list of it was read, and they were not adopted. First: usher portal adopt %s FILE",
			len(plan.Unadopted), plan.Unadopted[0], p.Name)
	}
	return ""
}

func withoutAdoption(p usher.Portal, plan ledger.LivePlan) string {
	return fmt.Sprintf("If nobody is there yet: usher portal live %s --without-adoption --reason WHY --plan %s", p.Name, plan.ID())
}

func (c *portalLiveCmd) show(d *desk, p usher.Portal, plan ledger.LivePlan) error {
	if c.JSON {
		return json.NewEncoder(d.stdout).Encode(struct {
			ID string `json:"id"`
			ledger.LivePlan
		}{plan.ID(), plan})
	}
	if err := showPlanned(d, plan.Seats); err != nil {
		return err
	}
	showAccounts(d, "Accounts that are there and will be brought in line", plan.There)
	showAccounts(d, "Accounts that are there and will be left alone", plan.Others)
	if why := unadopted(p, plan); why != "" {
		d.remark("%s", why)
		d.remark("Nothing has changed. %s", withoutAdoption(p, plan))
		return nil
	}
	if plan.ObservedAt == 0 {
		d.remark("The portal has not been read yet: accounts that it has already are not listed. Look again in a minute, or see `usher portal show`.")
	}
	d.remark("Nothing has changed. To go ahead: usher portal live %s --plan %s", c.Name, plan.ID())
	return nil
}

// showPlanned prints seats that a plan would change.
func showPlanned(d *desk, seats []usher.PlannedSeat) error {
	if len(seats) == 0 {
		fmt.Fprintln(d.stdout, "Nobody's seat changes.")
		return nil
	}
	rows := make([][]string, len(seats))
	for i, s := range seats {
		rows[i] = []string{string(s.Kind), s.Subscription, s.Name, s.Address, s.Why}
	}
	return table.Text(d.stdout, []string{"WHAT", "SUBSCRIPTION", "NAME", "ADDRESS", "WHY"}, rows)
}

func showAccounts(d *desk, title string, names []string) {
	if len(names) == 0 {
		return
	}
	rows := make([][]string, len(names))
	for i, n := range names {
		rows[i] = []string{"  " + n}
	}
	fmt.Fprintln(d.stdout)
	_ = table.Text(d.stdout, []string{fmt.Sprintf("%s (%d):", title, len(names))}, rows)
}
