package reconcile_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"slices"

	"usher/connectors"
	"usher/connectors/proportal"
	"usher/connectors/proportal/fakeportal"
	"usher/internal/usher"
)

// proPortalDays is a ProPortal, or a myACI.
type proPortalDays struct {
	*fakeportal.Portal
	way                  *proportal.Connector
	pools                map[string]string // of the portal, by subscription
	byHand, again, entry string
}

func openProPortal(c *company) dayPortal {
	name := c.kind.subs[0].Name
	return &proPortalDays{fakeportal.New(c.kind.subs[0].Seats), proportal.New(proportal.Options{Subscriptions: map[string]string{"": name}}),
		map[string]string{name: fakeportal.Subscription}, "Deactivate Subscription", "Activate Subscription", "Invite"}
}

func openMyACI(c *company) dayPortal {
	user, content := c.kind.subs[0], c.kind.subs[1]
	return &proPortalDays{fakeportal.NewMyACI(user.Seats, map[string]int{content.Code: content.Seats}),
		proportal.NewMyACI(proportal.Options{Subscriptions: map[string]string{user.Code: user.Name, content.Code: content.Name}}),
		map[string]string{user.Name: fakeportal.User, content.Name: content.Code}, "Remove User License", "Assign User License", "Add User"}
}

func (p *proPortalDays) connector() connectors.Whole { return p.way }
func (p *proPortalDays) templates() [][]byte         { return nil }

// carry works through some rows of a list. What has to wait for somebody is left for later.
func (p *proPortalDays) carry(c *company, b usher.Batch, chosen func(row int) bool) map[int]error {
	records, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b.Content, []byte("\ufeff")))).ReadAll()
	c.check(err)
	var part bytes.Buffer
	w := csv.NewWriter(&part)
	c.check(w.Write(records[0]))
	var rows []int
	tasks, err := fakeportal.Read(b.Content)
	c.check(err)
	for _, r := range b.Rows {
		if chosen(r.Row) {
			p.makeTeam(tasks[r.Row-1].Team, c)
			rows = append(rows, r.Row)
			c.check(w.Write(records[r.Row]))
		}
	}
	w.Flush()
	said, err := p.Work(part.Bytes(), c.now())
	c.check(err)
	answers := map[int]error{}
	for i, row := range rows {
		if b.Rows[row-1].Action == "Create Team" {
			said[i] = nil // it is there now
		}
		if refusal, ok := errors.AsType[*fakeportal.Refusal](said[i]); !ok || !refusal.Later {
			answers[row] = said[i]
		}
	}
	return answers
}

// makeTeam makes the team that a row names, as whoever reads the row does.
func (p *proPortalDays) makeTeam(team string, c *company) {
	if team != "" {
		_ = p.Do(fakeportal.Task{Action: "Create Team", Team: team}, c.now()) // which may be there
	}
}

func (p *proPortalDays) export(c *company, all bool) []byte {
	if all {
		return p.Users()
	}
	return some(c.Rand, p.Users())
}

func (p *proPortalDays) accounts() (list []string) {
	for _, q := range p.People() {
		list = append(list, q.Email)
	}
	return list
}

func (p *proPortalDays) holds(address string) (subs []string) {
	q, _ := p.Person(address)
	for name, pool := range p.pools {
		if slices.Contains(q.Pools, pool) {
			subs = append(subs, name)
		}
	}
	return subs
}

// life: people come, and an admin invites a guest, or takes somebody's seat and gives it back.
func (p *proPortalDays) life(c *company) {
	do := func(action, address string) bool {
		return p.Do(fakeportal.Task{Action: action, First: "Guest", Last: "Of Ours", Email: address, Access: "ITProTV Subscription"}, c.now()) == nil
	}
	if len(p.People()) == 0 {
		do(p.entry, "ann.admin@home.example")
		c.gave("ann.admin@home.example", p.holds("ann.admin@home.example")...)
	}
	for range c.IntN(4) {
		_ = p.Accept(c.known(), c.now()) // who has no seat cannot
	}
	guest := "walk" + string(rune('a'+c.IntN(4))) + "@home.example"
	if _, there := p.Person(guest); c.chance(6) && !there && do(p.entry, guest) {
		c.gave(guest, p.holds(guest)...)
	}
	if c.chance(6) {
		do(p.byHand, c.known())
	}
	if address := c.known(); c.chance(4) && do(p.again, address) {
		c.gave(address, p.holds(address)...)
	}
}

// come has everybody come who was invited.
func (p *proPortalDays) come(c *company) {
	for _, q := range p.People() {
		if q.Status == "Pending" {
			c.check(p.Accept(q.Email, c.now()))
		}
	}
}

func (p *proPortalDays) doubles() []string { return p.Doubles() }
