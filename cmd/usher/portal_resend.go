package main

type portalResendCmd struct {
	Portal string `arg:"" help:"Name of the portal."`
	Person string `arg:"" help:"Address, id, employee number or name."`
}

// Help implements kong.HelpProvider.
func (portalResendCmd) Help() string {
	return `Of somebody whom the portal shows as invited and who never came: the next visit has a task for it. Who came already, or was never seen there, is refused.

Example:
  usher portal resend ascender ann@example.com --reason "the mail was lost"`
}

// Run implements storeCommand.
func (c *portalResendCmd) Run(d *desk) error {
	p, err := d.portal(c.Portal)
	if err != nil {
		return err
	}
	person, err := d.person(c.Person)
	if err != nil {
		return err
	}
	if err := d.daemon.Resend(d.ctx, d.by, p, person.ID); err != nil {
		return err
	}
	d.remark("The next visit to %s has a task to send the invitation of %s again.", p.Name, person.Address)
	return d.showNextVisit(p)
}
