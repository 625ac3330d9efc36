package reconcile_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"usher/connectors"
	"usher/connectors/ascender"
	"usher/connectors/ascender/ascenderportal"
	"usher/internal/table"
	"usher/internal/usher"
)

// methodA is what the portal calls its methodology.
const methodA = "Methodology A"

// ascenderDays is a Force Management Ascender.
type ascenderDays struct {
	*ascenderportal.Portal
	way        *ascender.Ascender
	enterprise bool
}

// openAscender is one without an enterprise licence agreement: what a leaver consumed stays taken.
func openAscender(c *company) dayPortal { return ascenderOf(c, false) }

// openEnterprise is one with such an agreement: what a leaver consumed is free, and taken again when
// they are reactivated.
func openEnterprise(c *company) dayPortal { return ascenderOf(c, true) }

func ascenderOf(c *company, enterprise bool) dayPortal {
	options := ascenderportal.Options{
		Purchased: c.kind.subs[0].Seats, Methodologies: map[string]int{methodA: c.kind.subs[1].Seats}, Enterprise: enterprise,
		Lists: map[string][]string{"Functional Area": {"Field Sales", "Change", "Guests"}},
		Who: func(address string) string {
			who, _, _ := strings.Cut(strings.ToLower(address), ".")
			return who
		},
		Now: func() usher.Time { return usher.TimeOf(c.now()) },
	}
	p := &ascenderDays{ascenderportal.New(options), ascender.New(ascender.Options{
		Columns: []string{"Functional Area"}, Subscriptions: map[string]string{"Ascender": c.kind.subs[0].Name, methodA: c.kind.subs[1].Name},
		Enterprise: enterprise,
	}), enterprise}
	p.all()
	return p
}

// all has the list show everybody.
func (p *ascenderDays) all(statuses ...string) {
	p.View([]string{"First Name", "Last Name", "Email", "Title", "Functional Area", "Reports To", "User Status", "Methodology Access", "Admin Permissions", "Invited"}, statuses...)
}

func (p *ascenderDays) connector() connectors.Whole { return p.way }

func (p *ascenderDays) templates() [][]byte {
	content, err := p.Template()
	if err != nil {
		panic(err)
	}
	return [][]byte{content}
}

func (p *ascenderDays) carry(c *company, b usher.Batch, chosen func(row int) bool) map[int]error {
	if b.Kind == usher.BatchUpload {
		return p.upload(c, b)
	}
	tasks, err := ascenderportal.Tasks(b.Content)
	c.check(err)
	answers := map[int]error{}
	for _, task := range tasks {
		if chosen(task.Row) {
			answers[task.Row] = p.Do(task)
		}
	}
	return answers
}

// upload brings a file, and says of each row what the portal refused of it. A file is taken as a
// whole or not at all.
func (p *ascenderDays) upload(c *company, b usher.Batch) map[int]error {
	answers := map[int]error{}
	review, err := p.Upload(b.Content)
	if err == nil && len(review.Errors) == 0 {
		for _, r := range b.Rows {
			answers[r.Row] = nil
		}
		return answers
	}
	c.count["uploads refused"]++
	if err != nil {
		for _, r := range b.Rows {
			answers[r.Row] = errUpload{err}
		}
		return answers
	}
	answer, err := p.ErrorDownload()
	c.check(err)
	refusals, err := p.way.ReadRefusals(answer, b)
	c.check(err)
	for _, r := range refusals {
		if r.Row > 0 {
			answers[r.Row] = errors.New(r.Message)
		}
	}
	if len(answers) == 0 {
		c.Errorf("day %d: %s is refused, and usher reads no row in %+v", c.day, b.Name, review.Errors)
	}
	return answers
}

func (p *ascenderDays) export(c *company, all bool) []byte {
	if !all {
		p.all(ascenderportal.Active)
		defer p.all()
	}
	content, err := p.Export([]table.Format{table.CSV, table.XLSX}[c.IntN(2)])
	c.check(err)
	return content
}

func (p *ascenderDays) accounts() (list []string) {
	for _, u := range p.Users() {
		list = append(list, u.Email)
	}
	return list
}

func (p *ascenderDays) user(address string) (ascenderportal.User, bool) {
	users := p.Users()
	i := slices.IndexFunc(users, func(u ascenderportal.User) bool { return strings.EqualFold(u.Email, address) })
	if i < 0 {
		return ascenderportal.User{}, false
	}
	return users[i], true
}

func (p *ascenderDays) holds(address string) (subs []string) {
	u, there := p.user(address)
	if !there {
		return nil
	}
	if u.Seated() {
		subs = []string{"seats"}
	}
	if _, has := u.Methodologies[methodA]; has && (u.Seated() || !p.enterprise) { // else it is free while they are Inactive
		subs = append(subs, "method")
	}
	return subs
}

// life: people come and learn, and an admin invites a guest, deactivates somebody or takes them back.
func (p *ascenderDays) life(c *company) {
	if len(p.Users()) == 0 {
		p.guest(c, "ann.admin@home.example")
	}
	for range c.IntN(4) {
		_ = p.Login(c.known()) // who is Inactive cannot
	}
	if c.chance(10) {
		_ = p.Open(c.known(), methodA)
	}
	if c.chance(6) {
		p.guest(c, fmt.Sprintf("guest%d.x@home.example", c.IntN(3)))
	}
	if c.chance(6) {
		c.check(p.Do(ascenderportal.Task{Action: "deactivate", Address: c.known()}))
	}
	if address := c.known(); c.chance(4) && !slices.Contains(p.holds(address), "seats") {
		before := p.holds(address)
		if p.Do(ascenderportal.Task{Action: "reactivate", Address: address}) == nil {
			c.gave(address, slices.DeleteFunc(p.holds(address), func(name string) bool { return slices.Contains(before, name) })...)
		}
	}
}

// drop is an admin who deactivates somebody.
func (p *ascenderDays) drop(address string) {
	if err := p.Do(ascenderportal.Task{Action: "deactivate", Address: address}); err != nil {
		panic(err)
	}
}

// guest is somebody whom an admin invites with a file of their own.
func (p *ascenderDays) guest(c *company, address string) {
	if _, there := p.user(address); there {
		return
	}
	var file bytes.Buffer
	c.check(table.WriteXLSX(&file, []string{"First Name", "Last Name", "Email", "Functional Area"}, [][]string{{"Guest", "Of Ours", address, "Guests"}}, table.Options{Sheet: "Users"}))
	if _, err := p.Upload(file.Bytes()); err == nil {
		c.gave(address, "seats")
	}
}

func (p *ascenderDays) come(*company) {
	for _, address := range p.accounts() {
		_ = p.Login(address) // who is Inactive cannot
	}
}

func (p *ascenderDays) doubles() (list []string) {
	for who, accounts := range p.Invitations() {
		if accounts > 1 {
			list = append(list, who)
		}
	}
	return list
}
