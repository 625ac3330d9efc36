package scim

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// user is a User body with more members before its closing brace.
func user(more string) string {
	return `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"u@example.com"` + more + `}`
}

const ent = `"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`

func TestBody(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"the least": {user(``), `"active":true`},
		"nulls and empty lists are unassigned": {
			user(`,"title":null,"roles":[],"emails":[null,{"value":null}],"name":{"givenName":null},"active":null`), `"active":true`},
		"the client's id, meta, groups, seats and password are not kept": {
			user(`,"id":"1","meta":{"resourceType":"User"},"groups":[{"value":"g"}],"password":"s3cret","` + seatSchema + `":{"seats":[{"state":"active"}]}`),
			`"active":true`},
		"unknown core attributes are dropped": {user(`,"favouriteColour":"red","emails":[{"value":"a","shade":1}]`), `"active":true,"emails":[{"value":"a"}]`},
		"names take the case of the schemas": {
			`{"Schemas":[` + ent + `,"URN:ietf:params:scim:schemas:core:2.0:User"],"UserName":"u@example.com","emails":[{"Primary":true,"TYPE":"work","value":"z"}],` +
				`"URN:IETF:params:scim:schemas:extension:enterprise:2.0:user":{"Department":"bob","Manager":{"Value":"SuzzyQ"}}}`,
			`"active":true,"emails":[{"primary":true,"type":"work","value":"z"}],` + ent + `:{"department":"bob","manager":{"value":"SuzzyQ"}}`},
		"string booleans": {user(`,"active":"False","roles":[{"primary":"True","display":"R","value":"V","type":"T"}]`),
			`"active":false,"roles":[{"display":"R","primary":true,"type":"T","value":"V"}]`},
		"numbers for strings": {user(`,` + ent + `:{"employeeNumber":12345,"costCenter":1.5}`),
			`"active":true,` + ent + `:{"costCenter":"1.5","employeeNumber":"12345"}`},
		"manager as a string":        {user(`,` + ent + `:{"manager":"m1"}`), `"active":true,` + ent + `:{"manager":{"value":"m1"}}`},
		"manager as a list of one":   {user(`,` + ent + `:{"manager":[{"value":"m1","$ref":null}]}`), `"active":true,` + ent + `:{"manager":{"value":"m1"}}`},
		"manager as an empty string": {user(`,` + ent + `:{"manager":""}`), `"active":true`},
		"manager as an empty value":  {user(`,` + ent + `:{"manager":{"value":""}}`), `"active":true`},
		"manager as an empty list":   {user(`,` + ent + `:{"manager":[],"department":"D"}`), `"active":true,` + ent + `:{"department":"D"}`},
		"manager.displayName is read-only": {user(`,` + ent + `:{"manager":{"displayName":"Bob","value":"m"}}`),
			`"active":true,` + ent + `:{"manager":{"value":"m"}}`},
		"an enterprise extension without data": {user(`,` + ent + `:{}`), `"active":true`},
		"the last of several primaries": {user(`,"emails":[{"value":"a","primary":true},{"value":"b","primary":"true"},{"value":"c","primary":false}]`),
			`"active":true,"emails":[{"primary":false,"value":"a"},{"primary":true,"value":"b"},{"primary":false,"value":"c"}]`},
		"foreign extensions stay as pushed": {user(`,"urn:example:custom:2.0:User":{"Tag":"x","n":12345678901,"deep":{"list":[1,"a",null]},"gone":null}`),
			`"active":true,"urn:example:custom:2.0:User":{"Tag":"x","deep":{"list":[1,"a",null]},"n":12345678901}`},
		"a foreign extension without data": {user(`,"urn:example:custom:2.0:User":{"gone":null},"urn:example:flat":"x"`), `"active":true`},
		"empty strings are kept":           {user(`,"title":""`), `"active":true,"title":""`},
		"certificates":                     {user(`,"x509Certificates":[{"value":"AAEC"}]`), `"active":true,"x509Certificates":[{"value":"AAEC"}]`},
	} {
		got, err := users().canonicalBody(decoded(t, c.body))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		delete(got, "schemas")
		want := decoded(t, `{"userName":"u@example.com",`+c.want+`}`)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %s, want %s", name, encoded(t, got), encoded(t, want))
		}
	}
}

func TestBodyNamesItsSchemas(t *testing.T) {
	for body, want := range map[string]string{
		user(``):                                  `["urn:ietf:params:scim:schemas:core:2.0:User"]`,
		user(`,` + ent + `:{}`):                   `["urn:ietf:params:scim:schemas:core:2.0:User"]`,
		user(`,` + ent + `:{"division":"d"}`):     `["urn:ietf:params:scim:schemas:core:2.0:User",` + ent + `]`,
		user(`,"urn:example:x:1.0:User":{"a":1}`): `["urn:ietf:params:scim:schemas:core:2.0:User","urn:example:x:1.0:User"]`,
	} {
		if got := encoded(t, document(t, users(), body)["schemas"]); got != want {
			t.Errorf("%s: schemas are %s, want %s", body, got, want)
		}
	}
}

func TestBodyRefuses(t *testing.T) {
	for body, scimType := range map[string]string{
		`{}`:               invalidSyntax,
		`{"userName":"u"}`: invalidSyntax,
		`{"schemas":"urn:ietf:params:scim:schemas:core:2.0:User","userName":"u"}`:    invalidSyntax,
		`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"userName":"u"}`: invalidSyntax,
		`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"active":true}`:   invalidValue,
		`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":""}`:   invalidValue,
		`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":" "}`:  invalidValue,
		`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":null}`: invalidValue,
		user(`,"USERNAME":"v"`):                                                         invalidSyntax,
		user(`,"active":"yes"`):                                                         invalidValue,
		user(`,"active":1`):                                                             invalidValue,
		user(`,"title":true`):                                                           invalidValue,
		user(`,"title":["a"]`):                                                          invalidValue,
		user(`,"title":{"value":"a"}`):                                                  invalidValue,
		user(`,"name":"Ann"`):                                                           invalidValue,
		user(`,"name":[{"givenName":"a"},{}]`):                                          invalidValue,
		user(`,"emails":{"value":"a"}`):                                                 invalidValue,
		user(`,"emails":["a"]`):                                                         invalidValue,
		user(`,"emails":[[{"value":"a"}]]`):                                             invalidValue,
		user(`,"emails":[{"value":"a","primary":2}]`):                                   invalidValue,
		user(`,"emails":[{"value":"a","VALUE":"b"}]`):                                   invalidSyntax,
		user(`,"password":{}`):                                                          invalidValue,
		user(`,"title":"a\u0000b"`):                                                     invalidValue,
		user(`,"x509Certificates":[{"value":"not!"}]`):                                  invalidValue,
		user(`,` + ent + `:"x"`):                                                        invalidValue,
		user(`,` + ent + `:{"manager":["a","b"]}`):                                      invalidValue,
		user(`,"urn:example:x:1.0:User":{"a":["\u0000"]}`):                              invalidValue,
		user(`,"urn:example:x:1.0:User":{"\u0000":1}`):                                  invalidValue,
		user(`,"urn:example:x:1.0:User":{"a":1},"URN:example:x:1.0:User":{"a":1}`):      invalidSyntax,
		user(`,"title":"` + strings.Repeat("a", 65<<10) + `"`):                          invalidValue,
		`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"G"}`: invalidSyntax,
	} {
		doc, err := users().canonicalBody(decoded(t, body))
		if err == nil {
			t.Errorf("%.90s: accepted as %s", body, encoded(t, doc))
			continue
		}
		wantProblem(t, err, 400, scimType)
	}
}

func TestBodyLimits(t *testing.T) {
	list := func(n int) string { return strings.TrimSuffix(strings.Repeat(`{"value":"x"},`, n), ",") }
	if _, err := users().canonicalBody(decoded(t, user(`,"roles":[`+list(maxElements)+`]`))); err != nil {
		t.Errorf("%d roles: %v", maxElements, err)
	}
	_, err := users().canonicalBody(decoded(t, user(`,"roles":[`+list(maxElements+1)+`]`)))
	wantProblem(t, err, 413, "")
	group := func(n int) string {
		return `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"G","members":[` + list(n) + `]}`
	}
	if _, err := groups().canonicalBody(decoded(t, group(maxMembers))); err != nil {
		t.Errorf("%d members: %v", maxMembers, err)
	}
	_, err = groups().canonicalBody(decoded(t, group(maxMembers+1)))
	wantProblem(t, err, 413, "")
}

func TestGroupBody(t *testing.T) {
	const group = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"G"%s}`
	for members, want := range map[string]string{
		``:                `null`,
		`,"members":null`: `null`,
		`,"members":[]`:   `[]`,
		`,"members":[{"value":"b","$ref":null},{"value":"a","display":"A"},{"Value":"b"}]`: `["b","a"]`,
	} {
		doc := document(t, groups(), fmt.Sprintf(group, members))
		ids, err := takeMembers(doc)
		if err != nil || encoded(t, ids) != want {
			t.Errorf("%s: got %s, %v; want %s", members, encoded(t, ids), err, want)
		}
		if got := encoded(t, doc); got != `{"displayName":"G","schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]}` {
			t.Errorf("%s: the document is %s", members, got)
		}
	}
	for _, members := range []string{`,"members":[{"display":"A"}]`, `,"members":[{"value":""}]`} {
		_, err := takeMembers(document(t, groups(), fmt.Sprintf(group, members)))
		wantProblem(t, err, 400, invalidValue)
	}
	for _, body := range []string{`,"members":{"value":"a"}`, `,"members":["a"]`, `,"displayname":""`} {
		if _, err := groups().canonicalBody(decoded(t, fmt.Sprintf(group, body))); err == nil {
			t.Errorf("%s: accepted", body)
		}
	}
}

func TestCanonicalHash(t *testing.T) {
	same := []string{
		user(`,"title":"t","active":true`),
		`{"active":"True","Title":"t","id":"9","userName":"u@example.com","schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"roles":[]}`,
	}
	first := canonicalHash(document(t, users(), same[0]))
	if got := canonicalHash(document(t, users(), same[1])); got != first {
		t.Error("two bodies that mean the same have different hashes")
	}
	if canonicalHash(document(t, users(), user(`,"title":"T"`))) == first {
		t.Error("two bodies that mean different things have one hash")
	}
}
