package scim

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"usher/internal/usher"
)

func TestGroups(t *testing.T) {
	m := newMemory()
	d := newDoor(t, m)
	ann := d.want(201, d.do("POST", "/Users", person("ann", ""))).id()
	inner := d.want(201, d.do("POST", "/Groups", team("Inner", ""))).id()
	got := d.want(201, d.do("POST", "/Groups", team("Outer", `,"externalId":"9","members":[{"value":"`+ann+`"},{"value":"`+inner+`"},{"value":"`+ann+`"}]`)))
	base := "https://usher.example/scim/v2"
	want := `[{"$ref":"` + base + `/Users/` + ann + `","display":"ann","type":"User","value":"` + ann + `"},` +
		`{"$ref":"` + base + `/Groups/` + inner + `","display":"Inner","type":"Group","value":"` + inner + `"}]`
	if encoded(t, got.body["members"]) != want {
		t.Errorf("members %s, want %s", encoded(t, got.body["members"]), want)
	}
	if got.header.Get("Location") != base+"/Groups/"+got.id() || got.header.Get("Etag") != `W/"1"` {
		t.Errorf("headers %v", got.header)
	}
	stored := m.groups[1]
	if stored.DisplayName != "Outer" || stored.ExternalID != "9" || strings.Contains(string(stored.Document), "members") {
		t.Errorf("stored %+v", stored)
	}
	target := "/Groups/" + got.id()

	d.want(204, d.do("PATCH", target, patch(`{"op":"Remove","path":"members","value":[{"value":"`+inner+`"}]}`)))
	if n := fmt.Sprint(m.members[stored.ID]); n != "["+ann+"]" {
		t.Errorf("members after a remove: %s", n)
	}
	// A PUT that names no members has none.
	got = d.want(200, d.do("PUT", target, team("Outer", "")))
	if got.body["members"] != nil || got.body["externalId"] != nil || got.header.Get("Etag") != `W/"2"` {
		t.Errorf("replaced: %s", got.text)
	}
	refused := d.want(400, d.do("PATCH", target, patch(`{"op":"add","path":"members","value":[{"value":"nobody"}]}`)))
	if refused.body["scimType"] != "invalidValue" || !strings.Contains(refused.text, "members.value") {
		t.Errorf("unknown member: %s", refused.text)
	}
	d.want(204, d.do("DELETE", target, ""))
	d.want(404, d.do("GET", target, ""))
}

// TestMembersStayOut checks that no change and no reading without members loads any.
func TestMembersStayOut(t *testing.T) {
	m := newMemory()
	d := newDoor(t, m)
	ann := d.want(201, d.do("POST", "/Users", person("ann", ""))).id()
	made := d.want(201, d.do("POST", "/Groups?excludedAttributes=members", team("G", `,"members":[{"value":"`+ann+`"}]`)))
	target := "/Groups/" + made.id()
	d.want(204, d.do("PATCH", target, patch(`{"op":"add","path":"members","value":[{"value":"`+ann+`"}]}`)))
	d.want(204, d.do("PATCH", target+"?excludedAttributes=members", patch(`{"op":"replace","path":"displayName","value":"H"}`)))
	d.want(200, d.do("PATCH", target+"?attributes=displayName", patch(`{"op":"replace","path":"displayName","value":"I"}`)))
	d.want(200, d.do("PUT", target+"?excludedAttributes=MEMBERS", team("J", `,"members":[{"value":"`+ann+`"}]`)))
	d.want(200, d.do("GET", target+"?excludedAttributes=members", ""))
	d.want(200, d.do("GET", target+"?attributes=displayName", ""))
	d.want(200, d.do("GET", "/Groups?excludedAttributes=members", ""))
	d.want(200, d.do("GET", "/Groups?excludedAttributes=members&filter="+url.QueryEscape(`members eq "`+ann+`"`), ""))
	if m.loaded != 0 {
		t.Errorf("%d members were loaded, none was asked for", m.loaded)
	}
	got := d.want(200, d.do("PATCH", target+"?attributes=members.value", patch(`{"op":"replace","path":"displayName","value":"K"}`)))
	if want := `[{"value":"` + ann + `"}]`; encoded(t, got.body["members"]) != want || m.loaded != 1 {
		t.Errorf("members %s, %d loaded; want %s", encoded(t, got.body["members"]), m.loaded, want)
	}
}

// TestPagesOfLargeGroups checks that a page holds only so many members, and that whoever
// goes on behind what it holds misses nobody.
func TestPagesOfLargeGroups(t *testing.T) {
	m := newMemory()
	d := newDoor(t, m)
	ann := usher.ID(d.want(201, d.do("POST", "/Users", person("ann", ""))).id())
	for i, n := range []int{maxMembers / 2, maxMembers / 2, 1} {
		id := usher.ID(d.want(201, d.do("POST", "/Groups", team(fmt.Sprint("G", i), ""))).id())
		m.members[id] = slices.Repeat([]usher.ID{ann}, n)
	}
	got := d.want(200, d.do("GET", "/Groups", ""))
	if got.body["itemsPerPage"] != 2.0 || got.body["totalResults"] != 3.0 || len(got.body["Resources"].([]any)) != 2 {
		t.Errorf("first page: %v of %v", got.body["itemsPerPage"], got.body["totalResults"])
	}
	got = d.want(200, d.do("GET", "/Groups?startIndex=3", ""))
	if got.body["itemsPerPage"] != 1.0 || got.body["totalResults"] != 3.0 {
		t.Errorf("second page: %v of %v", got.body["itemsPerPage"], got.body["totalResults"])
	}
	got = d.want(200, d.do("GET", "/Groups?excludedAttributes=members", ""))
	if got.body["itemsPerPage"] != 3.0 {
		t.Errorf("without members: %v", got.body["itemsPerPage"])
	}
}

// TestGroupNotModified answers 304 only where the version says all that is shown.
func TestGroupNotModified(t *testing.T) {
	d := newDoor(t, newMemory())
	target := "/Groups/" + d.want(201, d.do("POST", "/Groups", team("G", ""))).id()
	d.want(304, d.do("GET", target+"?excludedAttributes=members", "", "If-None-Match", `W/"1"`))
	d.want(200, d.do("GET", target, "", "If-None-Match", `W/"1"`))
}
