package scim

import "testing"

func TestKindFinds(t *testing.T) {
	for name, want := range map[string]string{
		"userName": "userName", "USERNAME": "userName", "id": "id", "externalid": "externalId", "meta.Created": "meta.created",
		"emails.value": "emails.value", "department": enterpriseSchema + ":department", "manager": enterpriseSchema + ":manager",
		"manager.value": enterpriseSchema + ":manager.value", "seats.state": seatSchema + ":seats.state", enterpriseSchema: enterpriseSchema,
		userSchema + ":name.givenName": "name.givenName", enterpriseSchema + ":Manager.Value": enterpriseSchema + ":manager.value",
		"members": "", "nothing": "", "": "", "manager.": "", userSchema: "", userSchema + ":department": "",
	} {
		got := ""
		if a := users().find(name); a != nil {
			got = a.path
		}
		if got != want {
			t.Errorf("%q: found %q, want %q", name, got, want)
		}
	}
}

// What the parsers rely on must hold of the library's schemas after any upgrade.
func TestKindCharacteristics(t *testing.T) {
	k := users()
	for path, want := range map[string]attribute{
		"userName":               {typ: "string", required: true, mutability: "readWrite", returned: "default"},
		"password":               {typ: "string", mutability: "writeOnly", returned: returnedNever},
		"id":                     {typ: "string", required: true, caseExact: true, mutability: readOnly, returned: returnedAlways},
		"schemas":                {typ: "string", required: true, multiValued: true, mutability: readOnly, returned: returnedAlways},
		"externalId":             {typ: "string", caseExact: true, mutability: "readWrite", returned: "default"},
		"meta.created":           {typ: typeDateTime, mutability: readOnly, returned: "default"},
		"active":                 {typ: typeBoolean, mutability: "readWrite", returned: "default"},
		"groups":                 {typ: typeComplex, multiValued: true, mutability: readOnly, returned: "default"},
		"groups.value":           {typ: "string", caseExact: true, mutability: readOnly, returned: "default"},
		"emails":                 {typ: typeComplex, multiValued: true, mutability: "readWrite", returned: "default"},
		"emails.primary":         {typ: typeBoolean, mutability: "readWrite", returned: "default"},
		"x509Certificates.value": {typ: typeBinary, caseExact: true, mutability: "readWrite", returned: "default"},
		"manager.displayName":    {typ: "string", mutability: readOnly, returned: "default"},
		"seats":                  {typ: typeComplex, multiValued: true, mutability: readOnly, returned: "default"},
		"seats.place":            {typ: "integer", mutability: readOnly, returned: "default"},
	} {
		a := k.find(path)
		if a == nil {
			t.Errorf("%s: not found", path)
			continue
		}
		got := attribute{typ: a.typ, required: a.required, multiValued: a.multiValued, caseExact: a.caseExact, mutability: a.mutability, returned: a.returned}
		if got.typ != want.typ || got.required != want.required || got.multiValued != want.multiValued ||
			got.caseExact != want.caseExact || got.mutability != want.mutability || got.returned != want.returned {
			t.Errorf("%s: got %+v, want %+v", path, got, want)
		}
	}
}

func TestKindRegisters(t *testing.T) {
	core, extensions := users().elimity()
	if core.ID != userSchema || len(extensions) != 2 || extensions[0].Schema.ID != enterpriseSchema || extensions[1].Schema.ID != seatSchema {
		t.Errorf("users: got %s, %+v", core.ID, extensions)
	}
	core, extensions = groups().elimity()
	if core.ID != groupSchema || len(extensions) != 0 {
		t.Errorf("groups: got %s, %+v", core.ID, extensions)
	}
}
