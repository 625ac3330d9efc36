package ledger

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// matchAll says whose account each row is, and which known accounts a complete export lacks. It
// gives the accounts of people that the ledger has at the portal, without what they hold.
func (t *taking) matchAll(ctx context.Context, tx *store.Tx) ([]usher.Account, error) {
	accounts, err := t.accounts(ctx, tx)
	if err != nil {
		return nil, err
	}
	roll, err := t.roll(ctx, tx, accounts)
	if err != nil {
		return nil, err
	}
	byID := map[usher.ID]usher.Account{}
	for _, a := range accounts {
		byID[a.ID] = a
	}
	shown := map[usher.ID]bool{}
	unknown := map[string]bool{}
	for i, m := range roll.MatchExport(t.file.Seen) {
		seen, strange := t.Subscribed(t.file.Seen[i])
		for _, name := range strange {
			unknown[name] = true
		}
		if m.Again {
			t.counts.Again(seen)
			t.finding("export.twice", usher.SeverityWarning, seen.RemoteID, "the account is listed a second time; its surest row counts")
			continue
		}
		m = t.another(m, byID[m.Account], seen)
		shown[m.Account] = true
		t.entries = append(t.entries, &entry{match: m, seen: &seen, account: m.Account})
	}
	if len(unknown) > 0 {
		t.finding("export.subscription_unknown", usher.SeverityWarning, "",
			"the portal shows seats in "+strings.Join(slices.Sorted(maps.Keys(unknown)), ", ")+", and no subscription of it has that name or code; they are counted nowhere")
	}
	for _, f := range t.file.Findings {
		if f.Severity == usher.SeverityError && f.Row != 0 {
			t.counts.Unread++
		}
	}
	if t.Export.Complete {
		t.absentees(accounts, shown)
	}
	return accounts, nil
}

// another makes a row that was found by a person's address a second account of theirs where they
// have one that an incomplete list may have left out.
func (t *taking) another(m plan.Match, known usher.Account, seen usher.Seen) plan.Match {
	if !t.Export.Complete && m.By > plan.MatchCase && known.Subject != "" && known.RemoteID != "" && known.RemoteID != seen.RemoteID {
		m.Second, m.Account = true, ""
	}
	return m
}

func (t *taking) finding(code string, s usher.Severity, value, text string) {
	t.report.Findings = append(t.report.Findings, usher.Finding{Code: code, Severity: s, Value: value, Text: text})
}

// accounts are all of people at the portal. Its teams are noted.
func (t *taking) accounts(ctx context.Context, tx *store.Tx) ([]usher.Account, error) {
	var list []usher.Account
	t.Teams = nil
	for after := usher.ID(""); ; {
		page, err := tx.Accounts(ctx, t.Portal.ID, after, 500)
		if err != nil || len(page) == 0 {
			return list, err
		}
		after = page[len(page)-1].ID
		for _, a := range page {
			if a.Kind == usher.AccountPerson {
				list = append(list, a)
			}
			t.keepTeam(a)
		}
	}
}

// roll reads who is known by what the export shows.
func (t *taking) roll(ctx context.Context, tx *store.Tx, accounts []usher.Account) (*plan.Roll, error) {
	var keys []string
	for _, s := range t.file.Seen {
		keys = append(keys, plan.AddressKeys(s)...)
	}
	slices.Sort(keys)
	found, err := tx.IdentifiersNamed(ctx, usher.SpaceAddress, slices.Compact(keys))
	if err != nil {
		return nil, err
	}
	var ids []usher.ID
	for _, i := range found {
		ids = append(ids, i.Person)
	}
	for _, a := range accounts {
		if a.Subject != "" {
			ids = append(ids, a.Subject)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if t.people, err = tx.PeopleByID(ctx, ids); err != nil {
		return nil, err
	}
	names, err := tx.IdentifiersOfPeople(ctx, usher.SpaceAddress, ids)
	t.names = map[usher.ID][]usher.Identifier{}
	for _, i := range names {
		t.names[i.Person] = append(t.names[i.Person], i)
	}
	return plan.NewRoll(accounts, found, t.people), err
}

// absentees are the accounts of which a complete export says by its silence that they are not there.
func (t *taking) absentees(accounts []usher.Account, shown map[usher.ID]bool) {
	for _, a := range accounts {
		if !shown[a.ID] && (a.RemoteID != "" || a.Desired != nil) {
			t.entries = append(t.entries, &entry{match: plan.Match{Account: a.ID, Person: a.Subject}, account: a.ID, known: a.RemoteID != ""})
		}
	}
}

// order is that of the locks: by account, and those that are still to be made after them.
func (t *taking) order() []*entry {
	list := slices.Clone(t.entries)
	slices.SortStableFunc(list, func(a, b *entry) int {
		if (a.account == "") != (b.account == "") {
			return cmp.Compare(len(b.account), len(a.account))
		}
		return cmp.Compare(a.account, b.account)
	})
	return list
}

// guard refuses a list that cannot be what it is said to be: a complete one in which more of the
// known accounts are missing than releases go by themselves, or one in which nobody is known.
func (t *taking) guard(ctx context.Context, tx *store.Tx, accounts []usher.Account) error {
	p, err := t.ledger.policyFor(ctx, tx)
	if err != nil || t.file.DespiteGuard {
		return err
	}
	known, vanished, met := 0, 0, 0
	absent := map[usher.ID]bool{}
	for _, e := range t.entries {
		if e.seen == nil {
			absent[e.account] = true
		} else if e.account != "" {
			met++
		}
	}
	for _, a := range accounts {
		if a.RemoteID == "" || a.Seen == nil || !a.Seen.Active || a.SeenAt > t.Export.AsOf {
			continue
		}
		known++
		if absent[a.ID] && (a.Desired == nil || a.Desired.Active) {
			vanished++
		}
	}
	limit := p.guards.Releases
	switch {
	case plan.Trips(limit, p.guards.ArmedFrom, plan.Count{Population: known, Started: vanished}):
		return fmt.Errorf("%d of the %d accounts that portal %s was known to hold are not in the list, and %d may be missing from a complete one: is it filtered? "+
			"Import it without --complete, or with --despite-guard if they are gone; nothing was changed: %w", vanished, known, t.Portal.Name, limit.Of(known), usher.ErrInvalid)
	case met == 0 && known >= max(1, p.guards.ArmedFrom):
		return fmt.Errorf("none of its %d rows is one of the %d accounts that portal %s is known to hold: is it the list of another portal? "+
			"With --despite-guard it is taken; nothing was changed: %w", len(t.file.Seen), known, t.Portal.Name, usher.ErrInvalid)
	}
	return nil
}
