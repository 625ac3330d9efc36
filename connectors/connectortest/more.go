package connectortest

import (
	"errors"

	"usher/connectors"
	"usher/internal/usher"
)

func teamCases() []eachCase {
	return []eachCase{
		{"team", team},
		{"lost answer to a team", lostTeam},
		{"team that is no more", endedTeam},
	}
}

// staff seats n people and gives their ids at the portal.
func (b *bench) staff(n int) []string {
	b.Helper()
	var ids []string
	for _, c := range b.settle(people(n)...) {
		ids = append(ids, c.RemoteID)
	}
	return ids
}

func team(b *bench) {
	ids := b.staff(4)
	c := someTeam(ids[:3]...)
	for _, step := range []func(){
		func() {},
		func() { c.MemberRemoteIDs = []string{ids[3], ids[1]} },
		func() { c.Desired.DisplayName = "Research" },
		func() { c.MemberRemoteIDs = nil },
		func() { c.MemberRemoteIDs = ids },
	} {
		step()
		c.Generation++
		c = b.settle(c)[0]
		b.quiet(func() { b.settle(c) })
	}
	b.accounts(usher.AccountTeam, 1)
}

func lostTeam(b *bench) {
	ids := b.staff(2)
	b.Portal.LoseAnswers(1)
	b.settle(b.lost(someTeam(ids...)))
	b.accounts(usher.AccountTeam, 1)
}

func endedTeam(b *bench) {
	ids := b.staff(2)
	c := b.settle(someTeam(ids...))[0]
	c.Desired.Active, c.MemberRemoteIDs = false, nil
	b.settle(c)
	if seen, ok := b.held(c); ok && len(seen.Members) > 0 {
		b.Errorf("the team that is no more has members %v", seen.Members)
	}
}

func readCases() []eachCase {
	return []eachCase{
		{"read", readAll},
		{"read stops on request", readStops},
	}
}

// readAll takes more people than fit a page of most portals.
func readAll(b *bench) {
	const many = 250
	changes := b.settle(people(many)...)
	changes[7].Desired.Active = false
	b.settle(changes[7])
	want := map[string]usher.Seen{}
	for _, seen := range b.Portal.Accounts(usher.AccountPerson) {
		want[seen.RemoteID] = seen
	}
	err := b.Each.(connectors.Reader).Read(b.Context(), usher.AccountPerson, func(seen usher.Seen) error {
		held, ok := want[seen.RemoteID]
		if !ok {
			b.Errorf("account %q was read twice or is not there", seen.RemoteID)
		}
		if seen.Active != held.Active || (seen.UserName != "" && seen.UserName != held.UserName) {
			b.Errorf("read %+v, the portal holds %+v", seen, held)
		}
		delete(want, seen.RemoteID)
		return nil
	})
	if err != nil || len(want) > 0 {
		b.Errorf("%d of %d accounts were not read, error %v", len(want), many, err)
	}
}

func readStops(b *bench) {
	b.settle(people(2)...)
	enough, calls := errors.New("enough"), 0
	err := b.Each.(connectors.Reader).Read(b.Context(), usher.AccountPerson, func(usher.Seen) error {
		calls++
		return enough
	})
	if !errors.Is(err, enough) || calls != 1 {
		b.Errorf("after %d calls: %v, want the caller's error after one", calls, err)
	}
}
