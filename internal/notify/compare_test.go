package notify_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/notify"
	"usher/internal/usher"
)

// life is what is kept of incidents and of one target while time goes on.
type life struct {
	t      *testing.T
	now    usher.Time
	rows   map[usher.ID]usher.Incident
	told   map[usher.ID]usher.IncidentTold
	target notify.Target
	made   int
	writes int
}

func newLife(t *testing.T) *life {
	return &life{t: t, now: noon, rows: map[usher.ID]usher.Incident{}, told: map[usher.ID]usher.IncidentTold{}, target: notify.Target{Key: "ops", AtOnce: true, Digests: true}}
}

func (l *life) kept() []usher.Incident {
	var list []usher.Incident
	for _, i := range l.rows {
		if i.Open() || i.ResolvedAt > l.now.Add(-notify.LookBack) {
			list = append(list, i)
		}
	}
	slices.SortFunc(list, func(a, b usher.Incident) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return list
}

// after lets time go by and then looks at what is seen.
func (l *life) after(d time.Duration, seen ...usher.Incident) *life {
	l.now = l.now.Add(d)
	for _, i := range notify.Compare(l.kept(), seen, l.now, func() usher.ID { l.made++; return usher.ID(fmt.Sprint("i", l.made)) }) {
		l.rows[i.ID] = i
		l.writes++
	}
	return l
}

// says is the message that is due, as its parts and titles; the target has taken it then.
func (l *life) says(digest bool) string {
	m, marks := notify.Write(l.target, l.kept(), l.told, l.now, digest)
	for _, mark := range marks {
		if mark.Target != l.target.Key {
			l.t.Errorf("a mark for %q", mark.Target)
		}
		l.told[mark.Incident] = mark
	}
	var parts []string
	for _, p := range []struct {
		name  string
		items []notify.Item
	}{{"new", m.Opened}, {"over", m.Over}, {"open", m.Open}, {"passed", m.Passed}} {
		for _, i := range p.items {
			parts = append(parts, fmt.Sprintf("%s: %s x%d", p.name, i.Title, i.Times))
		}
	}
	return strings.Join(parts, "; ")
}

func (l *life) want(digest bool, want string) *life {
	l.t.Helper()
	if got := l.says(digest); got != want {
		l.t.Fatalf("at %s it says %q, want %q", l.now.RFC3339(), got, want)
	}
	return l
}

func hold(n int) usher.Incident {
	return usher.Incident{Kind: usher.IncidentHold, Subject: fmt.Sprint(n), Title: fmt.Sprint("hold ", n)}
}

func seats(level int64) usher.Incident {
	return usher.Incident{Kind: usher.IncidentSeats, Subject: "adkar", Level: level, Title: fmt.Sprint("seats ", level)}
}

var failing = usher.Incident{Kind: usher.IncidentPortal, Subject: "p", Title: "p fails"}

const soon = time.Minute

func TestAnIncidentIsToldOnceAndOverOnce(t *testing.T) {
	l := newLife(t)
	l.after(0, hold(1)).want(false, "new: hold 1 x1")
	for range 100 {
		l.after(soon, hold(1)).want(false, "")
	}
	l.after(soon).want(false, "over: hold 1 x1")
	l.after(soon).want(false, "").want(true, "")
	if l.made != 1 {
		t.Errorf("%d incidents were made", l.made)
	}
	if l.writes > 25 {
		t.Errorf("%d writes for an incident that did not change in 100 minutes", l.writes)
	}
}

func TestADigestRemindsOfWhatIsOpen(t *testing.T) {
	l := newLife(t)
	l.after(0, hold(1)).want(false, "new: hold 1 x1")
	l.after(soon, hold(1), hold(2)).want(true, "open: hold 1 x1; open: hold 2 x1")
	l.want(false, "") // the digest told of it
	l.after(24*time.Hour, hold(1), hold(2)).want(true, "open: hold 1 x1; open: hold 2 x1")
	l.after(soon, hold(2)).want(true, "over: hold 1 x1; open: hold 2 x1")
	l.after(soon).want(true, "over: hold 2 x1").want(true, "")
}

func TestAPassingFailureIsOneLineOfADigest(t *testing.T) {
	l := newLife(t)
	l.after(0, failing).want(false, "")
	l.after(4*soon, failing).want(false, "")
	l.after(30*soon).want(false, "")
	l.after(soon, failing).want(false, "").after(soon).want(false, "")
	l.after(30*soon).want(false, "").want(true, "passed: p fails x2").want(true, "")
}

func TestAFlappingPortalDoesNotFlood(t *testing.T) {
	l := newLife(t)
	said := 0
	for range 3 * 24 { // for three days it fails for half of each hour
		for range 30 {
			l.after(soon, failing)
			said += count(l.says(false))
		}
		for range 30 {
			l.after(soon)
			said += count(l.says(false))
		}
	}
	if said < 2 || said > 3*12 {
		t.Errorf("%d messages in three days", said)
	}
	if l.made != 1 {
		t.Errorf("%d incidents were made of one", l.made)
	}
	quick := newLife(t)
	said = 0
	for range 24 * 60 { // every other minute: it never is over
		quick.after(soon, failing)
		said += count(quick.says(false))
		quick.after(soon)
		said += count(quick.says(false))
	}
	if said != 1 {
		t.Errorf("%d messages about one that fails every other minute, want 1", said)
	}
}

func count(said string) int {
	if said == "" {
		return 0
	}
	return 1
}

func TestWhatComesBackAfterADayIsNew(t *testing.T) {
	l := newLife(t)
	l.after(0, hold(1)).want(false, "new: hold 1 x1")
	l.after(soon).want(false, "over: hold 1 x1")
	l.after(25*time.Hour, hold(1)).want(false, "new: hold 1 x1")
	if l.made != 2 {
		t.Errorf("%d incidents, want 2", l.made)
	}
}

func TestWorseIsToldAgain(t *testing.T) {
	l := newLife(t)
	l.after(0, seats(1)).after(6*soon, seats(1)).want(false, "new: seats 1 x1")
	l.after(soon, seats(2)).want(false, "new: seats 2 x1")
	l.after(soon, seats(1)).want(false, "")
	l.after(soon, seats(2)).want(false, "")
	l.after(time.Hour).want(false, "over: seats 2 x1")
}

func TestMoreConflictsAreToldOnceAnHour(t *testing.T) {
	conflicts := func(n int64) usher.Incident {
		return usher.Incident{Kind: usher.IncidentConflict, Subject: "all", Level: n, Title: fmt.Sprint("conflicts ", n)}
	}
	l := newLife(t)
	l.after(0, conflicts(1)).want(false, "new: conflicts 1 x1")
	l.after(59*soon, conflicts(2)).want(false, "")
	l.after(soon, conflicts(3)).want(false, "new: conflicts 3 x1")
	l.after(2*time.Hour, conflicts(2)).want(false, "")
}

func TestARunIsToldOnceAndNeverOver(t *testing.T) {
	run := usher.Incident{Kind: usher.IncidentRun, Subject: "3", Title: "plan 3"}
	l := newLife(t)
	l.after(0, run).want(false, "new: plan 3 x1").want(true, "")
	l.after(24*time.Hour).want(false, "").want(true, "")
	l.after(soon, usher.Incident{Kind: usher.IncidentRun, Subject: "4", Title: "plan 4"}).want(true, "new: plan 4 x1")
}

func TestWhoeverAnswersIsToldOfMoreAndOfNoEnd(t *testing.T) {
	asked := func(n int64) usher.Incident {
		return usher.Incident{Kind: usher.IncidentRequest, Subject: "to m", Audience: "m", Level: n, Title: fmt.Sprint("asked ", n)}
	}
	l := newLife(t)
	l.target = notify.Target{Key: notify.PersonTarget("m"), Person: "m", AtOnce: true}
	l.after(0, asked(1)).want(false, "new: asked 1 x1")
	l.after(soon, asked(2)).want(false, "")
	l.after(time.Hour, asked(2)).want(false, "new: asked 2 x1")
	l.after(soon).want(false, "")
	l.after(time.Hour, asked(3)).want(false, "new: asked 3 x2")
	l.after(soon).want(false, "")
}

// TestAfterAnOutageThereIsNoFlood leaves a target untold for a day in which much begins and ends.
func TestAfterAnOutageThereIsNoFlood(t *testing.T) {
	l := newLife(t)
	l.after(0, hold(1)).want(false, "new: hold 1 x1")
	for n := 2; n < 40; n++ {
		l.after(30*soon, hold(1), hold(n))
	}
	l.after(soon, hold(50))
	m, _ := notify.Write(l.target, l.kept(), l.told, l.now, false)
	if len(m.Opened) != 1 || len(m.Over) != 1 || len(m.Passed) != 38 {
		t.Fatalf("%d new, %d over, %d passed; want 1, 1 and 38 in one message", len(m.Opened), len(m.Over), len(m.Passed))
	}
	text := m.Text()
	if strings.Count("\n"+text, "\n- ") != 2 || !strings.Contains(text, "Began and ended meanwhile: hold 10; hold 11; hold 12; hold 13; hold 14; 33 more.\n") {
		t.Errorf("the message is\n%s", text)
	}
	l.says(false)
	l.want(false, "").want(true, "open: hold 50 x1")
}

func TestTargetsHearOfTheirOwn(t *testing.T) {
	asked := usher.Incident{Kind: usher.IncidentRequest, Subject: "to m", Audience: "m", Title: "asked"}
	stuck := usher.Incident{Kind: usher.IncidentChannel, Subject: "ops", Title: "ops is stuck"}
	for name, tt := range map[string]struct {
		target notify.Target
		want   string
	}{
		"all":     {notify.Target{Key: "all a@example.com"}, "new: hold 1 x1; new: ops is stuck x1"},
		"some":    {notify.Target{Key: "some", Kinds: []usher.IncidentKind{usher.IncidentHold}}, "new: hold 1 x1"},
		"person":  {notify.Target{Key: notify.PersonTarget("m"), Person: "m"}, "new: asked x1"},
		"another": {notify.Target{Key: notify.PersonTarget("n"), Person: "n"}, ""},
		"its own": {notify.Target{Key: "ops a@example.com"}, "new: hold 1 x1"},
	} {
		l := newLife(t)
		l.target = tt.target
		l.after(0, hold(1), asked, stuck)
		if got := l.says(false); got != tt.want {
			t.Errorf("%s hears %q, want %q", name, got, tt.want)
		}
	}
}
