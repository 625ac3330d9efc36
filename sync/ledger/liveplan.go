package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// LivePlan is what making a portal live would do, by name, and what usher found there.
type LivePlan struct {
	Portal string `json:"portal"`
	// Seats are those who would be seated, and behind them those who would go on waiting,
	// by subscription in the order of the queue.
	Seats []usher.PlannedSeat `json:"seats,omitempty"`
	// There are the accounts that the portal shows, of those who would be seated: they
	// are brought in line instead of made.
	There []string `json:"there,omitempty"`
	// Others are the accounts that it shows of anybody else; they are left alone.
	Others []string `json:"others,omitempty"`
	// Unadopted are the people who are queued and whom a portal that takes files shows with that
	// seat already: adoption makes it theirs.
	Unadopted []string `json:"unadopted,omitempty"`
	// ObservedAt is when the portal was last read as a whole, of one that takes files by the
	// newest list that was taken; zero for never. It is no part of what an id names.
	ObservedAt usher.Time `json:"-"`
	// Whole says that the portal takes files, so that its seats are to be adopted first.
	Whole bool `json:"-"`
}

// Adoption is how far the seats of a portal were taken over that it has before it is live.
type Adoption string

// The states of an adoption.
const (
	AdoptionDone   Adoption = ""           // nothing is left to take over, or the portal takes no files
	AdoptionUnread Adoption = "unread"     // no list of it was ever read
	AdoptionOpen   Adoption = "unfinished" // people who are queued here have a seat there already
)

// Adoption says whether something is left to be taken over: else people are invited again whom the portal has already.
func (p LivePlan) Adoption() Adoption {
	switch {
	case !p.Whole:
	case p.ObservedAt == 0:
		return AdoptionUnread
	case len(p.Unadopted) > 0:
		return AdoptionOpen
	}
	return AdoptionDone
}

// ConfirmLive is GoLive for whoever saw the plan of that id. usher.ErrStale: it is another one by now. *usher.InvalidError: seats are to
// be adopted first, or it was not said why they are not.
func (l *Ledger) ConfirmLive(ctx context.Context, by usher.Principal, portal usher.ID, id string, withoutAdoption bool) error {
	plan, err := l.PlanLive(ctx, portal)
	switch {
	case err != nil:
		return err
	case plan.ID() != id:
		return fmt.Errorf("the plan of portal %s has changed since it was shown: %w", plan.Portal, usher.ErrStale)
	}
	if plan.Adoption() != AdoptionDone {
		switch {
		case !withoutAdoption:
			return &usher.InvalidError{Attribute: "portal", Problem: "has seats that were not adopted; take its list first, or say that you go ahead without, and why"}
		case by.Reason == "":
			return &usher.InvalidError{Attribute: "reason", Problem: "is missing: whoever finds people invited twice has to know why nothing was adopted"}
		}
		by.Reason = "without adoption: " + by.Reason
	}
	return l.GoLive(ctx, by, portal)
}

// ID names the plan by its content: another plan has another id.
func (p LivePlan) ID() string {
	content, err := json.Marshal(p)
	if err != nil {
		panic(fmt.Sprintf("ledger: plan of portal %s: %v", p.Portal, err)) // plain texts alone
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:4])
}

// PlanLive says what GoLive would do now. usher.ErrStale: the portal is live already.
func (l *Ledger) PlanLive(ctx context.Context, portal usher.ID) (LivePlan, error) {
	var result LivePlan
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		p, err := tx.Portal(ctx, portal)
		if err != nil {
			return err
		}
		if p.Live {
			return fmt.Errorf("portal %s is live already: %w", p.Name, usher.ErrStale)
		}
		subs, err := tx.Subscriptions(ctx)
		if err != nil {
			return err
		}
		result = LivePlan{Portal: p.Name, ObservedAt: p.ObservedAt, Whole: p.Profile.Whole}
		if p.Profile.Whole {
			if result.ObservedAt, err = listedAt(ctx, tx, portal); err != nil {
				return err
			}
		}
		slices.SortFunc(subs, func(a, b usher.Subscription) int { return strings.Compare(a.Name, b.Name) })
		for _, s := range subs {
			if s.Portal != portal {
				continue
			}
			if err := result.addQueue(ctx, tx, s); err != nil {
				return fmt.Errorf("subscription %s: %w", s.Name, err)
			}
		}
		return result.addAccounts(ctx, tx, portal)
	})
	return result, err
}

// ListedAt is of when the newest list of a portal's accounts is that was taken; zero for none.
func (l *Ledger) ListedAt(ctx context.Context, portal usher.ID) (at usher.Time, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		at, err = listedAt(ctx, tx, portal)
		return err
	})
	return at, err
}

// listedAt is of when the newest list of a portal's accounts is that was taken whole.
func listedAt(ctx context.Context, tx *store.Tx, portal usher.ID) (usher.Time, error) {
	exports, err := tx.Exports(ctx, portal, 10)
	i := slices.IndexFunc(exports, func(e usher.Export) bool { return e.TakenAt != 0 })
	if i < 0 {
		return 0, err
	}
	return exports[i].AsOf, err
}

// addQueue notes who of a subscription's queue would be seated and who would not.
func (p *LivePlan) addQueue(ctx context.Context, tx *store.Tx, sub usher.Subscription) error {
	queue, err := tx.LiveSeats(ctx, sub.ID)
	if err != nil {
		return err
	}
	sits := map[usher.ID]bool{}
	for _, s := range plan.Allocate(sub, queue, tx.Now()) {
		sits[s.ID] = true
	}
	for _, s := range queue {
		if s.State != usher.Queued {
			continue
		}
		person, err := tx.Person(ctx, s.Person)
		if err != nil {
			return err
		}
		kind := usher.PlanQueue
		if sits[s.ID] {
			kind = usher.PlanSeat
		}
		p.Seats = append(p.Seats, planned(sub, person, kind, s.Reason))
		shown, err := tx.ShowsSeat(ctx, sub.ID, s.Person)
		if err != nil {
			return err
		}
		if shown {
			p.Unadopted = append(p.Unadopted, person.Address)
		}
	}
	return nil
}

// addAccounts notes the accounts of people that the portal was seen to hold.
func (p *LivePlan) addAccounts(ctx context.Context, tx *store.Tx, portal usher.ID) error {
	seated := map[usher.ID]bool{}
	for _, s := range p.Seats {
		seated[s.Person] = seated[s.Person] || s.Kind == usher.PlanSeat
	}
	for after := usher.ID(""); ; {
		page, err := tx.Accounts(ctx, portal, after, 500)
		if err != nil || len(page) == 0 {
			slices.Sort(p.There)
			slices.Sort(p.Others)
			return err
		}
		for _, a := range page {
			switch {
			case a.Kind != usher.AccountPerson || a.Seen == nil:
			case seated[a.Subject]:
				p.There = append(p.There, shownAs(*a.Seen))
			default:
				p.Others = append(p.Others, shownAs(*a.Seen))
			}
		}
		after = page[len(page)-1].ID
	}
}

// shownAs is what a portal calls an account.
func shownAs(s usher.Seen) string {
	for _, name := range []string{s.Address, s.UserName, s.DisplayName} {
		if name != "" {
			return name
		}
	}
	return s.RemoteID
}
