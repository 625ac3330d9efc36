package ledger

import (
	"cmp"
	"context"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
)

// FirstToGo are those of a subscription whose seats would be given up first, at most limit: by what the portal says of them and
// by how long they sit; whoever is pinned comes last. Whoever loses theirs until a time anyway is left out. It decides nothing.
func (l *Ledger) FirstToGo(ctx context.Context, subscription string, until usher.Time, limit int) (list []usher.ShrinkPerson, err error) {
	f, err := l.foresee(ctx)
	if err != nil {
		return nil, err
	}
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		sub, err := tx.SubscriptionNamed(ctx, subscription)
		if err != nil {
			return err
		}
		going := map[usher.ID]bool{}
		for _, t := range f.turns[sub.ID] {
			if t.At <= until {
				going[t.Person] = !t.Wish.Wanted
			}
		}
		list, err = f.firstToGo(ctx, tx, sub, going, limit)
		return err
	})
	return list, err
}

// firstToGo orders the seats that are not leaving already: never seen active at the portal, then idle longest, then seated last;
// pinned people behind all others. Who is going anyway is left out.
func (f *foreseen) firstToGo(ctx context.Context, tx *store.Tx, sub usher.Subscription, going map[usher.ID]bool, limit int) ([]usher.ShrinkPerson, error) {
	sitting, err := f.sittingIn(ctx, tx, sub)
	if err != nil {
		return nil, err
	}
	sitting = slices.DeleteFunc(sitting, func(s store.SittingPerson) bool { return going[s.Person] })
	slices.SortFunc(sitting, func(a, b store.SittingPerson) int {
		return cmp.Or(cmp.Compare(boolInt(a.Pinned), boolInt(b.Pinned)), cmp.Compare(a.LastActive, b.LastActive), cmp.Compare(b.SeatedAt, a.SeatedAt), cmp.Compare(a.Person, b.Person))
	})
	sitting = sitting[:min(limit, len(sitting))]
	ids := make([]usher.ID, 0, len(sitting))
	for _, s := range sitting {
		ids = append(ids, s.Person)
	}
	people, err := tx.PeopleByID(ctx, ids)
	list := make([]usher.ShrinkPerson, 0, len(sitting))
	for _, s := range sitting {
		p := people[s.Person]
		list = append(list, usher.ShrinkPerson{Person: s.Person, Name: p.Name(), Address: p.Address, LastActive: s.LastActive.Std(), SeatedAt: s.SeatedAt.Std(), Pinned: s.Pinned})
	}
	return list, err
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
