package web

import (
	"context"
	"net/http"

	"usher/internal/usher"
)

// PersonReads shows one person (the ledger), as far as somebody's rights allow.
type PersonReads interface {
	PersonDetail(ctx context.Context, by usher.Rights, id usher.ID) (usher.PersonDetail, error)
	// PersonEvents lists what happened about somebody, newest first, before the place at which an earlier part ended.
	PersonEvents(ctx context.Context, by usher.Rights, person usher.ID, before string, limit int) (usher.PersonEvents, error)
}

var personRoutes = []Route{
	{Method: "GET", Path: "/people/{id}", Access: usher.AccessReaders, serve: showPerson},
	{Method: "GET", Path: "/people/{id}/events", Access: usher.AccessReaders, serve: showPersonEvents},
}

// eventsAtOnce is how many events one part of a timeline shows.
const eventsAtOnce = 25

// timeline is one part of what happened about somebody.
type timeline struct {
	usher.PersonEvents

	Person usher.ID
	Name   string
	// Later says that it is not the newest part.
	Later bool
}

type personPage struct {
	usher.PersonDetail

	Timeline timeline
}

// person is the id in the address.
func (v *visit) person() (usher.ID, error) {
	id := v.r.PathValue("id")
	if usher.ValidText(id) != nil {
		return "", usher.ErrNotFound
	}
	return usher.ID(id), nil
}

func showPerson(v *visit) error {
	id, err := v.person()
	if err != nil {
		return err
	}
	d, err := v.o.Person.PersonDetail(v.r.Context(), v.By.Rights, id)
	if err != nil {
		return err
	}
	if d.MergedInto != "" {
		return v.back(personPath(d.MergedInto))
	}
	events, err := v.o.Person.PersonEvents(v.r.Context(), v.By.Rights, id, "", eventsAtOnce)
	if err != nil {
		return err
	}
	return v.showTitled("person", d.Name, personPage{d, timeline{PersonEvents: events, Person: id}})
}

// showPersonEvents shows an earlier part of a timeline: alone, or as what follows in the page that is open.
func showPersonEvents(v *visit) error {
	id, err := v.person()
	if err != nil {
		return err
	}
	before := v.r.URL.Query().Get("before")
	events, err := v.o.Person.PersonEvents(v.r.Context(), v.By.Rights, id, before, eventsAtOnce)
	if err != nil {
		return err
	}
	page := timeline{PersonEvents: events, Person: id, Later: before != ""}
	if v.partial() {
		return v.part("person_events_more", page)
	}
	d, err := v.o.Person.PersonDetail(v.r.Context(), v.By.Rights, id)
	if err != nil {
		return err
	}
	if d.MergedInto != "" {
		return v.back(personPath(d.MergedInto))
	}
	page.Name = d.Name
	v.write(http.StatusOK, "person_events", v.frame("What happened about "+d.Name, page))
	return nil
}

// MayResend says that the visitor may have an invitation sent again at a portal: those who decide about the seats of all
// its subscriptions.
func (f framed) MayResend(p usher.ToldPortal) bool { return p.MayResend && mayDecideAt(f.By.Rights, p) }

func mayDecideAt(r usher.Rights, p usher.ToldPortal) bool {
	for _, id := range p.Subscriptions {
		if !r.MaySeat(id) {
			return false
		}
	}
	return len(p.Subscriptions) > 0
}
