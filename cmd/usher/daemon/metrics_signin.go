package daemon

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"usher/internal/store"
)

// signInCollector reads from the store whether somebody is an owner, and whether login links were made: also those that
// were made in another process.
type signInCollector struct {
	store *store.Store
	named func() []string // the addresses that the configuration makes owners
	log   zerolog.Logger

	owners, links *prometheus.Desc
}

func newSignInCollector(s *store.Store, named func() []string, log zerolog.Logger) *signInCollector {
	return &signInCollector{
		store: s, named: named, log: log,
		owners: prometheus.NewDesc("usher_owners", "People who are owners and can sign in.", nil, nil),
		links:  prometheus.NewDesc("usher_login_links", "Login links of the last 24 hours.", []string{"what"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (c *signInCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.owners
	ch <- c.links
}

// Collect implements prometheus.Collector.
func (c *signInCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	look := c.store.Look()
	owners, err := look.Owners(ctx, c.named())
	if err != nil {
		c.log.Warn().Err(err).Msg("metrics: owners cannot be read")
		return
	}
	made, used, err := look.CountLoginLinks(ctx, look.Now().Add(-24*time.Hour))
	if err != nil {
		c.log.Warn().Err(err).Msg("metrics: login links cannot be read")
		return
	}
	ch <- prometheus.MustNewConstMetric(c.owners, prometheus.GaugeValue, float64(len(owners)))
	ch <- prometheus.MustNewConstMetric(c.links, prometheus.GaugeValue, float64(made), "made")
	ch <- prometheus.MustNewConstMetric(c.links, prometheus.GaugeValue, float64(used), "used")
}
