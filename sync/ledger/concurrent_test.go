package ledger_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// crowd is several ledgers on one store: as many processes as the engine allows.
type crowd struct {
	*checker
	ledgers []*ledger.Ledger
	crm, hr usher.Principal
}

func eachCrowd(t *testing.T, f func(c *crowd)) {
	t.Helper()
	storetest.EachPlace(t, func(t *testing.T, at store.Options) {
		w := newWorld(t, at)
		w.setUp(ledger.Setup{
			Directories: []usher.Directory{{Name: "crm", Kind: usher.DirectorySCIM, Rank: 2}, {Name: "hr", Kind: usher.DirectoryFile, Zone: "UTC"}},
			Portals:     []usher.Portal{{Name: "learning", Kind: "scim", Live: true, Hard: true, Teams: true}},
		})
		c := &crowd{checker: &checker{TB: t, world: w, ctx: t.Context()}, ledgers: []*ledger.Ledger{w.ledger}, crm: w.directory("crm"), hr: w.directory("hr")}
		if at.URL != "" {
			at.Clock = w.clock.now // without doubt: there is more than one writer
			c.ledgers = nil
			for range 3 {
				c.ledgers = append(c.ledgers, ledger.New(storetest.Open(t, at), ledger.Options{}))
			}
		}
		f(c)
	})
}

// all runs f in n goroutines at once, each with one of the ledgers.
func (c *crowd) all(n int, f func(i int, l *ledger.Ledger) error) {
	var wg sync.WaitGroup
	failed := make([]error, n)
	for i := range n {
		wg.Go(func() { failed[i] = f(i, c.ledgers[i%len(c.ledgers)]) })
	}
	wg.Wait()
	c.try(errors.Join(failed...))
}

// TestManyCallersAtOnce has callers do everything at once, on few people: no call may
// fail for another reason than its own, and in the end all must be as after one caller.
func TestManyCallersAtOnce(t *testing.T) {
	const callers, calls = 8, 40
	eachCrowd(t, func(c *crowd) {
		c.policy = ledger.Policy{Guards: wideGuards(), Teams: ledger.TeamPolicy{ByDepartment: true}, Subscriptions: []ledger.SubscriptionPolicy{
			{Name: "adkar", Portal: "learning", Seats: 2, Rule: `department == "Sales"`, Priority: priorities[1]},
			{Name: "dev", Portal: "learning", Seats: 2, Rule: `inGroup("Pilots")`},
			{Name: "flow", Portal: "learning", Seats: 3, Rule: `department != ""`},
		}}
		c.try(c.world.propose(c.policy))
		pilots, err := c.ledger.CreateGroup(c.ctx, c.okta, group("Pilots"), nil)
		c.try(err)
		var records []usher.Record
		for _, name := range modelNames {
			records = append(records, c.push(user(name)))
		}
		portal := newFakePortal(c.checker, "learning")
		c.all(callers, func(i int, l *ledger.Ledger) error {
			if i == 0 { // one owner tells the portal
				return c.tell(l, portal, calls)
			}
			if i == 1 {
				return c.files(l, calls/2)
			}
			one := &caller{c, l, rand.New(rand.NewPCG(uint64(i), 1)), records, pilots.ID}
			for range calls {
				c.clock.add(time.Millisecond)
				if err := one.call(); err != nil {
					return fmt.Errorf("caller %d: %w", i, err)
				}
			}
			return nil
		})
		c.checker.sweep()
		c.portals = []*fakePortal{portal}
		c.before = c.look() // what happened on the way is not to be seen from the end
		c.clock.add(time.Millisecond)
		c.since = c.store.Now()
		c.verify("in the end")
	})
}

func (c *crowd) tell(l *ledger.Ledger, p *fakePortal, calls int) error {
	for range calls {
		work, err := l.Begin(c.ctx, p.lease, p.ID, 5, quiet)
		if err != nil {
			return err
		}
		for _, w := range work {
			p.holds[w.Change.Account] = w.Change.Desired
			o := usher.Outcome{Result: usher.Done, Wrote: true, RemoteID: remoteID(w.Change.Account)}
			if err := l.Acknowledge(c.ctx, p.lease, w, o, quiet); err != nil {
				return err
			}
		}
	}
	return nil
}

// files has one roster after the other come, of the same people and of their managers, some
// of whom the others do not know.
func (c *crowd) files(l *ledger.Ledger, n int) error {
	dice := rand.New(rand.NewPCG(7, 1))
	for range n {
		c.clock.add(time.Millisecond)
		f := &paper{}
		f.add(fmt.Sprint("new", dice.IntN(20)), "Sales")
		for _, name := range modelNames {
			f.add(name, "", func(a *usher.Attributes) {
				a.Title = []string{"Head", "Hand"}[dice.IntN(2)]
				a.Manager = fmt.Sprintf("new%d@example.com", dice.IntN(20))
			})
		}
		feed := f.feed(c.hr.Directory, false)
		feed.Full = false
		p, err := l.ProposeRoster(c.ctx, c.hr, feed)
		if errors.Is(err, usher.ErrStale) {
			continue // the policy is another by now
		}
		if err == nil && p.State == usher.PlanApplying {
			_, err = l.ApplyPlan(c.ctx, p.Number)
		}
		if err != nil {
			return fmt.Errorf("roster: %w", err)
		}
	}
	return nil
}

// caller is one of many.
type caller struct {
	*crowd
	ledger  *ledger.Ledger
	dice    *rand.Rand
	records []usher.Record
	group   usher.ID
}

// call does one thing; only refusals that concern the thing itself are no failure.
func (c *caller) call() error {
	r := c.records[c.dice.IntN(len(c.records))]
	subs, err := c.store.Look().AllSubscriptions(c.ctx)
	if err != nil {
		return err
	}
	sub := subs[c.dice.IntN(len(subs))].ID
	switch c.dice.IntN(10) {
	case 0, 1, 2:
		err = c.edit(r, func(a *usher.Attributes) { a.Active = !a.Active })
	case 3:
		err = c.edit(r, func(a *usher.Attributes) { a.Department = []string{"Sales", "R&D"}[c.dice.IntN(2)] })
	case 4:
		err = c.edit(r, func(a *usher.Attributes) { a.Title = []string{"", "Head"}[c.dice.IntN(2)] })
	case 5:
		kind := []usher.MemberOpKind{usher.MembersAdd, usher.MembersRemove}[c.dice.IntN(2)]
		_, err = c.ledger.ChangeGroup(c.ctx, c.okta, c.group, func(g usher.Group) (usher.Group, []usher.MemberOp, error) {
			return g, []usher.MemberOp{{Kind: kind, IDs: []usher.ID{r.ID}}}, nil
		})
	case 6:
		err = c.ledger.Grant(c.ctx, c.ann, sub, r.Person, 0)
	case 7:
		err = c.ledger.Withhold(c.ctx, c.ann, sub, r.Person, 0)
	case 8:
		err = c.ledger.ClearDecision(c.ctx, c.ann, sub, r.Person)
	case 9:
		err = c.ledger.Sweep(c.ctx)
	}
	if errors.Is(err, usher.ErrNotFound) {
		return nil // nothing was decided that could be taken back
	}
	return err
}

func (c *caller) edit(r usher.Record, f func(*usher.Attributes)) error {
	_, err := c.ledger.ChangeRecord(c.ctx, c.okta, r.ID, func(old usher.Record) (usher.Record, error) {
		a := old.Attributes
		f(&a)
		return withAttributes(old, a), nil
	})
	return err
}

// TestNoChangeIsLost has every caller change one record and one group many times.
func TestNoChangeIsLost(t *testing.T) {
	const callers, calls = 6, 15
	eachCrowd(t, func(c *crowd) {
		c.sell(c.seats(3))
		ann := c.push(user("ann"))
		pilots, err := c.ledger.CreateGroup(c.ctx, c.okta, group("Pilots"), nil)
		c.try(err)
		var members []usher.ID
		for i := range callers {
			members = append(members, c.push(user(fmt.Sprint("member", i))).ID)
		}
		c.all(callers, func(i int, l *ledger.Ledger) error {
			one := &caller{crowd: c, ledger: l}
			for range calls {
				if err := one.edit(ann, func(a *usher.Attributes) { a.Title += "x" }); err != nil {
					return err
				}
			}
			_, err := l.ChangeGroup(c.ctx, c.okta, pilots.ID, func(g usher.Group) (usher.Group, []usher.MemberOp, error) {
				return g, []usher.MemberOp{{Kind: usher.MembersAdd, IDs: []usher.ID{members[i]}}}, nil
			})
			return err
		})
		now, err := c.store.Record(c.ctx, c.okta.Directory, ann.ID)
		c.try(err)
		if got := len(now.Attributes.Title); got != callers*calls || now.Version != callers*calls+1 {
			c.Fatalf("%d of %d changes are there, version %d", got, callers*calls, now.Version)
		}
		if n, err := c.store.Look().MemberCount(c.ctx, pilots.ID); err != nil || n != callers {
			c.Fatalf("%d of %d members: %v", n, callers, err)
		}
	})
}

// TestOneAddressTwoDirectories has two directories push the same addresses at once.
func TestOneAddressTwoDirectories(t *testing.T) {
	const names = 25
	eachCrowd(t, func(c *crowd) {
		c.sell(c.seats(2 * names))
		made := make([][2]usher.Record, names)
		for n := range names {
			c.all(2, func(i int, l *ledger.Ledger) (err error) {
				made[n][i], err = l.CreateRecord(c.ctx, []usher.Principal{c.okta, c.crm}[i], user(fmt.Sprint("n", n)))
				return err
			})
		}
		for n, pair := range made {
			if one, two := c.person(pair[0]).ID, c.person(pair[1]).ID; one != two {
				c.Fatalf("address %d has two people", n)
			}
		}
		if open := slices.DeleteFunc(c.conflicts(), func(k usher.Conflict) bool { return k.Kind == usher.ConflictLeft }); len(open) > 0 {
			c.Fatalf("conflicts: %+v", open)
		}
		if got := c.subscription("adkar").Used; got != names {
			c.Fatalf("%d seats for %d people", got, names)
		}
	})
}
