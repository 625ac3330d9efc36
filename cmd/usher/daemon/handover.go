package daemon

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"usher/connectors"
	"usher/internal/config"
	"usher/internal/usher"
	"usher/sync/ledger"
	"usher/sync/outbox"
	"usher/sync/reconcile"
	"usher/sync/schedule"
)

// CheckHandovers finds what is wrong with how portals' files are handed over, beyond the form
// of the keys.
func CheckHandovers(c *config.Config) config.Problems {
	var problems config.Problems
	for _, p := range c.Portals {
		key := ".visit.days"
		if p.Visit.Cron != "" {
			key = ".visit.cron"
		}
		if _, err := calendarOf(p.Visit, time.UTC); err != nil {
			problems = append(problems, config.Problem{Path: "portals." + p.Name + key, Message: err.Error()})
		}
		if _, err := outboxOf(p.SFTP); err != nil {
			problems = append(problems, config.Problem{Path: "portals." + p.Name + ".sftp", Message: err.Error()})
		}
	}
	return problems
}

// deliver says how the files of a connector are handed over: when, and to where.
func deliver(made reconcile.Connector, p config.Portal, data string, zone *time.Location) (reconcile.Connector, error) {
	calendar, err := calendarOf(p.Visit, zone)
	if err != nil {
		return made, err
	}
	if calendar != nil {
		made.Visit = calendar.NextTime
	}
	server, err := outboxOf(p.SFTP)
	if err != nil {
		return made, err
	}
	if server != nil {
		made.Outbox = server
	}
	made.Folder, made.Gather = folderOf(p, data), gather
	return made, nil
}

// folderOf is where a portal's files are put on this machine.
func folderOf(p config.Portal, data string) string {
	if filepath.IsAbs(p.Folder) {
		return p.Folder
	}
	return filepath.Join(data, p.Folder)
}

// outboxOf is the server into whose folder files are put; nil where they stay here.
func outboxOf(d config.Dropoff) (*outbox.Server, error) {
	if d.Host == "" {
		return nil, nil
	}
	return outbox.New(outbox.SFTP{Host: d.Host, Port: d.Port, User: d.User, Key: []byte(d.Key.Reveal()), HostKeys: d.HostKeys, Path: d.Path})
}

// calendarOf is when a portal is visited; nil where changes are handed over as they come.
func calendarOf(v config.Visit, server *time.Location) (*schedule.Schedule, error) {
	expression := v.Cron
	if v.Days != "" {
		var err error
		if expression, err = schedule.Words(v.Days); err != nil {
			return nil, err
		}
	}
	if expression == "" {
		return nil, nil
	}
	var s schedule.Schedule
	var err error
	if v.Zone != "" {
		s, err = schedule.Parse(expression, v.Zone)
	} else {
		s, err = schedule.ParseIn(expression, server)
	}
	return &s, err
}

// Handing is how the files of a portal get there, for people.
type Handing struct {
	// Place is where the files are put.
	Place string
	// Exports says that usher reads the portal's export: what came of a visit need not be
	// said row by row.
	Exports bool
	// NextVisit is when changes since a time are carried there; zero where they do not collect.
	NextVisit func(since usher.Time) usher.Time
	Owner     config.Owner
}

// Handing says how the files of a portal of that name get there.
func (d *Daemon) Handing(portal string) (Handing, error) {
	c := d.config.Load()
	made, err := connectorsOf(c, d.options.Zone)
	if err != nil {
		return Handing{}, err
	}
	for _, p := range c.Portals {
		if p.Name == portal {
			return handingOf(p, made[portal]), nil
		}
	}
	return Handing{}, fmt.Errorf("portal %q: the configuration names it no longer: %w", portal, usher.ErrNotFound)
}

func handingOf(p config.Portal, c reconcile.Connector) Handing {
	h := Handing{Place: c.Folder, Owner: p.Owner, NextVisit: func(usher.Time) usher.Time { return 0 }}
	if s, ok := c.Outbox.(fmt.Stringer); ok {
		h.Place = s.String()
	}
	_, h.Exports = c.Whole.(connectors.ExportReader)
	if c.Visit != nil {
		h.NextVisit = func(since usher.Time) usher.Time { return usher.TimeOf(c.Visit(since.Std())) }
	}
	return h
}

// SheetText is the sheet of a visit for a person.
func (d *Daemon) SheetText(ctx context.Context, visit usher.ID) (string, error) {
	sheet, err := d.ledger.Sheet(ctx, visit)
	if err != nil {
		return "", err
	}
	h, err := d.Handing(sheet.Portal.Name)
	if errors.Is(err, usher.ErrNotFound) {
		h, err = Handing{Place: "no folder any more"}, nil
	}
	return sheet.Text(ledger.SheetHints{Place: h.Place, Exports: h.Exports}), err
}
