package demo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
)

// welcome says where the reader may look, and stays until ctx is done.
func (c *Company) welcome(ctx context.Context, o Options, out *page, data string) error {
	out.heading("usher is open at " + c.Daemon.URL() + " until Ctrl-C. Come in as:")
	if err := c.showDoors(ctx, out); err != nil {
		return err
	}
	again := "`" + o.Self + " admin login-link ADDRESS --data FOLDER` makes others."
	if o.In != nil {
		again = "Press Enter for new ones."
	}
	out.gap()
	out.prose("Each link signs in once, within 10 minutes. " + again + " The sign-in page leads to an identity provider of the demo as well, which lets in whom you choose.")
	c.sights(o, out, data)
	for enter := entered(o.In); ; {
		select {
		case <-ctx.Done():
			return out.err
		case <-enter:
			if err := c.showDoors(ctx, out); err != nil {
				return err
			}
		}
	}
}

// showDoors writes a new link for each role.
func (c *Company) showDoors(ctx context.Context, out *page) error {
	doors, err := c.Doors(ctx)
	if err != nil {
		return err
	}
	out.gap()
	for _, d := range doors {
		out.row(d.Role, d.Name+", "+d.Address)
		out.link(d.URL)
	}
	return nil
}

// sights are what else there is to be seen.
func (c *Company) sights(o Options, out *page, data string) {
	out.heading("In another terminal:")
	out.gap()
	for _, line := range []string{
		"seats coaching", "explain " + c.staff.numbered[theEmployee].address(), "explain nobody@example.com", "plans", "holds", "conflicts list",
		"visit show prosci", "drift itpro", "requests", "portals",
	} {
		out.print(strings.Repeat(" ", indent) + o.Self + " " + line + " --data " + data + "\n")
	}
	out.print(fmt.Sprintf("%scurl -s -H \"Authorization: Bearer $(cat %s)\" '%s/Users?count=2'\n", strings.Repeat(" ", indent), tokenFile(data, byOkta), c.Daemon.SCIMURL()))
	out.gap()
	out.prose("The folder is gone when the demo ends.")
}

// entered hears each line that is read, until there are no more; never for nil.
func entered(in io.Reader) <-chan struct{} {
	if in == nil {
		return nil
	}
	lines := make(chan struct{})
	go func() { // ends with in, at the latest with the process
		for s := bufio.NewScanner(in); s.Scan(); {
			lines <- struct{}{}
		}
	}()
	return lines
}
