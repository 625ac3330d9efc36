package daemon

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"usher/internal/notify"
	"usher/internal/store"
	"usher/internal/usher"
)

// notifyCollector reads from the store what is amiss, and what is not sent: also what another process saw.
type notifyCollector struct {
	store *store.Store
	log   zerolog.Logger

	incidents, unsent *prometheus.Desc
}

func newNotifyCollector(s *store.Store, log zerolog.Logger) *notifyCollector {
	return &notifyCollector{
		store: s, log: log,
		incidents: prometheus.NewDesc("usher_incidents", "Incidents that are open.", []string{"kind"}, nil),
		unsent:    prometheus.NewDesc("usher_notifications_unsent", "Messages that a channel did not take yet, after at least one try.", []string{"channel"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (c *notifyCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.incidents
	ch <- c.unsent
}

// Collect implements prometheus.Collector.
func (c *notifyCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	look := c.store.Look()
	open, err := look.Incidents(ctx, look.Now())
	if err != nil {
		c.log.Warn().Err(err).Msg("metrics: incidents cannot be read")
		return
	}
	stuck, err := look.StuckTargets(ctx, look.Now())
	if err != nil {
		c.log.Warn().Err(err).Msg("metrics: messages cannot be read")
		return
	}
	kinds := map[usher.IncidentKind]int{}
	for _, i := range open {
		if i.Open() && i.Audience == "" {
			kinds[i.Kind]++
		}
	}
	for _, kind := range usher.IncidentKinds() {
		ch <- prometheus.MustNewConstMetric(c.incidents, prometheus.GaugeValue, float64(kinds[kind]), string(kind))
	}
	channels := map[string]int{}
	for _, s := range stuck {
		if name, person := notify.ChannelOf(s.Target); !person {
			channels[name] += s.Waits
		}
	}
	for name, waits := range channels {
		ch <- prometheus.MustNewConstMetric(c.unsent, prometheus.GaugeValue, float64(waits), name)
	}
}
