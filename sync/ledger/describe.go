package ledger

import (
	"context"
	"slices"
	"strings"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// describe is what a connector is told about an account: what is desired now.
func describe(ctx context.Context, tx *store.Tx, a usher.Account) (usher.AccountChange, error) {
	change := usher.AccountChange{Account: a.ID, Kind: a.Kind, Generation: a.Generation, Desired: *a.Desired, RemoteID: a.RemoteID, Seen: a.Seen, ReadBack: a.UnknownSince != 0}
	if a.Kind == usher.AccountTeam && a.Desired.Active {
		members, err := tx.TeamMembersAt(ctx, a.Subject, a.Portal, 0)
		if err != nil {
			return change, err
		}
		change.Desired.Members = members
	}
	remote, err := tx.RemoteIDs(ctx, a.Portal, append([]usher.ID{a.Desired.Manager}, change.Desired.Members...))
	if err != nil {
		return change, err
	}
	change.ManagerRemoteID = remote[a.Desired.Manager]
	for _, m := range change.Desired.Members {
		change.MemberRemoteIDs = append(change.MemberRemoteIDs, remote[m])
	}
	if err := describeMoves(ctx, tx, a, &change); err != nil {
		return change, err
	}
	describeResend(a, &change)
	return change, nil
}

// describeMoves adds what seats the account is to lose and why it changes.
func describeMoves(ctx context.Context, tx *store.Tx, a usher.Account, change *usher.AccountChange) error {
	var why []string
	if a.Kind == usher.AccountPerson && a.Subject != "" {
		seats, err := tx.SeatsAt(ctx, a.Portal, a.Subject)
		if err != nil {
			return err
		}
		var rows []usher.BatchRow
		if a.Sent > a.Confirmed {
			if rows, err = tx.RowsOfAccount(ctx, a.ID); err != nil {
				return err
			}
		}
		change.Releasing = releasing(a, seats, rows)
		change.ReadBack = change.ReadBack || a.Seen == nil && perhapsMade(rows)
		if why, change.Left, err = whyPerson(ctx, tx, a, seats); err != nil {
			return err
		}
	}
	if len(why) == 0 && a.Seen != nil {
		_, why = plan.Same(change.Desired, *a.Seen, change.ManagerRemoteID, change.MemberRemoteIDs)
	}
	change.Why = strings.Join(why, "; ")
	return nil
}

// releasing are the subscriptions that the person is to lose at the portal: those whose seat
// is being released, and those that a visit was to give which nobody confirmed and nobody
// wants any more. Of the latter no seat is left in a soft pool, though the portal may hold it.
func releasing(a usher.Account, seats []store.SeatAt, rows []usher.BatchRow) []string {
	var names []string
	for _, s := range seats {
		if s.State == usher.Releasing {
			names = append(names, s.Subscription)
		}
	}
	for _, name := range perhapsGiven(rows) {
		if !a.Desired.Active || !slices.Contains(a.Desired.Subscriptions, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// perhapsMade says that a row was to make the account and nobody said what became of it:
// whoever carries the next one has to look first.
func perhapsMade(rows []usher.BatchRow) bool {
	return slices.ContainsFunc(rows, func(r usher.BatchRow) bool {
		return len(r.Gives) > 0 && (r.State == usher.RowSuperseded || r.State == usher.RowUnconfirmed)
	})
}

// perhapsGiven are the subscriptions that rows were to give and of which nobody said what
// became of it: the portal may hold them.
func perhapsGiven(rows []usher.BatchRow) []string {
	perhaps := map[string]bool{}
	for _, r := range rows {
		for _, name := range r.Gives {
			perhaps[name] = r.State == usher.RowOpen || r.State == usher.RowSuperseded
		}
		for _, name := range r.Takes {
			if r.State == usher.RowConfirmed {
				delete(perhaps, name)
			}
		}
	}
	var names []string
	for _, name := range sorted(perhaps) {
		if perhaps[name] {
			names = append(names, name)
		}
	}
	return names
}

// whyPerson says why a person's account changes: that they are not active, which left says, else
// why their seats come and go; nothing where no seat moves.
func whyPerson(ctx context.Context, tx *store.Tx, a usher.Account, seats []store.SeatAt) (why []string, left bool, err error) {
	if !a.Desired.Active {
		p, err := tx.Person(ctx, a.Subject)
		if err != nil {
			return nil, false, err
		}
		if why := p.WhyInactive(); why != "" {
			return []string{why}, true, nil
		}
	}
	for _, s := range seats {
		if (s.State == usher.Releasing || s.State == usher.Invited) && s.Reason != "" && !slices.Contains(why, s.Reason) {
			why = append(why, s.Reason)
		}
	}
	return why, false, nil
}
