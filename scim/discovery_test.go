package scim

import (
	"net/url"
	"strings"
	"testing"

	"github.com/elimity-com/scim/schema"
)

func TestServiceProviderConfig(t *testing.T) {
	d := newDoor(t, newMemory())
	got := d.want(200, d.do("GET", "/ServiceProviderConfig", ""))
	want := `{"authenticationSchemes":[{"description":"A token of one directory, made by usher token create.","name":"Bearer token","primary":true,` +
		`"specUri":"https://www.rfc-editor.org/info/rfc6750","type":"oauthbearertoken"}],` +
		`"bulk":{"maxOperations":0,"maxPayloadSize":0,"supported":false},"changePassword":{"supported":false},"etag":{"supported":true},` +
		`"filter":{"maxResults":200,"supported":true},` +
		`"meta":{"location":"https://usher.example/scim/v2/ServiceProviderConfig","resourceType":"ServiceProviderConfig"},` +
		`"patch":{"supported":true},"schemas":["` + configSchema + `"],"sort":{"supported":true}}`
	if got.text != want {
		t.Errorf("%s\nwant %s", got.text, want)
	}
}

// TestDiscovery reads everything that discovery lists by the location that it gives.
func TestDiscovery(t *testing.T) {
	d := newDoor(t, newMemory())
	for endpoint, ids := range map[string][]string{
		"/Schemas":       {schema.Definition().ID, resourceTypeSchema, configSchema, userSchema, enterpriseSchema, seatSchema, groupSchema},
		"/ResourceTypes": {"User", "Group"},
	} {
		list := d.want(200, d.do("GET", endpoint, ""))
		resources, _ := list.body["Resources"].([]any)
		if len(resources) != len(ids) || list.body["totalResults"] != float64(len(ids)) || strings.Contains(list.text, ":null") {
			t.Fatalf("%s: %d resources, want %d: %s", endpoint, len(resources), len(ids), list.text)
		}
		for i, id := range ids {
			listed := resources[i].(map[string]any)
			meta, _ := listed["meta"].(map[string]any)
			location, _ := meta["location"].(string)
			path, ok := strings.CutPrefix(location, "https://usher.example/scim/v2")
			if listed["id"] != id || !ok || path != endpoint+"/"+id {
				t.Errorf("%s: %v at %s, want %s", endpoint, listed["id"], location, id)
			}
			one := d.want(200, d.do("GET", path, ""))
			if encoded(t, one.body) != encoded(t, listed) {
				t.Errorf("%s alone is not what the list shows", path)
			}
		}
		d.want(200, d.do("GET", strings.ToLower(endpoint)+"/"+strings.ToUpper(ids[0])+"/", ""))
		d.want(404, d.do("GET", endpoint+"/nothing", ""))
		checkError(t, d.want(403, d.do("GET", endpoint+"?filter="+url.QueryEscape(`id eq "x"`), "")))
	}
	d.want(404, d.do("GET", "/ServiceProviderConfig/x", ""))
}
