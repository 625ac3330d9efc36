package demo

import (
	"context"
	"errors"
	"net/http"

	"usher/connectors/proportal/fakeportal"
	"usher/connectors/prosci/prosciportal"
	"usher/connectors/scimout/scimportal"
)

// counterparts are the portals of the company: two servers that speak SCIM, and two that people work at.
type counterparts struct {
	learning, academy *portal
	prosci            *prosciportal.Portal
	itpro             *fakeportal.Portal
}

// What the portals sell; subscriptions in company.yaml say the same.
const (
	adkarCode   = "P410"
	adkarSeats  = 46
	videosSeats = 60
)

func openCounterparts(ctx context.Context, token string) (*counterparts, error) {
	learning, err := openPortal(ctx, token)
	if err != nil {
		return nil, err
	}
	academy, err := openPortal(ctx, token)
	if err != nil {
		return nil, errors.Join(err, learning.server.Close())
	}
	return &counterparts{
		learning: learning, academy: academy,
		prosci: prosciportal.New("licences@meridian.example", prosciportal.Tool{Code: adkarCode, Name: "Proxima", Purchased: adkarSeats}),
		itpro:  fakeportal.New(videosSeats),
	}, nil
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
	return errors.Join(c.learning.server.Close(), c.academy.server.Close())
}
