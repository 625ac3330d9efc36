package ledger

import (
	"cmp"
	"errors"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// hand gives all that is gone's to keep, but for seats and accounts, and leaves a row of gone that leads on.
func (r *reshaping) hand(keep, gone usher.Person) error {
	if err := r.remember(keep.ID, gone.ID); err != nil {
		return err
	}
	if err := r.closeDoubles(keep.ID, gone.ID); err != nil {
		return err
	}
	if err := r.tx.MovePerson(r.ctx, gone.ID, keep.ID); err != nil {
		return err
	}
	if err := r.takeRecords(keep.ID, gone.ID); err != nil {
		return err
	}
	if err := r.rename(gone.ID, keep.ID); err != nil {
		return err
	}
	if err := r.endSessions(gone.ID, "merged into another person"); err != nil {
		return err
	}
	if err := r.stand(keep, gone); err != nil {
		return err
	}
	return r.nameAgain(keep.ID)
}

// nameAgain gives somebody the identifiers of their records. Those of a guest or newcomer are what was said of them.
func (r *reshaping) nameAgain(person usher.ID) error {
	records, err := r.tx.RecordsOfPerson(r.ctx, person)
	if err != nil || len(records) == 0 {
		return err
	}
	if err := r.keepAddresses(person); err != nil {
		return err
	}
	return r.identify(person)
}

// remember notes what was gone's, for a split.
func (r *reshaping) remember(keep, gone usher.ID) error {
	var notes [][2]string
	records, err := r.tx.RecordsOfPerson(r.ctx, gone)
	if err != nil {
		return err
	}
	for _, one := range records {
		notes = append(notes, [2]string{store.MergedRecord, string(one.ID)})
	}
	links, err := r.tx.LinksOf(r.ctx, gone)
	if err != nil {
		return err
	}
	for _, one := range links {
		notes = append(notes, [2]string{store.MergedSignIn, signInKey(one)})
	}
	decisions, err := r.tx.DecisionsFor(r.ctx, gone)
	if err != nil {
		return err
	}
	ours, err := r.tx.DecisionsFor(r.ctx, keep)
	for _, d := range decisions {
		stands := decisionFor(ours, d.Subscription)
		switch {
		case stands.Kind == "":
			notes = append(notes, [2]string{store.MergedDecision, decisionKey(keep, d.Subscription)})
			if d.Kind != usher.Pin {
				r.decided[d.Subscription] = append(r.decided[d.Subscription], keep)
			}
		case stands.Kind != d.Kind || stands.Until != d.Until:
			r.note("Both were decided about: %q stands, and %q is dropped.", r.decisionWords(stands), r.decisionWords(d))
		}
	}
	for _, n := range notes {
		err = errors.Join(err, r.tx.NoteMerged(r.ctx, n[0], n[1], gone))
	}
	return err
}

func signInKey(l usher.Link) string { return l.Connection + "\n" + l.Subject }

func decisionKey(person, subscription usher.ID) string {
	return string(person) + "\n" + string(subscription)
}

// closeDoubles withdraws what both ask for.
func (r *reshaping) closeDoubles(keep, gone usher.ID) error {
	open, err := r.tx.OpenRequestsOf(r.ctx, gone)
	if err != nil {
		return err
	}
	for _, one := range open {
		_, err := r.tx.OpenRequestOf(r.ctx, one.Subscription, keep)
		if errors.Is(err, usher.ErrNotFound) {
			continue
		}
		if err == nil {
			r.note("Both ask for a seat in %s: the request of the one who is merged is withdrawn.", r.subscriptionName(one.Subscription))
			err = r.closeRequest(one, usher.RequestWithdrawn, "the same person asked twice")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// takeRecords links all records of gone to keep. Whoever is called a manager by one of them is found anew.
func (r *reshaping) takeRecords(keep, gone usher.ID) error {
	records, err := r.tx.RecordsOfPerson(r.ctx, gone)
	if err != nil {
		return err
	}
	for _, one := range records {
		if err := r.relinkTo(one, keep, "merged by "+r.by.Name); err != nil {
			return err
		}
	}
	reports, err := r.tx.Reports(r.ctx, gone)
	if err != nil {
		return err
	}
	return r.markDue(reports, store.DuePerson{Why: "the manager was merged into another person", Caution: store.CautionGuard})
}

// relinkTo links a record to somebody else.
func (r *reshaping) relinkTo(one usher.Record, person usher.ID, why string) error {
	if err := r.tx.LinkRecord(r.ctx, one.ID, person); err != nil {
		return err
	}
	old := one
	one.Person = person
	r.heal(one, old)
	r.record(usher.Event{Kind: usher.EventRecordLinked, Subject: "record", SubjectID: one.ID, Person: person, Why: why + reasonOf(r.by.Reason)})
	return nil
}

// doubted are the records about which a human is asked whether they are one of these people's.
func (r *reshaping) doubted(people ...usher.ID) (records []usher.ID, err error) {
	open, err := r.tx.Conflicts(r.ctx, true)
	for _, k := range open {
		if k.Record != "" && slices.ContainsFunc(people, func(id usher.ID) bool { return k.Person == id || slices.Contains(k.Others, id) }) {
			records = append(records, k.Record)
		}
	}
	return records, err
}

// rename has open questions name keep where they name gone. Those about gone are asked again of keep if they still stand.
func (r *reshaping) rename(gone, keep usher.ID) error {
	open, err := r.tx.Conflicts(r.ctx, true)
	if err != nil {
		return err
	}
	for _, k := range open {
		switch {
		case k.Person == gone:
			err = r.closeConflict(k, mergedTwo)
		case slices.Contains(k.Others, gone):
			k.Others = slices.DeleteFunc(k.Others, func(id usher.ID) bool { return id == gone || id == keep })
			k.Others = append(k.Others, keep)
			slices.Sort(k.Others)
			err = r.tx.RenameInConflicts(r.ctx, k)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// stand has keep stand for both. Of whom no directory says anything a sponsor or an admin did, of either.
func (r *reshaping) stand(keep, gone usher.Person) error {
	records, err := r.tx.RecordsOfPerson(r.ctx, keep.ID)
	if err != nil {
		return err
	}
	if len(records) == 0 && keep.Sponsor == "" && (keep.Newcomer == "" || keep.Unconfirmed() && gone.Sponsor+string(gone.Newcomer) != "") {
		keep.Sponsor, keep.EndsAt, keep.Newcomer = gone.Sponsor, gone.EndsAt, cmp.Or(gone.Newcomer, keep.Newcomer)
		if gone.Sponsor != "" {
			keep.Newcomer = ""
		}
	}
	keep.Revision, keep.ChangedAt = keep.Revision+1, r.now() // what was discarded of either is over
	if err := r.tx.UpdatePerson(r.ctx, keep); err != nil {
		return err
	}
	gone.MergedInto, gone.Active, gone.Inactive, gone.InactiveOn, gone.NextAt, gone.OnLeave = keep.ID, false, usher.InactiveLeft, "", 0, false
	gone.Sponsor, gone.EndsAt, gone.Newcomer, gone.Manager, gone.ManagerDirectory = "", 0, "", "", ""
	gone.Attributes.Active, gone.Attributes.Manager, gone.Attributes.OnLeave = false, "", false
	gone.Revision, gone.ChangedAt = gone.Revision+1, r.now()
	return r.tx.UpdatePerson(r.ctx, gone)
}

// keepAddresses makes aliases of addresses that no record bears and that were in use, a guest's or a newcomer's: else the
// next word of a directory would retire them.
func (r *reshaping) keepAddresses(person usher.ID) error {
	borne, err := r.borne(person)
	if err != nil {
		return err
	}
	known, err := r.tx.IdentifiersOf(r.ctx, person)
	if err != nil {
		return err
	}
	for _, i := range known {
		if i.Space != usher.SpaceAddress || i.RetiredAt != 0 || i.Kind == usher.KindAlias || borne[i.Key] {
			continue
		}
		i.Kind = usher.KindAlias
		if _, err := r.tx.PutIdentifier(r.ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// borne are the folded addresses that a person's live records bear.
func (r *reshaping) borne(person usher.ID) (map[string]bool, error) {
	borne := map[string]bool{}
	records, err := r.tx.RecordsOfPerson(r.ctx, person)
	for _, one := range records {
		if one.DeletedAt != 0 {
			continue
		}
		wanted, _ := plan.Identifiers(r.policy.directories[one.Directory], one)
		for _, i := range wanted {
			if i.Space == usher.SpaceAddress {
				borne[i.Key] = true
			}
		}
	}
	return borne, err
}

// relink asks again whose the records are that nobody could tell: two answers may be one now.
func (r *reshaping) relink(records []usher.ID) error {
	for _, id := range slices.Compact(slices.Sorted(slices.Values(records))) {
		one, err := r.tx.RecordAny(r.ctx, id)
		if err != nil {
			return err
		}
		if one.Person != "" || one.DeletedAt != 0 {
			continue
		}
		err = r.settleConflicts(id, mergedTwo, usher.ConflictAmbiguous, usher.ConflictTaken, usher.ConflictRecycled)
		if err != nil {
			return err
		}
		if _, err := r.observed(one, usher.Record{}, store.CautionGuard); err != nil {
			return err
		}
	}
	return nil
}
