package demo

import (
	"context"
	"errors"
	"net/http"

	"usher/connectors/proportal/fakeportal"
	"usher/connectors/prosci/prosciportal"
	"usher/connectors/scimout/scimportal"
)

// counterparts are what stands around the company's usher: two portals that speak SCIM, two that people work at, and
// the identity provider over which people sign in.
type counterparts struct {
	learning, academy *portal
	identity          *identity
	prosci            *prosciportal.Portal
	itpro             *fakeportal.Portal
}

// What the portals sell; subscriptions in company.yaml say the same.
const (
	adkarCode   = "P410"
	adkarSeats  = 46
	videosSeats = 60
)

// openCounterparts starts them. What was started is in its answer also with an error.
func openCounterparts(ctx context.Context, token string) (c *counterparts, err error) {
	c = &counterparts{
		prosci: prosciportal.New("licences@meridian.example", prosciportal.Tool{Code: adkarCode, Name: "Proxima", Purchased: adkarSeats}),
		itpro:  fakeportal.New(videosSeats),
	}
	if c.learning, err = openPortal(ctx, token); err != nil {
		return c, err
	}
	if c.academy, err = openPortal(ctx, token); err != nil {
		return c, err
	}
	c.identity, err = openIdentity(ctx)
	return c, err
}

// fail has the academy answer nothing but errors, or work again.
func (c *counterparts) fail(fails bool) {
	if !fails {
		c.academy.SetFault(nil)
		return
	}
	c.academy.SetFault(func(*http.Request) scimportal.Fault {
		return scimportal.Fault{Status: http.StatusServiceUnavailable, RetryAfter: "120"}
	})
}

func (c *counterparts) close() error {
	var errs []error
	for _, p := range []*portal{c.learning, c.academy} {
		if p != nil {
			errs = append(errs, p.server.Close())
		}
	}
	if c.identity != nil {
		errs = append(errs, c.identity.server.Close())
	}
	return errors.Join(errs...)
}
