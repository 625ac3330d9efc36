package scim

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// anyOperation draws an operation from all dialects, right and wrong.
func anyOperation(t *rapid.T) map[string]any {
	paths := []string{
		"title", "userName", "active", "name", "name.givenName", "emails", "emails.value", "emails.primary",
		`emails[type eq "work"]`, `emails[type eq "work"].value`, `emails[type eq "work"].primary`, `emails[primary eq true].type`,
		`emails[value co "a" or not (type pr)].display`, `roles[value eq "a"].primary`, "roles", "manager", "manager.value",
		enterpriseSchema, enterpriseSchema + ":department", "urn:example:custom:2.0:User", "urn:example:custom:2.0:User:tag",
	}
	element := func(t *rapid.T) any {
		e := map[string]any{}
		for _, name := range []string{"value", "type", "display", "$ref"} {
			if rapid.Bool().Draw(t, name) {
				e[name] = rapid.SampledFrom([]any{"a", "B", "work", "home", "", nil}).Draw(t, name)
			}
		}
		if rapid.Bool().Draw(t, "primary") {
			e["primary"] = rapid.SampledFrom([]any{true, false, "True", "false"}).Draw(t, "primary")
		}
		return e
	}
	value := func(t *rapid.T) any {
		switch rapid.IntRange(0, 4).Draw(t, "shape") {
		case 0:
			return element(t)
		case 1:
			list := []any{}
			for range rapid.IntRange(0, 3).Draw(t, "length") {
				list = append(list, element(t))
			}
			return list
		case 2:
			return map[string]any{
				rapid.SampledFrom(paths).Draw(t, "name"): element(t), "department": "D", "title": "t", "list": []any{1.0, nil},
			}
		}
		return rapid.SampledFrom([]any{"a", "work", "", true, "False", nil, 7.0}).Draw(t, "value")
	}
	o := map[string]any{"op": rapid.SampledFrom([]string{"add", "Replace", "remove"}).Draw(t, "op")}
	if rapid.IntRange(0, 4).Draw(t, "path") > 0 {
		o["path"] = rapid.SampledFrom(paths).Draw(t, "path")
	}
	if rapid.IntRange(0, 4).Draw(t, "valued") > 0 {
		o["value"] = value(t)
	}
	return o
}

// Whatever is applied, a document stays canonical, the old one stays as it was, and an
// operation of set semantics changes nothing the second time.
func TestPatchKeepsDocumentsCanonical(t *testing.T) {
	k := users()
	start := document(t, k, ann)
	applied := 0
	rapid.Check(t, func(rt *rapid.T) {
		doc := start
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			body := map[string]any{"schemas": []any{patchSchema}, "Operations": []any{anyOperation(rt)}}
			ops, err := k.patchOps(body)
			if err != nil {
				wantAnyProblem(t, err)
				continue
			}
			before := clone(doc)
			next, err := k.apply(doc, ops)
			if !reflect.DeepEqual(before, clone(doc)) {
				rt.Fatalf("%s changed the document that it was applied to", encoded(t, body))
			}
			if err != nil {
				wantAnyProblem(t, err)
				continue
			}
			wantCanonical(t, k, next)
			if again, err := k.apply(next, ops); len(ops) == 1 && ops[0].sets() && (err != nil || !reflect.DeepEqual(again, next)) {
				rt.Fatalf("%s again: %s becomes %s, %v", encoded(t, body), encoded(t, next), encoded(t, again), err)
			}
			doc, applied = next, applied+1
		}
	})
	if applied == 0 {
		t.Fatal("no operation was applied")
	}
}
