package demo

import (
	"context"
	"fmt"
)

// Door lets a reader into the console as one of the company.
type Door struct {
	// Role is what they may do: owner, auditor, seat admin, manager or employee.
	Role string
	// Name and Address are the person's.
	Name, Address string
	// URL signs in once, within ten minutes.
	URL string
}

// guises are the people as whom a reader may come in, one for each role.
func (s *staff) guises() (list []guise) {
	for _, one := range []struct{ role, number string }{
		{"owner", theOwner}, {"auditor", theAuditor}, {"seat admin", theSeatAdmin}, {"manager", theManager}, {"employee", theEmployee},
	} {
		list = append(list, guise{one.role, s.numbered[one.number]})
	}
	return list
}

// Doors are new links into the console, one for each role. The company's daemon has to be open.
func (c *Company) Doors(ctx context.Context) ([]Door, error) {
	var doors []Door
	for _, g := range c.staff.guises() {
		p, err := personOf(ctx, c.Daemon, g.employee)
		if err != nil {
			return nil, err
		}
		url, _, err := c.Daemon.MakeLoginLink(ctx, admin("the demo lets its reader in"), p.ID, false)
		if err != nil {
			return nil, fmt.Errorf("login link for the %s: %w", g.Role, err)
		}
		doors = append(doors, Door{g.Role, p.Name(), g.address(), url})
	}
	return doors, nil
}
