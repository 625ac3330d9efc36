package web

import (
	"context"
	"net/url"
	"strconv"

	"usher/internal/usher"
)

// Holds are what guards stopped.
type Holds interface {
	HoldsIn(ctx context.Context, q usher.HoldQuery) (usher.Listed[usher.HoldView], error)
	// HoldPart shows one with those whom it stops, at most limit, after a seat.
	HoldPart(ctx context.Context, number int64, after usher.ID, limit int) (usher.HoldDetail, *usher.Mark, error)
	AllowHold(ctx context.Context, by usher.Principal, number int64) error
	DiscardHold(ctx context.Context, by usher.Principal, number int64) error
}

var holdRoutes = []Route{
	{Method: "GET", Path: "/holds", Access: usher.AccessReaders, serve: listHolds},
	{Method: "GET", Path: "/holds/{number}", Access: usher.AccessReaders, serve: showHold},
	{Method: "POST", Path: "/holds/{number}/allow", Access: usher.AccessSeats, Fresh: true, serve: allowHold},
	{Method: "POST", Path: "/holds/{number}/discard", Access: usher.AccessSeats, Fresh: true, serve: discardHold},
}

// openHolds and holdsAtOnce are how many holds a page shows, and heldAtOnce how many people of one.
const (
	openHolds   = 50
	holdsAtOnce = 25
	heldAtOnce  = 100
)

// hold is a hold in words.
type hold struct{ usher.HoldView }

// Stops says what it stops.
func (h hold) Stops() string {
	what := "releases of seats"
	if h.Class == usher.HoldInvitations {
		what = "invitations"
	}
	if h.Directory != "" {
		return what + " of people who left the directory " + h.Directory
	}
	return what + " in " + h.Subscription
}

// Open says that nobody has decided yet.
func (h hold) Open() bool { return h.ClosedAt.IsZero() }

// People says how many seats it stops.
func (h hold) People() string { return people(h.Seats) }

// Releases says that it stops releases.
func (h hold) Releases() bool { return h.Class == usher.HoldReleases }

// maySee says whether a hold is for the visitor's eyes, and mayClose whether they may decide about it: one of a subscription is for
// those who have it, one of a directory for those who have all.
func (v *visit) maySee(h usher.HoldView) bool {
	if h.SubscriptionID == "" {
		return usher.AccessOverseers.Allows(v.By.Rights)
	}
	return v.By.Rights.MayRead(h.SubscriptionID)
}

func (v *visit) mayClose(h usher.HoldView) bool {
	if h.SubscriptionID == "" {
		return usher.AccessDeciders.Allows(v.By.Rights)
	}
	return v.By.Rights.MaySeat(h.SubscriptionID)
}

// theirs are the subscriptions whose holds the visitor sees; nil: everything.
func (v *visit) theirs() []usher.ID {
	if usher.AccessOverseers.Allows(v.By.Rights) {
		return nil
	}
	return append([]usher.ID{}, v.By.Rights.Seats...)
}

type holdsPage struct {
	Open, Decided []hold
	More          bool // open ones than are shown
	Older         string
}

func listHolds(v *visit) error {
	before, err := v.asked("before")
	if err != nil {
		return err
	}
	var page holdsPage
	open, err := v.o.Holds.HoldsIn(v.r.Context(), usher.HoldQuery{Open: true, Among: v.theirs(), Limit: openHolds})
	if err != nil {
		return err
	}
	decided, err := v.o.Holds.HoldsIn(v.r.Context(), usher.HoldQuery{Among: v.theirs(), Before: before, Limit: holdsAtOnce})
	if err != nil {
		return err
	}
	page.Open, page.Decided, page.More = holdsOf(open.Items), holdsOf(decided.Items), open.Next != nil
	if decided.Next != nil {
		page.Older = "/holds?" + url.Values{"before": {mark(decided.Next)}}.Encode()
	}
	return v.show("holds", page)
}

func holdsOf(views []usher.HoldView) (holds []hold) {
	for _, v := range views {
		holds = append(holds, hold{v})
	}
	return holds
}

type holdPage struct {
	hold

	Held   []usher.SeatedView
	More   string
	Closes bool // the visitor may decide about it
}

func holdPath(number int64) string { return "/holds/" + strconv.FormatInt(number, 10) }

func showHold(v *visit) error {
	number, err := v.pathNumber()
	if err != nil {
		return err
	}
	found, next, err := v.o.Holds.HoldPart(v.r.Context(), number, usher.ID(v.r.URL.Query().Get("after")), heldAtOnce)
	switch {
	case err != nil:
		return err
	case !v.maySee(found.HoldView):
		return usher.ErrNotFound
	}
	page := holdPage{hold: hold{found.HoldView}, Held: found.Held}
	page.Closes = page.Open() && v.mayClose(found.HoldView)
	if next != nil {
		page.More = holdPath(number) + "?" + url.Values{"after": {mark(next)}}.Encode()
	}
	return v.showTitled("hold", "Hold "+strconv.FormatInt(number, 10), page)
}

func allowHold(v *visit) error { return v.closeHold("hold-allowed", v.o.Holds.AllowHold) }

func discardHold(v *visit) error { return v.closeHold("hold-discarded", v.o.Holds.DiscardHold) }

// closeHold decides about a hold. To whoever may not see it there is none.
func (v *visit) closeHold(done string, decide func(ctx context.Context, by usher.Principal, number int64) error) error {
	number, err := v.pathNumber()
	if err != nil {
		return err
	}
	found, _, err := v.o.Holds.HoldPart(v.r.Context(), number, "", 1)
	switch {
	case err != nil:
		return err
	case !v.maySee(found.HoldView) || !v.mayClose(found.HoldView):
		return usher.ErrNotFound
	}
	by, err := v.reasoned()
	if err != nil {
		return err
	}
	if err := decide(v.lasting(), by, number); err != nil {
		return err
	}
	return v.done(holdPath(number), done)
}
