package prosciportal

import (
	"maps"
	"slices"
)

// Holds is which tools the profile with an address has; nil for no profile.
func (p *Portal) Holds(address string) map[string]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := p.find(address)
	if q == nil {
		return nil
	}
	held := map[string]bool{}
	for code, has := range q.tools {
		if has {
			held[code] = true
		}
	}
	return held
}

// Address is an address as the portal has it; empty for no profile.
func (p *Portal) Address(address string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if q := p.find(address); q != nil {
		return q.address
	}
	return ""
}

// Name is the first and last name in the profile with an address.
func (p *Portal) Name(address string) (first, last string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if q := p.find(address); q != nil {
		first, last = q.first, q.last
	}
	return first, last
}

// Admin says that the profile with an address is an Admin's.
func (p *Portal) Admin(address string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := p.find(address)
	return q != nil && q.admin
}

// People is how many profiles there are.
func (p *Portal) People() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.people)
}

// ActiveTools is how many people have a tool, as the users page shows it.
func (p *Portal) ActiveTools(code string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, q := range p.people {
		if q.tools[code] {
			n++
		}
	}
	return n
}

// Over is by how many seats a tool goes beyond what was purchased.
func (p *Portal) Over(code string) int {
	active := p.ActiveTools(code)
	tool, _ := p.tool(code)
	return max(0, active-tool.Purchased)
}

// Mails is how many mails to set a password went to an address, whatever its case.
func (p *Portal) Mails(address string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mails[key(address)]
}

// MailedTwice are the addresses that got more than one of these mails, sorted: people who were
// invited twice, or whose profile was deleted between.
func (p *Portal) MailedTwice() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(p.mails)), func(address string) bool { return p.mails[address] < 2 })
}
