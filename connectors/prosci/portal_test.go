package prosci_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"usher/connectors"
	"usher/connectors/prosci"
	"usher/connectors/prosci/prosciportal"
	"usher/internal/usher"
)

// company is people who come, move, go and change their names, with one portal.
type company struct {
	*testing.T
	*rand.Rand
	portal    *prosciportal.Portal
	connector *prosci.Portal
	templates []usher.Template
	people    []*employee
	strangers []string
	returned  map[string]bool // addresses whose profile was deleted, and that came back
	days      int
}

// employee is one of them: what the portal should hold, and what it is known to.
type employee struct {
	desired  usher.Desired
	remote   string
	seen     *usher.Seen
	away     bool // left, and nothing is to be done any more
	releases []string
}

func newCompany(t *testing.T, seed uint64) *company {
	t.Helper()
	c := &company{T: t, Rand: rand.New(rand.NewPCG(seed, 4)), connector: portal(t), returned: map[string]bool{}}
	c.portal = prosciportal.New("lic.admin@example.com",
		prosciportal.Tool{Code: "P410", Name: "Proxima", Purchased: 10},
		prosciportal.Tool{Code: "P1432", Name: "Research Hub", Purchased: 10},
		prosciportal.Tool{Code: "P34", Name: "Practitioner eToolkit", Purchased: 10})
	for _, codes := range [][]string{{"P410"}, {"P1432"}, {"P34"}, {"P410", "P1432"}, {"P34", "P1432", "P410"}} {
		content, err := c.portal.Template(codes...)
		if err != nil {
			t.Fatal(err)
		}
		c.templates = append(c.templates, usher.Template{Name: strings.Join(codes, "-"), Content: content})
	}
	return c
}

// subscribed draws which tools somebody is to have; never none.
func (c *company) subscribed() []string {
	all := []string{"Proxima", "Research Hub", "eToolkit"}
	c.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return slices.Sorted(slices.Values(all[:1+c.IntN(3)]))
}

// day lets things happen to people.
func (c *company) day() {
	c.days++
	for range c.IntN(4) {
		n := len(c.people)
		c.people = append(c.people, &employee{desired: usher.Desired{
			Active: true, Key: fmt.Sprint(n), GivenName: "Zoë\u00a0 ", FamilyName: fmt.Sprintf("O\u2019Neill, %d", n),
			Address: fmt.Sprintf(" Person%d@Example.com", n), Subscriptions: c.subscribed(),
		}})
	}
	for range c.IntN(4) {
		if len(c.people) > 0 {
			c.happen(c.people[c.IntN(len(c.people))])
		}
	}
	if c.IntN(10) == 0 {
		address := fmt.Sprintf("Walk.In%d@example.com", c.days)
		if err := c.portal.SignUp("Walk", "In", address, "P410"); err != nil {
			c.Fatal(err)
		}
		c.strangers = append(c.strangers, address)
	}
}

// happen moves, renames, releases or takes back one person.
func (c *company) happen(e *employee) {
	d := &e.desired
	switch what := c.IntN(5); {
	case !d.Active && what == 0:
		d.Active, d.Subscriptions, e.away, e.releases = true, c.subscribed(), false, nil
		c.returned[strings.ToLower(strings.TrimSpace(d.Address))] = true
	case !d.Active:
	case what == 1:
		e.releases = d.Subscriptions
		d.Active, d.Subscriptions = false, nil
	case what == 2:
		d.Subscriptions = c.subscribed()
	case what == 3:
		d.Address = fmt.Sprintf("Renamed%d.%s@example.com", c.days, d.Key)
	case what == 4:
		d.FamilyName = fmt.Sprintf("Married-%d", c.days)
	}
}

// visit renders what is due, carries it to the portal, and wants it all to be there.
func (c *company) visit() {
	var changes []usher.AccountChange
	var asked []*employee
	for i, e := range c.people {
		if !c.due(e) {
			continue
		}
		asked = append(asked, e)
		changes = append(changes, usher.AccountChange{
			Account: usher.ID(fmt.Sprintf("account-%05d", i)), Kind: usher.AccountPerson, Generation: int64(c.days),
			Desired: e.desired, RemoteID: e.remote, Seen: e.seen, Releasing: e.releases, Left: !e.desired.Active, Why: "it was so decided",
		})
	}
	files, outcomes, err := c.connector.Render(connectors.Handover{Changes: changes, Templates: c.templates, Pools: pools()})
	if err != nil {
		c.Fatal(err)
	}
	for i, o := range outcomes {
		if o.Result != usher.Awaiting {
			c.Fatalf("day %d: %+v for %+v", c.days, o, changes[i])
		}
		asked[i].remote = o.RemoteID
	}
	for _, f := range files {
		c.carry(f)
	}
	c.look()
	for _, e := range asked {
		c.inLine(e)
	}
}

// due says that the portal does not show what is desired.
func (c *company) due(e *employee) bool {
	switch {
	case e.away:
		return false
	case !e.desired.Active:
		return e.remote != ""
	case e.seen == nil:
		return true
	}
	return !slices.Equal(e.seen.Subscriptions, e.desired.Subscriptions) || !strings.EqualFold(e.remote, strings.TrimSpace(e.desired.Address)) ||
		!strings.HasPrefix(e.desired.FamilyName, e.seen.FamilyName)
}

// carry does what somebody does at the portal.
func (c *company) carry(f connectors.File) {
	if f.Kind == usher.BatchTasks {
		for _, row := range f.Rows {
			if err := c.portal.Do(f.Content, row.Row); err != nil {
				c.Fatalf("day %d: %s: %v", c.days, row.Text, err)
			}
		}
		return
	}
	result, err := c.portal.Upload(f.Name, f.Content)
	if err != nil || result.Rows != len(f.Rows) || result.Recased > 0 || result.Strangers > 0 {
		c.Fatalf("day %d: %s: %+v, %v\n%s", c.days, f.Name, result, err, f.Content)
	}
}

// look reads the portal's report.
func (c *company) look() {
	shown := map[string]usher.Seen{}
	findings, err := c.connector.ReadExport(c.portal.Export(), func(s usher.Seen) error {
		shown[s.RemoteID] = s
		return nil
	})
	if err != nil || len(findings) > 0 {
		c.Fatalf("day %d: %+v, %v", c.days, findings, err)
	}
	for _, e := range c.people {
		s, there := shown[e.remote]
		if !there && e.remote != "" {
			s, there = shown[strings.ToLower(strings.TrimSpace(e.desired.Address))]
		}
		if e.seen = nil; there {
			e.seen, e.remote = &s, s.RemoteID
		}
	}
}

// inLine wants the portal to hold what is desired.
func (c *company) inLine(e *employee) {
	if !e.desired.Active {
		if e.seen != nil || c.portal.Holds(e.remote) != nil {
			c.Fatalf("day %d: the leaver %s is still there", c.days, e.remote)
		}
		e.remote, e.away, e.releases = "", true, nil
		return
	}
	if c.due(e) {
		c.Fatalf("day %d: %+v is wanted, the portal shows %+v", c.days, e.desired, e.seen)
	}
}

// TestDays: over many days of joiners, movers, leavers and people who change their names, each
// visit brings the portal in line, nobody is invited twice, and strangers keep what they have.
func TestDays(t *testing.T) {
	for seed := range uint64(5) {
		c := newCompany(t, seed)
		for range 100 {
			c.day()
			if c.IntN(3) == 0 {
				c.visit()
			}
		}
		for _, address := range c.portal.MailedTwice() {
			if !c.returned[address] {
				t.Errorf("seed %d: %s was invited twice", seed, address)
			}
		}
		for _, address := range c.strangers {
			if held := c.portal.Holds(address); len(held) != 1 || !held["P410"] {
				t.Errorf("seed %d: the stranger %s has %v", seed, address, held)
			}
		}
		if len(c.people) < 50 || len(c.strangers) == 0 {
			t.Errorf("seed %d: %d people and %d strangers show little", seed, len(c.people), len(c.strangers))
		}
	}
}
