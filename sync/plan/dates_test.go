package plan_test

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"usher/internal/usher"
	"usher/sync/plan"
)

// dated is what hr says of somebody who is active between two days, in a zone.
func dated(starts, ends, zone string) plan.Observation {
	d := hr()
	d.Zone = zone
	return saw(d, "r1", usher.Attributes{Active: true, Starts: starts, Ends: ends})
}

func at(t interface{ Fatal(...any) }, text string) usher.Time {
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return usher.TimeOf(moment)
}

// From which instant to which a record counts.
func TestDates(t *testing.T) {
	lead := func(days int, o plan.Observation) plan.Observation { o.Directory.LeadDays = days; return o }
	own := func(zone string, o plan.Observation) plan.Observation {
		o.Record.Attributes.TimeZone = zone
		return o
	}
	for _, c := range []struct {
		name        string
		o           plan.Observation
		from, until string // instants; empty: always
	}{
		{"no dates", dated("", "", "Europe/Vienna"), "", ""},
		{"in UTC unless somebody says more", dated("2026-05-01", "2026-05-31", ""), "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"},
		{"in the directory's zone", dated("2026-05-01", "2026-12-31", "Europe/Vienna"), "2026-04-30T22:00:00Z", "2026-12-31T23:00:00Z"},
		{"in the person's zone", own("America/New_York", dated("2026-05-01", "", "Europe/Vienna")), "2026-05-01T04:00:00Z", ""},
		{"a zone that nobody knows", own("W. Europe Standard Time", dated("2026-05-01", "", "Europe/Vienna")), "2026-04-30T22:00:00Z", ""},
		{"the zone of whatever machine", own("Local", dated("2026-05-01", "", "Asia/Tokyo")), "2026-04-30T15:00:00Z", ""},
		{"dates that nobody can read", dated("1.5.2026", "soon", ""), "", ""},
		{"a day that is none", dated("", "2026-02-30", ""), "", ""},
		{"lead days are days of the calendar", lead(14, dated("2026-04-05", "", "Europe/Vienna")), "2026-03-21T23:00:00Z", ""}, // the clocks go on in between
		{"one day", dated("2026-05-01", "2026-05-01", ""), "2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z"},
		{"a day without midnight", dated("2018-11-04", "2018-11-03", "America/Sao_Paulo"), "2018-11-04T03:00:00Z", "2018-11-04T03:00:00Z"},
		{"another", dated("2022-03-27", "", "Asia/Beirut"), "2022-03-26T22:00:00Z", ""},
		{"a midnight that comes twice", dated("2026-11-01", "", "America/Havana"), "2026-11-01T04:00:00Z", ""},
		{"a day that a country skipped", dated("2011-12-30", "2011-12-30", "Pacific/Apia"), "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"},
		{"for ever", dated("", "9999-12-31", ""), "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			obs := []plan.Observation{c.o}
			moment := at(t, "1990-01-01T00:00:00Z")
			from, until := moment, usher.TimeOf(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)) // where a last day of 9999 ends
			if c.from != "" {
				from = at(t, c.from)
			}
			if c.until != "" {
				until = at(t, c.until)
			}
			for _, bound := range []usher.Time{min(from, until), max(from, until)} {
				if bound == moment || bound == until && c.until == "" && c.o.Record.Attributes.Ends != "9999-12-31" {
					continue
				}
				before, then := plan.Merge(obs, moment), plan.Merge(obs, bound)
				if before.NextAt != bound {
					t.Fatalf("after %s the next is %s, want %s", moment.RFC3339(), before.NextAt.RFC3339(), bound.RFC3339())
				}
				if last := plan.Merge(obs, bound-1); last.Active != before.Active || last.NextAt != bound {
					t.Fatalf("just before %s: %+v", bound.RFC3339(), last)
				}
				if want := from <= bound && bound < until; then.Active != want {
					t.Fatalf("at %s: %+v", bound.RFC3339(), then)
				}
				moment = bound
			}
			if end := plan.Merge(obs, moment); end.NextAt != 0 || end.Active != (moment < until) {
				t.Fatalf("in the end: %+v", end)
			}
		})
	}
}

func TestWhyInactive(t *testing.T) {
	vienna := hr()
	vienna.Zone = "Europe/Vienna"
	record := func(edit func(*usher.Record)) plan.Observation {
		o := saw(vienna, "r1", usher.Attributes{Active: true})
		edit(&o.Record)
		return o
	}
	const week = 7 * 24 * 60 * 60 * 1_000_000
	left := record(func(r *usher.Record) { r.Attributes.Active = false })
	ended := record(func(r *usher.Record) { r.Attributes.Ends, r.EndsKnownAt = "2026-03-25", now-4*week })
	earlier := record(func(r *usher.Record) { r.Attributes.Ends, r.EndsKnownAt = "2026-02-25", now-week })
	late := record(func(r *usher.Record) { r.Attributes.Ends, r.EndsKnownAt = "2026-03-26", now-week })
	absent := record(func(r *usher.Record) { r.Attributes.Active, r.AbsentSince = false, at(t, "2026-03-01T23:30:00Z") })
	dropped := absent
	dropped.Record.Attributes.Ends, dropped.Record.EndsKnownAt = "2026-03-25", now-4*week
	future := record(func(r *usher.Record) { r.Attributes.Starts = "2026-05-01" })
	later := record(func(r *usher.Record) { r.Attributes.Starts = "2026-06-01" })
	for _, c := range []struct {
		name      string
		obs       []plan.Observation
		want      string
		announced bool
	}{
		{"left", []plan.Observation{left}, "left", false},
		{"deleted", []plan.Observation{deleted(ended)}, "left", false},
		{"ended", []plan.Observation{ended}, "left: end date 2026-03-25", true},
		{"ended, as was said too late", []plan.Observation{late}, "left: end date 2026-03-26", false},
		{"the last end counts", []plan.Observation{earlier, ended}, "left: end date 2026-03-25", true},
		{"absent, and the last day that was named is over", []plan.Observation{dropped}, "left: end date 2026-03-25", true},
		{"absent, by the day there", []plan.Observation{absent}, "not in the roster since 2026-03-02", false},
		{"future", []plan.Observation{future}, "starts 2026-05-01", false},
		{"the next start counts", []plan.Observation{later, future}, "starts 2026-05-01", false},
		{"left counts before absent", []plan.Observation{absent, left}, "left", false},
		{"ended counts before absent", []plan.Observation{absent, ended}, "left: end date 2026-03-25", true},
		{"a deleted record has no say beside another", []plan.Observation{absent, deleted(left)}, "not in the roster since 2026-03-02", false},
		{"nor has one that does not decide", []plan.Observation{absent, saw(crm(), "r9", usher.Attributes{Active: true})}, "not in the roster since 2026-03-02", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 2 {
				for i := range c.obs {
					c.obs[i].Record.ID = usher.ID(fmt.Sprint("r", i))
				}
				m := plan.Merge(c.obs, now)
				p := usher.Person{Active: m.Active, Inactive: m.Inactive, InactiveOn: m.InactiveOn}
				if m.Active || p.WhyInactive() != c.want || m.Announced != c.announced || m.InactiveBy != "d-hr" {
					t.Errorf("%q, announced %v: %+v", p.WhyInactive(), m.Announced, m)
				}
				slices.Reverse(c.obs)
			}
		})
	}
}

func TestWhoIsOnLeaveIsActive(t *testing.T) {
	on := usher.Attributes{Active: true, OnLeave: true}
	gone := usher.Attributes{OnLeave: true}
	for name, c := range map[string]struct {
		obs  []plan.Observation
		want bool
	}{
		"who decides says so":     {[]plan.Observation{saw(hr(), "1", on)}, true},
		"another says so":         {[]plan.Observation{saw(hr(), "1", usher.Attributes{Active: true}), saw(crm(), "2", on)}, true},
		"somebody who left":       {[]plan.Observation{saw(hr(), "1", gone)}, false},
		"a record that is over":   {[]plan.Observation{saw(hr(), "1", usher.Attributes{Active: true}), saw(hr(), "2", gone)}, false},
		"another of who has left": {[]plan.Observation{saw(hr(), "1", gone), saw(crm(), "2", on)}, false},
	} {
		if got := plan.Merge(c.obs, now).Attributes.OnLeave; got != c.want {
			t.Errorf("%s: on leave is %v", name, got)
		}
	}
}

func TestOfOneDirectoryTheRecordThatCountsNowIsHeard(t *testing.T) {
	old := saw(hr(), "1", usher.Attributes{Active: true, Title: "Trainee", Ends: "2026-03-01"})
	present := saw(hr(), "2", usher.Attributes{Active: true, Title: "Engineer"})
	next := saw(hr(), "0", usher.Attributes{Active: true, Title: "Head", Starts: "2026-06-01"})
	if m := plan.Merge([]plan.Observation{old, next, present}, now); m.Attributes.Title != "Engineer" || !m.Active {
		t.Errorf("got %+v", m)
	}
	if m := plan.Merge([]plan.Observation{old, next}, now); m.Attributes.Title != "Head" {
		t.Errorf("got %+v", m)
	}
}

// life is the history of one record: what its directory says, day by day.
type life struct {
	plan.Observation
	now usher.Time
}

func (l *life) on(t *testing.T, day string) {
	t.Helper()
	l.now = at(t, day+"T12:00:00Z")
}

func (l *life) says(edit func(*usher.Record)) {
	next := l.Record
	edit(&next)
	l.Record = plan.Dated(l.Directory, l.Record, next, l.now)
	l.Record.ID = "r1"
}

func (l *life) want(t *testing.T, active bool) {
	t.Helper()
	if m := plan.Merge([]plan.Observation{l.Observation}, l.now); m.Active != active {
		t.Fatalf("at %s active is %v: %+v", l.now.RFC3339(), m.Active, l.Record)
	}
}

func TestAMovedStartTakesNothingAway(t *testing.T) {
	l := life{Observation: plan.Observation{Directory: hr()}}
	starts := func(day string) func(*usher.Record) { return func(r *usher.Record) { r.Attributes.Starts = day } }
	l.on(t, "2026-01-01")
	l.says(func(r *usher.Record) { r.Attributes = usher.Attributes{Active: true, Starts: "2026-02-01"} })
	l.want(t, false)
	l.says(starts("2026-03-01")) // not started yet: it moves
	l.on(t, "2026-02-15")
	l.want(t, false)
	l.on(t, "2026-03-02")
	l.want(t, true)
	l.says(starts("2026-09-01"))
	l.want(t, true)
	l.says(starts("2026-10-01"))
	l.want(t, true)
	if m := plan.Merge([]plan.Observation{l.Observation}, l.now); m.NextAt != 0 {
		t.Errorf("a start that does not count is waited for: %s", m.NextAt.RFC3339())
	}
	l.says(func(r *usher.Record) { r.Attributes.Active = false })
	l.want(t, false)
	l.says(func(r *usher.Record) { r.Attributes.Active = true }) // announced anew
	l.want(t, false)
	l.on(t, "2026-10-01")
	l.want(t, true)
}

func TestSomebodyWhoseTimeWasOverStartsAnew(t *testing.T) {
	l := life{Observation: plan.Observation{Directory: hr()}}
	l.on(t, "2026-01-01")
	l.says(func(r *usher.Record) { r.Attributes = usher.Attributes{Active: true, Ends: "2026-01-31"} })
	l.want(t, true)
	l.on(t, "2026-02-01")
	l.want(t, false)
	l.says(func(r *usher.Record) { r.Attributes.Starts, r.Attributes.Ends = "2026-06-01", "" })
	l.want(t, false)
	l.on(t, "2026-06-01")
	l.want(t, true)
}

func TestAnEndIsKnownSinceItWasFirstNamed(t *testing.T) {
	l := life{Observation: plan.Observation{Directory: hr()}}
	known := func(want usher.Time) {
		t.Helper()
		if l.Record.EndsKnownAt != want {
			t.Fatalf("known since %s, want %s", l.Record.EndsKnownAt.RFC3339(), want.RFC3339())
		}
	}
	l.on(t, "2026-01-01")
	l.says(func(r *usher.Record) { r.Attributes = usher.Attributes{Active: true, Ends: "2026-12-31"} })
	first := l.now
	known(first)
	l.on(t, "2026-02-01")
	l.says(func(r *usher.Record) { r.Attributes.Title = "Head" })
	known(first)
	l.says(func(r *usher.Record) { r.Attributes.Ends = "2026-11-30" })
	known(l.now)
	l.says(func(r *usher.Record) { r.Attributes.Ends = "" })
	known(0)
}

var zoneNames = []string{"", "Europe/Vienna", "America/Sao_Paulo", "Asia/Beirut", "America/Havana", "Pacific/Apia", "Asia/Kolkata", "Pacific/Kiritimati", "America/St_Johns", `\nonsense`}

// A day begins at the first instant that shows it, in every zone, in every year.
func TestDaysBeginWhenTheyShow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := time.UTC
		name := rapid.SampledFrom(zoneNames).Draw(t, "zone")
		if known := plan.Zone(name); known != nil {
			zone = known
		}
		day := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 60*365).Draw(t, "day"))
		text := day.Format(time.DateOnly)
		begins := plan.Merge([]plan.Observation{dated(text, "", name)}, usher.TimeOf(day.AddDate(0, 0, -3))).NextAt
		if shown := begins.Std().In(zone).Format(time.DateOnly); shown < text {
			t.Fatalf("%s in %s begins at %s, which is on %s", text, zone, begins.RFC3339(), shown)
		}
		for minute := 1; minute < 26*60; minute += 7 {
			moment := (begins - 1).Std().Add(-time.Duration(minute-1) * time.Minute)
			if shown := moment.In(zone).Format(time.DateOnly); shown >= text {
				t.Fatalf("%s in %s begins at %s, and %s shows %s", text, zone, begins.RFC3339(), moment, shown)
			}
		}
	})
}

// drawSet is what several directories say of one person, with dates around now.
func drawSet(t *rapid.T, most int) []plan.Observation {
	word := rapid.SampledFrom([]string{"", "", "a", "b", "c"})
	civil := func(what string) string {
		days := rapid.IntRange(-4, 4).Draw(t, what)
		if days == -4 {
			return rapid.SampledFrom([]string{"", "", "nonsense"}).Draw(t, what)
		}
		return now.Std().AddDate(0, 0, days).Format(time.DateOnly)
	}
	var directories []usher.Directory
	for i := range 3 {
		directories = append(directories, usher.Directory{
			ID: usher.ID(rune('a' + i)), Name: word.Draw(t, "name"),
			Rank: rapid.IntRange(1, 2).Draw(t, "rank"), Owner: rapid.Bool().Draw(t, "owner"),
			Zone: rapid.SampledFrom(zoneNames).Draw(t, "zone"), LeadDays: rapid.IntRange(0, 2).Draw(t, "lead days"),
			StandIn: drawStandIn(t, word),
		})
	}
	var obs []plan.Observation
	for i := range rapid.IntRange(0, most).Draw(t, "records") {
		a := usher.Attributes{
			Active: rapid.IntRange(0, 3).Draw(t, "active") > 0, UserName: word.Draw(t, "userName"), Title: word.Draw(t, "title"),
			Department: word.Draw(t, "department"), Manager: word.Draw(t, "manager"),
			Starts: civil("starts"), Ends: civil("ends"), TimeZone: rapid.SampledFrom(zoneNames).Draw(t, "own zone"), OnLeave: rapid.Bool().Draw(t, "on leave"),
		}
		if mail := word.Draw(t, "mail"); mail != "" {
			a.Emails = []usher.Email{{Value: mail + "@x.com"}}
			a.Custom = map[string]any{mail: i}
		}
		o := saw(rapid.SampledFrom(directories).Draw(t, "directory"), usher.ID(rune('0'+i)), a)
		o.Record.DeletedAt = usher.Time(rapid.IntRange(-3, 1).Draw(t, "deleted"))
		o.Record.DeletedAt = max(o.Record.DeletedAt, 0)
		o.Record.StartedAt = usher.Time(rapid.IntRange(0, 1).Draw(t, "started"))
		o.Record.EndsKnownAt = rapid.SampledFrom([]usher.Time{0, now.Add(-30 * 24 * time.Hour), now.Add(-24 * time.Hour)}).Draw(t, "ends known")
		if !a.Active && rapid.Bool().Draw(t, "absent") {
			o.Record.AbsentSince = now - usher.Time(i)
		}
		obs = append(obs, o)
	}
	return obs
}

// drawStandIn is for whom a directory stands in, if for anybody, or only could.
func drawStandIn(t *rapid.T, name *rapid.Generator[string]) usher.StandIn {
	return usher.StandIn{For: name.Draw(t, "stands in for"), After: time.Hour, Since: usher.Time(rapid.IntRange(0, 1).Draw(t, "since"))}
}

// TestOrders merges sets of up to six observations in every order. USHER_ORDERS sets how many sets.
func TestOrders(t *testing.T) {
	sets, permutations := 60, 0
	if text := os.Getenv("USHER_ORDERS"); text != "" {
		var err error
		if sets, err = strconv.Atoi(text); err != nil || sets < 1 {
			t.Fatalf("USHER_ORDERS=%q is not a number of sets", text)
		}
	}
	draw := rapid.Custom(func(t *rapid.T) []plan.Observation { return drawSet(t, 6) })
	for seed := range sets {
		obs := draw.Example(seed)
		want := plan.Merge(obs, now)
		permute(obs, len(obs), func() {
			permutations++
			if got := plan.Merge(obs, now); !reflect.DeepEqual(got, want) {
				t.Fatalf("set %d, in another order got\n%+v, not\n%+v", seed, got, want)
			}
		})
	}
	t.Logf("sets=%d permutations=%d differing=0", sets, permutations)
}

// permute calls f for every order of the first n of a list (Heap's algorithm).
func permute(list []plan.Observation, n int, f func()) {
	if n <= 1 {
		f()
		return
	}
	for i := range n {
		permute(list, n-1, f)
		j := 0
		if n%2 == 0 {
			j = i
		}
		list[j], list[n-1] = list[n-1], list[j]
	}
}

// Until NextAt nothing changes, and then what anybody finds who looks.
func TestNextAtIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		obs := drawSet(t, 4)
		moment := now.Add(-10 * 24 * time.Hour)
		for moment != 0 {
			m := plan.Merge(obs, moment)
			until := m.NextAt
			if until == 0 {
				until = moment.Add(40 * 24 * time.Hour)
			}
			if until <= moment {
				t.Fatalf("after %s comes %s", moment.RFC3339(), until.RFC3339())
			}
			step := max(1, (until-moment)/50)
			for between := moment; between < until; between += step {
				if got := plan.Merge(obs, between); !reflect.DeepEqual(got, m) {
					t.Fatalf("at %s, before %s:\n%+v, not\n%+v", between.RFC3339(), until.RFC3339(), got, m)
				}
			}
			if got := plan.Merge(obs, until-1); !reflect.DeepEqual(got, m) {
				t.Fatalf("just before %s:\n%+v, not\n%+v", until.RFC3339(), got, m)
			}
			moment = m.NextAt
		}
	})
}
