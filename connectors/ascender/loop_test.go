package ascender_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"usher/connectors"
	"usher/connectors/ascender"
	"usher/connectors/ascender/ascenderportal"
	"usher/internal/table"
	"usher/internal/usher"
)

const (
	seatName   = "Seats"
	methodName = "Method"
	methodCode = "Methodology A"
)

// employee is somebody of whom the company and the portal know.
type employee struct {
	key, address, given, family, title, area string
	boss                                     int // -1: nobody
	seat, method                             bool
	remote                                   string
	seen                                     *usher.Seen
}

func (e employee) desired(people []*employee) usher.Desired {
	d := usher.Desired{
		Active: e.seat, Key: e.key, Address: e.address, GivenName: e.given, FamilyName: e.family, Title: e.title,
		DisplayName: e.family + ", " + e.given, Values: map[string]string{"Functional Area": e.area},
	}
	if !e.seat {
		return d
	}
	d.Subscriptions = []string{seatName}
	if e.method {
		d.Subscriptions = []string{methodName, seatName}
	}
	if e.boss >= 0 {
		d.Manager = usher.ID(people[e.boss].key)
	}
	return d
}

// there says that somebody can manage others at the portal, as far as it was seen.
func (e *employee) there() bool { return e.seat && e.seen != nil && e.seen.Active }

// company is a small engine: it knows no more of the portal than exports tell.
type company struct {
	*rapid.T
	people    []*employee
	portal    *ascenderportal.Portal
	connector *ascender.Ascender
	bought    int
}

func newCompany(t *rapid.T) *company {
	bought := rapid.IntRange(2, 7).Draw(t, "bought")
	c := &company{
		T: t, bought: bought,
		portal: ascenderportal.New(ascenderportal.Options{
			Purchased: bought, Methodologies: map[string]int{methodCode: 20}, Lists: map[string][]string{"Functional Area": {"Sales", "Marketing"}},
			Who:       func(address string) string { return strings.SplitN(strings.ToLower(address), ".", 2)[0] },
			Transfers: func(address string) bool { return strings.HasPrefix(address, "p3") },
		}),
		connector: ascender.New(ascender.Options{Columns: []string{"Functional Area"}, Subscriptions: map[string]string{"Ascender": seatName, methodCode: methodName}}),
	}
	for range 6 {
		c.join()
	}
	return c
}

func (c *company) join() {
	n := len(c.people)
	c.people = append(c.people, &employee{key: fmt.Sprintf("k%d", n), address: fmt.Sprintf("P%d.One@Example.com", n), given: "Anné " + fmt.Sprint(n), family: "O'Brien", area: "Sales", boss: n - 1})
}

// day changes some people. A seat is given only where the last export shows one free.
func (c *company) day() {
	free := c.bought - c.portal.Occupied()
	for range rapid.IntRange(4, 16).Draw(c.T, "events") {
		i := rapid.IntRange(0, len(c.people)-1).Draw(c.T, "who")
		e := c.people[i]
		switch rapid.IntRange(0, 12).Draw(c.T, "event") {
		case 0, 1, 2, 3:
			if !e.seat && free > 0 && (e.seen == nil || !e.seen.Active) {
				e.seat, free = true, free-1
			}
		case 4:
			e.seat, e.method = false, false
		case 5:
			e.title = rapid.SampledFrom([]string{"AE", "Lead", "Head, \"EMEA\""}).Draw(c.T, "title")
		case 6:
			e.area = rapid.SampledFrom([]string{"Sales", "Marketing"}).Draw(c.T, "area")
		case 7, 8, 9:
			e.boss = rapid.IntRange(-1, len(c.people)-1).Draw(c.T, "boss") // a circle now and then
		case 10:
			e.address = fmt.Sprintf("p%d.%s@example.com", i, rapid.SampledFrom([]string{"one", "two", "three"}).Draw(c.T, "address"))
		case 11:
			e.method = e.seat
		case 12:
			if e.remote != "" {
				_ = c.portal.Login(e.remote) // who is Inactive cannot
				_ = c.portal.Open(e.remote, methodCode)
			}
		}
	}
	if len(c.people) < 12 && rapid.Bool().Draw(c.T, "joiner") {
		c.join()
	}
}

// changes are all people whom the portal was not seen to hold as they should be.
func (c *company) changes() []usher.AccountChange {
	var out []usher.AccountChange
	for i, e := range c.people {
		d := e.desired(c.people)
		if !d.Active && (e.seen == nil || !e.seen.Active) || d.Active && len(c.differs(e)) == 0 {
			continue
		}
		change := usher.AccountChange{Account: usher.ID(fmt.Sprintf("a%02d", i)), Kind: usher.AccountPerson, Generation: 1, Desired: d, RemoteID: e.remote, Seen: e.seen}
		if e.boss >= 0 {
			change.ManagerRemoteID = c.people[e.boss].remote
		}
		out = append(out, change)
	}
	return out
}

// differs says what is not as it should be. A manager counts as far as the portal can know them.
func (c *company) differs(e *employee) []string {
	if e.seen == nil || !e.seen.Active {
		return []string{"not there"}
	}
	var out []string
	say := func(what string, there, want any) {
		out = append(out, fmt.Sprintf("%s: %v, want %v", what, there, want))
	}
	if e.title != "" && e.seen.Title != e.title {
		say("title", e.seen.Title, e.title)
	}
	if e.seen.Values["Functional Area"] != e.area {
		say("area", e.seen.Values, e.area)
	}
	if !strings.EqualFold(e.remote, e.address) {
		say("address", e.remote, e.address)
	}
	if has := slices.Contains(e.seen.Subscriptions, methodName); has != e.method {
		say("method", has, e.method)
	}
	if e.boss >= 0 && !c.circular(e) {
		if boss := c.people[e.boss]; boss.there() && e.seen.Manager != boss.remote {
			say("manager", e.seen.Manager, boss.remote)
		}
	}
	return out
}

// circular says that a line of managers leads into a circle, here or as the portal has it for
// those whom nobody manages any more: blank leaves a manager as it is.
func (c *company) circular(e *employee) bool {
	met := map[*employee]bool{}
	for at := e; at != nil; {
		if met[at] {
			return true
		}
		met[at] = true
		next := (*employee)(nil)
		if at.boss >= 0 && at.seat && c.people[at.boss].there() {
			next = c.people[at.boss]
		} else if at.seen != nil && at.seen.Manager != "" {
			next = c.known(at.seen.Manager)
		}
		at = next
	}
	return false
}

// circles are all whose line is circular.
func (c *company) circles() map[*employee]bool {
	in := map[*employee]bool{}
	for _, e := range c.people {
		in[e] = c.circular(e)
	}
	return in
}

func (c *company) known(remote string) *employee {
	for _, e := range c.people {
		if e.remote == remote {
			return e
		}
	}
	return nil
}

func (c *company) handover(changes []usher.AccountChange) connectors.Handover {
	template, err := c.portal.Template()
	if err != nil {
		c.Fatal(err)
	}
	h := connectors.Handover{
		Changes: changes, Templates: []usher.Template{{Key: ascender.TemplateKey, Content: template}},
		Pools: []connectors.Pool{{Subscription: seatName, Code: "ascender", Purchased: c.bought, Occupied: c.portal.Occupied()}, {Subscription: methodName, Code: methodCode, Purchased: 20}},
	}
	among := map[string]bool{}
	for _, change := range changes {
		among[change.RemoteID] = true
	}
	for _, e := range c.people {
		if e.seen != nil && !among[e.remote] {
			h.Held = append(h.Held, *e.seen)
		}
	}
	slices.SortFunc(h.Held, func(a, b usher.Seen) int { return strings.Compare(a.RemoteID, b.RemoteID) })
	return h
}

// visit carries everything to the portal as a person does, in the order of the files.
func (c *company) visit(files []connectors.File) {
	for _, f := range files {
		if f.Kind == usher.BatchTasks {
			c.work(f)
			continue
		}
		review, err := c.portal.Upload(f.Content)
		if err != nil || len(review.Errors) > 0 || review.Invited+review.Changed != len(f.Rows) {
			c.Fatalf("the portal refuses the upload: %v, %+v\n%+v", err, review, f.Rows)
		}
	}
}

func (c *company) work(f connectors.File) {
	tasks, err := ascenderportal.Tasks(f.Content)
	if err != nil || len(tasks) != len(f.Rows) {
		c.Fatalf("%d tasks for %d rows, %v", len(tasks), len(f.Rows), err)
	}
	for i, task := range tasks {
		if err := c.portal.Do(task); err != nil && !errors.Is(err, ascenderportal.ErrConsumed) {
			c.Fatalf("row %d (%s): %v", f.Rows[i].Row, f.Rows[i].Text, err)
		}
	}
}

// look reads the portal's export: by the address that it had, or by that which the person has.
func (c *company) look(f table.Format) {
	content, err := c.portal.Export(f)
	if errors.Is(err, nil) && len(c.portal.Users()) == 0 {
		return // nobody there yet: such a list is refused, and rightly so
	}
	if err != nil {
		c.Fatal(err)
	}
	found := map[*employee]bool{}
	findings, err := c.connector.ReadExport(content, func(s usher.Seen) error {
		i := slices.IndexFunc(c.people, func(e *employee) bool { return e.remote == s.RemoteID })
		if i < 0 {
			i = slices.IndexFunc(c.people, func(e *employee) bool { return strings.EqualFold(e.address, s.RemoteID) })
		}
		if i < 0 || found[c.people[i]] {
			return fmt.Errorf("%s is nobody, or there twice", s.RemoteID)
		}
		found[c.people[i]] = true
		c.people[i].remote, c.people[i].seen = s.RemoteID, &s
		return nil
	})
	if err != nil || len(findings) > 0 {
		c.Fatalf("export: %v, %+v", err, findings)
	}
}

// TestTheLoopCloses drives joiners, movers and leavers: whatever the connector hands over the
// portal takes on, and once the export is back it shows what is desired.
func TestTheLoopCloses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newCompany(t)
		for day := range rapid.IntRange(1, 10).Draw(t, "days") {
			c.day()
			changes, circles := c.changes(), c.circles()
			files, outcomes, err := c.connector.Render(c.handover(changes))
			if err != nil {
				t.Fatal(err)
			}
			c.visit(files)
			c.look([]table.Format{table.CSV, table.XLSX}[day%2])
			c.check(changes, outcomes, circles)
		}
	})
}

func (c *company) check(changes []usher.AccountChange, outcomes []usher.Outcome, circles map[*employee]bool) {
	for who, accounts := range c.portal.Invitations() {
		if accounts > 1 {
			c.Fatalf("%s has %d accounts", who, accounts)
		}
	}
	if c.portal.Occupied() > c.bought {
		c.Fatalf("%d seats are taken, %d were bought", c.portal.Occupied(), c.bought)
	}
	for i, o := range outcomes {
		e := c.people[slices.IndexFunc(c.people, func(e *employee) bool { return e.key == changes[i].Desired.Key })]
		if o.Result != usher.Awaiting {
			c.Fatalf("%s is refused: %s", e.key, o.Reason)
		}
		if !e.seat && e.seen != nil && e.seen.Active {
			c.Fatalf("%s is still there: %+v", e.key, *e.seen)
		}
		if differs := c.differs(e); e.seat && len(differs) > 0 && !c.excused(e, changes[i], differs, circles[e]) {
			c.Fatalf("%s: %q after %+v", e.key, differs, changes[i])
		}
	}
}

// excused are a methodology that was consumed, and a manager who was not there when the row was
// made, or from whom the line led back then: it ends when somebody in it gets a manager who comes
// in this very visit, and is told anew in the next.
func (c *company) excused(e *employee, change usher.AccountChange, differs []string, circular bool) bool {
	return len(differs) == 1 && (strings.HasPrefix(differs[0], "method") && !e.method ||
		strings.HasPrefix(differs[0], "manager") && (circular || change.ManagerRemoteID == "" && c.people[e.boss].remote == ""))
}
