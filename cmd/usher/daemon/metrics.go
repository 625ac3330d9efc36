package daemon

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"

	"usher/internal/store"
	"usher/internal/usher"
)

// metrics is what Prometheus may read: counts and times, by names that the configuration
// gives, and never anything about a person.
type metrics struct {
	http.Handler
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
}

func newMetrics(s *store.Store, log zerolog.Logger) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "usher_requests_total", Help: "Requests answered.",
		}, []string{"route", "method", "class"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "usher_request_seconds", Help: "Time to answer a request.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "method"}),
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(m.requests, m.took, newStateCollector(s, log),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "usher_build_info", Help: "Always 1; the version is a label.",
			ConstLabels: prometheus.Labels{"version": Version(), "store": s.Engine()},
		}, func() float64 { return 1 }))
	m.Handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
	return m
}

func (m *metrics) observe(route, method string, status int, took time.Duration) {
	method = methodOf(method)
	m.requests.WithLabelValues(route, method, strconv.Itoa(status/100)+"xx").Inc()
	m.took.WithLabelValues(route, method).Observe(took.Seconds())
}

// stateCollector reads the state of the seats from the store when it is asked.
type stateCollector struct {
	store *store.Store
	log   zerolog.Logger

	seats, purchased, behind, paused, people, due *prometheus.Desc
}

func newStateCollector(s *store.Store, log zerolog.Logger) *stateCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return &stateCollector{
		store: s, log: log,
		seats:     desc("usher_seats", "Seats by state; queued is the length of the queue.", "subscription", "state"),
		purchased: desc("usher_seats_purchased", "Seats bought.", "subscription"),
		behind:    desc("usher_accounts_behind", "Accounts that are not in line with what they should be.", "portal"),
		paused:    desc("usher_portal_failures", "Failures of a portal in a row.", "portal"),
		people:    desc("usher_people", "People known, by whether they are active.", "active"),
		due:       desc("usher_people_due", "People to be computed again."),
	}
}

// Describe implements prometheus.Collector.
func (c *stateCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.seats, c.purchased, c.behind, c.paused, c.people, c.due} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *stateCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var list []prometheus.Metric
	gauge := func(desc *prometheus.Desc, value int, labels ...string) {
		list = append(list, prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(value), labels...))
	}
	err := c.store.Read(ctx, func(tx *store.Tx) error {
		list = nil
		for _, read := range []func(context.Context, *store.Tx, func(*prometheus.Desc, int, ...string)) error{c.readSeats, c.readPortals, c.readPeople} {
			if err := read(ctx, tx, gauge); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		c.log.Warn().Err(err).Msg("metrics: the store cannot be read")
		return
	}
	for _, m := range list {
		ch <- m
	}
}

func (c *stateCollector) readSeats(ctx context.Context, tx *store.Tx, gauge func(*prometheus.Desc, int, ...string)) error {
	subs, err := tx.Subscriptions(ctx)
	if err != nil {
		return err
	}
	for _, s := range subs {
		counts, err := tx.CountStates(ctx, s.ID)
		if err != nil {
			return err
		}
		gauge(c.purchased, s.Purchased, s.Name)
		for _, state := range []usher.SeatState{usher.Queued, usher.Invited, usher.Active, usher.Releasing} {
			gauge(c.seats, counts[state], s.Name, string(state))
		}
	}
	return nil
}

func (c *stateCollector) readPortals(ctx context.Context, tx *store.Tx, gauge func(*prometheus.Desc, int, ...string)) error {
	portals, err := tx.Portals(ctx)
	if err != nil {
		return err
	}
	for _, p := range portals {
		if p.RetiredAt != 0 {
			continue
		}
		behind, err := tx.CountDueAccounts(ctx, p.ID)
		if err != nil {
			return err
		}
		gauge(c.behind, behind, p.Name)
		gauge(c.paused, p.Failures, p.Name)
	}
	return nil
}

func (c *stateCollector) readPeople(ctx context.Context, tx *store.Tx, gauge func(*prometheus.Desc, int, ...string)) error {
	active, all, err := tx.CountPeople(ctx)
	if err != nil {
		return err
	}
	due, err := tx.CountDue(ctx)
	gauge(c.people, active, "true")
	gauge(c.people, all-active, "false")
	gauge(c.due, due)
	return err
}
