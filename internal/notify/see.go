package notify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"usher/internal/usher"
)

const day = 24 * time.Hour

// See says what is amiss or waits for somebody, as a pure function of how things stand. Few seats are those below low
// of what was purchased. It names counts, subscriptions, portals, directories and numbers, and nobody.
func See(s usher.Standing, low usher.Limit) []usher.Incident {
	return slices.Concat(seePlans(s), seeHolds(s), seeConflicts(s), seeRequests(s), seePools(s, low), seeFeeds(s), seePortals(s), seeVisits(s),
		seeExpiring(s), seeChannels(s))
}

func seePlans(s usher.Standing) (found []usher.Incident) {
	for _, p := range s.Plans {
		found = append(found, usher.Incident{Kind: usher.IncidentPlan, Subject: number(p.Number), Path: "/plans/" + number(p.Number),
			Title:  fmt.Sprintf("Plan %d waits for review", p.Number),
			Detail: fmt.Sprintf("A file of directory %s: %s. Nothing of what waits is applied before somebody decides.", p.Directory, countsOf(p.Counts))})
	}
	for _, n := range s.Revisions {
		found = append(found, usher.Incident{Kind: usher.IncidentRevision, Subject: number(n), Path: "/revisions/" + number(n),
			Title:  fmt.Sprintf("Revision %d of the configuration waits to be confirmed", n),
			Detail: fmt.Sprintf("It would release people. usher revisions show %d names them, usher revisions confirm %d makes it count.", n, n)})
	}
	for _, p := range s.Runs {
		found = append(found, usher.Incident{Kind: usher.IncidentRun, Subject: number(p.Number), Path: "/plans/" + number(p.Number),
			Title:  fmt.Sprintf("Plan %d is applied", p.Number),
			Detail: fmt.Sprintf("A file of directory %s: %s.", p.Directory, countsOf(p.Counts))})
	}
	return found
}

// countsOf are the counts of a plan that are not 0, in words.
func countsOf(c usher.PlanCounts) string {
	var words []string
	for _, n := range []struct {
		count int
		noun  string
	}{{c.Joiners, "joiners"}, {c.Movers, "movers"}, {c.Rejoiners, "rejoiners"}, {c.Leavers, "leavers"}, {c.Absent, "absent"}, {c.Held, "held"},
		{c.Refused, "rows refused"}, {c.Applied, "applied"}, {c.Stale, "overtaken"}} {
		if n.count > 0 {
			words = append(words, fmt.Sprintf("%d %s", n.count, n.noun))
		}
	}
	if len(words) == 0 {
		return "no changes"
	}
	return strings.Join(words, ", ")
}

func seeHolds(s usher.Standing) (found []usher.Incident) {
	for _, h := range s.Holds {
		scope := "subscription " + h.Subscription
		if h.Directory != "" {
			scope = "directory " + h.Directory
		}
		found = append(found, usher.Incident{Kind: usher.IncidentHold, Subject: number(h.Number), Path: "/holds/" + number(h.Number),
			Title:  fmt.Sprintf("Hold %d stops %s of %s", h.Number, h.Class, scope),
			Detail: fmt.Sprintf("There are more than the guard lets go by themselves; %s. Nobody of them gains or loses a seat before somebody decides.", many(h.Seats, "seat is held", "seats are held"))})
	}
	return found
}

// seeConflicts makes one incident of all of them: a bad file makes hundreds.
func seeConflicts(s usher.Standing) []usher.Incident {
	if len(s.Conflicts) == 0 {
		return nil
	}
	return []usher.Incident{{Kind: usher.IncidentConflict, Subject: "all", Path: "/conflicts", Level: slices.Max(s.Conflicts),
		Title:  many(len(s.Conflicts), "conflict waits for an answer", "conflicts wait for an answer"),
		Detail: "usher does not guess whose a record is. Whoever is concerned stays as they are until somebody answers."}}
}

// seeRequests makes one incident for each subscription, and one for each person who is asked to answer.
func seeRequests(s usher.Standing) (found []usher.Incident) {
	type about struct {
		subject  string
		audience usher.ID
	}
	var order []about
	numbers, names := map[about][]int64{}, map[about][]string{}
	add := func(key about, r usher.RequestStanding) {
		if numbers[key] == nil {
			order = append(order, key)
		}
		numbers[key] = append(numbers[key], r.Number)
		if !slices.Contains(names[key], r.Subscription) {
			names[key] = append(names[key], r.Subscription)
		}
	}
	for _, r := range s.Requests {
		add(about{subject: r.Subscription}, r)
		for _, person := range r.Answerers {
			add(about{"to " + string(person), person}, r)
		}
	}
	for _, key := range order {
		found = append(found, usher.Incident{Kind: usher.IncidentRequest, Subject: key.subject, Audience: key.audience, Path: "/requests", Level: slices.Max(numbers[key]),
			Title:  many(len(numbers[key]), "seat request waits for an answer", "seat requests wait for an answer") + ": " + strings.Join(names[key], ", "),
			Detail: "Managers answer for those who report to them, seat admins for their subscriptions, owners for all."})
	}
	return found
}

// The levels of a subscription's seats.
const (
	seatsLow  = 1
	seatsFull = 2
)

func seePools(s usher.Standing, low usher.Limit) (found []usher.Incident) {
	for _, p := range s.Pools {
		seats := usher.Incident{Kind: usher.IncidentSeats, Subject: p.Name, Path: "/seats/" + p.Name}
		switch {
		case !p.Open:
		case p.Free <= 0 && p.Queued > 0:
			seats.Level, seats.Title = seatsFull, fmt.Sprintf("No seat is free at %s, %s", p.Name, many(p.Queued, "person is queued", "people are queued"))
			seats.Detail = fmt.Sprintf("%d were purchased. Seats that are given back go to the head of the queue.", p.Purchased)
		case p.Free < low.Of(p.Purchased):
			seats.Level, seats.Title = seatsLow, fmt.Sprintf("%s free at %s", many(max(0, p.Free), "seat is", "seats are"), p.Name)
			seats.Detail = fmt.Sprintf("%d were purchased. Whoever comes when none is left is queued.", p.Purchased)
		}
		if seats.Level > 0 {
			found = append(found, seats)
		}
		if term, ends := seeTerm(p); ends {
			found = append(found, term)
		}
	}
	return found
}

// seeTerm warns 90, 30 and 7 days before a term ends, and once it is over.
func seeTerm(p usher.PoolStanding) (usher.Incident, bool) {
	i := usher.Incident{Kind: usher.IncidentTerm, Subject: p.Name, Path: "/seats/" + p.Name, Detail: "Nobody new is seated after it, and nobody loses a seat by it."}
	i.Level = map[int]int64{90: 1, 30: 2, 7: 3, -1: 4}[p.Left]
	i.Title = fmt.Sprintf("The term of %s ends on %s, in %d days or less", p.Name, minute(p.EndsAt), p.Left)
	if p.Left < 0 {
		i.Title = fmt.Sprintf("The term of %s ended on %s", p.Name, minute(p.EndsAt))
	}
	return i, i.Level > 0
}

func seeFeeds(s usher.Standing) (found []usher.Incident) {
	for _, f := range s.Feeds {
		found = append(found, usher.Incident{Kind: usher.IncidentFeed, Subject: f.Directory, Path: "/today",
			Title: "The file of directory " + f.Directory + " is late", Detail: "It was expected by " + f.Since + ". Nobody is taken to have left."})
	}
	return found
}

func seePortals(s usher.Standing) (found []usher.Incident) {
	for _, p := range s.Portals {
		detail := "It has never answered as it should. usher goes on trying."
		if p.LastSuccessAt != 0 {
			detail = "What it was told last reached it on " + minute(p.LastSuccessAt) + ". usher goes on trying."
		}
		found = append(found, usher.Incident{Kind: usher.IncidentPortal, Subject: p.Name, Path: "/portals/" + p.Name, Title: "Portal " + p.Name + " fails", Detail: detail})
	}
	return found
}

func seeVisits(s usher.Standing) (found []usher.Incident) {
	for _, v := range s.Visits {
		title := fmt.Sprintf("Visit %d to %s is to be made", v.Number, v.Portal)
		if v.Urgent {
			title = "Urgent: " + title
		}
		found = append(found, usher.Incident{Kind: usher.IncidentVisit, Subject: v.Portal + " " + number(v.Number), Path: "/portals/" + v.Portal, Title: title,
			Detail: many(v.Files, "file or list is", "files and lists are") + " to be carried there."})
	}
	return found
}

// seeExpiring warns 30 and 7 days before something ends, and for a month after it has ended.
func seeExpiring(s usher.Standing) (found []usher.Incident) {
	for _, e := range s.Expiring {
		i := usher.Incident{Kind: usher.IncidentExpiry, Subject: e.What, Path: e.Path, Detail: "Replace it before; afterwards it opens nothing."}
		switch left := e.EndsAt.Sub(s.At); {
		case left > 30*day, left < -30*day:
			continue
		case left > 7*day:
			i.Level = 1
		case left > 0:
			i.Level = 2
		default:
			i.Level, i.Detail = 3, "It opens nothing any more: replace it."
		}
		i.Title = fmt.Sprintf("%s ends on %s", capital(e.What), minute(e.EndsAt))
		if i.Level == 3 {
			i.Title = fmt.Sprintf("%s ended on %s", capital(e.What), minute(e.EndsAt))
		}
		found = append(found, i)
	}
	return found
}

// seeChannels names channels, and leaves out mail to one person, whose address nobody has to mend here.
func seeChannels(s usher.Standing) (found []usher.Incident) {
	for _, c := range s.Channels {
		name, one := ChannelOf(c.Target)
		i := usher.Incident{Kind: usher.IncidentChannel, Subject: name, Path: "/settings", Title: "Channel " + name + " of the notifications takes nothing",
			Detail: "What it is to be told waits since " + minute(c.Since) + ". usher notify test " + name + " says why."}
		if !one && !slices.ContainsFunc(found, func(f usher.Incident) bool { return f.Subject == name }) {
			found = append(found, i)
		}
	}
	return found
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

func many(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + more
}

func minute(t usher.Time) string { return t.Std().UTC().Format("2006-01-02 15:04 UTC") }

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
