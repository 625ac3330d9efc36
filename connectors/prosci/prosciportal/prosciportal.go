// Package prosciportal is a Prosci Portal for tests. It does what the vendor documents, and
// nothing that it does not:
//
//   - It has people, known by address, and tools, known by codes such as P410. A tool is
//     assigned or not; how many have it is shown as Active Tools. Pools are soft: going over
//     what was purchased locks nothing.
//   - A batch upload says Y or N for each tool in its headings. It makes a profile for whoever
//     is new, who gets a mail to set a password in any case. The box "Send invite email to all
//     email addresses in file" is unticked here.
//   - An upload is refused where the vendor says that it fails: stray space, bad addresses,
//     missing names, the example row left in.
//   - Taking all tools keeps the profile. Deleting one, and changing an address, is done by hand.
//   - People sign themselves up by a link, which assigns tools.
//
// What nobody says is answered so that a test notices whoever relies on it: a blank tool cell,
// any other letter than Y and N, a date that is not ISO 8601, and headings that are not those
// of a template are refused; a refused row refuses its file; taking a tool from somebody whom
// the portal does not know does nothing and is counted. Addresses are one whatever their case,
// the portal keeps the first form, and a row in another one is counted.
//
// Everything follows from the calls, in their order: no clock, no chance.
package prosciportal

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"sync"

	"usher/internal/usher"
)

// Tool is one of the portal's tools.
type Tool struct {
	Code      string // P410
	Name      string // Proxima
	Purchased int
}

// heading is the tool's in templates and reports.
func (t Tool) heading() string { return t.Name + " [" + t.Code + "]" }

// Portal is one company's. It may be used by several goroutines.
type Portal struct {
	mu     sync.Mutex
	tools  []Tool
	people []*profile // in the order in which they came
	byKey  map[string]*profile
	mails  map[string]int
}

// profile is one person.
type profile struct {
	first, last, address string
	admin                bool
	tools                map[string]bool
	lastLogin            usher.Time
}

// New makes a portal with tools and its license admin, who has none of them.
func New(admin string, tools ...Tool) *Portal {
	p := &Portal{tools: slices.Clone(tools), mails: map[string]int{}, byKey: map[string]*profile{}}
	p.add("License", "Admin", admin).admin = true
	delete(p.mails, key(admin)) // who was there before
	return p
}

// key is the form in which addresses are one.
func key(address string) string { return strings.ToLower(address) }

// find is the profile with an address; nil for none.
func (p *Portal) find(address string) *profile { return p.byKey[key(address)] }

// add makes a profile, whose person gets a mail to set a password.
func (p *Portal) add(first, last, address string) *profile {
	q := &profile{first: first, last: last, address: address, tools: map[string]bool{}}
	p.people = append(p.people, q)
	p.byKey[key(address)] = q
	p.mails[key(address)]++
	return q
}

// remove deletes a profile. What mails were sent is not forgotten.
func (p *Portal) remove(q *profile) {
	delete(p.byKey, key(q.address))
	p.people = slices.DeleteFunc(p.people, func(other *profile) bool { return other == q })
}

// tool is the tool with a code.
func (p *Portal) tool(code string) (Tool, bool) {
	i := slices.IndexFunc(p.tools, func(t Tool) bool { return t.Code == code })
	if i < 0 {
		return Tool{}, false
	}
	return p.tools[i], true
}

// Template is the file that an admin downloads after ticking tools, with its example row.
func (p *Portal) Template(codes ...string) ([]byte, error) {
	header, err := p.header(codes)
	if err != nil {
		return nil, err
	}
	example := []string{"Example", "User", "example.user@example.com", ""}
	for range codes {
		example = append(example, "Y", "")
	}
	return lines(header, example), nil
}

func (p *Portal) header(codes []string) ([]string, error) {
	header := []string{"First Name", "Last Name", "Email Address", "3 day graduation date"}
	for _, code := range codes {
		tool, ok := p.tool(code)
		if !ok {
			return nil, fmt.Errorf("there is no tool %s to tick", code)
		}
		header = append(header, tool.heading(), "Access Expires")
	}
	return header, nil
}

// lines is CSV with CRLF.
func lines(rows ...[]string) []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	_ = w.WriteAll(rows) // a buffer takes everything
	return out.Bytes()
}

// Export is the report of users: everybody, in the order in which they came.
func (p *Portal) Export() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	header := []string{"First Name", "Last Name", "Email Address", "Customer Type"}
	for _, t := range p.tools {
		header = append(header, t.heading())
	}
	rows := [][]string{append(header, "Last Login")}
	for _, q := range p.people {
		row := []string{q.first, q.last, q.address, map[bool]string{true: "Admin", false: "User"}[q.admin]}
		for _, t := range p.tools {
			row = append(row, map[bool]string{true: "Y", false: "N"}[q.tools[t.Code]])
		}
		login := ""
		if q.lastLogin != 0 {
			login = q.lastLogin.Std().Format("2006-01-02")
		}
		rows = append(rows, append(row, login))
	}
	return lines(rows...)
}

// SignUp lets somebody follow the self sign-up link, which assigns tools. Whom the portal
// knows by the address keeps their profile, and gets the tools too.
func (p *Portal) SignUp(first, last, address string, codes ...string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !addressed(address) || first == "" || last == "" {
		return fmt.Errorf("sign-up needs a first name, a last name and an address")
	}
	for _, code := range codes {
		if _, ok := p.tool(code); !ok {
			return fmt.Errorf("there is no tool %s", code)
		}
	}
	q := p.find(address)
	if q == nil {
		q = p.add(first, last, address)
	}
	for _, code := range codes {
		q.tools[code] = true
	}
	return nil
}

// Login has somebody enter. Without a profile that is an error, with single sign-on too.
func (p *Portal) Login(address string, at usher.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := p.find(address)
	if q == nil {
		return fmt.Errorf("no profile with this address")
	}
	q.lastLogin = at
	return nil
}
