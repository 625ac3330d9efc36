package api_test

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"usher/internal/api"
	"usher/internal/api/apitest"
	"usher/internal/usher"
)

// TestDocumentHasTheRoutes holds openapi.yaml against the list of routes, both ways.
func TestDocumentHasTheRoutes(t *testing.T) {
	d, err := apitest.Parse(api.Document)
	if err != nil {
		t.Fatal(err)
	}
	if broken := d.References(); len(broken) > 0 {
		t.Errorf("references that mean nothing: %q", broken)
	}
	documented := map[string]apitest.Operation{}
	ids := map[string]bool{}
	for _, o := range d.Operations() {
		documented[o.Method+" "+o.Path] = o
		if o.ID == "" || ids[o.ID] {
			t.Errorf("%s %s has no operationId of its own: %q", o.Method, o.Path, o.ID)
		}
		ids[o.ID] = true
	}
	for _, r := range api.Routes() {
		name := r.Method + " " + r.Path
		o, ok := documented[name]
		if !ok {
			t.Errorf("%s is not documented", name)
			continue
		}
		delete(documented, name)
		for _, difference := range differences(r, o) {
			t.Errorf("%s: %s", name, difference)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(documented)) {
		t.Errorf("%s is documented, and no route", name)
	}
}

var inPath = regexp.MustCompile(`\{(\w+)\}`)

// differences are between a route and its documentation.
func differences(r api.Route, o apitest.Operation) (found []string) {
	hold := func(what string, want, got []string) {
		want, got = slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(got))
		if !slices.Equal(want, got) {
			found = append(found, what+": the route has "+strings.Join(want, ", ")+"; documented "+strings.Join(got, ", "))
		}
	}
	var scopes, path []string
	if r.Scope != "" {
		scopes = []string{string(r.Scope)}
	}
	for _, m := range inPath.FindAllStringSubmatch(r.Path, -1) {
		path = append(path, m[1])
	}
	body, required := fields(r.Body)
	hold("scope", scopes, o.Scopes)
	hold("parameters of the query", r.Query, o.Query)
	hold("parameters of the path", path, o.InPath)
	hold("fields of the body", body, o.Body)
	hold("required fields", required, o.Required)
	statuses := []string{"200", "400"}
	if r.Scope != "" {
		statuses = append(statuses, "401", "403", "429", "503")
	}
	for _, status := range statuses {
		if !slices.Contains(o.Statuses, status) {
			found = append(found, "the status "+status+" is not documented")
		}
	}
	if takes := r.Body != nil || o.File; takes != slices.Contains(o.Statuses, "415") || takes != slices.Contains(o.Statuses, "413") {
		found = append(found, "413 and 415 go with a body")
	}
	if o.File != (r.Scope == usher.ScopeRostersWrite) {
		found = append(found, "a file as the body")
	}
	return found
}

// fields are the names of a body's fields in JSON, and those that are always there.
func fields(body any) (all, required []string) {
	if body == nil {
		return nil, nil
	}
	of := reflect.TypeOf(body)
	for i := range of.NumField() {
		name, options, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		all = append(all, name)
		if options == "" {
			required = append(required, name)
		}
	}
	return all, required
}

// TestDifferences plants a route that differs in everything.
func TestDifferences(t *testing.T) {
	r := api.Route{Method: "PUT", Path: "/api/v1/x/{a}", Scope: usher.ScopeSeatsWrite, Query: []string{"q"}, Body: api.Reason{}}
	if found := differences(r, apitest.Operation{Scopes: []string{"seats:read"}}); len(found) < 10 {
		t.Errorf("found only %q", found)
	}
}

// TestEveryScopeOpensSomething: a scope that opens nothing is a promise that nobody keeps.
func TestEveryScopeOpensSomething(t *testing.T) {
	opens := map[usher.Scope]bool{}
	for _, r := range api.Routes() {
		opens[r.Scope] = true
		if r.Scope != "" && !slices.Contains(usher.Scopes(), r.Scope) {
			t.Errorf("%s %s wants the scope %s, which no token can have", r.Method, r.Path, r.Scope)
		}
		reads := strings.HasSuffix(string(r.Scope), ":read")
		if r.Scope != "" && reads != (r.Method == "GET") {
			t.Errorf("%s %s goes with the scope %s", r.Method, r.Path, r.Scope)
		}
	}
	for _, s := range usher.Scopes() {
		if !opens[s] {
			t.Errorf("the scope %s opens nothing", s)
		}
	}
}
