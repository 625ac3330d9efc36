package web

import (
	"context"
	"net/url"
	"slices"
	"time"

	"usher/internal/usher"
)

// Feed is a directory with when its next file is fetched.
type Feed struct {
	usher.DirectoryView

	// NextRun is zero where no schedule fetches files.
	NextRun time.Time
	// LateSince is since when a file is overdue; zero: none is.
	LateSince time.Time
}

// Today is what the first page of the console shows.
type Today interface {
	Outlooks(ctx context.Context) (usher.Outlooks, error)
	Waiting(ctx context.Context, rights usher.Rights) ([]usher.Waiting, error)
	FirstSteps(ctx context.Context) (usher.FirstSteps, error)
	Portals(ctx context.Context, all bool) ([]usher.PortalView, error)
	Feeds(ctx context.Context) ([]Feed, error)
	// Incidents lists what is open, and what was resolved since a time.
	Incidents(ctx context.Context, since usher.Time) ([]usher.IncidentView, error)
}

var todayRoutes = []Route{{Method: "GET", Path: "/today", Access: usher.AccessReaders, serve: showToday}}

// mostCards is how many subscriptions are drawn; all stand on the page of seats.
const mostCards = 24

// todayPage is what the page shows.
type todayPage struct {
	AsOf    time.Time
	Steps   []firstStep
	Waiting []waitingLine
	Amiss   []usher.IncidentView
	Pools   []pool
	More    int
	Changes []changeLine
	Portals []usher.PortalView
	Feeds   []Feed
}

// showToday answers "what is, and what do I have to do": the first look of a day.
func showToday(v *visit) error {
	page, err := v.today()
	if err != nil {
		return err
	}
	if v.partial() {
		return v.part("today-parts", page)
	}
	return v.show("today", page)
}

func (v *visit) today() (page todayPage, err error) {
	ctx, rights := v.r.Context(), v.By.Rights
	all, err := v.o.Today.Outlooks(ctx)
	if err != nil {
		return page, err
	}
	page.AsOf = all.AsOf
	page.Pools = v.readable(all.Pools)
	page.Changes = v.changes(all)
	waiting, err := v.o.Today.Waiting(ctx, rights)
	if err != nil {
		return page, err
	}
	page.Waiting = waitingLines(waiting)
	if len(page.Pools) > mostCards {
		page.Pools, page.More = page.Pools[:mostCards], len(page.Pools)-mostCards
	}
	if !usher.AccessOverseers.Allows(rights) {
		return page, nil
	}
	steps, err := v.o.Today.FirstSteps(ctx)
	if err != nil {
		return page, err
	}
	page.Steps = stepsOf(steps)
	if page.Amiss, err = v.amiss(); err != nil {
		return page, err
	}
	if page.Portals, err = v.o.Today.Portals(ctx, false); err != nil {
		return page, err
	}
	page.Feeds, err = v.o.Today.Feeds(ctx)
	return page, err
}

// amiss are the open incidents of which nothing else on the page tells: what waits, seats, portals and directories have their places.
func (v *visit) amiss() ([]usher.IncidentView, error) {
	list, err := v.o.Today.Incidents(v.r.Context(), v.now())
	return slices.DeleteFunc(list, func(i usher.IncidentView) bool {
		return i.ResolvedAt != 0 || i.Kind != usher.IncidentExpiry && i.Kind != usher.IncidentChannel
	}), err
}

// waitingLine is one kind of what waits, with where it is decided.
type waitingLine struct {
	usher.Waiting

	Words, Path string
}

func waitingLines(list []usher.Waiting) (lines []waitingLine) {
	where := map[usher.WaitingKind][2]string{
		usher.WaitingPlans: {"Plans to confirm or discard", "/plans"}, usher.WaitingHolds: {"Holds to allow or discard", "/holds"},
		usher.WaitingConflicts: {"Conflicts to answer", "/conflicts"}, usher.WaitingVisits: {"Files and lists to carry to portals and confirm", "/portals"},
		usher.WaitingRequests: {"Requests for seats to answer", "/requests"}, usher.WaitingRevisions: {"Changes of the configuration to confirm or discard", "/plans"},
	}
	for _, w := range list {
		lines = append(lines, waitingLine{w, where[w.Kind][0], where[w.Kind][1]})
	}
	return lines
}

// changeLine is how often something happened within a day. Path is empty where the visitor may not see each of them.
type changeLine struct {
	Words string
	Count int
	Path  string
}

// changes are what happened within a day, of what the visitor sees: things that are about no subscription are shown to
// whoever sees everything.
func (v *visit) changes(all usher.Outlooks) (lines []changeLine) {
	oversees := usher.AccessOverseers.Allows(v.By.Rights)
	for _, kind := range []struct {
		kind           usher.EventKind
		one, more, did string
	}{
		{usher.EventSeatGiven, "seat", "seats", "given"}, {usher.EventSeatReleased, "seat", "seats", "released"}, {usher.EventSeatQueued, "person", "people", "queued"},
		{usher.EventPersonJoined, "person", "people", "joined"}, {usher.EventPersonRejoined, "person", "people", "came back"}, {usher.EventPersonLeft, "person", "people", "left"},
		{usher.EventPersonMoved, "person", "people", "changed"},
	} {
		var line changeLine
		for _, c := range all.Changes {
			if c.Kind == kind.kind && (oversees || c.Subscription != "" && v.By.Rights.MayRead(c.Subscription)) {
				line.Count += c.Count
			}
		}
		if line.Words = kind.more + " " + kind.did; line.Count == 1 {
			line.Words = kind.one + " " + kind.did
		}
		if oversees {
			line.Path = "/events?" + url.Values{"kind": {string(kind.kind)}, "from": {all.AsOf.UTC().AddDate(0, 0, -1).Format(time.DateOnly)}}.Encode()
		}
		if line.Count > 0 {
			lines = append(lines, line)
		}
	}
	return lines
}

// firstStep is one on the way from a first start to the first person who sits.
type firstStep struct {
	Done  bool
	Words string
	// Command does it; empty: it is done elsewhere.
	Command string
	// Path is the page where it is done as well; empty: there is none.
	Path string
}

// stepsOf are the steps, nil once somebody sits.
func stepsOf(s usher.FirstSteps) []firstStep {
	if s.Seated {
		return nil
	}
	return []firstStep{
		{s.Token, "Make a token for your directory", "usher token create NAME", ""},
		{s.Heard, "Connect the directory: give your identity provider the address of SCIM and the token, or upload a roster", "", "/plans/upload"},
		{s.Portal && s.Subscription, "Add a portal and a subscription to the configuration, and have usher read it again: restart it, or send it SIGHUP", "", ""},
		{s.Live, "Look at the portal's accounts, and make it live", "usher portal live NAME", "/portals"},
		{s.Seated, "The first person sits", "", ""},
	}
}
