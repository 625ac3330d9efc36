package main

import (
	"errors"
	"fmt"
	"strings"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// personCmd changes people by hand.
type personCmd struct {
	Add   personAddCmd   `cmd:"" help:"Add a guest who is in no directory."`
	Alias personAliasCmd `cmd:"" help:"Add an address by which a person is known as well."`

	Confirm personConfirmCmd `cmd:"" help:"Say that somebody whom a first sign-in made belongs here."`
	End     personEndCmd     `cmd:"" help:"Say when a guest, or somebody whom a first sign-in made, is over."`

	Merge personMergeCmd `cmd:"" help:"Say that two people are one."`
	Split personSplitCmd `cmd:"" help:"Say that some records of a person are somebody else's."`
}

type personAddCmd struct {
	Address string   `arg:"" help:"The guest's e-mail address."`
	Name    string   `required:"" help:"Given and family name."`
	Sponsor string   `required:"" help:"Who answers for the guest."`
	Until   string   `required:"" placeholder:"YYYY-MM-DD" help:"The guest's last day."`
	Grant   []string `placeholder:"SUBSCRIPTION" help:"Give a seat in this subscription; may be repeated."`
}

// Help implements kong.HelpProvider.
func (personAddCmd) Help() string {
	return `A guest is served until the end of the last day, and then released like a leaver.

Example:
  usher person add jo@partner.example --name "Jo Park" --sponsor ann@example.com --until 2026-12-31 --grant adkar`
}

// Run implements storeCommand.
func (c *personAddCmd) Run(d *desk) error {
	ends, err := d.until("--until", c.Until)
	if err != nil {
		return err
	}
	var subs []usher.Subscription
	for _, name := range c.Grant {
		s, err := d.subscription(name)
		if err != nil {
			return err
		}
		subs = append(subs, s)
	}
	given, family := splitName(c.Name)
	p, err := d.daemon.Ledger().AddGuest(d.ctx, d.by, ledger.Guest{Address: c.Address, GivenName: given, FamilyName: family, Sponsor: c.Sponsor, EndsAt: ends})
	if errors.Is(err, usher.ErrConflict) {
		return fmt.Errorf("%w: `usher explain %s` says to whom, and `usher seat grant` seats them", err, c.Address)
	}
	if err != nil {
		return err
	}
	if err := d.doubtSponsor(c.Sponsor); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(d.stdout, p.ID); err != nil {
		return err
	}
	d.remark("%s is a guest until the end of %s.", c.Name, c.Until)
	for _, s := range subs {
		if err := d.daemon.Ledger().Grant(d.ctx, d.by, s.ID, p.ID, 0); err != nil {
			return fmt.Errorf("the guest was added, but not granted %s: %w", s.Name, err)
		}
		if err := d.tellSeat(s, p); err != nil {
			return err
		}
	}
	return nil
}

// doubtSponsor says so where nobody is known by what was given for the sponsor. It is no
// mistake: who answers for a guest may be in no directory.
func (d *desk) doubtSponsor(text string) error {
	found, err := d.people(text)
	if err == nil && len(found) == 0 {
		d.remark("usher knows nobody by the sponsor's name %q; it is recorded as it is.", text)
	}
	return err
}

// splitName takes the last word for the family name.
func splitName(name string) (given, family string) {
	words := strings.Fields(name)
	if len(words) < 2 {
		return name, ""
	}
	last := len(words) - 1
	return strings.Join(words[:last], " "), words[last]
}

type personAliasCmd struct {
	Person  string `arg:"" help:"Address, id, employee number or name."`
	Address string `arg:"" help:"The other address."`
}

// Help implements kong.HelpProvider.
func (personAliasCmd) Help() string {
	return `Example:
  usher person alias ann@example.com a.miller@example.com`
}

// Run implements storeCommand.
func (c *personAliasCmd) Run(d *desk) error {
	p, err := d.person(c.Person)
	if err != nil {
		return err
	}
	if err := d.daemon.Ledger().AddAlias(d.ctx, d.by, p.ID, c.Address); err != nil {
		return err
	}
	d.remark("%s is known by %s as well.", p.Name(), c.Address)
	return nil
}

// subscription finds a subscription by name, or says which there are.
func (d *desk) subscription(name string) (usher.Subscription, error) {
	look := d.daemon.Store().Look()
	s, err := look.SubscriptionNamed(d.ctx, name)
	if !errors.Is(err, usher.ErrNotFound) {
		return s, err
	}
	known, err := look.Subscriptions(d.ctx)
	if err != nil {
		return s, err
	}
	names := make([]string, 0, len(known))
	for _, k := range known {
		names = append(names, k.Name)
	}
	return s, noSuch("subscription", name, names)
}
