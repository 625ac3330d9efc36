package scim

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// userNames are those of the resources in a ListResponse.
func userNames(r reply) string {
	var out []string
	resources, _ := r.body["Resources"].([]any)
	for _, resource := range resources {
		out = append(out, fmt.Sprint(resource.(map[string]any)["userName"]))
	}
	return strings.Join(out, " ")
}

func TestLists(t *testing.T) {
	d := newDoor(t, newMemory())
	for i, name := range []string{"cid", "ann", "bob"} {
		more := fmt.Sprintf(`,"title":"t%d","name":{"familyName":"f%d"},"externalId":"%s","emails":[{"value":"%[3]s@example.com"}],"%s":{"employeeNumber":"%d"}`, i%2, 9-i, name, enterpriseSchema, i)
		d.want(201, d.do("POST", "/Users", person(name, more)))
	}
	for _, c := range []struct {
		query, names string
		total, start int
	}{
		{"", "cid ann bob", 3, 1},
		{"startIndex=2", "ann bob", 3, 2},
		{"startIndex=-5&count=2", "cid ann", 3, 1},
		{"startIndex=9", "", 3, 9},
		{"count=0", "", 3, 1},
		{"count=-1", "", 3, 1},
		{"sortBy=userName", "ann bob cid", 3, 1},
		{"sortBy=USERNAME&sortOrder=Descending", "cid bob ann", 3, 1},
		{"sortBy=name.familyName&count=1", "bob", 3, 1},
		{"sortBy=emails", "ann bob cid", 3, 1},
		{"filter=", "cid ann bob", 3, 1},
		{`filter=title eq "T0"`, "cid bob", 2, 1},
		{`filter=title eq "t0" and ` + enterpriseSchema + `:employeeNumber eq "2"`, "bob", 1, 1},
		{`filter=externalId eq "ann" or employeeNumber eq "0"`, "cid ann", 2, 1},
		{`filter=emails co "BOB@"`, "bob", 1, 1},
		{`filter=not (userName sw "a")&sortBy=userName`, "bob cid", 2, 1},
		{"unknown=1&aadOptscim062020", "cid ann bob", 3, 1},
	} {
		values := strings.Split(c.query, "&")
		for i, v := range values {
			name, value, _ := strings.Cut(v, "=")
			values[i] = name + "=" + url.QueryEscape(value)
		}
		got := d.want(200, d.do("GET", "/Users?"+strings.Join(values, "&"), ""))
		if userNames(got) != c.names || got.body["totalResults"] != float64(c.total) || got.body["startIndex"] != float64(c.start) ||
			got.body["itemsPerPage"] != float64(len(strings.Fields(c.names))) {
			t.Errorf("%s: %s", c.query, got.text)
		}
		if _, ok := got.body["Resources"].([]any); !ok {
			t.Errorf("%s: no Resources: %s", c.query, got.text)
		}
	}
}

func TestCount(t *testing.T) {
	d := newDoor(t, newMemory())
	for i := range maxCount + 1 {
		d.want(201, d.do("POST", "/Users", person(fmt.Sprint("u", i), "")))
	}
	for query, n := range map[string]int{"": defaultCount, "?count=199": 199, "?count=200": 200, "?count=201": 200, "?count=200000": 200} {
		if got := d.want(200, d.do("GET", "/Users"+query, "")); got.body["itemsPerPage"] != float64(n) || got.body["totalResults"] != 201.0 {
			t.Errorf("%q: %v of %v, want %d", query, got.body["itemsPerPage"], got.body["totalResults"], n)
		}
	}
}

func TestSearch(t *testing.T) {
	d := newDoor(t, newMemory())
	for _, name := range []string{"cid", "ann", "bob"} {
		d.want(201, d.do("POST", "/Users", person(name, `,"externalId":"`+name+`","title":"Dr"`)))
		d.want(201, d.do("POST", "/Groups", team(name, "")))
	}
	search := func(more string) string {
		return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]` + more + `}`
	}
	got := d.want(200, d.do("POST", "/Users/.search", search(`,"filter":"externalId ne \"ann\"","sortBy":"userName","sortOrder":"descending","startIndex":2,"count":1,"attributes":["userName"]`)))
	if userNames(got) != "bob" || got.body["totalResults"] != 2.0 || got.body["startIndex"] != 2.0 || got.body["itemsPerPage"] != 1.0 || strings.Contains(got.text, "Dr") {
		t.Errorf("search: %s", got.text)
	}
	if got := d.want(200, d.do("POST", "/users/.SEARCH/", search(`,"excludedAttributes":["title"],"count":null`))); strings.Contains(got.text, "Dr") || userNames(got) != "cid ann bob" {
		t.Errorf("search: %s", got.text)
	}
	if got := d.want(200, d.do("POST", "/Groups/.search", search(`,"filter":"displayName eq \"ANN\""`))); got.body["totalResults"] != 1.0 {
		t.Errorf("search of groups: %s", got.text)
	}
	for _, more := range []string{
		`,"filter":1`, `,"count":"1"`, `,"count":1.5`, `,"count":1e300`, `,"attributes":"userName"`, `,"attributes":[1]`, `,"sortOrder":"up"`,
		`,"sortBy":"nothing"`, `,"filter":"nothing eq 1"`,
	} {
		checkError(t, d.want(400, d.do("POST", "/Users/.search", search(more))))
	}
}

func TestBadQueries(t *testing.T) {
	d := newDoor(t, newMemory())
	d.want(201, d.do("POST", "/Users", person("ann", "")))
	for query, scimType := range map[string]string{
		"filter=userName+eq":                           invalidFilter,
		"filter=nothing+eq+%22x%22":                    invalidFilter,
		"filter=password+eq+%22x%22":                   invalidFilter,
		"filter=name+eq+%22x%22":                       invalidFilter,
		"filter=userName+eq+%zz":                       invalidValue,
		"filter=userName+pr;x":                         invalidValue,
		"filter=userName+pr&filter=userName+eq+%22%22": invalidValue,
		"count=many":                                   invalidValue,
		"startIndex=99999999999999999999":              invalidValue,
		"sortBy=name":                                  invalidPath,
		"sortBy=nothing":                               invalidPath,
		"sortOrder=up":                                 invalidValue,
		"cursor=x":                                     "invalidCursor",
	} {
		got := d.want(400, d.do("GET", "/Users?"+query, ""))
		checkError(t, got)
		if got.body["scimType"] != scimType {
			t.Errorf("%s: %s, want %s", query, got.text, scimType)
		}
	}
	d.want(200, d.do("GET", "/Groups?filter="+url.QueryEscape(`members eq "x" or members.value eq "y"`), ""))
}
