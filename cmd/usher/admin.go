package main

import "fmt"

// adminCmd is for the day on which nobody can get in.
type adminCmd struct {
	LoginLink loginLinkCmd `cmd:"" name:"login-link" help:"Print a link that signs somebody in once, without an identity provider."`
}

type loginLinkCmd struct {
	Person string `arg:"" help:"Address, number, name or id."`
	Owner  bool   `help:"The session has an owner's rights, whoever it is."`
}

// Help implements kong.HelpProvider.
func (loginLinkCmd) Help() string {
	return `For the first owner, and for the day on which the identity provider does not work. The link holds for 10 minutes and one sign-in, the session for an hour. Both are recorded, logged as a warning, and counted in the metric usher_login_links.

Examples:
  usher admin login-link ann@example.com
  usher admin login-link ann@example.com --owner --reason "the provider is down"`
}

// Run implements storeCommand.
func (c *loginLinkCmd) Run(d *desk) error {
	p, err := d.person(c.Person)
	if err != nil {
		return err
	}
	url, link, err := d.daemon.MakeLoginLink(d.ctx, d.by, p.ID, c.Owner)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(d.stdout, url); err != nil {
		return err
	}
	as := ""
	if c.Owner {
		as = " with an owner's rights"
	}
	d.remark("It signs %s in%s, once, until %s UTC. Whoever has it is let in.", p.Name(), as, stamp(link.ExpiresAt))
	return nil
}
