package reconcile_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"slices"
	"strings"

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
	tasks, err := fakeportal.Read(b.Content)
	c.check(err)
	var part bytes.Buffer
	w := csv.NewWriter(&part)
	c.check(w.Write(records[0]))
	var rows []int
	for _, row := range p.chosen(c, b, tasks, chosen) {
		rows = append(rows, row)
		c.check(w.Write(records[row]))
	}
	w.Flush()
	said, err := p.Work(part.Bytes(), c.now())
	c.check(err)
	answers := map[int]error{}
	for i, row := range rows {
		if refusal, ok := errors.AsType[*fakeportal.Refusal](said[i]); !ok || !refusal.Later {
			answers[row] = said[i]
		}
	}
	return answers
}

// chosen are the rows that are worked through, in order. Whoever misses a team goes back to the row
// that makes it. One that no open row makes is usher's fault.
func (p *proPortalDays) chosen(c *company, b usher.Batch, tasks []fakeportal.Task, chosen func(row int) bool) (rows []int) {
	for _, r := range b.Rows {
		t := tasks[r.Row-1]
		switch {
		case !chosen(r.Row):
			continue
		case t.Team == "" || makes(t, t.Team) || t.Action == "Rename Team" || t.Action == "Delete Team" || p.HasTeam(t.Team):
			rows = append(rows, r.Row)
			continue
		}
		made := slices.IndexFunc(b.Rows, func(r usher.BatchRow) bool { return r.State == usher.RowOpen && makes(tasks[r.Row-1], t.Team) })
		switch {
		case made >= 0:
			rows = append(rows, b.Rows[made].Row, r.Row)
		case p.toBeMade(c, t.Team):
			// it is for another day
		default:
			c.Errorf("day %d: row %d of %s is about team %q, which nobody was asked to make\n%s", c.day, r.Row, b.Name, t.Team, b.Content)
		}
	}
	slices.Sort(rows)
	return slices.Compact(rows)
}

// makes says that after a task there is a team of that name.
func makes(t fakeportal.Task, team string) bool {
	return t.Action == "Create Team" && strings.EqualFold(t.Team, team) || t.Action == "Rename Team" && strings.Contains(strings.ToLower(t.Reason), strings.ToLower(team))
}

// toBeMade says that an open row of another list makes a team.
func (p *proPortalDays) toBeMade(c *company, team string) bool {
	for _, v := range c.visits() {
		for _, b := range c.batches(v) {
			tasks, err := fakeportal.Read(b.Content)
			c.check(err)
			if slices.ContainsFunc(b.Rows, func(r usher.BatchRow) bool { return r.State == usher.RowOpen && makes(tasks[r.Row-1], team) }) {
				return true
			}
		}
	}
	return false
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
