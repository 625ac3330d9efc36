package roster

import (
	"encoding/json"
	"maps"
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

// resource is a SCIM User (RFC 7643 section 4.1). Members stand in the order of their names, as in the documents that
// SCIM clients push.
type resource struct {
	Active      bool           `json:"active"`
	Addresses   []place        `json:"addresses,omitempty"`
	DisplayName string         `json:"displayName,omitempty"`
	Emails      []mailbox      `json:"emails,omitempty"`
	ExternalID  string         `json:"externalId,omitempty"`
	Name        name           `json:"name,omitzero"`
	Schemas     []string       `json:"schemas"`
	TimeZone    string         `json:"timezone,omitempty"`
	Title       string         `json:"title,omitempty"`
	Enterprise  enterprise     `json:"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User,omitzero"`
	Roster      map[string]any `json:"urn:usher:params:scim:schemas:extension:roster:2.0:User,omitempty"`
	UserName    string         `json:"userName"`
	UserType    string         `json:"userType,omitempty"`
}

type place struct {
	Country string `json:"country"`
	Type    string `json:"type"`
}

type mailbox struct {
	Primary bool   `json:"primary,omitempty"`
	Type    string `json:"type,omitempty"`
	Value   string `json:"value"`
}

type name struct {
	FamilyName string `json:"familyName,omitempty"`
	GivenName  string `json:"givenName,omitempty"`
}

// enterprise is the extension of RFC 7643 section 4.3.
type enterprise struct {
	CostCenter     string   `json:"costCenter,omitempty"`
	Department     string   `json:"department,omitempty"`
	Division       string   `json:"division,omitempty"`
	EmployeeNumber string   `json:"employeeNumber,omitempty"`
	Manager        superior `json:"manager,omitzero"`
	Organization   string   `json:"organization,omitempty"`
}

type superior struct {
	Value string `json:"value"`
}

// document is the record as a SCIM User.
func document(a usher.Attributes) []byte {
	r := resource{
		Active: a.Active, DisplayName: a.DisplayName, ExternalID: a.ExternalID,
		Name: name{a.FamilyName, a.GivenName}, TimeZone: a.TimeZone, Title: a.Title,
		Enterprise: enterprise{a.CostCenter, a.Department, a.Division, a.EmployeeNumber, superior{a.Manager}, a.Organization},
		Roster:     extension(a), UserName: a.UserName, UserType: a.EmployeeType,
	}
	if a.Country != "" {
		r.Addresses = []place{{a.Country, workType}}
	}
	for _, e := range a.Emails {
		r.Emails = append(r.Emails, mailbox{e.Primary, e.Type, e.Value})
	}
	r.Schemas = append(r.Schemas, userSchema)
	if r.Enterprise != (enterprise{}) {
		r.Schemas = append(r.Schemas, enterpriseSchema)
	}
	if len(r.Roster) > 0 {
		r.Schemas = append(r.Schemas, rosterSchema)
	}
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // texts and flags can be encoded
	}
	return text
}

// extension is what SCIM has no attribute for.
func extension(a usher.Attributes) map[string]any {
	out := map[string]any{}
	maps.Copy(out, a.Custom)
	if a.Starts != "" {
		out["starts"] = a.Starts
	}
	if a.Ends != "" {
		out["ends"] = a.Ends
	}
	if a.OnLeave {
		out["onLeave"] = true
	}
	return out
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
