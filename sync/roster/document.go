package roster

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"usher/internal/usher"
)

// The schemas of a record's document, and the type of what belongs to work.
const (
	workType = "work"

	userSchema       = "urn:ietf:params:scim:schemas:core:2.0:User"
	enterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	rosterSchema     = "urn:usher:params:scim:schemas:extension:roster:2.0:User" // what SCIM has no attribute for
)

// document is the record as a SCIM User (RFC 7643 sections 4.1 and 4.3), in the form in which SCIM clients' documents are
// kept: members stand in the order of their names, and those without a value are left out.
func document(a usher.Attributes) []byte {
	d := &writer{b: make([]byte, 0, 768)}
	d.open('{')
	d.flag("active", a.Active)
	if a.Country != "" {
		d.name("addresses")
		d.open('[', '{')
		d.text("country", a.Country)
		d.text("type", workType)
		d.close('}', ']')
	}
	d.text("displayName", a.DisplayName)
	d.emails(a.Emails)
	d.text("externalId", a.ExternalID)
	d.object("name", func() {
		d.text("familyName", a.FamilyName)
		d.text("givenName", a.GivenName)
	})
	d.schemas(a)
	d.text("timezone", a.TimeZone)
	d.text("title", a.Title)
	d.object(enterpriseSchema, func() { d.enterprise(a) })
	d.object(rosterSchema, func() { d.roster(a) })
	d.text("userName", a.UserName)
	d.text("userType", a.EmployeeType)
	d.close('}')
	return d.b
}

func (d *writer) emails(list []usher.Email) {
	if len(list) == 0 {
		return
	}
	d.name("emails")
	d.open('[')
	for _, e := range list {
		d.element('{')
		if e.Primary {
			d.flag("primary", true)
		}
		d.text("type", e.Type)
		d.text("value", e.Value)
		d.close('}')
	}
	d.close(']')
}

func (d *writer) schemas(a usher.Attributes) {
	d.name("schemas")
	d.open('[')
	d.string(userSchema)
	if cmp.Or(a.CostCenter, a.Department, a.Division, a.EmployeeNumber, a.Manager, a.Organization) != "" {
		d.string(enterpriseSchema)
	}
	if cmp.Or(a.Starts, a.Ends) != "" || a.OnLeave || len(a.Custom) > 0 {
		d.string(rosterSchema)
	}
	d.close(']')
}

func (d *writer) enterprise(a usher.Attributes) {
	d.text("costCenter", a.CostCenter)
	d.text("department", a.Department)
	d.text("division", a.Division)
	d.text("employeeNumber", a.EmployeeNumber)
	d.object("manager", func() { d.text("value", a.Manager) })
	d.text("organization", a.Organization)
}

func (d *writer) roster(a usher.Attributes) {
	d.text("ends", a.Ends)
	if a.OnLeave {
		d.flag("onLeave", true)
	}
	d.text("starts", a.Starts)
	for _, name := range slices.Sorted(maps.Keys(a.Custom)) { // x. stands behind all others
		if v, ok := a.Custom[name].(string); ok {
			d.text(name, v)
		}
	}
}

// valuesOf flattens a record for filters: the leaves in the order of the schemas, folded unless their case counts.
func valuesOf(a usher.Attributes) []usher.Value {
	out := make([]usher.Value, 0, 16)
	add := func(path string, element int, text string) {
		if text != "" {
			out = append(out, usher.Value{Path: path, Element: element, Text: usher.FoldText(text)})
		}
	}
	if a.ExternalID != "" {
		out = append(out, usher.Value{Path: "externalId", Text: a.ExternalID})
	}
	add("userName", 0, a.UserName)
	add("name.familyName", 0, a.FamilyName)
	add("name.givenName", 0, a.GivenName)
	add("displayName", 0, a.DisplayName)
	add("title", 0, a.Title)
	add("userType", 0, a.EmployeeType)
	add("timezone", 0, a.TimeZone)
	add("active", 0, strconv.FormatBool(a.Active))
	for i, e := range a.Emails {
		add("emails.value", i, e.Value)
		add("emails.type", i, e.Type)
		if e.Primary {
			add("emails.primary", i, "true")
		}
	}
	if a.Country != "" {
		add("addresses.country", 0, a.Country)
		add("addresses.type", 0, workType)
	}
	add(enterpriseSchema+":employeeNumber", 0, a.EmployeeNumber)
	add(enterpriseSchema+":costCenter", 0, a.CostCenter)
	add(enterpriseSchema+":organization", 0, a.Organization)
	add(enterpriseSchema+":division", 0, a.Division)
	add(enterpriseSchema+":department", 0, a.Department)
	add(enterpriseSchema+":manager.value", 0, a.Manager)
	return out
}
