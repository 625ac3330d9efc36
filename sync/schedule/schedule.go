// Package schedule says when rosters are due and runs each time once.
//
// A slot is a schedule's name and a civil date and time, as a clock on the wall of its
// zone shows it. Invariant: whatever the clocks of the zone, the number of processes and
// their deaths, a slot has one row in the store, and that row is finished once.
package schedule

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"usher/internal/usher"
)

// CivilForm is how the civil time of a slot is written, in the way of package time. It
// sorts by time.
const CivilForm = "2006-01-02T15:04"

// Slot is one time at which a schedule is due.
type Slot struct {
	// Schedule is the name of the job; empty in what a Schedule gives, which has no name.
	Schedule string
	// Civil is the date and time in the schedule's zone, in CivilForm, or a text of its own
	// for a run that somebody asked for.
	Civil string
	// DueAt is the first instant at which the zone's clocks show Civil or a later time.
	DueAt usher.Time
}

// Schedule is a cron expression in a time zone. Make one with Parse.
type Schedule struct {
	text   string
	zone   *time.Location
	minute cron.Schedule // on civil times, which are kept as if they were UTC
}

// String is the expression and the zone, the same for the same schedule.
func (s Schedule) String() string { return s.text + " " + s.zone.String() }

// Zone is where the schedule's clock hangs.
func (s Schedule) Zone() *time.Location { return s.zone }

// Next is the first slot that is due after an instant.
func (s Schedule) Next(after usher.Time) Slot {
	return s.slot(s.next(reached(s.zone, after.Std())))
}

// Due are the slots that are due after since and not after until, in order. Several can be
// due at the same instant: those that the zone's clocks skipped, and the one after them.
func (s Schedule) Due(since, until usher.Time) []Slot {
	var due []Slot
	last := reached(s.zone, until.Std())
	for civil := s.next(reached(s.zone, since.Std())); !civil.After(last); civil = s.next(civil) {
		due = append(due, s.slot(civil))
	}
	return due
}

func (s Schedule) slot(civil time.Time) Slot {
	return Slot{Civil: civil.Format(CivilForm), DueAt: usher.TimeOf(instant(s.zone, civil))}
}

// next is the first civil time of the expression after another. The library gives up after
// five years, which is too early for a 29 February around a century.
func (s Schedule) next(civil time.Time) time.Time {
	for {
		if found := s.minute.Next(civil); !found.IsZero() {
			return found
		}
		civil = civil.AddDate(4, 0, 0)
	}
}

// Parse reads five fields (minute, hour, day of month, month, day of week) or one of
// @hourly, @daily, @weekly, @monthly and @yearly, for the clocks of an IANA time zone.
// Sunday is 0, 7 or sun. Its errors are usher.InvalidError.
func Parse(expression, zone string) (Schedule, error) {
	text := strings.Join(strings.Fields(expression), " ")
	minute, err := parse(text)
	if err != nil {
		return Schedule{}, &usher.InvalidError{Attribute: "schedule", Problem: fmt.Sprintf("%.60q: %v", text, err)}
	}
	location, err := parseZone(zone)
	if err != nil {
		return Schedule{}, &usher.InvalidError{Attribute: "zone", Problem: fmt.Sprintf("%.60q: %v", zone, err)}
	}
	return Schedule{text: text, zone: location, minute: minute}, nil
}
