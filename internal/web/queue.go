package web

import (
	"errors"
	"net/url"
	"strconv"

	"usher/internal/usher"
)

// queuePage is one part of a queue.
type queuePage struct {
	pool

	Items []usher.QueuedView
	Next  string
	Paged bool
	// Moves says that the visitor may move people.
	Moves bool
}

func (v *visit) queue(p pool, after string, limit int) (queuePage, error) {
	part, err := v.o.Subscriptions.QueuePart(v.r.Context(), p.Name, after, limit)
	return queuePage{pool: p, Items: part.Items, Next: part.Next, Paged: after != "", Moves: v.By.Rights.MaySeat(p.ID)}, err
}

// showQueue is a queue in its order, with why everybody stands where they stand.
func showQueue(v *visit) error {
	p, err := v.pool()
	if err != nil {
		return err
	}
	page, err := v.queue(p, v.r.URL.Query().Get("after"), manyRows)
	if err != nil {
		return err
	}
	return v.showTitled("queue", "Queue of "+p.Name, page)
}

// moveInQueue moves somebody, in the visitor's name.
func moveInQueue(v *visit) error {
	p, err := v.ownPool()
	if err != nil {
		return err
	}
	ctx, by, person := v.r.Context(), v.withReason(), usher.ID(v.r.PostFormValue("person"))
	number, wrong := strconv.ParseInt(v.r.PostFormValue("number"), 10, 64)
	switch move := v.r.PostFormValue("move"); move {
	case "front", "back":
		err = v.o.Queueing.MoveTo(ctx, by, p.ID, person, usher.QueueMove{Front: move == "front", Back: move == "back"})
	case "before":
		if wrong != nil {
			return &usher.InvalidError{Attribute: "place", Problem: "has to be a number from 1 on"}
		}
		err = v.o.Queueing.MoveTo(ctx, by, p.ID, person, usher.QueueMove{Before: int(min(number, 1<<30))})
	case "priority":
		if wrong != nil {
			return &usher.InvalidError{Attribute: "priority", Problem: "is a whole number"}
		}
		err = v.o.Queueing.Prioritise(ctx, by, p.ID, person, number)
	case "rule":
		err = v.o.Queueing.ClearPriority(ctx, by, p.ID, person)
		if errors.Is(err, usher.ErrNotFound) {
			err = nil // the rule decides, as was asked for
		}
	default:
		return &usher.InvalidError{Attribute: "move", Problem: "is none of those that there are"}
	}
	if err != nil {
		return err
	}
	return v.done("/seats/"+url.PathEscape(p.Name)+"/queue", "moved")
}
