package daemon

import (
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
	told     *prometheus.CounterVec
	toldTook *prometheus.HistogramVec
	pauses   *prometheus.CounterVec
	reads    *prometheus.CounterVec
	overdue  *prometheus.GaugeVec
}

func newMetrics(s *store.Store, log zerolog.Logger, more ...prometheus.Collector) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "usher_requests_total", Help: "Requests answered.",
		}, []string{"route", "method", "class"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "usher_request_seconds", Help: "Time to answer a request.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "method"}),
		told: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "usher_portal_told_total", Help: "Accounts that a portal was told of, by what became of it.",
		}, []string{"portal", "result"}),
		toldTook: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "usher_portal_told_seconds", Help: "Time for telling a portal of one account.", Buckets: prometheus.ExponentialBuckets(.01, 2.5, 8),
		}, []string{"portal"}),
		pauses: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "usher_portal_pauses_total", Help: "Times that a portal as a whole was left alone after failures.",
		}, []string{"portal"}),
		reads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "usher_portal_reads_total", Help: "Full readings of a portal.",
		}, []string{"portal", "result"}),
		overdue: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "usher_feed_late_seconds", Help: "How long a directory's file is overdue; 0 while it is not.",
		}, []string{"directory"}),
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(m.requests, m.took, m.told, m.toldTook, m.pauses, m.reads, m.overdue, newStateCollector(s, log),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "usher_build_info", Help: "Always 1; the version is a label.",
			ConstLabels: prometheus.Labels{"version": Version(), "store": s.Engine()},
		}, func() float64 { return 1 }))
	registry.MustRegister(more...)
	m.Handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
	return m
}

// late notes since when a directory's file is overdue, zero that it is not.
func (m *metrics) late(directory string, since, now usher.Time) {
	seconds := 0.0
	if since != 0 {
		seconds = now.Sub(since).Seconds()
	}
	m.overdue.WithLabelValues(directory).Set(seconds)
}

func (m *metrics) observe(route, method string, status int, took time.Duration) {
	method = methodOf(method)
	m.requests.WithLabelValues(route, method, strconv.Itoa(status/100)+"xx").Inc()
	m.took.WithLabelValues(route, method).Observe(took.Seconds())
}

// Told implements reconcile.Observer.
func (m *metrics) Told(portal string, result usher.OutcomeResult, took time.Duration) {
	m.told.WithLabelValues(portal, string(result)).Inc()
	m.toldTook.WithLabelValues(portal).Observe(took.Seconds())
}

// Paused implements reconcile.Observer.
func (m *metrics) Paused(portal string, _ time.Duration) { m.pauses.WithLabelValues(portal).Inc() }

// Read implements reconcile.Observer.
func (m *metrics) Read(portal string, err error) {
	result := "whole"
	if err != nil {
		result = "failed"
	}
	m.reads.WithLabelValues(portal, result).Inc()
}
