package ledger

import (
	"context"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
)

// PortalRows lists portals by name with what they hold; those that the configuration names no longer come last.
func (l *Ledger) PortalRows(ctx context.Context) ([]usher.PortalRow, error) {
	list, err := l.store.Look().Portals(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b usher.Portal) int { return compareBool(a.RetiredAt != 0, b.RetiredAt != 0) })
	rows := make([]usher.PortalRow, 0, len(list))
	for _, p := range list {
		row, err := l.portalRow(ctx, p)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// compareBool has false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func (l *Ledger) portalRow(ctx context.Context, p usher.Portal) (row usher.PortalRow, err error) {
	if row.PortalView, row.Refused, err = l.portalView(ctx, p); err != nil {
		return row, err
	}
	row.ID, row.Whole = p.ID, p.Profile.Whole
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		if row.Seats, err = portalSeats(ctx, tx, p); err != nil {
			return err
		}
		row.There, row.Here, row.ThereKnown = 0, 0, p.Profile.Whole
		for _, s := range row.Seats {
			row.There, row.Here = row.There+s.There, row.Here+s.Here
		}
		return countPortal(ctx, tx, p, &row)
	})
	return row, err
}

// countPortal counts what a portal has of everything.
func countPortal(ctx context.Context, tx *store.Tx, p usher.Portal, row *usher.PortalRow) (err error) {
	if row.Accounts, err = tx.CountRemote(ctx, p.ID); err != nil {
		return err
	}
	if row.Drift, err = tx.CountDrift(ctx, p.ID); err != nil {
		return err
	}
	open, err := tx.OpenVisits(ctx, p.ID)
	row.Visits = nil
	for _, v := range open {
		row.Visits = append(row.Visits, visitView(v))
	}
	return err
}

func visitView(v usher.Visit) usher.VisitView {
	return usher.VisitView{ID: v.ID, Number: v.Number, OpenedAt: v.OpenedAt, Urgent: v.Urgent, ToldAt: v.ToldAt, DoneAt: v.DoneAt, DoneBy: v.DoneBy, ClosedAt: v.ClosedAt}
}

// portalSeats counts the seats of each subscription of a portal, there and here. Only portals that take files show seats.
func portalSeats(ctx context.Context, tx *store.Tx, p usher.Portal) ([]usher.PortalSeats, error) {
	subs, err := tx.Subscriptions(ctx)
	if err != nil {
		return nil, err
	}
	var seats []usher.PortalSeats
	for _, s := range subs {
		if s.Portal != p.ID {
			continue
		}
		one := usher.PortalSeats{Subscription: s.Name, Bought: s.Purchased, Here: s.Used, Strangers: s.Strangers, Note: TermNote(s, tx.Now())}
		if p.Profile.Whole {
			if one.There, err = tx.CountHoldings(ctx, s.ID); err != nil {
				return nil, err
			}
		}
		seats = append(seats, one)
	}
	return seats, nil
}

// PortalPage is a portal by name, with its counts. usher.ErrNotFound: none is called so.
func (l *Ledger) PortalPage(ctx context.Context, name string) (page usher.PortalPage, err error) {
	p, err := l.store.Look().PortalNamed(ctx, name)
	if err != nil {
		return page, err
	}
	if page.PortalRow, err = l.portalRow(ctx, p); err != nil {
		return page, err
	}
	kept, err := l.KeptAdmins(ctx, p.ID)
	if err != nil {
		return page, err
	}
	for _, person := range kept {
		page.KeptAdmins = append(page.KeptAdmins, usher.PersonName{ID: person.ID, Name: person.Address})
	}
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		page.Listed = nil
		exports, err := tx.Exports(ctx, p.ID, 10)
		if i := slices.IndexFunc(exports, func(e usher.Export) bool { return e.TakenAt != 0 }); i >= 0 {
			page.Listed = &exports[i]
		}
		return err
	})
	return page, err
}

// PortalDrift lists the open differences of one sort, by address, after a place in the list: an address and an id.
func (l *Ledger) PortalDrift(ctx context.Context, portal string, code usher.DriftCode, address string, id usher.ID, limit int) (list usher.Listed[usher.DriftView], err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		p, err := tx.PortalNamed(ctx, portal)
		if err != nil {
			return err
		}
		drift, err := tx.DriftAfter(ctx, p.ID, code, address, id, limit+1)
		if err != nil {
			return err
		}
		page := cut(drift, limit, func(d usher.Drift) usher.Mark { return usher.Mark{ID: d.ID} })
		list = usher.Listed[usher.DriftView]{Next: page.Next}
		var ids []usher.ID
		for _, d := range page.Items {
			ids = append(ids, d.Person)
		}
		people, err := tx.PeopleByID(ctx, slices.DeleteFunc(ids, func(id usher.ID) bool { return id == "" }))
		for _, d := range page.Items {
			list.Items = append(list.Items, usher.DriftView{ID: d.ID, Code: d.Code, Severity: d.Severity, Person: d.Person, Name: people[d.Person].Name(),
				Address: d.Address, Subscription: n.subscriptions[d.Subscription], Text: d.Text, Since: d.SinceAt})
		}
		return err
	})
	return list, err
}

// PortalBehind lists the accounts of a portal that are not in line, by their next try, after a place in the list.
func (l *Ledger) PortalBehind(ctx context.Context, portal string, after usher.Mark, limit int) (list usher.Listed[usher.BehindView], err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		p, err := tx.PortalNamed(ctx, portal)
		if err != nil {
			return err
		}
		accounts, err := tx.AccountsBehind(ctx, p.ID, after, limit+1)
		page := cut(accounts, limit, func(a usher.Account) usher.Mark { return usher.Mark{At: a.NextTryAt, ID: a.ID} })
		list = usher.Listed[usher.BehindView]{Next: page.Next}
		for _, a := range page.Items {
			list.Items = append(list.Items, behindView(a, tx.Now()))
		}
		return err
	})
	return list, err
}

// PortalBatches lists the batches of a portal, newest first, before a number; 0: from the newest on.
func (l *Ledger) PortalBatches(ctx context.Context, portal string, before int64, limit int) (list usher.Listed[usher.BatchView], err error) {
	look := l.store.Look()
	p, err := look.PortalNamed(ctx, portal)
	if err != nil {
		return list, err
	}
	batches, err := look.BatchesBefore(ctx, p.ID, before, limit+1)
	page := cut(batches, limit, func(b store.CountedBatch) usher.Mark { return usher.Mark{At: usher.Time(b.Number)} })
	list.Next = page.Next
	for _, b := range page.Items {
		list.Items = append(list.Items, batchView(b.Batch, b.RowsInAll, b.OpenRows))
	}
	return list, err
}

func batchView(b usher.Batch, rows, open int) usher.BatchView {
	return usher.BatchView{Number: b.Number, Name: b.Name, Kind: b.Kind, SHA256: b.SHA256, Rows: rows, Open: open, CreatedAt: b.CreatedAt, WrittenAt: b.WrittenAt,
		CarriedAt: b.CarriedAt, CarriedBy: b.CarriedBy, ClosedAt: b.ClosedAt, Visit: b.Visit}
}
