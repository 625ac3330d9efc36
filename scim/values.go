package scim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"

	"usher/internal/usher"
)

// values flattens a canonical document into what filters compare and sorting sorts by.
// An empty string is no value, as in filters.
func (k *kind) values(doc map[string]any) []usher.Value {
	var out []usher.Value
	for _, a := range k.attributes {
		out = a.appendValues(out, doc[a.name], 0)
	}
	return out
}

// appendValues appends the leaves of the whole value v of a.
func (a *attribute) appendValues(out []usher.Value, v any, element int) []usher.Value {
	if list, ok := v.([]any); ok && a.multiValued {
		for i, e := range list {
			out = a.appendElement(out, e, i)
		}
		return out
	}
	return a.appendElement(out, v, element)
}

// appendElement appends the leaves of one value of a.
func (a *attribute) appendElement(out []usher.Value, v any, element int) []usher.Value {
	switch v := v.(type) {
	case map[string]any:
		for _, s := range a.subs {
			out = s.appendValues(out, v[s.name], element)
		}
	case string:
		if v != "" && a.stored() {
			out = append(out, usher.Value{Path: a.path, Element: element, Text: a.fold(v)})
		}
	case bool:
		if a.stored() {
			out = append(out, usher.Value{Path: a.path, Element: element, Text: strconv.FormatBool(v)})
		}
	}
	return out
}

// attributesOf is what usher understands of a User document. A document that does not
// say whether it is active is.
func attributesOf(doc map[string]any) usher.Attributes {
	enterprise := objectAt(doc, enterpriseSchema)
	name := objectAt(doc, "name")
	active, said := doc["active"].(bool)
	return usher.Attributes{
		UserName:       stringAt(doc, "userName"),
		ExternalID:     stringAt(doc, "externalId"),
		Active:         active || !said,
		DisplayName:    stringAt(doc, "displayName"),
		GivenName:      stringAt(name, "givenName"),
		FamilyName:     stringAt(name, "familyName"),
		Title:          stringAt(doc, "title"),
		EmployeeType:   stringAt(doc, "userType"),
		EmployeeNumber: stringAt(enterprise, "employeeNumber"),
		Department:     stringAt(enterprise, "department"),
		Division:       stringAt(enterprise, "division"),
		Organization:   stringAt(enterprise, "organization"),
		CostCenter:     stringAt(enterprise, "costCenter"),
		Country:        countryOf(doc),
		TimeZone:       stringAt(doc, "timezone"),
		Emails:         emailsOf(doc),
		Manager:        stringAt(objectAt(enterprise, "manager"), "value"),
		Custom:         customOf(doc),
	}
}

func emailsOf(doc map[string]any) []usher.Email {
	var out []usher.Email
	for _, e := range listAt(doc, "emails") {
		if value := stringAt(e, "value"); value != "" {
			out = append(out, usher.Email{Value: value, Type: stringAt(e, "type"), Primary: primary(e)})
		}
	}
	return out
}

// countryOf is the country of the primary, else the work, else the first address that
// names one.
func countryOf(doc map[string]any) string {
	best, rank := "", 0
	for _, a := range listAt(doc, "addresses") {
		r := 1
		switch {
		case primary(a):
			r = 3
		case stringAt(a, "type") == "work":
			r = 2
		}
		if country := stringAt(a, "country"); country != "" && r > rank {
			best, rank = country, r
		}
	}
	return best
}

// customOf are the attributes of extensions that usher does not know.
func customOf(doc map[string]any) map[string]any {
	var out map[string]any
	for urn, extension := range doc {
		if !isURN(urn) || urn == enterpriseSchema || urn == seatSchema {
			continue
		}
		object, _ := extension.(map[string]any)
		for name, v := range object {
			if out == nil {
				out = map[string]any{}
			}
			out[urn+":"+name] = v
		}
	}
	return out
}

func stringAt(object map[string]any, name string) string {
	s, _ := object[name].(string)
	return s
}

func objectAt(object map[string]any, name string) map[string]any {
	o, _ := object[name].(map[string]any)
	return o
}

// listAt are the objects in the list of that name.
func listAt(object map[string]any, name string) []map[string]any {
	list, _ := object[name].([]any)
	var out []map[string]any
	for _, e := range list {
		if o, ok := e.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

// canonicalHash is the SHA-256, in hexadecimal, of the canonical JSON of a document:
// two bodies that mean the same have the same hash, whatever the order of their members.
func canonicalHash(doc map[string]any) string {
	b, err := json.Marshal(doc) // sorts keys
	if err != nil {
		panic(err) // what was decoded from JSON can be encoded
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// clone copies a decoded JSON value.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, e := range v {
			out[key] = clone(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = clone(e)
		}
		return out
	}
	return v
}
