package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
)

// Conflicts lists open or answered conflicts whose number is below before, where that is not 0, newest first.
func (l *Ledger) Conflicts(ctx context.Context, open bool, before int64, limit int) (list usher.Listed[usher.ConflictView], err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		conflicts, err := tx.ConflictsBefore(ctx, open, before, limit+1)
		if err != nil {
			return err
		}
		page := cut(conflicts, limit, func(k usher.Conflict) usher.Mark { return usher.Mark{At: usher.Time(k.Number)} })
		list = usher.Listed[usher.ConflictView]{Next: page.Next}
		for _, k := range page.Items {
			v, err := conflictView(ctx, tx, k)
			if err != nil {
				return err
			}
			list.Items = append(list.Items, v)
		}
		return nil
	})
	return list, err
}

// conflictView names what a conflict is about: a record by what its directory calls it, else a person.
func conflictView(ctx context.Context, tx *store.Tx, k usher.Conflict) (usher.ConflictView, error) {
	v := usher.ConflictView{Number: k.Number, Kind: k.Kind, Detail: k.Detail, OpenedAt: k.OpenedAt.Std(), ClosedAt: k.ClosedAt.Std(), ClosedBy: k.ClosedBy, Decision: k.Decision}
	if k.Record != "" {
		r, err := tx.RecordAny(ctx, k.Record)
		if errors.Is(err, usher.ErrNotFound) { // it was erased
			return v, nil
		}
		v.About = nameOfRecord(r)
		return v, err
	}
	p, err := tx.Person(ctx, k.Person)
	if errors.Is(err, usher.ErrNotFound) {
		return v, nil
	}
	v.About, v.Person = p.Name(), p.ID
	return v, err
}

func nameOfRecord(r usher.Record) string {
	for _, name := range []string{r.Attributes.FullName(), r.Attributes.Address(), r.Attributes.UserName} {
		if name != "" {
			return name
		}
	}
	return r.Attributes.ExternalID
}

// Conflict shows a conflict with the record and the people whom it concerns.
func (l *Ledger) Conflict(ctx context.Context, number int64) (v usher.ConflictDetail, err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		v = usher.ConflictDetail{}
		k, err := tx.Conflict(ctx, number)
		if err != nil {
			return fmt.Errorf("conflict %d: %w", number, err)
		}
		if v.ConflictView, err = conflictView(ctx, tx, k); err != nil {
			return err
		}
		if v.Record, err = disputed(ctx, tx, n, k.Record); err != nil {
			return err
		}
		v.Candidates, err = candidateViews(ctx, tx, n, concerned(k))
		return err
	})
	return v, err
}

// concerned are the people whom a conflict is about, each once.
func concerned(k usher.Conflict) (people []usher.ID) {
	for _, id := range append([]usher.ID{k.Person}, k.Others...) {
		if id != "" && !slices.Contains(people, id) {
			people = append(people, id)
		}
	}
	return people
}

// disputed is the record that a conflict is about; nil for none.
func disputed(ctx context.Context, tx *store.Tx, n labels, id usher.ID) (*usher.RecordView, error) {
	if id == "" {
		return nil, nil
	}
	r, err := tx.RecordAny(ctx, id)
	if errors.Is(err, usher.ErrNotFound) {
		return nil, nil
	}
	return &usher.RecordView{Directory: n.directories[r.Directory], Person: r.Person, Name: nameOfRecord(r), Gone: r.Gone(), Fields: r.Attributes.Said()}, err
}

// candidateViews are people with what helps to tell them from each other.
func candidateViews(ctx context.Context, tx *store.Tx, n labels, people []usher.ID) (views []usher.CandidateView, err error) {
	for _, id := range people {
		p, err := tx.Person(ctx, id)
		if errors.Is(err, usher.ErrNotFound) {
			continue // erased since
		}
		if err != nil {
			return nil, err
		}
		v := usher.CandidateView{Fields: p.Attributes.Said()}
		if v.PersonView, err = personView(ctx, tx, n, p); err != nil {
			return nil, err
		}
		if v.Identifiers, err = tx.IdentifiersOf(ctx, id); err != nil {
			return nil, err
		}
		records, err := tx.RecordsOfPerson(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			v.Known = append(v.Known, n.directories[r.Directory])
		}
		views = append(views, v)
	}
	return views, nil
}
