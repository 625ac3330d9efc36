package schedule

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"usher/internal/usher"
)

func must(t interface{ Fatal(...any) }, expression, zone string) Schedule {
	s, err := Parse(expression, zone)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func at(t *testing.T, text string) usher.Time {
	t.Helper()
	instant, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return usher.TimeOf(instant)
}

func TestDue(t *testing.T) {
	tests := []struct {
		expression, zone, since, until string
		want                           string // civil=due, from the day on
	}{
		{"30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z", "29T02:30=29T01:00 30T02:30=30T00:30"},
		{"30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z", "25T02:30=25T00:30 26T02:30=26T01:30"},
		{"30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T12:00:00Z", ""}, // the second 02:30 is the same slot
		{"30 2 * * *", "Europe/Berlin", "2026-10-25T00:29:59Z", "2026-10-25T00:30:00Z", "25T02:30=25T00:30"},
		{"*/30 1-3 * * *", "Europe/Berlin", "2026-03-29T00:10:00Z", "2026-03-29T02:00:00Z", "29T01:30=29T00:30 29T02:00=29T01:00 29T02:30=29T01:00 29T03:00=29T01:00 29T03:30=29T01:30"},
		{"*/30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-25T02:30:00Z", "25T02:30=25T00:30 25T03:00=25T02:00 25T03:30=25T02:30"},
		{"15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", "2026-10-04T20:00:00Z", "04T02:15=03T15:30 05T02:15=04T15:15"},
		{"0 6 30,31 12 *", "Pacific/Apia", "2011-12-29T00:00:00Z", "2012-01-02T00:00:00Z", "30T06:00=30T10:00 31T06:00=30T16:00"},
		{"0 0 * * *", "Asia/Kathmandu", "2026-05-31T00:00:00Z", "2026-06-01T00:00:00Z", "01T00:00=31T18:15"},
		{"0 8 * * 7", "UTC", "2026-11-01T00:00:00Z", "2026-11-15T09:00:00Z", "01T08:00=01T08:00 08T08:00=08T08:00 15T08:00=15T08:00"},
		{"0 8 * * sat-sun", "UTC", "2026-11-06T00:00:00Z", "2026-11-15T00:00:00Z", "07T08:00=07T08:00 08T08:00=08T08:00 14T08:00=14T08:00"},
		{"0 8 29 2 *", "UTC", "2095-01-01T00:00:00Z", "2105-01-01T00:00:00Z", "29T08:00=29T08:00 29T08:00=29T08:00"}, // 2096 and 2104
		{"@monthly", "UTC", "2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z", "01T00:00=01T00:00 01T00:00=01T00:00"},
	}
	for _, tt := range tests {
		s := must(t, tt.expression, tt.zone)
		var got []string
		for _, slot := range s.Due(at(t, tt.since), at(t, tt.until)) {
			got = append(got, slot.Civil[8:]+"="+slot.DueAt.Std().Format("02T15:04"))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%v after %s until %s: %s, want %s", s, tt.since, tt.until, got, tt.want)
		}
	}
}

func TestDueInPieces(t *testing.T) {
	expressions := []string{"30 2 * * *", "*/20 * * * *", "0 0 * * *", "7 1-3 * * 0,3", "@hourly", "59 23 28-31 * *"}
	rapid.Check(t, func(t *rapid.T) {
		s := must(t, rapid.SampledFrom(expressions).Draw(t, "expression"), rapid.SampledFrom(zones()).Draw(t, "zone"))
		from := time.Date(rapid.IntRange(1975, 2050).Draw(t, "year"), 1, rapid.IntRange(1, 366).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		until := from.AddDate(0, 0, rapid.IntRange(1, 200).Draw(t, "days"))
		// What the expression gives on a clock that nobody ever touches.
		var want []string
		last := reached(s.zone, until)
		for civil := s.next(reached(s.zone, from)); !civil.After(last); civil = s.next(civil) {
			want = append(want, civil.Format(CivilForm))
		}
		// The same by looks at any times, and once more by asking for one after the other.
		var got []Slot
		for since := from; since.Before(until); {
			next := since.Add(time.Duration(rapid.IntRange(5, 5000).Draw(t, "minutes"))*time.Minute + time.Duration(rapid.IntRange(-1, 1).Draw(t, "more"))*time.Microsecond)
			if next.After(until) {
				next = until
			}
			got = append(got, s.Due(usher.TimeOf(since), usher.TimeOf(next))...)
			since = next
		}
		for i, slot := range got {
			if i >= len(want) || slot.Civil != want[i] {
				t.Fatalf("slot %d of %d is %v", i, len(want), slot)
			}
			if i > 0 && slot.DueAt <= got[i-1].DueAt && !skipped(s.zone, got[i-1]) {
				t.Fatalf("%v is due no later than %v", slot, got[i-1])
			}
			if i > 0 && slot.DueAt > got[i-1].DueAt && s.Next(got[i-1].DueAt) != slot {
				t.Fatalf("after %v comes %v, want %v", got[i-1], s.Next(got[i-1].DueAt), slot)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%d slots, want %d", len(got), len(want))
		}
	})
}

// skipped says whether the zone's clocks never showed a slot.
func skipped(zone *time.Location, s Slot) bool {
	return s.DueAt.Std().In(zone).Format(CivilForm) != s.Civil
}

func TestParse(t *testing.T) {
	for _, text := range []string{
		"0 2 * * *", " 0  2\t* * * ", "*/15 6-18 1,15 jan-mar mon-fri", "0 2 ? * ?", "@daily", "@midnight", "@hourly", "@weekly", "@monthly", "@yearly", "@annually",
		"0 0 29 2 *", "0 0 31 * *", "0 0 * * 7", "0 0 * * 5-7", "0 0 * * 0-7", "0 0 * * 7-7", "0 0 * * mon-SUN", "0 0 * * 1,7",
	} {
		if _, err := Parse(text, "Europe/Berlin"); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestParseDays(t *testing.T) {
	all := "0123456"
	for field, want := range map[string]string{
		"7": "0", "0": "0", "sun": "0", "5-7": "056", "sat-sun": "06", "mon-sun": all, "1-7": all, "0-7": all, "sun-sun": "0", "7-7": "0", "2,7": "02", "1-5": "12345",
	} {
		s := must(t, "0 0 * * "+field, "UTC")
		var days []string
		for _, slot := range s.Due(at(t, "2026-11-01T12:00:00Z"), at(t, "2026-11-08T12:00:00Z")) {
			days = append(days, fmt.Sprint(int(slot.DueAt.Std().Weekday())))
		}
		slices.Sort(days)
		if got := strings.Join(days, ""); got != want {
			t.Errorf("%s is on %s, want %s", field, got, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ expression, zone, want string }{
		{"", "UTC", "empty"},
		{"0 2 * *", "UTC", "4 fields instead of 5"},
		{"0 30 2 * * *", "UTC", "leave out those of the seconds"},
		{"0 0 31 2 *", "UTC", "no month has such a day"},
		{"0 0 30 2 *", "UTC", "no month has such a day"},
		{"0 0 31 4,6,9,11 *", "UTC", "no month has such a day"},
		{"TZ=0", "UTC", "give it as the zone"},
		{"TZ=", "UTC", "give it as the zone"},
		{"CRON_TZ=x", "UTC", "give it as the zone"},
		{"TZ=Europe/Berlin 0 2 * * *", "UTC", "give it as the zone"},
		{"@every 1h", "UTC", "interval"},
		{"@reboot", "UTC", "@reboot"},
		{"60 2 * * *", "UTC", "60"},
		{"0 24 * * *", "UTC", "24"},
		{"0 2 0 * *", "UTC", "minute, hour"},
		{"0 2 * 13 *", "UTC", "13"},
		{"0 2 * * 8", "UTC", "8"},
		{"0 2 * * 5-7/2", "UTC", "7"},
		{"0 5-2 * * *", "UTC", "5"},
		{"0 */0 * * *", "UTC", "*/0"},
		{", 2 * * *", "UTC", "comma"},
		{"0 2,,3 * * *", "UTC", "comma"},
		{"two in the morning please", "UTC", "two"},
		{strings.Repeat("0,", 200) + "0 2 * * *", "UTC", "300 characters"},
		{"0 2 * * *", "", "Europe/Berlin"},
		{"0 2 * * *", "Local", "Europe/Berlin"},
		{"0 2 * * *", "Europe/Atlantis", "Europe/Berlin"},
		{"0 2 * * *", "../../etc/passwd", "Europe/Berlin"},
	}
	for _, tt := range tests {
		_, err := Parse(tt.expression, tt.zone)
		wants(t, err, tt.want)
	}
}

func wants(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want an error with %q", err, text)
	}
}

func TestLate(t *testing.T) {
	daily, weekdays, hourly := "0 6 * * *", "0 6 * * 1-5", "0 * * * *"
	const fresh = 12 * time.Hour
	tests := []struct {
		expression    string
		fresh         time.Duration
		accepted, now string
		want          string
	}{
		{daily, fresh, "2026-11-09T05:00:00Z", "2026-11-10T04:59:00Z", ""},
		{daily, fresh, "2026-11-09T04:00:00Z", "2026-11-10T05:00:00Z", "2026-11-10T05:00:00Z"},
		{daily, fresh, "2026-11-09T04:00:00Z", "2026-11-12T05:00:00Z", "2026-11-10T05:00:00Z"},
		{daily, fresh, "2026-11-09T05:00:00Z", "2026-11-09T12:00:00Z", ""},                     // just in time
		{daily, fresh, "2026-11-09T08:00:00Z", "2026-11-10T05:00:00Z", "2026-11-10T05:00:00Z"}, // yesterday's, late
		{daily, 0, "2026-11-09T08:00:00Z", "2026-11-10T05:00:00Z", ""},
		{daily, 0, "2026-11-09T08:00:00Z", "2026-11-11T05:00:00Z", "2026-11-11T05:00:00Z"},
		{weekdays, fresh, "2026-11-06T04:00:00Z", "2026-11-08T12:00:00Z", ""}, // a weekend
		{weekdays, fresh, "2026-11-06T04:00:00Z", "2026-11-09T05:00:00Z", "2026-11-09T05:00:00Z"},
		{weekdays, 72 * time.Hour, "2026-11-06T17:00:00Z", "2026-11-09T05:00:00Z", ""},
		{hourly, fresh, "2026-11-06T10:30:00Z", "2026-11-06T11:59:00Z", ""},
		{hourly, fresh, "2026-11-06T10:30:00Z", "2026-11-06T12:00:00Z", "2026-11-06T12:00:00Z"},
	}
	for _, tt := range tests {
		got := Late(must(t, tt.expression, "Europe/Berlin"), tt.fresh, at(t, tt.accepted), at(t, tt.now))
		if want := strings.Replace(tt.want, "Z", ".000000Z", 1); got.RFC3339() != want {
			t.Errorf("%s, accepted %s, now %s: late since %q, want %q", tt.expression, tt.accepted, tt.now, got.RFC3339(), want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"0 2 * * *", "@daily", "TZ=0", "CRON_TZ=x 0 2 * * *", "0 0 31 2 *", "*/7 1-5,9 ? jan sun-7", "0 0 29 2 7", "99999999999999999999 * * * *", "@every 1h", ", , , , ,"} {
		f.Add(text, "Europe/Berlin")
	}
	f.Add("0 2 * * *", "Local")
	f.Fuzz(func(t *testing.T, text, zone string) {
		s, err := Parse(text, zone)
		if err != nil {
			return
		}
		now := at(t, "2026-03-28T12:00:00Z")
		next := s.Next(now)
		again := s.Next(next.DueAt)
		if next.DueAt <= now || again.DueAt <= next.DueAt || again.Civil <= next.Civil {
			t.Errorf("%v: %v, then %v", s, next, again)
		}
		same, err := Parse(s.text, s.Zone().String())
		if err != nil || same.Next(now) != next {
			t.Errorf("%v is another schedule: %v", same, err)
		}
	})
}
