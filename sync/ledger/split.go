package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// SplitPerson says that one person is two: the given records become those of somebody else, who is given back as After.Other. It is
// whoever was merged before where all of the records came with them, else somebody new. At each portal the account and the seats are
// the one's whose address the portal knows; the other is computed by the rules. usher.ErrNotFound: there is no such person.
// *usher.InvalidError: it cannot be, and why.
func (l *Ledger) SplitPerson(ctx context.Context, by usher.Principal, person usher.ID, records ...usher.ID) (usher.PeopleChange, error) {
	return l.reshape(ctx, by, false, func(r *reshaping) error { return r.split(person, records) })
}

// PreviewSplit is what SplitPerson would do now, with the same refusals. It changes nothing; somebody new has no id in it.
func (l *Ledger) PreviewSplit(ctx context.Context, by usher.Principal, person usher.ID, records ...usher.ID) (usher.PeopleChange, error) {
	made, err := l.reshape(ctx, by, true, func(r *reshaping) error { return r.split(person, records) })
	if made.Before.Other.ID == "" {
		made.After.Other.ID = ""
	}
	return made, err
}

const splitTwo = "one person was split into two"

func (r *reshaping) split(person usher.ID, records []usher.ID) error {
	r.kind = usher.EventPersonSplit
	from, err := r.cameFrom(person, records)
	if err != nil {
		return err
	}
	if r.merged, err = r.tx.MergedInto(r.ctx, person); err != nil {
		return err
	}
	locked, err := r.lockAround(nil, append(r.merged, person)...)
	r.merged = slices.DeleteFunc(r.merged, func(id usher.ID) bool { return id == from })
	if err != nil {
		return err
	}
	chosen, rest, err := r.divide(locked[person], records)
	if err != nil {
		return err
	}
	if err := r.mayBeTwo(locked[person], chosen, rest); err != nil {
		return err
	}
	if err := r.before(person, from); err != nil {
		return err
	}
	if err := r.setApart(locked[person], locked[from]); err != nil {
		return err
	}
	if err := r.handBack(chosen, rest); err != nil {
		return err
	}
	if err := r.part(); err != nil {
		return err
	}
	return r.computeBoth(reason{caution: store.CautionApproved, why: "split by " + r.by.Name})
}

// cameFrom is whoever was merged into a person and brought all of the records; empty for nobody.
func (r *reshaping) cameFrom(person usher.ID, records []usher.ID) (from usher.ID, err error) {
	for i, id := range records {
		was, err := r.tx.MergedFrom(r.ctx, store.MergedRecord, string(id))
		if err != nil {
			return "", err
		}
		if i > 0 && was != from {
			return "", nil
		}
		from = was
	}
	if from == "" {
		return "", nil
	}
	p, err := r.tx.Person(r.ctx, from)
	if errors.Is(err, usher.ErrNotFound) || err == nil && p.MergedInto != person {
		return "", nil
	}
	return from, err
}

// divide are the records that go, and those that stay.
func (r *reshaping) divide(p usher.Person, ids []usher.ID) (chosen, rest []usher.Record, err error) {
	if p.MergedInto != "" {
		return nil, nil, &usher.InvalidError{Attribute: "person", Problem: fmt.Sprintf("was merged into person %s; split that one", p.MergedInto)}
	}
	all, err := r.tx.RecordsOfPerson(r.ctx, p.ID)
	if err != nil {
		return nil, nil, err
	}
	for _, one := range all {
		if slices.Contains(ids, one.ID) {
			chosen = append(chosen, one)
		} else {
			rest = append(rest, one)
		}
	}
	unknown := slices.ContainsFunc(ids, func(id usher.ID) bool {
		return !slices.ContainsFunc(chosen, func(c usher.Record) bool { return c.ID == id })
	})
	switch {
	case len(ids) == 0:
		err = &usher.InvalidError{Attribute: "record", Problem: "is missing: say which of the records are somebody else's"}
	case unknown:
		err = &usher.InvalidError{Attribute: "record", Problem: "is none of this person's"}
	case len(rest) == 0:
		err = &usher.InvalidError{Attribute: "record", Problem: "has to be left: these are all that the person has"}
	}
	return chosen, rest, err
}

// mayBeTwo refuses a split of which portals and sign-ins could not tell who is who: both would bear one address.
func (r *reshaping) mayBeTwo(p usher.Person, chosen, rest []usher.Record) error {
	if err := r.mayReshape(p); err != nil {
		return err
	}
	bears := map[string]usher.Record{}
	for _, one := range rest {
		for key := range r.addressesOf(one) {
			bears[key] = one
		}
	}
	for _, one := range chosen {
		for key := range r.addressesOf(one) {
			other, both := bears[key]
			if !both {
				continue
			}
			a, b := r.policy.directories[one.Directory].Name, r.policy.directories[other.Directory].Name
			return &usher.InvalidError{Attribute: "address", Problem: fmt.Sprintf(
				"is the same in two of the records, of %s and of %s, which would be of two people: have it corrected in one of them first, or no portal could tell the two apart", a, b)}
		}
	}
	return nil
}

// addressesOf are the folded addresses that a live record bears.
func (r *reshaping) addressesOf(one usher.Record) map[string]bool {
	keys := map[string]bool{}
	if one.DeletedAt != 0 {
		return keys
	}
	wanted, _ := plan.Identifiers(r.policy.directories[one.Directory], one)
	for _, i := range wanted {
		if i.Space == usher.SpaceAddress {
			keys[i.Key] = true
		}
	}
	return keys
}

// setApart makes the other person: from, who was merged before, or somebody new.
func (r *reshaping) setApart(p, from usher.Person) error {
	p.Revision, p.ChangedAt = p.Revision+1, r.now() // what was discarded of them is over
	if err := r.tx.UpdatePerson(r.ctx, p); err != nil {
		return err
	}
	if from.ID == "" {
		from = usher.Person{ID: r.tx.NewID(), CreatedAt: r.now(), ChangedAt: r.now()}
		r.other = from.ID
		return r.tx.InsertPerson(r.ctx, from)
	}
	from.MergedInto, from.Revision, from.ChangedAt = "", from.Revision+1, r.now()
	return r.tx.UpdatePerson(r.ctx, from)
}

// handBack gives the other person the records, what these alone are known by, and what was theirs before a merge.
func (r *reshaping) handBack(chosen, rest []usher.Record) error {
	for _, one := range chosen {
		err := r.settleConflicts(one.ID, splitTwo, usher.ConflictTaken, usher.ConflictAddress, usher.ConflictLeft)
		if err != nil {
			return err
		}
		if err := r.relinkTo(one, r.other, "split by "+r.by.Name); err != nil {
			return err
		}
		if err := r.tx.ForgetMerged(r.ctx, store.MergedRecord, string(one.ID)); err != nil {
			return err
		}
	}
	if err := r.handIdentifiers(chosen, rest); err != nil {
		return err
	}
	if err := r.handSignIns(chosen, rest); err != nil {
		return err
	}
	if err := r.handDecisions(); err != nil {
		return err
	}
	reports, err := r.tx.Reports(r.ctx, r.kept)
	if err != nil {
		return err
	}
	return r.markDue(reports, store.DuePerson{Why: "the manager was split into two people", Caution: store.CautionGuard})
}

// handIdentifiers moves what the chosen records bear and the rest does not.
func (r *reshaping) handIdentifiers(chosen, rest []usher.Record) error {
	stay, theirs := r.keysOf(rest), r.keysOf(chosen)
	borne := r.keysOf(unburied(rest))
	for key := range r.keysOf(unburied(chosen)) {
		if !borne[key] {
			delete(stay, key) // what a tombstone bore is theirs who bear it now
		}
	}
	known, err := r.tx.IdentifiersOf(r.ctx, r.kept)
	if err != nil {
		return err
	}
	for _, i := range known {
		if key := string(i.Space) + "\n" + i.Key; theirs[key] && !stay[key] {
			if err := r.tx.MoveIdentifier(r.ctx, i, r.other); err != nil {
				return err
			}
		}
	}
	if err := r.identify(r.kept); err != nil {
		return err
	}
	return r.identify(r.other)
}

func unburied(records []usher.Record) []usher.Record {
	return slices.DeleteFunc(slices.Clone(records), func(one usher.Record) bool { return one.DeletedAt != 0 })
}

// keysOf are the identifiers that records bear, those of tombstones too: by these their directory knows somebody who comes back.
func (r *reshaping) keysOf(records []usher.Record) map[string]bool {
	keys := map[string]bool{}
	for _, one := range records {
		wanted, _ := plan.Identifiers(r.policy.directories[one.Directory], one)
		for _, i := range wanted {
			keys[string(i.Space)+"\n"+i.Key] = true
		}
	}
	return keys
}

// handSignIns moves the subjects that came with the other person, and those that are the external id of a chosen record. Both sign in again.
func (r *reshaping) handSignIns(chosen, rest []usher.Record) error {
	links, err := r.tx.LinksOf(r.ctx, r.kept)
	if err != nil {
		return err
	}
	named := func(list []usher.Record, subject string) bool {
		return slices.ContainsFunc(list, func(one usher.Record) bool { return one.Attributes.ExternalID == subject })
	}
	for _, l := range links {
		was, err := r.tx.MergedFrom(r.ctx, store.MergedSignIn, signInKey(l))
		if err != nil {
			return err
		}
		if was != r.other && (!named(chosen, l.Subject) || named(rest, l.Subject)) {
			continue
		}
		if err := r.tx.MoveLink(r.ctx, l, r.other); err != nil {
			return err
		}
		if err := r.tx.ForgetMerged(r.ctx, store.MergedSignIn, signInKey(l)); err != nil {
			return err
		}
	}
	return r.endSessions(r.kept, splitTwo)
}

// handDecisions moves what was said of the other person's seats before a merge. All else was said of the one who stays.
func (r *reshaping) handDecisions() error {
	decisions, err := r.tx.DecisionsFor(r.ctx, r.kept)
	if err != nil {
		return err
	}
	for _, d := range decisions {
		key := decisionKey(r.kept, d.Subscription)
		was, err := r.tx.MergedFrom(r.ctx, store.MergedDecision, key)
		if err != nil {
			return err
		}
		if was == r.other {
			if err := r.tx.MoveDecision(r.ctx, d.Subscription, r.kept, r.other); err != nil {
				return err
			}
		} else {
			r.note("%q stays with the one who keeps the name: say it again of the other if it is meant for both.", r.decisionWords(d))
		}
		if err := r.tx.ForgetMerged(r.ctx, store.MergedDecision, key); err != nil {
			return err
		}
	}
	return nil
}

// part gives each of the two the accounts that portals know by an address of theirs, with the seats.
func (r *reshaping) part() error {
	pools, err := r.lockSeats(append([]usher.ID{r.kept, r.other}, r.merged...)...)
	if err != nil {
		return err
	}
	if err := r.partOurs(pools); err != nil {
		return err
	}
	for _, merged := range r.merged {
		if err := r.takeBack(merged, pools); err != nil {
			return err
		}
	}
	return r.countStrangers(pools)
}

// takeBack gives the two what portals still have of somebody who was merged and hold under an address of one of them, who has no other
// account there: it is not to be closed.
func (r *reshaping) takeBack(merged usher.ID, pools []*pool) error {
	accounts, err := r.tx.AccountsOf(r.ctx, merged)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		for _, person := range []usher.ID{r.kept, r.other} {
			theirs, err := r.knownBy(a, person)
			if err != nil {
				return err
			}
			has, err := r.at(a.Portal, person, pools)
			if err != nil {
				return err
			}
			if !theirs || has.has() || a.Kind != usher.AccountPerson {
				continue
			}
			if err := r.exchange(a.Portal, person, merged, pools, splitTwo); err != nil {
				return err
			}
			break
		}
	}
	return nil
}

func (r *reshaping) partOurs(pools []*pool) error {
	accounts, err := r.tx.AccountsOf(r.ctx, r.kept)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if a.Kind != usher.AccountPerson || !a.Known() {
			continue
		}
		theirs, err := r.knowsOther(a)
		if err != nil {
			return err
		}
		if !theirs {
			continue
		}
		if err := r.exchange(a.Portal, r.kept, r.other, pools, splitTwo); err != nil {
			return err
		}
		r.note("%s knows %s: the account there and its seats go to the one who has that address.", r.policy.portals[a.Portal].Name, calledThere(a))
	}
	return nil
}

// knowsOther says that a portal knows an account by addresses of the other person alone.
func (r *reshaping) knowsOther(a usher.Account) (bool, error) {
	theirs, err := r.knownBy(a, r.other)
	if err != nil || !theirs {
		return false, err
	}
	ours, err := r.knownBy(a, r.kept)
	return !ours, err
}

func (r *reshaping) knownBy(a usher.Account, person usher.ID) (bool, error) {
	identifiers, err := r.tx.IdentifiersOf(r.ctx, person)
	return slices.ContainsFunc(identifiers, func(i usher.Identifier) bool {
		return i.Space == usher.SpaceAddress && side{account: a}.bears(i.Key)
	}), err
}
