package schedule

import "time"

// longestOffset is more than any zone was ever away from UTC, and twice it more than any
// clock was ever put back.
const longestOffset = 25 * time.Hour

// Civil times are kept as times in UTC that read the same. Both functions below go through
// the spans in which the zone's clocks run evenly, from before anything that can matter.

// instant is the first instant at which the zone's clocks show a civil time or a later one:
// the earlier of two, and the end of the gap for a time that they skip.
func instant(zone *time.Location, civil time.Time) time.Time {
	at := civil.Add(-longestOffset)
	for {
		end := evenUntil(zone, at)
		shown := at.Add(civil.Sub(civilAt(zone, at)))
		switch {
		case shown.Before(at): // the clocks were put over it
			return at
		case end.IsZero() || shown.Before(end):
			return shown
		}
		at = end
	}
}

// reached is the latest civil time that the zone's clocks have shown until an instant, and
// at it. It stands still from when they are put back until they have caught up.
func reached(zone *time.Location, until time.Time) time.Time {
	at := until.Add(-2 * longestOffset)
	latest := civilAt(zone, at)
	for {
		end := evenUntil(zone, at)
		last := until
		if !end.IsZero() && !end.After(until) {
			last = end.Add(-1)
		}
		if shown := civilAt(zone, last); shown.After(latest) {
			latest = shown
		}
		if last.Equal(until) {
			return latest
		}
		at = end
	}
}

// evenUntil is an instant until which the zone's clocks are not touched; zero is never.
func evenUntil(zone *time.Location, at time.Time) time.Time {
	_, end := at.In(zone).ZoneBounds()
	if !end.IsZero() && !end.After(at) {
		// Go ends the year of a zone that is known by its rule after 365 days, so on the last
		// day of a leap year the bound lies in the past. No rule touches a clock on that day.
		return at.Add(time.Hour)
	}
	return end
}

// civilAt is what the zone's clocks show.
func civilAt(zone *time.Location, at time.Time) time.Time {
	local := at.In(zone)
	_, offset := local.Zone()
	return local.Add(time.Duration(offset) * time.Second).UTC()
}
