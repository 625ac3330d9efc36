package demo

import (
	"fmt"
	"strings"
)

// person is somebody of the cast, as a directory knows them.
type person struct {
	externalID        string
	given, family     string
	title, department string
	manager           string // userName

	// What the company's directories say besides; empty for the cast.
	login, number, country string
}

func (p person) name() string { return p.given + " " + p.family }

// address is the person's userName and e-mail address.
func (p person) address() string {
	if p.login != "" {
		return p.login
	}
	plain := strings.NewReplacer("á", "a", "č", "c", " ", ".")
	return plain.Replace(strings.ToLower(p.name())) + "@example.com"
}

// enterprise is what directories say of somebody in the extension for companies.
func (p person) enterprise() object {
	said := object{"department": p.department}
	if p.number != "" {
		said["employeeNumber"] = p.number
	}
	return said
}

// addressed adds where somebody works.
func (p person) addressed(user object) object {
	if p.country != "" {
		user["addresses"] = []object{{"type": "work", "country": p.country}}
	}
	return user
}

// objectID is the id of somebody or something in Entra, whatever they are called.
func objectID(n int) string { return fmt.Sprintf("7d1f4c52-0000-4000-8000-%012d", n) }

// cast are the people of the story.
type cast struct {
	sales   []person // three who report to the lead
	lead    person
	leads   []person // four more, so that the seats for leads are taken
	late    person   // a lead who finds no seat
	head    person   // served first
	leaver  person
	mover   person
	network []person // known to Entra
	bride   person
	both    person // known to Okta and Entra
}

func newCast() cast {
	var c cast
	hired := 0
	okta := func(given, family, title, department string) person {
		hired++
		return person{externalID: fmt.Sprintf("00u%07d", hired), given: given, family: family, title: title, department: department}
	}
	entra := func(given, family, title string) person {
		hired++
		return person{externalID: objectID(hired), given: given, family: family, title: title, department: "Operations"}
	}
	c.lead = okta("Ingrid", "Solberg", "Sales Lead", "Sales")
	c.sales = []person{
		okta("Bruno", "Costa", "Account Executive", "Sales"),
		okta("Mei", "Tanaka", "Account Executive", "Sales"),
		okta("Farid", "Haddad", "Sales Engineer", "Sales"),
	}
	for i := range c.sales {
		c.sales[i].manager = c.lead.address()
	}
	c.mover = c.sales[2]
	c.leads = []person{
		okta("Kwame", "Mensah", "Support Lead", "Support"),
		okta("Priya", "Raman", "Design Lead", "Design"),
		okta("Tomás", "Herrera", "Finance Lead", "Finance"),
		okta("Ewa", "Nowak", "Data Lead", "Data"),
	}
	c.both, c.leaver = c.leads[0], c.leads[1]
	c.late = okta("Lars", "Holm", "Legal Lead", "Legal")
	c.head = okta("Amara", "Okafor", "Head of Product", "Product")
	c.network = []person{
		entra("Leila", "Karimi", "Operations Manager"),
		entra("Jonas", "Weber", "Planner"),
		entra("Sofia", "Marino", "Planner"),
		entra("Owen", "Price", "Dispatcher"),
		entra("Yusuf", "Demir", "Dispatcher"),
		entra("Hana", "Kovač", "Analyst"),
		entra("Nils", "Aalto", "Analyst"),
	}
	c.bride = c.network[2]
	c.both.externalID, c.both.department = objectID(99), "Support"
	c.network = append(c.network, c.both)
	return c
}
