package daemon

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"usher/internal/store"
	"usher/internal/usher"
)

// stateCollector reads the state of the seats from the store when it is asked.
type stateCollector struct {
	store *store.Store
	log   zerolog.Logger

	seats, purchased, behind, failures, people, due, unsealed, standsIn, visits, awaiting *prometheus.Desc
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
		failures:  desc("usher_portal_failures", "Failures of a portal in a row.", "portal"),
		visits:    desc("usher_visits_open", "Visits to a portal of which something is not settled.", "portal"),
		awaiting:  desc("usher_rows_awaiting", "Rows of files and lists that wait for somebody to confirm them.", "portal"),
		people:    desc("usher_people", "People known, by whether they are active.", "active"),
		due:       desc("usher_people_due", "People to be computed again."),
		standsIn:  desc("usher_stands_in", "1 while a directory decides for a silent one that it can stand in for, else 0.", "directory", "for"),
		unsealed:  desc("usher_events_unsealed", "Events that wait for their seal."),
	}
}

// Describe implements prometheus.Collector.
func (c *stateCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.seats, c.purchased, c.behind, c.failures, c.people, c.due, c.unsealed, c.standsIn, c.visits, c.awaiting} {
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
		for _, read := range []func(context.Context, *store.Tx, func(*prometheus.Desc, int, ...string)) error{c.readSeats, c.readPortals, c.readPeople, c.readStandIns} {
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
		behind, _, err := tx.CountBehind(ctx, p.ID)
		if err != nil {
			return err
		}
		gauge(c.behind, behind, p.Name)
		gauge(c.failures, p.Failures, p.Name)
		if err := c.readVisits(ctx, tx, p, gauge); err != nil {
			return err
		}
	}
	return nil
}

func (c *stateCollector) readVisits(ctx context.Context, tx *store.Tx, p usher.Portal, gauge func(*prometheus.Desc, int, ...string)) error {
	open, err := tx.OpenVisits(ctx, p.ID)
	if err != nil {
		return err
	}
	awaiting, err := tx.CountAwaiting(ctx, p.ID)
	gauge(c.visits, len(open), p.Name)
	gauge(c.awaiting, awaiting, p.Name)
	return err
}

func (c *stateCollector) readStandIns(ctx context.Context, tx *store.Tx, gauge func(*prometheus.Desc, int, ...string)) error {
	directories, err := tx.Directories(ctx)
	for _, d := range directories {
		if d.StandIn.For == "" {
			continue
		}
		stands := 0
		if d.StandsInFor(d.StandIn.For) {
			stands = 1
		}
		gauge(c.standsIn, stands, d.Name, d.StandIn.For)
	}
	return err
}

func (c *stateCollector) readPeople(ctx context.Context, tx *store.Tx, gauge func(*prometheus.Desc, int, ...string)) error {
	active, all, err := tx.CountPeople(ctx)
	if err != nil {
		return err
	}
	due, err := tx.CountDue(ctx)
	if err != nil {
		return err
	}
	unsealed, err := tx.CountUnsealed(ctx)
	gauge(c.people, active, "true")
	gauge(c.people, all-active, "false")
	gauge(c.due, due)
	gauge(c.unsealed, unsealed)
	return err
}
