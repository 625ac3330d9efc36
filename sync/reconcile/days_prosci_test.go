package reconcile_test

import (
	"slices"
	"strings"

	"usher/connectors"
	"usher/connectors/prosci"
	"usher/connectors/prosci/prosciportal"
	"usher/internal/usher"
)

// prosciDays is a Prosci Portal.
type prosciDays struct {
	*prosciportal.Portal
	way     *prosci.Portal
	codes   map[string]string
	met     map[string]bool // addresses that somebody ever had there
	deleted map[string]int  // profiles, by address
	invited map[string]int  // mails that are nobody's fault: to whom a list that was out of date invited
}

func openProsci(c *company) dayPortal {
	codes := map[string]string{}
	var tools []prosciportal.Tool
	for _, s := range c.kind.subs {
		codes[s.Name] = s.Code
		tools = append(tools, prosciportal.Tool{Code: s.Code, Name: s.Name, Purchased: s.Seats})
	}
	way, err := prosci.New(prosci.Options{Subscriptions: codes})
	c.check(err)
	return &prosciDays{prosciportal.New("admin@example.com", tools...), way, codes, map[string]bool{"admin@example.com": true}, map[string]int{}, map[string]int{}}
}

func (p *prosciDays) connector() connectors.Whole { return p.way }

func (p *prosciDays) templates() (list [][]byte) {
	for _, codes := range [][]string{{"P410"}, {"P1432"}, {"P410", "P1432"}} {
		content, err := p.Template(codes...)
		if err != nil {
			panic(err)
		}
		list = append(list, content)
	}
	return list
}

func (p *prosciDays) carry(c *company, b usher.Batch, chosen func(row int) bool) map[int]error {
	answers := map[int]error{}
	if b.Kind == usher.BatchUpload {
		for _, r := range b.Rows {
			p.meet(r)
			if r.State != usher.RowOpen && len(r.Gives) > 0 {
				p.invited[strings.ToLower(r.Told.Address)]++
			}
		}
		_, err := p.Upload(b.Name, b.Content)
		if err != nil {
			c.count["uploads refused"]++
			c.Errorf("day %d: %s: %v", c.day, b.Name, err)
			err = errUpload{err}
		}
		for _, r := range b.Rows {
			answers[r.Row] = err
		}
		return answers
	}
	for _, r := range b.Rows {
		if !chosen(r.Row) {
			continue
		}
		p.meet(r)
		before := p.addresses()
		answers[r.Row] = p.Do(b.Content, r.Row)
		for _, address := range before {
			if p.Address(address) == "" {
				p.deleted[strings.ToLower(address)]++
			}
		}
	}
	return answers
}

// meet remembers the addresses of a row.
func (p *prosciDays) meet(r usher.BatchRow) {
	if r.Told != nil {
		p.met[strings.ToLower(strings.TrimSpace(r.Told.Address))] = true
	}
}

func (p *prosciDays) export(c *company, all bool) []byte {
	if all {
		return p.Export()
	}
	return some(c.Rand, p.Export())
}

// addresses are those of all profiles, as the portal has them.
func (p *prosciDays) addresses() (list []string) {
	seen := map[string]bool{}
	for met := range p.met {
		if address := p.Address(met); address != "" && !seen[address] {
			seen[address] = true
			list = append(list, address)
		}
	}
	slices.Sort(list)
	return list
}

func (p *prosciDays) accounts() []string { return p.addresses() }

func (p *prosciDays) holds(address string) (subs []string) {
	held := p.Holds(address)
	for name, code := range p.codes {
		if held[code] {
			subs = append(subs, name)
		}
	}
	return subs
}

// life: people follow the sign-up link or come in, and an admin takes a tool or deletes a profile.
func (p *prosciDays) life(c *company) {
	if c.chance(25) {
		address, name := c.anyone(), c.kind.subs[c.IntN(len(c.kind.subs))].Name
		if p.Holds(address) == nil || !slices.Contains(p.holds(address), name) {
			p.met[strings.ToLower(address)] = true
			c.check(p.SignUp("Walk", "In", address, p.codes[name]))
			c.gave(address, name)
		}
	}
	if c.chance(30) {
		_ = p.Login(c.known(), usher.TimeOf(c.now())) // who has no profile cannot
	}
	if c.chance(8) {
		p.byHand(c, c.known())
	}
}

// byHand is an admin who takes a person's tools, or deletes them.
func (p *prosciDays) byHand(c *company, address string) {
	switch held := p.Holds(address); {
	case address == "admin@example.com":
	case c.chance(30):
		list := "row,task,address there,new address,first name,last name,customer type\n1,delete profile," + address + ",,,,\n"
		c.check(p.Do([]byte(list), 1))
		p.deleted[strings.ToLower(address)]++
	case held["P410"]:
		template, err := p.Template("P410")
		c.check(err)
		header, _, _ := strings.Cut(string(template), "\r\n")
		first, last := p.Name(address)
		_, err = p.Upload("hand.csv", []byte(header+"\r\n"+first+",\""+last+"\","+address+",,N,\r\n"))
		c.check(err)
	}
}

// come has everybody log in.
func (p *prosciDays) come(c *company) {
	for _, address := range p.addresses() {
		c.check(p.Login(address, usher.TimeOf(c.now())))
	}
}

// doubles are people who got more mails than they had profiles that were made anew.
func (p *prosciDays) doubles() (list []string) {
	for _, address := range p.MailedTwice() {
		if p.Mails(address) > 1+p.deleted[address]+p.invited[address] {
			list = append(list, address)
		}
	}
	return list
}
