package schedule

import (
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"usher/internal/usher"
)

// zones have every kind of clock: put forward at 00:00, 01:00, 02:00 and 03:00, by half an
// hour and by a day, put back in both halves of the year, and never touched.
func zones() []string {
	return []string{
		"UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/St_Johns", "America/Havana",
		"America/Santiago", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "Africa/Casablanca", "Africa/Cairo",
	}
}

func load(t interface{ Fatal(...any) }, name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestInstant(t *testing.T) {
	tests := []struct{ zone, civil, want string }{
		{"UTC", "2026-06-01T02:30", "2026-06-01T02:30:00Z"},
		{"Europe/Berlin", "2026-01-01T02:30", "2026-01-01T01:30:00Z"},
		{"Europe/Berlin", "2026-03-29T01:59", "2026-03-29T00:59:00Z"},
		{"Europe/Berlin", "2026-03-29T02:00", "2026-03-29T01:00:00Z"}, // skipped until 03:00
		{"Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-03-29T03:01", "2026-03-29T01:01:00Z"},
		{"Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00Z"}, // the first of two
		{"Europe/Berlin", "2026-10-25T02:00", "2026-10-25T00:00:00Z"},
		{"Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00:00Z"},
		{"America/New_York", "2026-03-08T02:30", "2026-03-08T07:00:00Z"},
		{"America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00Z"},
		{"America/Havana", "2026-03-08T00:30", "2026-03-08T05:00:00Z"},      // no midnight
		{"America/Santiago", "2026-09-06T00:00", "2026-09-06T04:00:00Z"},    // no midnight
		{"America/Santiago", "2026-04-04T23:30", "2026-04-05T02:30:00Z"},    // twice before midnight
		{"Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30:00Z"}, // half an hour is skipped
		{"Australia/Lord_Howe", "2026-10-04T02:30", "2026-10-03T15:30:00Z"},
		{"Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45:00Z"}, // half an hour comes twice
		{"Pacific/Apia", "2011-12-30T02:30", "2011-12-30T10:00:00Z"},        // a day that never was
		{"Pacific/Apia", "2011-12-31T00:00", "2011-12-30T10:00:00Z"},
		{"Pacific/Apia", "2011-12-29T23:59", "2011-12-30T09:59:00Z"},
		{"Asia/Kathmandu", "2026-06-01T00:00", "2026-05-31T18:15:00Z"},
		{"Asia/Kathmandu", "1985-12-31T23:59", "1985-12-31T18:29:00Z"},
		{"Asia/Kathmandu", "1986-01-01T00:10", "1985-12-31T18:30:00Z"}, // 15 minutes were skipped
		{"America/Juneau", "1867-10-18T15:00", "1867-10-17T23:57:41Z"}, // a day came twice, and zones had seconds
		{"Africa/Casablanca", "2026-02-15T02:30", "2026-02-15T01:30:00Z"},
		{"Africa/Cairo", "2026-04-24T00:30", "2026-04-23T22:00:00Z"},
		{"Europe/Berlin", "2096-12-31T14:30", "2096-12-31T13:30:00Z"}, // the 366th day, far ahead
		{"Europe/Berlin", "2097-01-01T00:30", "2096-12-31T23:30:00Z"},
		{"Europe/Dublin", "2026-03-29T01:30", "2026-03-29T01:00:00Z"}, // winter is its daylight saving time
	}
	for _, tt := range tests {
		civil, err := time.Parse(CivilForm, tt.civil)
		if err != nil {
			t.Fatal(err)
		}
		if got := instant(load(t, tt.zone), civil).UTC().Format(time.RFC3339); got != tt.want {
			t.Errorf("%s in %s: %s, want %s", tt.civil, tt.zone, got, tt.want)
		}
	}
}

func TestReached(t *testing.T) {
	tests := []struct{ zone, until, want string }{
		{"Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00"},
		{"Europe/Berlin", "2026-10-25T00:59:59Z", "2026-10-25T02:59:59"},
		{"Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25T02:59:59"}, // 02:00 again
		{"Europe/Berlin", "2026-10-25T01:59:00Z", "2026-10-25T02:59:59"},
		{"Europe/Berlin", "2026-10-25T02:00:00Z", "2026-10-25T03:00:00"},
		{"Europe/Berlin", "2026-03-29T00:59:00Z", "2026-03-29T01:59:00"},
		{"Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00"},
		{"Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31T00:00:00"},
		{"Europe/Berlin", "2096-12-31T13:30:00Z", "2096-12-31T14:30:00"},
	}
	for _, tt := range tests {
		until, err := time.Parse(time.RFC3339, tt.until)
		if err != nil {
			t.Fatal(err)
		}
		if got := reached(load(t, tt.zone), until).Format("2006-01-02T15:04:05"); got != tt.want {
			t.Errorf("%s in %s: %s, want %s", tt.until, tt.zone, got, tt.want)
		}
	}
}

// TestCivilMinutes walks minute by minute through the days around a change of a zone's
// clocks, as a person who looks at them does, and expects every minute to be due once, when
// it or a later one is first shown.
func TestCivilMinutes(t *testing.T) {
	every, err := parse("* * * * *")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(zones()).Draw(t, "zone")
		s := Schedule{zone: load(t, name), minute: every}
		at := time.Date(rapid.IntRange(1970, 2060).Draw(t, "year"), 1, rapid.IntRange(1, 366).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		if _, end := at.In(s.zone).ZoneBounds(); !end.IsZero() {
			at = end.UTC()
		}
		at = at.Truncate(time.Minute).Add(-36 * time.Hour)
		begin, end := at, at.Add(72*time.Hour)
		shown := reached(s.zone, at)
		var want []Slot
		for at.Before(end) {
			at = at.Add(time.Minute)
			for civil := civilAt(s.zone, at); shown.Before(civil); {
				shown = shown.Add(time.Minute)
				want = append(want, Slot{Civil: shown.Format(CivilForm), DueAt: usher.TimeOf(at)})
			}
		}
		got := s.Due(usher.TimeOf(begin), usher.TimeOf(end))
		if len(got) != len(want) {
			t.Fatalf("%d slots, want %d", len(got), len(want))
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("slot %d is %v, want %v", i, got[i], want[i])
			}
		}
	})
}
