package ledger

import (
	"errors"
	"slices"

	"usher/internal/usher"
)

// side is what one of two people has at a portal.
type side struct {
	account usher.Account // without an id: none
	seats   []usher.Seat  // that are not released
}

// has says that the portal may hold something of this side's, so that only telling it can take that away.
func (s side) has() bool { return s.account.Known() }

// standing is the best state of a seat of the side.
func (s side) standing() int {
	best := 0
	for _, seat := range s.seats {
		best = max(best, 1+slices.Index([]usher.SeatState{usher.Queued, usher.Releasing, usher.Invited, usher.Active}, seat.State))
	}
	return best
}

// bears says that the portal knows the account by an address.
func (s side) bears(key string) bool {
	names := []string{s.account.RemoteID}
	if a := s.account; a.Seen != nil {
		names = append(names, a.Seen.Address, a.Seen.UserName)
	} else if a.Desired != nil {
		names = append(names, a.Desired.Address, a.Desired.UserName)
	}
	return key != "" && slices.ContainsFunc(names, func(name string) bool {
		folded, err := usher.FoldAddress(name)
		return err == nil && folded == key
	})
}

// open says that the account is there and not closed.
func (s side) open() bool {
	a := s.account
	return a.Seen != nil && a.Seen.Active || a.Seen == nil && a.Desired != nil && a.Desired.Active
}

// lockSeats locks all subscriptions of the portals at which one of the people has anything, and then the accounts.
func (r *reshaping) lockSeats(people ...usher.ID) (pools []*pool, err error) {
	portals := map[usher.ID]bool{}
	var accounts []usher.ID
	for _, person := range people {
		have, err := r.tx.AccountsOf(r.ctx, person)
		if err != nil {
			return nil, err
		}
		for _, a := range have {
			portals[a.Portal] = true
			accounts = append(accounts, a.ID)
		}
		seats, err := r.tx.SeatsOf(r.ctx, person)
		if err != nil {
			return nil, err
		}
		for _, s := range seats {
			known, _ := r.policy.pool(s.Subscription)
			portals[known.sub.Portal] = true
		}
	}
	for _, known := range r.policy.pools { // by id
		if !portals[known.sub.Portal] {
			continue
		}
		p, err := r.lock(known.sub.ID)
		if err != nil {
			return nil, err
		}
		r.touched[p.sub.ID] = true
		pools = append(pools, p)
	}
	slices.Sort(accounts)
	for _, id := range accounts {
		if _, err := r.tx.LockAccount(r.ctx, id); err != nil {
			return nil, err
		}
	}
	return pools, nil
}

// at is what a person has at a portal, whose subscriptions are locked.
func (r *reshaping) at(portal, person usher.ID, pools []*pool) (s side, err error) {
	s.account, err = r.tx.AccountOf(r.ctx, portal, usher.AccountPerson, person)
	if err != nil && !errors.Is(err, usher.ErrNotFound) {
		return s, err
	}
	for _, p := range pools {
		if p.sub.Portal != portal {
			continue
		}
		seat, err := p.liveSeat(person)
		if err != nil {
			return s, err
		}
		if seat.ID != "" {
			s.seats = append(s.seats, seat)
		}
	}
	return s, nil
}

// liveSeat is the person's seat that is not released; without an id for none.
func (p *pool) liveSeat(person usher.ID) (usher.Seat, error) {
	s, err := p.tx.LiveSeat(p.ctx, p.sub.ID, person)
	if errors.Is(err, usher.ErrNotFound) {
		return usher.Seat{}, nil
	}
	return s, err
}

// exchange gives each of two people what the other has at a portal: accounts with what they hold, and seats. A seat stays with the
// account that serves it.
func (r *reshaping) exchange(portal usher.ID, x, y usher.ID, pools []*pool, why string) error {
	a, err := r.at(portal, x, pools)
	if err != nil {
		return err
	}
	b, err := r.at(portal, y, pools)
	if err != nil {
		return err
	}
	for _, step := range []struct {
		account usher.Account
		to      usher.ID
	}{{a.account, ""}, {b.account, x}, {a.account, y}} { // of each there is one account at the most
		if step.account.ID == "" {
			continue
		}
		if err := r.moveAccount(step.account, step.to); err != nil {
			return err
		}
	}
	for _, p := range pools {
		if p.sub.Portal == portal {
			if err := p.exchange(x, y, why); err != nil {
				return err
			}
		}
	}
	r.touch(portal, usher.AccountPerson, x)
	r.touch(portal, usher.AccountPerson, y)
	return nil
}

func (p *pool) exchange(x, y usher.ID, why string) error {
	a, err := p.liveSeat(x)
	if err != nil {
		return err
	}
	b, err := p.liveSeat(y)
	if err != nil {
		return err
	}
	if a.ID != "" && b.ID != "" { // nobody has two, not even for a moment
		aside := a
		aside.State = usher.Released
		if err := p.tx.UpdateSeat(p.ctx, aside); err != nil {
			return err
		}
	}
	if err := p.moveSeat(b, x, why); err != nil {
		return err
	}
	return p.moveSeat(a, y, why)
}

// moveSeat makes a seat somebody else's. That an admin discarded its release was about whoever had it.
func (p *pool) moveSeat(s usher.Seat, person usher.ID, why string) error {
	if s.ID == "" {
		return nil
	}
	s.Person, s.KeptRevision, s.ChangedAt = person, 0, p.now()
	p.touch(p.sub.Portal, usher.AccountPerson, person)
	return p.save(s, usher.EventSeatKept, why)
}

// countStrangers keeps it right who is a stranger at the portals, now that seats and accounts have other owners.
func (r *reshaping) countStrangers(pools []*pool) error {
	for _, p := range pools {
		for _, person := range append([]usher.ID{r.kept, r.other}, r.merged...) {
			s, err := p.liveSeat(person)
			if err != nil {
				return err
			}
			if err := p.estrange(person, !s.State.Occupies()); err != nil {
				return err
			}
		}
	}
	return nil
}
