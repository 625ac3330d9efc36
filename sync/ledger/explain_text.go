package ledger

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"usher/internal/usher"
)

// instant is a time for people, in UTC.
func instant(t time.Time) string { return t.UTC().Format(time.DateTime) }

// Text writes the explanation in words. Times are in UTC.
func (e Explanation) Text(w io.Writer) error {
	var p page
	switch {
	case e.Person != nil:
		p.person(e)
	case len(e.Namesakes) > 0:
		p.namesakes(e)
	default:
		p.nobody(e)
	}
	_, err := w.Write(p.Bytes())
	return err
}

// page is a text in the making.
type page struct{ bytes.Buffer }

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// rest writes one thing below another, when there is one.
func (p *page) rest(label, text string) {
	if text != "" {
		p.line("      %-9s %s", label, text)
	}
}

func (p *page) heading(text string) { p.line("\n%s", text) }

func calledWithAddress(n ExplainedName) string {
	if n.Address == "" || n.Address == n.Name {
		return n.Name
	}
	return n.Name + " <" + n.Address + ">"
}

func (p *page) namesakes(e Explanation) {
	p.line("%q means %d people; ask for one of them by address or id:", e.Asked, len(e.Namesakes))
	for _, n := range e.Namesakes {
		p.line("  %s  %s", n.ID, calledWithAddress(n))
	}
}

func (p *page) nobody(e Explanation) {
	if len(e.Sightings) == 0 {
		p.line("Nobody has %q, and it was never seen: no directory, no portal and no event tells of it.", e.Asked)
		return
	}
	p.line("Nobody has %q. It was seen (UTC):", e.Asked)
	for _, s := range e.Sightings {
		p.line("  %s  %s: %s", instant(s.At), s.Where, s.What)
	}
}

func (p *page) person(e Explanation) {
	p.line("%s", calledWithAddress(e.Person.ExplainedName))
	p.line("  %s (now it is %s; all times are UTC)", e.Person.standing(), instant(e.At))
	if e.FoundBy != "" {
		p.line("  found by %s", e.FoundBy)
	}
	p.line("  person %s", e.Person.ID)
	p.directories(*e.Person)
	p.heading("Seats")
	for _, s := range e.Seats {
		p.seat(s)
	}
	p.heading("Portals")
	for _, t := range e.Portals {
		p.portal(t)
	}
	p.conflicts(e.Conflicts)
	p.heading("Last events")
	for _, event := range e.Events {
		p.line("  %s  %-20s %s", instant(event.At), event.Kind, event.words())
	}
}

// standing says whether the person is served.
func (e ExplainedPerson) standing() string {
	switch {
	case !e.Active && e.Inactive != "left":
		return e.Inactive
	case !e.Active && !e.LeftAt.IsZero():
		return "left on " + instant(e.LeftAt)
	case !e.Active:
		return "not active"
	case e.OnLeave:
		return "active, on leave"
	case e.Sponsor != "":
		return fmt.Sprintf("guest of %s until %s", e.Sponsor, instant(e.EndsAt))
	case e.Newcomer != "":
		return "newcomer by a first sign-in, " + e.Newcomer
	}
	return "active"
}

func (p *page) directories(e ExplainedPerson) {
	p.heading("What is known")
	for _, r := range e.Records {
		p.line("  %-12s %s (since %s)", r.Directory, r.words(), instant(r.AsOf))
	}
	p.line("  %-12s %s", "manager", e.Manager.words())
	if len(e.Teams) > 0 {
		p.line("  %-12s %s", "teams", strings.Join(e.Teams, ", "))
	}
	if len(e.Groups) > 0 {
		p.line("  %-12s %s", "groups", strings.Join(e.Groups, ", "))
	}
	for i, id := range e.Identifiers {
		label := ""
		if i == 0 {
			label = "known as"
		}
		retired := ""
		if !id.RetiredAt.IsZero() {
			retired = ", theirs no longer since " + instant(id.RetiredAt)
		}
		p.line("  %-12s %s %s%s", label, id.Kind, id.Shown, retired)
	}
}

// words tell of a record: `active, mara@example.com, Sales, last day 2026-03-31`.
func (r ExplainedRecord) words() string {
	says := []string{r.Says, r.UserName}
	for _, part := range [][2]string{{"", r.Title}, {"", r.Department}, {"first day ", r.Starts}, {"last day ", r.Ends}} {
		if part[1] != "" {
			says = append(says, part[0]+part[1])
		}
	}
	if r.OnLeave {
		says = append(says, "on leave")
	}
	if !r.AbsentSince.IsZero() {
		says = append(says, "missing since "+instant(r.AbsentSince))
	}
	switch {
	case r.StandsInFor != "":
		says = append(says, "stands in for "+r.StandsInFor+" since "+instant(r.StandsInSince))
	case r.StoodInBy != "":
		says = append(says, "silent, so "+r.StoodInBy+" stands in since "+instant(r.StandsInSince))
	}
	return strings.Join(says, ", ")
}

func (m *ExplainedManager) words() string {
	switch {
	case m == nil:
		return "none named"
	case m.Found == nil:
		return fmt.Sprintf("%q says directory %s; nobody by that is known yet, and the line heals when they come", m.Reference, m.Directory)
	}
	return fmt.Sprintf("%s, says directory %s", calledWithAddress(*m.Found), m.Directory)
}

func (p *page) seat(s ExplainedSeat) {
	p.line("  %s (portal %s, %d of %d taken): %s", s.Subscription, s.Portal, s.Used, s.Purchased, s.headline())
	p.rest("because", s.Because)
	p.rest("waits for", s.Waiting)
	p.rest("by hand", s.Priority)
	for i, name := range s.Ahead {
		label := ""
		if i == 0 {
			label = "ahead"
		}
		p.rest(label, name)
	}
	if more := s.Place - 1 - len(s.Ahead); more > 0 {
		p.rest("", fmt.Sprintf("and %d more", more))
	}
	p.rest("before", s.Before)
	p.rest("term", s.term())
}

// headline says what the person has.
func (s ExplainedSeat) headline() string {
	switch s.State {
	case usher.Queued:
		return fmt.Sprintf("queued, place %d of %d, since %s", s.Place, s.Queue, instant(s.Since))
	case usher.Releasing:
		return fmt.Sprintf("losing the seat since %s; it counts as taken until the portal confirms", instant(s.Since))
	case usher.Invited, usher.Active:
		return "has a seat since " + instant(s.Since) + s.there() + s.leaving()
	}
	return "no seat"
}

// there says what the portal has of a seat, where that is not all of it.
func (s ExplainedSeat) there() string {
	switch {
	case s.Parked:
		return ", parked while they are on leave"
	case s.State == usher.Invited:
		return ", which the portal has not confirmed yet"
	}
	return ""
}

// leaving says what becomes of a seat that is to be released.
func (s ExplainedSeat) leaving() string {
	switch {
	case s.LeavingAt.IsZero():
		return ""
	case s.Hold != 0:
		return fmt.Sprintf("; its release is held by hold %d: %s", s.Hold, s.HeldBecause)
	}
	return "; released at " + instant(s.DueAt) + " unless they come back"
}

func (s ExplainedSeat) term() string {
	switch {
	case s.StartsAt.IsZero() && s.EndsAt.IsZero():
		return ""
	case s.EndsAt.IsZero():
		return "from " + instant(s.StartsAt)
	case s.StartsAt.IsZero():
		return "until " + instant(s.EndsAt)
	}
	return instant(s.StartsAt) + " to " + instant(s.EndsAt)
}

func (p *page) portal(t ExplainedPortal) {
	standing := ""
	if t.Standing != "" {
		standing = "; " + t.Standing
	}
	if !t.Live {
		standing += "; usher only observes this portal"
	}
	p.line("  %s (%s): should hold %s%s", t.Portal, t.Kind, t.Wanted, standing)
	for _, note := range t.Notes {
		p.rest("note", note)
	}
	p.rest("trouble", t.Trouble)
	for i, told := range t.Told {
		label := ""
		if i == 0 {
			label = "told"
		}
		what := told.What
		if what != "" {
			what += ", "
		}
		p.rest(label, instant(told.At)+"  "+what+told.Result)
	}
	if t.Seen != nil {
		p.rest("shows", instant(t.SeenAt)+"  "+t.Seen.words())
	}
}

func (p *page) conflicts(open []ExplainedConflict) {
	if len(open) == 0 {
		return
	}
	p.heading("Open conflicts")
	for _, k := range open {
		p.line("  %d  %s, since %s: %s", k.Number, k.Kind, instant(k.OpenedAt), k.Detail)
	}
}

// words tell of an event after its time and kind.
func (e ExplainedEvent) words() string {
	var about []string
	for _, name := range []string{e.Subscription, e.Portal} {
		if name != "" {
			about = append(about, name)
		}
	}
	text := "by " + e.Actor
	if len(about) > 0 {
		text = strings.Join(about, " at ") + ", " + text
	}
	if e.Why == e.Actor {
		return text
	}
	return text + reasonOf(e.Why)
}
