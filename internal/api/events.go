package api

import (
	"time"

	"usher/internal/usher"
)

var eventRoutes = []Route{
	{Method: "GET", Path: "/api/v1/events", Scope: usher.ScopeEventsRead, Query: []string{"person", "since", "limit", "after"}, serve: listEvents},
}

// Events always have a next part: whoever keeps the last one reads on from there another day.
func listEvents(v *visit) (any, error) {
	after, n, err := v.part()
	if err != nil {
		return nil, err
	}
	var since time.Time
	if text := v.query.Get("since"); text != "" {
		if since, err = time.Parse(time.RFC3339, text); err != nil {
			return nil, invalid("since", "is no instant written as 2006-01-02T15:04:05Z")
		}
	}
	list, err := v.Reads.Events(v.r.Context(), usher.ID(v.query.Get("person")), usher.TimeOf(since), int64(after.At), n)
	if last := len(list.Items) - 1; last >= 0 {
		after.At = usher.Time(list.Items[last].Number)
	}
	sent := pageOf(usher.Listed[usher.EventView]{Items: list.Items, Next: &after})
	return eventPage{sent, list.Next != nil}, err
}

// eventPage is a part of the events. More says that the next one holds something already.
type eventPage struct {
	page[usher.EventView]

	More bool `json:"more"`
}
