package scim

import (
	"fmt"
	"strings"
	"testing"

	"usher/internal/usher"
)

func TestCreateUser(t *testing.T) {
	d := newDoor(t, newMemory())
	body := person("ann@example.com", `,"externalId":"7","id":"mine","meta":{"version":"x"},"groups":[{"value":"1"}],"password":"s3cret",
		"name":{"givenName":"Ann"},"urn:x:colour:User":{"eyes":"green"},"`+enterpriseSchema+`":{"department":"R&D"}`)
	got := d.want(201, d.do("POST", "/Users", body))
	id := got.id()
	location := "https://usher.example/scim/v2/Users/" + id
	if id == "mine" || got.header.Get("Location") != location || got.header.Get("Etag") != `W/"1"` {
		t.Errorf("id %q, headers %v", id, got.header)
	}
	meta, _ := got.body["meta"].(map[string]any)
	if meta["location"] != location || meta["version"] != `W/"1"` || meta["resourceType"] != "User" || meta["created"] != meta["lastModified"] {
		t.Errorf("meta %v", meta)
	}
	for _, absent := range []string{"password", "groups", seatSchema} {
		if _, ok := got.body[absent]; ok {
			t.Errorf("%s is shown: %s", absent, got.text)
		}
	}
	if want := fmt.Sprint([]any{userSchema, enterpriseSchema, "urn:x:colour:User"}); fmt.Sprint(got.body["schemas"]) != want {
		t.Errorf("schemas %v, want %v", got.body["schemas"], want)
	}
	if again := d.want(201, d.do("POST", "/Users", body)); again.id() != id || again.header.Get("Location") != location {
		t.Errorf("the same create again made %s, want %s", again.id(), id)
	}
	conflict := d.want(409, d.do("POST", "/Users", person("ANN@example.com", "")))
	if conflict.body["scimType"] != "uniqueness" {
		t.Errorf("conflict: %s", conflict.text)
	}
}

// TestWholeUser sends the complete representation of RFC 7643 section 8.2 and 8.3, which
// the library must let through as we made it.
func TestWholeUser(t *testing.T) {
	d := newDoor(t, newMemory())
	body := person("bjensen@example.com", `,"externalId":"701984",
	"name":{"formatted":"Ms. Barbara J Jensen, III","familyName":"Jensen","givenName":"Barbara","middleName":"Jane","honorificPrefix":"Ms.","honorificSuffix":"III"},
	"displayName":"Babs Jensen","nickName":"Babs","profileUrl":"https://login.example.com/bjensen",
	"emails":[{"value":"bjensen@example.com","type":"work","primary":true},{"value":"babs@jensen.org","type":"home"}],
	"addresses":[{"streetAddress":"100 Universal City Plaza","locality":"Hollywood","region":"CA","postalCode":"91608","country":"US","formatted":"x\ny","type":"work","primary":true}],
	"phoneNumbers":[{"value":"tel:+1-201-555-0123","type":"work"},{"value":"555-555-4444","type":"mobile"}],
	"ims":[{"value":"someaimhandle","type":"aim"}],
	"photos":[{"value":"https://photos.example.com/profilephoto/72930000000Ccne/F","type":"photo"}],
	"userType":"Employee","title":"Tour Guide","preferredLanguage":"en-US","locale":"en-US","timezone":"America/Los_Angeles","active":true,
	"entitlements":[{"value":"e"}],"roles":[{"value":"r","display":"R","type":"t","primary":true}],
	"x509Certificates":[{"value":"MIIDQzCCAqygAwIBAgICEAA="}],
	"`+enterpriseSchema+`":{"employeeNumber":"701984","costCenter":"4130","organization":"Universal Studios","division":"Theme Park","department":"Tour Operations","manager":{"value":"26118915","$ref":"../Users/26118915"}}`)
	id := d.want(201, d.do("POST", "/Users", body)).id()
	got := d.want(200, d.do("GET", "/Users/"+id, "")).body
	for name, value := range decoded(t, body) {
		if name != "schemas" && encoded(t, got[name]) != encoded(t, value) {
			t.Errorf("%s: %s, want %s", name, encoded(t, got[name]), encoded(t, value))
		}
	}
}

func TestReplaceUser(t *testing.T) {
	m := newMemory()
	d := newDoor(t, m)
	made := d.want(201, d.do("POST", "/Users", person("ann", `,"title":"Dr","nickName":"A"`)))
	target := "/Users/" + made.id()
	body := person("ann", `,"title":"Prof"`)
	got := d.want(200, d.do("PUT", target, body))
	if got.body["title"] != "Prof" || got.body["nickName"] != nil || got.header.Get("Etag") != `W/"2"` || got.header.Get("Location") != "" {
		t.Errorf("replaced: %s, %v", got.text, got.header)
	}
	// The same again, in another spelling, changes nothing.
	again := d.want(200, d.do("PUT", target, `{"TITLE":"Prof","active":"True","userName":"ann","nickName":null,"groups":[],"id":"x","schemas":["`+userSchema+`"]}`))
	if again.text != got.text {
		t.Errorf("a PUT of the same: %s, was %s", again.text, got.text)
	}
	if m.records[0].CreateHash == "" || m.records[0].Version != 2 {
		t.Errorf("stored %+v", m.records[0])
	}
	d.want(404, d.do("PUT", "/Users/nobody", body))
}

func TestPatchUser(t *testing.T) {
	m := newMemory()
	d := newDoor(t, m)
	target := "/Users/" + d.want(201, d.do("POST", "/Users", person("ann", ""))).id()
	got := d.want(200, d.do("PATCH", target, patch(`{"op":"Replace","path":"active","value":"False"},{"op":"add","path":"manager","value":"7"}`)))
	if got.body["active"] != false || got.header.Get("Etag") != `W/"2"` {
		t.Errorf("patched: %s", got.text)
	}
	if a := m.records[0].Attributes; a.Active || a.Manager != "7" || len(m.records[0].Values) == 0 {
		t.Errorf("attributes %+v", a)
	}
	again := d.want(200, d.do("PATCH", target, patch(`{"op":"replace","value":{"active":false}}`)))
	if again.text != got.text {
		t.Errorf("a PATCH of nothing: %s, was %s", again.text, got.text)
	}
	shown := d.want(200, d.do("PATCH", target+"?attributes=title", patch(`{"op":"add","path":"title","value":"Dr"}`)))
	if shown.body["title"] != "Dr" || shown.body["userName"] != nil {
		t.Errorf("projected: %s", shown.text)
	}
	// All or nothing.
	d.want(400, d.do("PATCH", target, patch(`{"op":"replace","path":"title","value":"x"},{"op":"replace","path":"emails[type eq \"x y\"].value","value":"x"}`)))
	if m.records[0].Attributes.Title != "Dr" {
		t.Errorf("half a PATCH was applied: %s", m.records[0].Document)
	}
	for scimType, operation := range map[string]string{
		"mutability":    `{"op":"replace","path":"groups","value":[]}`,
		"invalidPath":   `{"op":"replace","path":"nothing","value":1}`,
		"noTarget":      `{"op":"remove"}`,
		"invalidValue":  `{"op":"replace","path":"active","value":"maybe"}`,
		"invalidSyntax": `{"op":"move","path":"title","value":"x"}`,
	} {
		if got := d.want(400, d.do("PATCH", target, patch(operation))); got.body["scimType"] != scimType {
			t.Errorf("%s: %s, want %s", operation, got.text, scimType)
		}
	}
}

func TestPreconditions(t *testing.T) {
	d := newDoor(t, newMemory())
	target := "/Users/" + d.want(201, d.do("POST", "/Users", person("ann", ""))).id()
	group := "/Groups/" + d.want(201, d.do("POST", "/Groups", team("g", ""))).id()
	for _, c := range []struct {
		match  string
		status int // of a change
	}{
		{`W/"1"`, 200}, {`"1"`, 200}, {`*`, 200}, {`"x", W/"1"`, 200}, {`W/"2"`, 412}, {`1`, 412}, {`x`, 412},
	} {
		for _, target := range []string{target, group} {
			nothing := patch(`{"op":"remove","path":"externalId"}`)
			if got := d.do("PATCH", target, nothing, "If-Match", c.match); got.status != c.status && got.status != 204 {
				t.Errorf("PATCH %s, If-Match %s: %d, want %d", target, c.match, got.status, c.status)
			}
		}
		if got := d.do("PUT", target, person("ann", ""), "If-Match", c.match); got.status != c.status {
			t.Errorf("PUT, If-Match %s: %d, want %d", c.match, got.status, c.status)
		}
		read := d.do("GET", target, "", "If-None-Match", c.match)
		if (c.status == 200) != (read.status == 304) || read.header.Get("Etag") != `W/"1"` {
			t.Errorf("If-None-Match %s: %d", c.match, read.status)
		}
	}
	for _, target := range []string{target, group} {
		d.want(412, d.do("DELETE", target, "", "If-Match", `W/"7"`))
		d.want(204, d.do("DELETE", target, "", "If-Match", `W/"1"`))
		d.want(404, d.do("DELETE", target, "", "If-Match", `W/"1"`))
	}
	d.want(404, d.do("PUT", target, person("ann", ""), "If-Match", "*"))
}

// TestSeats shows the seat extension and groups outside the version.
func TestSeats(t *testing.T) {
	m := newMemory()
	d := newDoor(t, m)
	id := d.want(201, d.do("POST", "/Users", person("ann", ""))).id()
	m.seats[usher.ID(id)] = []usher.SeatView{
		{Subscription: "Prosci", Portal: "prosci", State: usher.Queued, Reason: "no seat is free", Place: 3},
		{Subscription: "Tools", State: usher.Active},
	}
	group := d.want(201, d.do("POST", "/Groups", team("Team", `,"members":[{"value":"`+id+`"}]`))).id()
	got := d.want(200, d.do("GET", "/Users/"+id, ""))
	seats := `{"seats":[{"place":3,"portal":"prosci","reason":"no seat is free","state":"queued","subscription":"Prosci"},{"state":"active","subscription":"Tools"}]}`
	if encoded(t, got.body[seatSchema]) != seats {
		t.Errorf("seats %s, want %s", encoded(t, got.body[seatSchema]), seats)
	}
	groups := `[{"$ref":"https://usher.example/scim/v2/Groups/` + group + `","display":"Team","value":"` + group + `"}]`
	if encoded(t, got.body["groups"]) != groups {
		t.Errorf("groups %s, want %s", encoded(t, got.body["groups"]), groups)
	}
	if !strings.Contains(fmt.Sprint(got.body["schemas"]), seatSchema) || got.header.Get("Etag") != `W/"1"` {
		t.Errorf("schemas %v, version %s", got.body["schemas"], got.header.Get("Etag"))
	}
	hidden := d.want(200, d.do("GET", "/Users/"+id+"?excludedAttributes=groups,"+seatSchema, ""))
	if hidden.body[seatSchema] != nil || hidden.body["groups"] != nil || strings.Contains(fmt.Sprint(hidden.body["schemas"]), seatSchema) {
		t.Errorf("excluded but shown: %s", hidden.text)
	}
	// A client that sends back what it saw changes nothing.
	if back := d.want(200, d.do("PUT", "/Users/"+id, got.text)); back.text != got.text {
		t.Errorf("sent back: %s, was %s", back.text, got.text)
	}
	for _, target := range []string{"/Users", "/Users?attributes=userName"} {
		page := d.want(200, d.do("GET", target, ""))
		if shown := strings.Contains(page.text, "Prosci"); shown != (target == "/Users") {
			t.Errorf("%s: seats shown is %v", target, shown)
		}
	}
}
