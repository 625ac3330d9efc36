package connectortest

import (
	"context"
	"errors"
	"slices"

	"usher/connectors"
	"usher/internal/usher"
)

// eachCase is one case of the suite for [connectors.Each].
type eachCase struct {
	name string
	run  func(*bench)
}

func eachCases() []eachCase {
	return []eachCase{
		{"create", create},
		{"second pass writes nothing", secondPass},
		{"known to the portal only", knownThere},
		{"change", change},
		{"rename keeps the account", rename},
		{"deactivate and reactivate", deactivate},
		{"deactivate who was never there", deactivateNobody},
		{"manager", manager},
		{"lost answer to a create", lostCreate},
		{"lost answer, then a rename", lostThenRenamed},
		{"lost answer to a deactivation", lostDeactivation},
		{"busy", busy},
		{"no seats", noSeats},
		{"stopped", stopped},
		{"nothing to do", nothing},
	}
}

// create also checks the order of outcomes: inLine compares by the id of each.
func create(b *bench) {
	for _, c := range b.settle(people(3)...) {
		if c.RemoteID == "" {
			b.Errorf("%s has no id at the portal", c.Account)
		}
	}
	b.accounts(usher.AccountPerson, 3)
	if b.Portal.Writes() < 3 {
		b.Errorf("the portal counted %d writes for 3 new accounts: it does not count", b.Portal.Writes())
	}
}

func secondPass(b *bench) {
	changes := b.settle(people(3)...)
	b.quiet(func() {
		outcomes, _ := b.deliver(changes...)
		for i, o := range outcomes {
			if o.Result != usher.Done || o.Wrote {
				b.Errorf("change %d: %+v, want done without a write", i, o)
			}
		}
	})
}

// knownThere: the ids got lost on our side, as after a restore.
func knownThere(b *bench) {
	b.settle(people(3)...)
	again := func() { b.settle(people(3)...) }
	if b.Blind {
		again()
	} else {
		b.quiet(again)
	}
	b.accounts(usher.AccountPerson, 3)
}

func change(b *bench) {
	changes := b.settle(people(2)...)
	changes[1].Desired.FamilyName = "Ünal"
	changes[1].Desired.DisplayName = "Zoë Ünal"
	changes[1].Desired.Department = "Sales"
	changes[1].Desired.Title = ""
	changes[1].Generation++
	changes = b.settle(changes...)
	b.quiet(func() { b.settle(changes...) })
}

func rename(b *bench) {
	before := b.settle(someone(1))[0]
	after := before
	after.Desired.UserName, after.Desired.Address = "new@example.com", "new@example.com"
	after = b.settle(after)[0]
	if after.RemoteID != before.RemoteID {
		b.Errorf("the account is %s after a rename, was %s", after.RemoteID, before.RemoteID)
	}
	b.accounts(usher.AccountPerson, 1)
}

func deactivate(b *bench) {
	c := b.settle(someone(1))[0]
	id := c.RemoteID
	for _, active := range []bool{false, true, false} {
		c.Desired.Active = active
		c.Generation++
		c = b.settle(c)[0]
		b.quiet(func() { b.settle(c) })
		if c.RemoteID != id {
			b.Errorf("the account is %s, was %s", c.RemoteID, id)
		}
	}
	b.accounts(usher.AccountPerson, 1)
}

func deactivateNobody(b *bench) {
	c := someone(1)
	c.Desired.Active = false
	b.quiet(func() { b.settle(c) })
	b.accounts(usher.AccountPerson, 0)
}

func manager(b *bench) {
	changes := b.settle(people(3)...)
	report := changes[2]
	for _, m := range []string{changes[0].RemoteID, changes[1].RemoteID, ""} {
		report.ManagerRemoteID, report.Desired.Manager = m, usher.ID(m)
		report.Generation++
		report = b.settle(report)[0]
		b.quiet(func() { b.settle(report) })
	}
}

func lostCreate(b *bench) {
	b.Portal.LoseAnswers(1)
	c := b.lost(someone(1))
	if b.Hides || b.Blind {
		c = b.settle(c)[0]
	}
	b.quiet(func() { b.settle(c) })
	b.accounts(usher.AccountPerson, 1)
}

// lostThenRenamed: what we know the account by changes before it was found again.
func lostThenRenamed(b *bench) {
	b.Portal.LoseAnswers(1)
	c := b.lost(someone(1))
	c.Desired.UserName, c.Desired.Address = "new@example.com", "new@example.com"
	b.settle(c)
	b.accounts(usher.AccountPerson, 1)
}

func lostDeactivation(b *bench) {
	c := b.settle(someone(1))[0]
	c.Desired.Active = false
	b.Portal.LoseAnswers(1)
	c = b.lost(c)
	if b.Blind {
		c = b.settle(c)[0]
	}
	b.quiet(func() { b.settle(c) })
}

// lost delivers a change whose answer gets lost.
func (b *bench) lost(c usher.AccountChange) usher.AccountChange {
	b.Helper()
	outcomes, _ := b.deliver(c)
	if outcomes[0].Result != usher.Unknown {
		b.Fatalf("a lost answer is %s, want unknown", outcomes[0].Result)
	}
	return known(c, outcomes[0])
}

func busy(b *bench) {
	b.Portal.Busy(1)
	changes := people(3)
	outcomes, err := b.deliver(changes...)
	if err != nil && !errors.As(err, new(*connectors.Down)) {
		b.Errorf("error %v is not a Down", err)
	}
	if outcomes[0].Result != usher.Retry {
		b.Errorf("a busy portal's refusal is %s, want retry", outcomes[0].Result)
	}
	for i, o := range outcomes {
		changes[i] = known(changes[i], o)
	}
	b.settle(changes...)
	b.accounts(usher.AccountPerson, 3)
}

func noSeats(b *bench) {
	b.Portal.SetSeats(2)
	changes := people(3)
	outcomes, _ := b.deliver(changes...)
	for i, o := range outcomes {
		if full := i == 2; o.NoSeats != full || (o.Result == usher.Refused) != full {
			b.Fatalf("change %d: %+v, want a refusal for want of seats: %t", i, o, full)
		}
		changes[i] = known(changes[i], o)
	}
	changes[0].Desired.Active = false
	changes = b.settle(changes...)
	changes[0].Desired.Active = true
	if outcomes, _ = b.deliver(changes[0]); !outcomes[0].NoSeats {
		b.Errorf("a reactivation without a free seat: %+v, want a refusal for want of seats", outcomes[0])
	}
}

func stopped(b *bench) {
	ctx, cancel := context.WithCancel(b.Context())
	cancel()
	b.quiet(func() {
		outcomes, _ := b.Each.Deliver(ctx, people(3))
		if len(outcomes) != 3 || slices.ContainsFunc(outcomes, func(o usher.Outcome) bool { return o.Result != usher.Retry }) {
			b.Errorf("after a stop: %+v, want three times retry", outcomes)
		}
	})
	b.accounts(usher.AccountPerson, 0)
}

func nothing(b *bench) {
	b.quiet(func() { b.settle() })
}
