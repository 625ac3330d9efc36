package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"usher/internal/usher"
)

// signinCmd is about how people sign in at usher.
type signinCmd struct {
	Log       signinLogCmd       `cmd:"" help:"List sign-ins that were refused, and why."`
	Links     signinLinksCmd     `cmd:"" help:"List what a person signs in as, and where they are signed in."`
	Link      signinLinkCmd      `cmd:"" help:"Have a person sign in as a subject of a connection."`
	Unlink    signinUnlinkCmd    `cmd:"" help:"Forget whom a subject of a connection means, and sign them out."`
	Out       signinOutCmd       `cmd:"" help:"Sign a person out everywhere."`
	Preflight signinPreflightCmd `cmd:"" help:"List people who cannot sign in at a portal with the address that it has of them."`
}

type signinLogCmd struct {
	listing

	Connection string `placeholder:"NAME" help:"Only of this connection."`
	Reference  string `placeholder:"TEXT" help:"Only the one that somebody was shown."`
	Limit      int    `default:"50" help:"How many, newest first."`
}

// Help implements kong.HelpProvider.
func (signinLogCmd) Help() string {
	return `Whoever cannot sign in is shown a code and a reference. The log says what was wrong and how to mend it, for 30 days.

Examples:
  usher signin log --reference 4F2A09C1
  usher signin log --connection okta`
}

// attemptRow is a refused sign-in as it is listed.
type attemptRow struct {
	Reference  string `json:"reference"`
	At         string `json:"at"`
	Connection string `json:"connection"`
	Code       string `json:"code"`
	Person     string `json:"person,omitempty"`
	Problem    string `json:"problem"`
}

// Run implements storeCommand.
func (c *signinLogCmd) Run(d *desk) error {
	if c.Limit < 1 {
		return &usher.InvalidError{Attribute: "--limit", Problem: "is less than 1"}
	}
	attempts, err := d.daemon.Ledger().SignInAttempts(d.ctx, c.Connection, strings.ToUpper(strings.TrimSpace(c.Reference)), c.Limit)
	if err != nil {
		return err
	}
	rows := make([]attemptRow, 0, len(attempts))
	for _, a := range attempts {
		rows = append(rows, attemptRow{Reference: a.ID, At: stamp(a.At), Connection: a.Connection, Code: a.Code, Person: a.Address, Problem: a.Problem})
	}
	return show(c.listing, d.stdout, rows, []column[attemptRow]{
		{"REFERENCE", func(r attemptRow) string { return r.Reference }},
		{"AT (UTC)", func(r attemptRow) string { return r.At }},
		{"CONNECTION", func(r attemptRow) string { return r.Connection }},
		{"CODE", func(r attemptRow) string { return r.Code }},
		{"WHO", func(r attemptRow) string { return r.Person }},
		{"WHAT", func(r attemptRow) string { return r.Problem }},
	})
}

type signinLinksCmd struct {
	Person string `arg:"" help:"Address, number, name or id."`
}

// Run implements storeCommand.
func (c *signinLinksCmd) Run(d *desk) error {
	p, err := d.person(c.Person)
	if err != nil {
		return err
	}
	look := d.daemon.Store().Look()
	links, err := look.LinksOf(d.ctx, p.ID)
	if err != nil {
		return err
	}
	if len(links) == 0 {
		fmt.Fprintf(d.stdout, "%s has never signed in.\n", p.Name())
	}
	for _, l := range links {
		fmt.Fprintf(d.stdout, "%s signs in over %s as %s, found by %s on %s UTC.\n", p.Name(), l.Connection, l.Subject, l.How, stamp(l.At))
	}
	sessions, err := look.SessionsOf(d.ctx, p.ID)
	if err != nil {
		return err
	}
	now := d.daemon.Store().Now()
	for _, s := range slices.DeleteFunc(sessions, func(s usher.Session) bool { return !s.Live(now, d.daemon.Config().SignIn.Idle) }) {
		fmt.Fprintf(d.stdout, "Signed in since %s UTC, last seen %s, until %s at most%s.\n", stamp(s.StartedAt), stamp(s.SeenAt), stamp(s.ExpiresAt), noteOf(s))
	}
	return nil
}

// noteOf is what is unusual about a session.
func noteOf(s usher.Session) string {
	switch {
	case s.Owner:
		return ", by a login link with an owner's rights"
	case s.Connection == "":
		return ", by a login link"
	case s.GroupsUnknown:
		return "; the provider kept the groups back, so they give no role"
	}
	return ""
}

type signinLinkCmd struct {
	Person     string `arg:"" help:"Address, number, name or id."`
	Connection string `required:"" placeholder:"NAME" help:"The connection."`
	Subject    string `required:"" placeholder:"TEXT" help:"What the connection knows the person by, letter for letter."`
}

// Help implements kong.HelpProvider.
func (signinLinkCmd) Help() string {
	return `For people whom no rule may find: somebody of another directory, or with a second way to sign in. The subject is what the provider sends for ever, such as Okta's user id or Entra's object id; never an address.

Example:
  usher signin link ann@example.com --connection okta --subject 00u1abcd`
}

// Run implements storeCommand.
func (c *signinLinkCmd) Run(d *desk) error {
	if err := d.knowsConnection(c.Connection); err != nil {
		return err
	}
	p, err := d.person(c.Person)
	if err != nil {
		return err
	}
	if err := d.daemon.Ledger().LinkSubject(d.ctx, d.by, p.ID, c.Connection, c.Subject); err != nil {
		return err
	}
	d.remark("%s signs in over %s as %s from now on.", p.Name(), c.Connection, c.Subject)
	return nil
}

// knowsConnection says which connections there are, when there is none of that name.
func (d *desk) knowsConnection(name string) error {
	var names []string
	for _, c := range d.daemon.Config().SignIn.Connections {
		names = append(names, c.Name)
	}
	if slices.Contains(names, name) {
		return nil
	}
	return noSuch("connection", name, names)
}

type signinUnlinkCmd struct {
	Connection string `required:"" placeholder:"NAME" help:"The connection."`
	Subject    string `required:"" placeholder:"TEXT" help:"What the connection knows the person by."`
}

// Help implements kong.HelpProvider.
func (signinUnlinkCmd) Help() string {
	return `The person is signed out, and found anew when they next sign in.

Example:
  usher signin unlink --connection okta --subject 00u1abcd`
}

// Run implements storeCommand.
func (c *signinUnlinkCmd) Run(d *desk) error {
	err := d.daemon.Ledger().UnlinkSubject(d.ctx, d.by, c.Connection, c.Subject)
	if errors.Is(err, usher.ErrNotFound) {
		return fmt.Errorf("nobody signs in over %s as %s; `usher signin links PERSON` says as what somebody does", c.Connection, c.Subject)
	}
	if err != nil {
		return err
	}
	d.remark("The subject %s of %s is nobody's any longer, and signed out.", c.Subject, c.Connection)
	return nil
}

type signinOutCmd struct {
	Person string `arg:"" help:"Address, number, name or id."`
}

// Run implements storeCommand.
func (c *signinOutCmd) Run(d *desk) error {
	p, err := d.person(c.Person)
	if err != nil {
		return err
	}
	if err := d.daemon.Ledger().SignOutEverywhere(d.ctx, d.by, p.ID); err != nil {
		return err
	}
	d.remark("%s is signed out everywhere. To keep them out, have their directory deactivate them.", p.Name())
	return nil
}

type signinPreflightCmd struct {
	listing

	Portal string `arg:"" optional:"" help:"Only this portal."`
}

// Help implements kong.HelpProvider.
func (signinPreflightCmd) Help() string {
	return `A portal with single sign-on finds people by the address that their identity provider sends. Where the portal has them under another address, it makes a second account or lets nobody in.

Examples:
  usher signin preflight
  usher signin preflight ascender --csv`
}

// preflightRow is somebody whom a portal has under an address that is not theirs.
type preflightRow struct {
	Portal      string `json:"portal"`
	Person      string `json:"person"`
	Address     string `json:"address"`
	Identifiers string `json:"identifiers"`
}

// Run implements storeCommand.
func (c *signinPreflightCmd) Run(d *desk) error {
	portals, err := d.daemon.Store().Look().Portals(d.ctx)
	if err != nil {
		return err
	}
	if c.Portal != "" {
		p, err := d.portal(c.Portal)
		if err != nil {
			return err
		}
		portals = []usher.Portal{p}
	}
	var rows []preflightRow
	for _, p := range portals {
		found, err := d.daemon.Preflight(d.ctx, p.ID)
		if err != nil {
			return err
		}
		for _, m := range found {
			rows = append(rows, preflightRow{Portal: p.Name, Person: m.Name, Address: m.There, Identifiers: m.SignsInWith})
		}
	}
	if len(rows) == 0 && !c.JSON && !c.CSV {
		fmt.Fprintln(d.stdout, "Every portal has everybody under an address that they sign in with.")
		return nil
	}
	return show(c.listing, d.stdout, rows, []column[preflightRow]{
		{"PORTAL", func(r preflightRow) string { return r.Portal }},
		{"NAME", func(r preflightRow) string { return r.Person }},
		{"THERE", func(r preflightRow) string { return r.Address }},
		{"SIGNS IN AS", func(r preflightRow) string { return r.Identifiers }},
	})
}
