package web

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"time"

	"usher/internal/usher"
)

// Events are what happened.
type Events interface {
	// EventsBefore lists events from the newest on; a part can be short and have a next one all the same. EventsAfter lists what is new
	// in the chain after a number, newest first, and how far it looked.
	EventsBefore(ctx context.Context, f usher.EventFilter, before usher.Mark, limit int) (usher.Listed[usher.EventLine], error)
	EventsAfter(ctx context.Context, f usher.EventFilter, after int64, look int) (lines []usher.EventLine, last int64, err error)
	Chain(ctx context.Context) (usher.ChainView, error)
	// Who finds everybody that a text means.
	Who(ctx context.Context, text string) ([]usher.PersonView, error)
	// Names are the ids of subscriptions and portals by name.
	Names(ctx context.Context) (subscriptions, portals map[string]usher.ID, err error)
}

var eventRoutes = []Route{
	{Method: "GET", Path: "/events", Access: usher.AccessOverseers, serve: listEvents},
	{Method: "GET", Path: "/events/export", Access: usher.AccessOverseers, serve: exportEvents},
}

// eventPart is how many events a page lists, and eventLook how many it looks at each time it asks for new ones.
const (
	eventPart = 50
	eventLook = 500
)

// asked is what somebody asks of the events, as the form has it.
type asked struct {
	Kind, Actor, Person, Subscription, Portal, From, To string
}

func (v *visit) askedEvents() (asked, error) {
	q := v.r.URL.Query()
	if !wellFormed(q) {
		return asked{}, usher.ErrNotFound
	}
	return asked{q.Get("kind"), q.Get("actor"), q.Get("person"), q.Get("subscription"), q.Get("portal"), q.Get("from"), q.Get("to")}, nil
}

// query is what was asked for an address.
func (a asked) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"kind": a.Kind, "actor": a.Actor, "person": a.Person, "subscription": a.Subscription, "portal": a.Portal, "from": a.From, "to": a.To} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// with is the address of the same events with something more.
func (a asked) with(name, value string) string {
	q := a.query()
	q.Set(name, value)
	return "?" + q.Encode()
}

// Follow is where new ones are shown as they come, Plain where they are not, CSV and Lines where they are downloaded.
func (a asked) Follow() string { return a.with("follow", "1") }
func (a asked) Plain() string  { return "?" + a.query().Encode() }
func (a asked) CSV() string    { return "/events/export" + a.with("format", "csv") }
func (a asked) Lines() string  { return "/events/export" + a.with("format", "jsonl") }

// filter finds what the texts mean.
func (v *visit) filter(a asked) (f usher.EventFilter, err error) {
	f = usher.EventFilter{Kind: usher.EventKind(a.Kind), Actor: a.Actor}
	if a.Kind != "" && !slices.Contains(usher.EventKinds(), f.Kind) {
		return f, &usher.InvalidError{Attribute: "kind", Problem: "is none that there is; choose one from the list"}
	}
	subscriptions, portals, err := v.o.Events.Names(v.r.Context())
	if err != nil {
		return f, err
	}
	for _, one := range []struct {
		text, what string
		known      map[string]usher.ID
		to         *usher.ID
	}{{a.Subscription, "subscription", subscriptions, &f.Subscription}, {a.Portal, "portal", portals, &f.Portal}} {
		if *one.to = one.known[one.text]; one.text != "" && *one.to == "" {
			return f, &usher.InvalidError{Attribute: one.what, Problem: "is none that there is; choose one from the list"}
		}
	}
	if f.Person, err = v.meant(a.Person); err != nil {
		return f, err
	}
	if f.From, err = v.dayOf("from", a.From, 0); err != nil {
		return f, err
	}
	f.Until, err = v.dayOf("to", a.To, 1)
	return f, err
}

// meant is the one person whom a text means; empty for an empty text.
func (v *visit) meant(text string) (usher.ID, error) {
	if text == "" {
		return "", nil
	}
	found, err := v.o.Events.Who(v.r.Context(), text)
	switch {
	case err != nil && !errors.Is(err, usher.ErrNotFound):
		return "", err
	case len(found) == 0:
		return "", &usher.InvalidError{Attribute: "person", Problem: "is nobody: give an address, a number, an id or a whole name"}
	case len(found) > 1:
		return "", &usher.InvalidError{Attribute: "person", Problem: "is " + strconv.Itoa(len(found)) + " people: give an address or an id"}
	}
	return found[0].ID, nil
}

// dayOf is the beginning of a day, so many days later, in the place where usher runs; zero for an empty text.
func (v *visit) dayOf(field, text string, later int) (usher.Time, error) {
	if text == "" {
		return 0, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, v.o.Now().Location())
	if err != nil {
		return 0, &usher.InvalidError{Attribute: field, Problem: "is not a day written as YYYY-MM-DD"}
	}
	return usher.TimeOf(day.AddDate(0, 0, later)), nil
}

type eventsPage struct {
	asked

	Kinds                  []usher.EventKind
	Subscriptions, Portals []string
	List                   []usher.EventLine
	Next                   string
	First                  bool
	Wrong                  string // what was asked for cannot be, and why
	Chain                  usher.ChainView
	Live                   *liveEvents // nil: new ones are not shown as they come
}

// liveEvents is where the page asks for new ones.
type liveEvents struct {
	Next string
	List []usher.EventLine
}

func listEvents(v *visit) error {
	a, err := v.askedEvents()
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	if v.partial() && q.Get("after") != "" {
		return v.newEvents(a, q.Get("after"))
	}
	page, err := v.eventsPage(a)
	if err != nil {
		return err
	}
	return v.show("events", page)
}

func (v *visit) eventsPage(a asked) (page eventsPage, err error) {
	ctx, q := v.r.Context(), v.r.URL.Query()
	page = eventsPage{asked: a, Kinds: usher.EventKinds(), First: q.Get("before") == ""}
	slices.Sort(page.Kinds)
	subscriptions, portals, err := v.o.Events.Names(ctx)
	if err != nil {
		return page, err
	}
	page.Subscriptions, page.Portals = sortedNames(subscriptions), sortedNames(portals)
	if page.Chain, err = v.o.Events.Chain(ctx); err != nil { // before the list: what comes meanwhile is shown, not missed
		return page, err
	}
	f, err := v.filter(a)
	if invalid, is := asInvalid(err); is {
		page.Wrong = sentence(invalid)
		return page, nil
	}
	if err != nil {
		return page, err
	}
	before, err := markOf(q.Get("before"))
	if err != nil {
		return page, err
	}
	list, err := v.o.Events.EventsBefore(ctx, f, before, eventPart)
	if page.List = list.Items; list.Next != nil {
		page.Next = a.with("before", markText(list.Next))
	}
	if q.Get("follow") != "" && page.First {
		page.Next = ""
		page.Live = &liveEvents{Next: v.liveAt(a, page.Chain.Number)}
		page.List = slices.DeleteFunc(page.List, func(e usher.EventLine) bool { return e.Number == 0 || e.Number > page.Chain.Number }) // they come by themselves
	}
	return page, err
}

func (v *visit) liveAt(a asked, after int64) string {
	return "/events" + a.with("after", strconv.FormatInt(after, 10))
}

// newEvents answers a page that is open with what is new since it asked last; with nothing where nothing is.
func (v *visit) newEvents(a asked, after string) error {
	number, err := strconv.ParseInt(after, 10, 64)
	if err != nil {
		return usher.ErrNotFound
	}
	f, err := v.filter(a)
	if err != nil {
		return err
	}
	lines, last, err := v.o.Events.EventsAfter(v.r.Context(), f, number, eventLook)
	if err != nil {
		return err
	}
	if last == number {
		v.w.WriteHeader(204)
		return nil
	}
	return v.part("newevents", liveEvents{v.liveAt(a, last), lines})
}

func sortedNames(known map[string]usher.ID) []string {
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
