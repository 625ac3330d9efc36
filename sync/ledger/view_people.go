package ledger

import (
	"context"
	"strings"

	"usher/internal/store"
	"usher/internal/usher"
)

// peopleAtOnce is how many people are read in one step, and maxLooked how many are looked at for one
// part of a list: where few match, the part is short and the next one goes on.
const (
	peopleAtOnce = 500
	maxLooked    = 10_000
)

// People lists people in the order in which they came. A part can hold fewer than were asked
// for, or nobody, and have a next one.
func (l *Ledger) People(ctx context.Context, q usher.PeopleQuery) (list usher.Listed[usher.PersonView], err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		list = usher.Listed[usher.PersonView]{}
		after := usher.Person{ID: q.After.ID, CreatedAt: q.After.At}
		for looked := 0; ; {
			page, err := tx.People(ctx, after, peopleAtOnce)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, p := range page {
				if len(list.Items) == q.Limit || looked == maxLooked {
					list.Next = &usher.Mark{At: after.CreatedAt, ID: after.ID}
					return nil
				}
				looked, after = looked+1, p
				if !selects(q, p) {
					continue
				}
				v, err := personView(ctx, tx, n, p)
				if err != nil {
					return err
				}
				list.Items = append(list.Items, v)
			}
		}
	})
	return list, err
}

func selects(q usher.PeopleQuery, p usher.Person) bool {
	if p.MergedInto != "" {
		return false
	}
	if q.State != usher.PeopleAll && p.Active == (q.State == usher.PeopleLeft) {
		return false
	}
	if q.State == usher.PeopleUnconfirmed && !p.Unconfirmed() {
		return false
	}
	if q.Department != "" && usher.FoldText(p.Attributes.Department) != usher.FoldText(q.Department) {
		return false
	}
	find := usher.FoldText(q.Find)
	return strings.Contains(usher.FoldText(p.Name()), find) || strings.Contains(usher.FoldText(p.Address), find)
}

// Person is one person as lists show them.
func (l *Ledger) Person(ctx context.Context, id usher.ID) (v usher.PersonView, err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		p, err := tx.Person(ctx, id)
		if err != nil {
			return err
		}
		v, err = personView(ctx, tx, n, p)
		return err
	})
	return v, err
}

// Who finds everybody that a text means: an id, an address by which they are known, an employee
// number, an external id or an exact name. The first sense in which it means anybody counts.
func (l *Ledger) Who(ctx context.Context, text string) (people []usher.PersonView, err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		people = nil
		p, err := l.policyFor(ctx, tx)
		if err != nil {
			return err
		}
		x := &explainer{change: newChange(ctx, l, tx, p, usher.System("list"))}
		found, _, err := x.find(strings.TrimSpace(text))
		if err != nil {
			return err
		}
		for _, id := range found {
			p, err := tx.Person(ctx, id)
			if err != nil {
				return err
			}
			v, err := personView(ctx, tx, n, p)
			if err != nil {
				return err
			}
			people = append(people, v)
		}
		return nil
	})
	return people, err
}

func personView(ctx context.Context, tx *store.Tx, n labels, p usher.Person) (usher.PersonView, error) {
	v := usher.PersonView{ID: p.ID, Name: p.Name(), Address: p.Address, Active: p.Active, State: p.State(),
		Department: p.Attributes.Department, Title: p.Attributes.Title, Seats: []usher.SeatView{}, MergedInto: p.MergedInto}
	if p.Manager != "" {
		manager, err := tx.Person(ctx, p.Manager)
		if err != nil {
			return v, err
		}
		v.Manager = &usher.PersonName{ID: manager.ID, Name: manager.Name()}
	}
	seats, err := tx.LiveSeatsOf(ctx, p.ID)
	for _, s := range seats {
		v.Seats = append(v.Seats, usher.SeatView{Subscription: n.subscriptions[s.Subscription], Portal: n.portals[n.portalOf[s.Subscription]], State: s.State, Reason: s.Reason})
	}
	return v, err
}
