package scim

import (
	"reflect"
	"testing"
)

func TestProject(t *testing.T) {
	const custom = `"urn:example:custom:2.0:User"`
	const whole = `{
		"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ` + custom + `, ` + ent + `, "` + seatSchema + `"],
		"id": "1", "userName": "u", "displayName": "D", "active": true, "name": {"givenName": "Ann", "familyName": "Lee"},
		"emails": [{"value": "a", "type": "work"}, {"value": "b"}], "groups": [{"value": "g", "display": "G"}],
		"meta": {"resourceType": "User", "version": "W/1"},
		` + ent + `: {"department": "R", "manager": {"value": "m"}},
		` + custom + `: {"tag": "x"},
		"` + seatSchema + `": {"seats": [{"state": "active", "subscription": "s"}]}
	}`
	for _, c := range []struct {
		name                 string
		attributes, excluded []string
		want                 string
	}{
		{"all", nil, nil, whole},
		{"one", []string{"userName"}, nil, `"userName":"u"`},
		{"in another case", []string{" USERNAME ", "urn:ietf:params:scim:schemas:core:2.0:user:ACTIVE"}, nil, `"userName":"u","active":true`},
		{"a sub-attribute", []string{"name.givenName"}, nil, `"name":{"givenName":"Ann"}`},
		{"a sub-attribute of a list", []string{"emails.type"}, nil, `"emails":[{"type":"work"}]`},
		{"a whole list", []string{"emails"}, nil, `"emails":[{"value":"a","type":"work"},{"value":"b"}]`},
		{"part of an extension", []string{enterpriseSchema + ":department"}, nil, ent + `:{"department":"R"}`},
		{"a bare name of an extension", []string{"manager.value"}, nil, ent + `:{"manager":{"value":"m"}}`},
		{"an extension", []string{enterpriseSchema}, nil, ent + `:{"department":"R","manager":{"value":"m"}}`},
		{"seats", []string{seatSchema + ":seats.state"}, nil, `"` + seatSchema + `":{"seats":[{"state":"active"}]}`},
		{"a foreign extension", []string{"urn:EXAMPLE:custom:2.0:User"}, nil, custom + `:{"tag":"x"}`},
		{"part of a foreign extension", []string{"urn:example:custom:2.0:User:tag"}, nil, custom + `:{"tag":"x"}`},
		{"meta", []string{"meta.version"}, nil, `"meta":{"version":"W/1"}`},
		{"unknown", []string{"favouriteColour"}, nil, ``},
		{"never returned", []string{"password"}, nil, ``},
		{"nothing that is there", []string{"title"}, nil, ``},
		{"without", nil, []string{"id", "schemas", "emails", "groups", "name.familyName", "meta", enterpriseSchema + ":manager", seatSchema, "urn:example:custom:2.0:user"},
			`"userName":"u","displayName":"D","active":true,"name":{"givenName":"Ann"},` + ent + `:{"department":"R"}`},
		{"without all parts", []string{"name", "displayName"}, []string{"name.givenName", "name.familyName"}, `"displayName":"D"`},
		{"without an extension", []string{"userName", enterpriseSchema}, []string{enterpriseSchema}, `"userName":"u"`},
	} {
		resource := decoded(t, whole)
		resource["password"] = "s3cret"
		copied := clone(resource)
		got := users().project(resource, c.attributes, c.excluded)
		var want map[string]any
		if c.want == whole {
			want = decoded(t, whole)
		} else {
			want = decoded(t, `{"id":"1"`+comma(c.want)+`}`)
			want["schemas"] = users().schemasOf(want)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %s, want %s", c.name, encoded(t, got), encoded(t, want))
		}
		if !reflect.DeepEqual(resource, copied) {
			t.Errorf("%s: the resource changed", c.name)
		}
	}
}

func comma(text string) string {
	if text == "" {
		return ""
	}
	return "," + text
}

func TestProjectGroup(t *testing.T) {
	const group = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"1","displayName":"G","members":[{"value":"a","display":"A"}]}`
	for _, c := range []struct {
		attributes, excluded []string
		want                 string
	}{
		{nil, []string{"members"}, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"1","displayName":"G"}`},
		{[]string{"members.value"}, nil, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"1","members":[{"value":"a"}]}`},
		{nil, []string{"members.value", "members.display"}, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"1","displayName":"G"}`},
	} {
		if got := groups().project(decoded(t, group), c.attributes, c.excluded); !reflect.DeepEqual(got, decoded(t, c.want)) {
			t.Errorf("%v, %v: got %s, want %s", c.attributes, c.excluded, encoded(t, got), c.want)
		}
	}
}
