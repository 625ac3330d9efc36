package plan

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"time"

	"usher/internal/usher"
)

// announced is how long before its end a last day must be known to count as announced.
const announced = 7 * 24 * time.Hour

// Standing says why a record does not make its person active at now; empty: it does. The first line that fits decides:
//
//	deleted, or not active and not missing from the rosters     left
//	the day after the last one has begun                        ended
//	missing from the rosters                                    absent
//	the first day, less the lead days, has not, and the record
//	has not started before                                      future
//
// Days begin at midnight in the time zone of the record, else of its directory, else UTC. A date or zone that cannot be
// read counts as none: whoever takes in files refuses it, and what a SCIM client sends as timezone is its own affair.
func (o Observation) Standing(now usher.Time) usher.Inactive {
	days, absent := o.days(), o.absent()
	switch {
	case o.Record.Gone() && !absent:
		return usher.InactiveLeft
	case now >= days.until:
		return usher.InactiveEnded
	case absent:
		return usher.InactiveAbsent
	case now < days.from && o.Record.StartedAt == 0:
		return usher.InactiveFuture
	}
	return ""
}

// absent says that nobody said of the person what became of them: rosters do not name them any longer.
func (o Observation) absent() bool { return o.Record.AbsentSince != 0 && o.Record.DeletedAt == 0 }

// Over says that the directory has done with the person of the record, in whatever way: it has not if they are active
// or still to come.
func (o Observation) Over(now usher.Time) bool {
	s := o.Standing(now)
	return s != "" && s != usher.InactiveFuture
}

// Dated is next, which follows on old at now, with what must be remembered of its dates:
//
//   - StartedAt is kept, or set, when old made its person active just before; else it is cleared. So a start date that is
//     moved takes nothing from somebody who has started, and whoever left and is announced anew starts on the new day.
//   - EndsKnownAt is when the present last day was first named.
//
// It looks at the history of this one record and at nothing else, so it does not count in which order the records of a
// person arrive, nor whether somebody was computed in between. old is the zero Record where next is new.
func Dated(d usher.Directory, old, next usher.Record, now usher.Time) usher.Record {
	next.StartedAt = 0
	if old.ID != "" && (Observation{d, old}).Standing(now) == "" {
		next.StartedAt = cmp.Or(old.StartedAt, now)
	}
	switch {
	case next.Attributes.Ends == "":
		next.EndsKnownAt = 0
	case next.Attributes.Ends != old.Attributes.Ends || old.EndsKnownAt == 0:
		next.EndsKnownAt = now
	default:
		next.EndsKnownAt = old.EndsKnownAt
	}
	return next
}

// days are the instants between which the dates of a record let it count.
type days struct{ from, until usher.Time }

const (
	always = usher.Time(math.MinInt64)
	never  = usher.Time(math.MaxInt64)
)

func (o Observation) days() days {
	d, a := days{always, never}, o.Record.Attributes
	if first, ok := civil(a.Starts); ok {
		d.from = usher.TimeOf(midnight(first.AddDate(0, 0, -o.Directory.LeadDays), o.zone()))
	}
	if last, ok := civil(a.Ends); ok {
		d.until = usher.TimeOf(midnight(last.AddDate(0, 0, 1), o.zone()))
	}
	return d
}

// nextAt is the first instant after now at which the dates of the record change what it says; never for none.
func (o Observation) nextAt(now usher.Time) usher.Time {
	next, days := never, o.days()
	if o.Record.Gone() && !o.absent() {
		return next
	}
	if o.Record.StartedAt == 0 && days.from > now && !o.absent() {
		next = days.from
	}
	if days.until > now {
		next = min(next, days.until)
	}
	return next
}

// announced says that the last day was known long enough before it was over.
func (o Observation) announced() bool {
	known, until := o.Record.EndsKnownAt, o.days().until
	return known != 0 && until != never && until.Sub(known) >= announced
}

// civil reads a civil date, as midnight in UTC.
func civil(text string) (time.Time, bool) {
	if text == "" {
		return time.Time{}, false
	}
	day, err := time.Parse(time.DateOnly, text)
	return day, err == nil
}

// midnight is the first instant at which a calendar in the zone shows the day, or a later one where clocks skip it;
// day is midnight in UTC. Where clocks skip midnight that is when they go on, and of two midnights it is the first.
func midnight(day time.Time, zone *time.Location) time.Time {
	at := day.Add(-24 * time.Hour).In(zone) // the day before, whatever the zone
	for {
		_, offset := at.Zone()
		_, end := at.ZoneBounds()
		shown := day.Add(-time.Duration(offset) * time.Second)
		if shown.Before(at) {
			shown = at // the clocks went past it
		}
		if end.IsZero() || shown.Before(end) {
			return shown
		}
		at = end
	}
}

// zone is where the days of the record are meant.
func (o Observation) zone() *time.Location {
	for _, name := range []string{o.Record.Attributes.TimeZone, o.Directory.Zone} {
		if zone := Zone(name); zone != nil {
			return zone
		}
	}
	return time.UTC
}

// zones are the time zones read so far, by name: reading one takes longer than everything else that is done for a
// person. There are as many as the machine has zones.
var zones sync.Map

// Zone is the time zone of an IANA name such as Europe/Vienna; nil for any other text.
func Zone(name string) *time.Location {
	if slices.Contains([]string{"", "Local"}, name) { // which would be that of whatever machine this is
		return nil
	}
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	zones.Store(name, zone)
	return zone
}
