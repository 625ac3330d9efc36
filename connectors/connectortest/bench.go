package connectortest

import (
	"fmt"
	"slices"
	"testing"

	"usher/internal/usher"
)

// bench is one case's connector and what is known of its accounts, kept as the engine
// keeps it.
type bench struct {
	*testing.T
	Setup
}

func newBench(t *testing.T, s Setup) *bench { return &bench{T: t, Setup: s} }

// someone is the change that seats a person nobody has heard of.
func someone(n int) usher.AccountChange {
	return usher.AccountChange{
		Account: usher.ID(fmt.Sprintf("account-%d", n)), Kind: usher.AccountPerson, Generation: 1,
		Desired: usher.Desired{
			Active: true, Key: fmt.Sprintf("person-%d", n),
			UserName: fmt.Sprintf("person%d@example.com", n), Address: fmt.Sprintf("person%d@example.com", n),
			DisplayName: fmt.Sprintf("Zoë O'Neill %d", n), GivenName: "Zoë", FamilyName: fmt.Sprintf("O'Neill %d", n),
			Title: "Engineer, \"staff\"", Department: "R&D <EU>",
		},
	}
}

// people are n such changes.
func people(n int) []usher.AccountChange {
	out := make([]usher.AccountChange, n)
	for i := range out {
		out[i] = someone(i + 1)
	}
	return out
}

// someTeam is the change that makes a team of the given members.
func someTeam(members ...string) usher.AccountChange {
	return usher.AccountChange{
		Account: "account-team", Kind: usher.AccountTeam, Generation: 1, MemberRemoteIDs: members,
		Desired: usher.Desired{Active: true, Key: "team-1", DisplayName: "R&D <EU>"},
	}
}

// deliver delivers and checks what holds for every delivery.
func (b *bench) deliver(changes ...usher.AccountChange) ([]usher.Outcome, error) {
	b.Helper()
	before := slices.Clone(changes)
	outcomes, err := b.Each.Deliver(b.Context(), changes)
	if len(outcomes) != len(changes) {
		b.Fatalf("%d outcomes for %d changes (error: %v)", len(outcomes), len(changes), err)
	}
	for i := range changes {
		if fmt.Sprint(before[i]) != fmt.Sprint(changes[i]) {
			b.Fatalf("change %d was altered by the connector", i)
		}
		if o := outcomes[i]; o.Result != usher.Done && o.Reason == "" {
			b.Errorf("change %d is %s without a reason", i, o.Result)
		}
	}
	return outcomes, err
}

// settle delivers, wants everything done and proven, and gives the changes back with what
// is known afterwards.
func (b *bench) settle(changes ...usher.AccountChange) []usher.AccountChange {
	b.Helper()
	outcomes, err := b.deliver(changes...)
	if err != nil {
		b.Fatalf("deliver: %v", err)
	}
	out := slices.Clone(changes)
	for i, o := range outcomes {
		if o.Result != usher.Done {
			b.Fatalf("change %d of %s is %s: %s", i, changes[i].Account, o.Result, o.Reason)
		}
		out[i] = known(changes[i], o)
		b.inLine(out[i])
	}
	return out
}

// known is the change with what its outcome taught.
func known(c usher.AccountChange, o usher.Outcome) usher.AccountChange {
	c.RemoteID, c.Seen, c.ReadBack = o.RemoteID, o.Seen, o.Result == usher.Unknown
	return c
}

// inLine wants the portal to hold what is desired, under the id that the outcome named.
func (b *bench) inLine(c usher.AccountChange) {
	b.Helper()
	seen, ok := b.held(c)
	if !ok {
		if c.Desired.Active {
			b.Fatalf("%s is not at the portal", c.Account)
		}
		return
	}
	want, manager := c.Desired, c.ManagerRemoteID
	if b.Keeps != nil {
		want = b.Keeps(c.Desired)
		if want.Manager == "" && c.Desired.Manager != "" {
			manager = ""
		}
	}
	if c.Kind == usher.AccountPerson && seen.Active != want.Active {
		b.Errorf("%s: active is %t at the portal, want %t", c.Account, seen.Active, want.Active)
	}
	if c.Seen == nil || c.Seen.RemoteID != seen.RemoteID || (c.Kind == usher.AccountPerson && c.Seen.Active != seen.Active) {
		b.Errorf("%s: the outcome shows %+v, the portal holds %+v", c.Account, c.Seen, seen)
	}
	if !want.Active {
		return
	}
	for _, pair := range [][2]string{
		{seen.Key, want.Key},
		{seen.UserName, want.UserName},
		{seen.Address, want.Address},
		{seen.DisplayName, want.DisplayName},
		{seen.GivenName, want.GivenName},
		{seen.FamilyName, want.FamilyName},
		{seen.Title, want.Title},
		{seen.Department, want.Department},
		{seen.Manager, manager},
	} {
		if pair[0] != pair[1] {
			b.Errorf("%s: the portal holds %q, want %q", c.Account, pair[0], pair[1])
		}
	}
	if c.Kind == usher.AccountTeam && !slices.Equal(slices.Sorted(slices.Values(seen.Members)), slices.Sorted(slices.Values(c.MemberRemoteIDs))) {
		b.Errorf("%s: members are %v at the portal, want %v", c.Account, seen.Members, c.MemberRemoteIDs)
	}
}

// held is the account at the portal that the change's outcome named.
func (b *bench) held(c usher.AccountChange) (usher.Seen, bool) {
	for _, seen := range b.Portal.Accounts(c.Kind) {
		if seen.RemoteID == c.RemoteID {
			return seen, true
		}
	}
	return usher.Seen{}, false
}

// quiet runs f and wants no write to arrive meanwhile.
func (b *bench) quiet(f func()) {
	b.Helper()
	before := b.Portal.Writes()
	f()
	if after := b.Portal.Writes(); after != before {
		b.Errorf("%d writes where none was needed", after-before)
	}
}

// accounts wants the portal to hold so many accounts of a kind.
func (b *bench) accounts(kind usher.AccountKind, want int) {
	b.Helper()
	if got := len(b.Portal.Accounts(kind)); got != want {
		b.Errorf("the portal holds %d %s accounts, want %d", got, kind, want)
	}
}
