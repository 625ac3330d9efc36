package api

import "usher/internal/usher"

var peopleRoutes = []Route{
	{Method: "GET", Path: "/api/v1/people", Scope: usher.ScopePeopleRead, Query: []string{"who", "find", "department", "state", "limit", "after"}, serve: listPeople},
	{Method: "GET", Path: "/api/v1/people/{id}", Scope: usher.ScopePeopleRead, serve: showPerson},
	{Method: "GET", Path: "/api/v1/people/{id}/seats", Scope: usher.ScopeSeatsRead, serve: explainSeats},
}

// listPeople lists people, or finds whom a text means.
func listPeople(v *visit) (any, error) {
	if v.query.Has("who") {
		if len(v.query) > 1 {
			return nil, invalid("who", "goes with no other parameter: it means one person, whatever their state")
		}
		return whole(v.Reads.Who(v.r.Context(), v.query.Get("who")))
	}
	state, err := v.choice("state", string(usher.PeopleActive), string(usher.PeopleUnconfirmed), string(usher.PeopleLeft), string(usher.PeopleAll))
	if err != nil {
		return nil, err
	}
	q := usher.PeopleQuery{Find: v.query.Get("find"), Department: v.query.Get("department"), State: usher.PeopleState(state)}
	if q.After, q.Limit, err = v.part(); err != nil {
		return nil, err
	}
	list, err := v.Reads.People(v.r.Context(), q)
	return pageOf(list), err
}

func (v *visit) person() usher.ID { return usher.ID(v.r.PathValue("id")) }

func showPerson(v *visit) (any, error) { return v.Reads.Person(v.r.Context(), v.person()) }

// explainSeats says why somebody has, is queued for or does not have each seat.
func explainSeats(v *visit) (any, error) {
	return whole(v.Seats.SeatsOf(v.r.Context(), v.person()))
}
