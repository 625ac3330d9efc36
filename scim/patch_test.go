package scim

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"usher/internal/usher"
)

// patchBody is the body of a PATCH with these operations.
func patchBody(operations string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operations + `]}`
}

// patched applies operations, as JSON, to a canonical document.
func patched(t testing.TB, k *kind, doc map[string]any, operations string) (map[string]any, error) {
	t.Helper()
	ops, err := k.patchOps(decoded(t, patchBody(operations)))
	if err != nil {
		return nil, err
	}
	return k.apply(doc, ops)
}

// std is what most documents of the wire cases hold beside userName and schemas.
const std = `"active":true,"name":{"givenName":"Ann","familyName":"Lee"},"emails":[{"primary":true,"type":"work","value":"u@example.com"}]`

func TestPatch(t *testing.T) {
	const bare, ann = `"active":true`, `"active":true,"name":{"givenName":"Ann","familyName":"Lee"}`
	for _, c := range []struct{ name, before, ops, after string }{
		{"okta-08", `"active":false`, `{"op":"replace","value":{"active":true}}`, bare},
		{"okta-10", std, `{"op":"replace","value":{"password":"n3w"}}`, std},
		{"okta-26", std, `{"op":"replace","value":{"active":false}}`, strings.Replace(std, "true", "false", 1)},
		{"entra-09", std, `{"op":"Replace","path":"emails[type eq \"work\"].value","value":"new@microsoft.com"},{"op":"Replace","path":"name.familyName","value":"Up"}`,
			`"active":true,"name":{"givenName":"Ann","familyName":"Up"},"emails":[{"primary":true,"type":"work","value":"new@microsoft.com"}]`},
		{"entra-11", bare, `{"op":"Replace","path":"active","value":"False"}`, `"active":false`},
		{"entra-13", bare, `{"op":"Replace","path":"active","value":false}`, `"active":false`},
		{"entra-14", bare, `{"op":"Replace","value":{"active":"False"}}`, `"active":false`},
		{"entra-16", bare, `{"op":"Add","path":"nickName","value":"Babs"}`, `"active":true,"nickName":"Babs"`},
		{"entra-17", std, `{"op":"Replace","path":"displayName","value":"Pvlo"},{"op":"Replace","path":"emails[type eq \"work\"].value","value":"T@x"},
			{"op":"Replace","path":"name.givenName","value":"G"},{"op":"Replace","path":"name.familyName","value":"P"},{"op":"Replace","path":"externalId","value":"Eq"},
			{"op":"Replace","path":` + ent[:len(ent)-1] + `:employeeNumber","value":"Eqpj"}`,
			`"active":true,"displayName":"Pvlo","name":{"givenName":"G","familyName":"P"},"externalId":"Eq","emails":[{"primary":true,"type":"work","value":"T@x"}],` + ent + `:{"employeeNumber":"Eqpj"}`},
		{"entra-18", ann, `{"op":"replace","value":{"displayName":"B","name.givenName":"K","name.familyName":"U",` + ent[:len(ent)-1] + `:employeeNumber":"A"}}`,
			`"active":true,"displayName":"B","name":{"givenName":"K","familyName":"U"},` + ent + `:{"employeeNumber":"A"}`},
		{"a value filter as a name", std, `{"op":"replace","value":{"emails[type eq \"work\"].value":"M@x"}}`,
			strings.Replace(std, "u@example.com", "M@x", 1)},
		{"entra-19", bare, `{"op":"replace","value":{` + ent + `:{"department":"R&D","employeeNumber":"7"}}}`,
			bare + `,` + ent + `:{"department":"R&D","employeeNumber":"7"}`},
		{"entra-54", bare + `,` + ent + `:{"organization":"O"}`, `{"op":"replace","value":{` + ent[:len(ent)-1] + `:department":"T",` + ent[:len(ent)-1] + `:division":"D"}}`,
			bare + `,` + ent + `:{"department":"T","division":"D","organization":"O"}`},
		{"entra-55", bare, `{"op":"Replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:active","value":"False"},{"op":"Add","path":"urn:ietf:params:scim:schemas:core:2.0:User:title","value":"Eng"}`,
			`"active":false,"title":"Eng"`},
		{"entra-56", bare, `{"op":"Add","path":"title","value":""}`, `"active":true,"title":""`},
		{"entra-20", bare, `{"op":"Add","path":` + ent[:len(ent)-1] + `:manager","value":"m"}`, bare + `,` + ent + `:{"manager":{"value":"m"}}`},
		{"entra-21", bare + `,` + ent + `:{"manager":{"value":"old","$ref":"../Users/old"}}`, `{"op":"Replace","path":` + ent[:len(ent)-1] + `:manager","value":{"value":"m"}}`,
			bare + `,` + ent + `:{"manager":{"value":"m"}}`},
		{"entra-23", bare, `{"op":"Add","path":"manager","value":[{"$ref":"http://x/Users/m","value":"m"}]}`,
			bare + `,` + ent + `:{"manager":{"value":"m","$ref":"http://x/Users/m"}}`},
		{"entra-24", bare + `,` + ent + `:{"manager":{"value":"m"}}`, `{"op":"Replace","path":` + ent[:len(ent)-1] + `:manager","value":""}`, bare},
		{"entra-25", bare + `,` + ent + `:{"manager":{"value":"m"},"department":"D"}`, `{"op":"Remove","path":` + ent[:len(ent)-1] + `:manager"}`, bare + `,` + ent + `:{"department":"D"}`},
		{"manager by its value", bare, `{"op":"Replace","path":"manager.value","value":"m"}`, bare + `,` + ent + `:{"manager":{"value":"m"}}`},
		{"manager by an empty value", bare + `,` + ent + `:{"manager":{"value":"m","$ref":"r"}}`, `{"op":"Replace","path":"manager.value","value":""}`, bare},
		{"manager without its value", bare + `,` + ent + `:{"manager":{"value":"m","$ref":"r"}}`, `{"op":"remove","path":"manager.value"}`, bare},
		{"manager null", bare + `,` + ent + `:{"manager":{"value":"m"}}`, `{"op":"Replace","path":"manager","value":null}`, bare},
		{"entra-26", bare, `{"op":"Replace","path":"emails[type eq \"work\"].value","value":"w@x"},{"op":"Replace","path":"phoneNumbers[type eq \"mobile\"].value","value":"+1"},
			{"op":"Replace","path":"addresses[type eq \"work\"].postalCode","value":"98052"},{"op":"Replace","path":"addresses[type eq \"work\"].country","value":"US"}`,
			bare + `,"emails":[{"type":"work","value":"w@x"}],"phoneNumbers":[{"type":"mobile","value":"+1"}],"addresses":[{"type":"work","postalCode":"98052","country":"US"}]`},
		{"entra-29", bare, `{"op":"Add","path":"roles[primary eq \"True\"].display","value":"Disp"},{"op":"Add","path":"roles[primary eq \"True\"].value","value":"Val"}`,
			bare + `,"roles":[{"primary":true,"display":"Disp","value":"Val"}]`},
		{"entra-47", `"active":true,"displayName":"Z"`, `{"op":"Remove","path":"displayName"},{"op":"Add","path":"displayName","value":"A"},{"op":"Replace","path":"displayName","value":"B"}`,
			`"active":true,"displayName":"B"`},
		{"rfc-p08", std, `{"op":"add","path":"emails","value":[{"value":"h@x","type":"home","primary":true}]}`,
			ann + `,"emails":[{"primary":false,"type":"work","value":"u@example.com"},{"value":"h@x","type":"home","primary":true}]`},
		{"primary by its path", ann + `,"emails":[{"primary":true,"type":"work","value":"a"},{"type":"home","value":"b"}]`,
			`{"op":"replace","path":"emails[type eq \"home\"].primary","value":"True"}`,
			ann + `,"emails":[{"primary":false,"type":"work","value":"a"},{"primary":true,"type":"home","value":"b"}]`},
		{"rfc-p13", ann, `{"op":"replace","path":"NAME.GIVENNAME","value":"A1"},{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:displayName","value":"D1"}`,
			`"active":true,"displayName":"D1","name":{"givenName":"A1","familyName":"Lee"}`},
		{"rfc-p14", ann, `{"op":"replace","path":"name","value":{"givenName":"Z"}}`, `"active":true,"name":{"givenName":"Z","familyName":"Lee"}`},
		{"rfc-p16", bare, `{"op":"replace","value":{"title":"b","favouriteColour":"red","id":"x","schemas":[],"meta":{"version":"9"}}}`, `"active":true,"title":"b"`},
		{"rfc-p17", `"active":true,"title":"a"`, `{"op":"replace","path":"title","value":null}`, bare},
		{"path-less null", `"active":true,"title":"a"`, `{"op":"replace","value":{"title":null}}`, bare},
		{"add nothing", std, `{"op":"add","path":"emails","value":null}`, std},
		// RFC 7644 section 3.5.2.
		{"add to no emails", bare, `{"op":"add","value":{"emails":[{"value":"babs@jensen.org","type":"home"}],"nickName":"Babs"}}`,
			bare + `,"emails":[{"value":"babs@jensen.org","type":"home"}],"nickName":"Babs"`},
		{"add what is there", std, `{"op":"add","path":"emails","value":[{"value":"u@example.com","type":"work"}]}`, std},
		{"add one without brackets", bare, `{"op":"add","path":"emails","value":{"value":"a"}}`, bare + `,"emails":[{"value":"a"}]`},
		{"add a bare value", bare, `{"op":"add","path":"roles","value":"admin"}`, bare + `,"roles":[{"value":"admin"}]`},
		{"add to an unmatched filter", std, `{"op":"add","path":"emails[type eq \"spare\" and value eq \"B@x\"].display","value":"d"}`,
			ann + `,"emails":[{"primary":true,"type":"work","value":"u@example.com"},{"type":"spare","value":"B@x","display":"d"}]`},
		{"add an element to an unmatched filter", bare, `{"op":"add","path":"emails[type eq \"work\"]","value":{"value":"B@x"}}`, bare + `,"emails":[{"type":"work","value":"B@x"}]`},
		{"remove all of a list", std, `{"op":"remove","path":"emails"}`, ann},
		{"remove by filter", std, `{"op":"remove","path":"emails[type eq \"work\" and value ew \"example.com\"]"}`, ann},
		{"remove by filter what is not there", std, `{"op":"remove","path":"emails[type eq \"home\"]"}`, std},
		{"remove by value", bare + `,"emails":[{"value":"a"},{"value":"b","type":"work"},{"type":"home"}]`, `{"op":"remove","path":"emails","value":[{"value":"b"},{"type":"home"}]}`,
			bare + `,"emails":[{"value":"a"}]`},
		{"remove no values", std, `{"op":"remove","path":"emails","value":[]}`, std},
		{"remove a sub-attribute", std, `{"op":"remove","path":"emails[type eq \"work\"].primary"},{"op":"remove","path":"name.familyName"}`,
			`"active":true,"name":{"givenName":"Ann"},"emails":[{"type":"work","value":"u@example.com"}]`},
		{"remove the last sub-attribute", ann, `{"op":"remove","path":"name.familyName"},{"op":"remove","path":"name.givenName"}`, bare},
		{"remove what is not there", bare, `{"op":"remove","path":"title"},{"op":"remove","path":"department"},{"op":"remove","path":"name.givenName"},{"op":"remove","path":"ims[type eq \"x\"].value"}`, bare},
		{"remove with a value that counts for nothing", `"active":true,"title":"a"`, `{"op":"remove","path":"title","value":"b"}`, bare},
		{"remove active", `"active":false`, `{"op":"remove","path":"active"}`, bare},
		{"replace a list", std, `{"op":"replace","path":"emails","value":[{"value":"bjensen@example.com","type":"work","primary":true},{"value":"babs@jensen.org","type":"home"}]}`,
			ann + `,"emails":[{"value":"bjensen@example.com","type":"work","primary":true},{"value":"babs@jensen.org","type":"home"}]`},
		{"replace a list by none", std, `{"op":"replace","path":"emails","value":[]}`, ann},
		{"replace an element", bare + `,"addresses":[{"type":"work","locality":"L","region":"R"},{"type":"home"}]`,
			`{"op":"replace","path":"addresses[type eq \"work\"]","value":{"type":"work","streetAddress":"911","region":"CA"}}`,
			bare + `,"addresses":[{"type":"work","streetAddress":"911","locality":"L","region":"CA"},{"type":"home"}]`},
		{"replace a sub-attribute of all", bare + `,"emails":[{"value":"a"},{"value":"b"}]`, `{"op":"replace","path":"emails.type","value":"work"}`,
			bare + `,"emails":[{"value":"a","type":"work"},{"value":"b","type":"work"}]`},
		{"replace a sub-attribute of none", bare, `{"op":"replace","path":"emails.value","value":"a"}`, bare + `,"emails":[{"value":"a"}]`},
		{"replace what a filter selects", bare + `,"roles":[{"value":"A"},{"value":"b"}]`, `{"op":"replace","path":"roles[value eq \"a\"].display","value":"x"}`,
			bare + `,"roles":[{"value":"A","display":"x"},{"value":"b"}]`},
		// Extensions that the schemas do not know.
		{"foreign by path", bare, `{"op":"Add","path":"urn:example:custom:2.0:User:costTag","value":"t"},{"op":"Replace","path":"URN:example:custom:2.0:user:COSTTAG","value":7}`,
			bare + `,"urn:example:custom:2.0:User":{"costTag":7}`},
		{"foreign as an object", bare + `,"urn:example:custom:2.0:User":{"a":1,"b":2}`, `{"op":"replace","value":{"urn:example:custom:2.0:User":{"b":null,"c d":{"x":[1]}}}}`,
			bare + `,"urn:example:custom:2.0:User":{"a":1,"c d":{"x":[1]}}`},
		{"foreign list", bare + `,"urn:example:custom:2.0:User":{"a":["x"]}`, `{"op":"add","path":"urn:example:custom:2.0:User:a","value":["x","y"]}`,
			bare + `,"urn:example:custom:2.0:User":{"a":["x","y"]}`},
		{"foreign list of objects", bare + `,"urn:example:custom:2.0:User":{"a":[{"x":[1]}]}`, `{"op":"add","path":"urn:example:custom:2.0:User:a","value":[{"x":[1]},{"x":[2]}]}`,
			bare + `,"urn:example:custom:2.0:User":{"a":[{"x":[1]},{"x":[2]}]}`},
		{"an element in a list of one", bare, `{"op":"add","path":"emails[type eq \"work\"]","value":[{"value":"a"}]}`, bare + `,"emails":[{"type":"work","value":"a"}]`},
		{"foreign away", bare + `,"urn:example:custom:2.0:User":{"a":1}`, `{"op":"remove","path":"urn:example:custom:2.0:User"}`, bare},
		{"an extension away", bare + `,` + ent + `:{"department":"D"}`, `{"op":"remove","path":` + ent + `}`, bare},
		{"an extension by its path", bare, `{"op":"add","path":` + ent + `,"value":{"department":"D","unknown":1}}`, bare + `,` + ent + `:{"department":"D"}`},
		{"schemas follow", bare, `{"op":"add","path":"schemas","value":[` + ent + `]}`, bare},
	} {
		before := document(t, users(), user(","+c.before))
		copied := clone(before)
		after, err := patched(t, users(), before, c.ops)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if want := document(t, users(), user(","+c.after)); !reflect.DeepEqual(after, want) {
			t.Errorf("%s: got %s, want %s", c.name, encoded(t, after), encoded(t, want))
		}
		if !reflect.DeepEqual(before, copied) {
			t.Errorf("%s: the document that was patched changed", c.name)
		}
	}
}

func TestPatchRefuses(t *testing.T) {
	for ops, scimType := range map[string]string{
		`{"op":"move","path":"title","value":"x"}`: invalidSyntax,
		`{"path":"title","value":"x"}`:             invalidSyntax,
		`{"op":7,"path":"title","value":"x"}`:      invalidSyntax,
		`"x"`:                                      invalidSyntax,
		``:                                         invalidSyntax,
		`{"op":"replace","path":"emails[type eq","value":"x"}`:  invalidPath,
		`{"op":"replace","value":{"emails[type eq":"x"}}`:       invalidPath,
		`{"op":"replace","path":5,"value":"x"}`:                 invalidPath,
		`{"op":"replace","path":"favouriteColour","value":"x"}`: invalidPath,
		`{"op":"remove"}`:                       noTarget,
		`{"op":"remove","value":{"title":"x"}}`: noTarget,
		`{"op":"replace","path":"emails[value eq \"z\"].type","value":"work"}`:                      noTarget,
		`{"op":"replace","path":"emails[type eq \"spare\"].value","value":"z"}`:                     noTarget,
		`{"op":"replace","path":"emails[primary eq false].value","value":"z"}`:                      noTarget,
		`{"op":"replace","path":"emails[type eq \"work\" and value eq \"z\"].display","value":"z"}`: noTarget,
		`{"op":"add","path":"emails[value co \"z\"].type","value":"work"}`:                          noTarget,
		`{"op":"replace"}`:                                                            invalidValue,
		`{"op":"replace","value":"x"}`:                                                invalidValue,
		`{"op":"add","path":"title"}`:                                                 invalidValue,
		`{"op":"replace","path":"active","value":"maybe"}`:                            invalidValue,
		`{"op":"replace","path":"userName","value":""}`:                               invalidValue,
		`{"op":"replace","path":"name","value":"Ann"}`:                                invalidValue,
		`{"op":"replace","path":"emails[type eq \"work\"]","value":[{},{}]}`:          invalidValue,
		`{"op":"replace","path":` + ent + `,"value":"x"}`:                             invalidValue,
		`{"op":"replace","path":"urn:example:x:1.0:User:a","value":"\u0000"}`:         invalidValue,
		`{"op":"replace","value":{"urn:example:x:1.0:User":{"\u0000":1}}}`:            invalidValue,
		`{"op":"replace","path":"id","value":"x"}`:                                    mutability,
		`{"op":"replace","path":"meta.created","value":"2000-01-01T00:00:00Z"}`:       mutability,
		`{"op":"add","path":"groups","value":[{"value":"g"}]}`:                        mutability,
		`{"op":"remove","path":"groups[value eq \"g\"]"}`:                             mutability,
		`{"op":"replace","value":{"groups":[]}}`:                                      mutability,
		`{"op":"replace","path":"manager.displayName","value":"x"}`:                   mutability,
		`{"op":"add","path":"` + seatSchema + `:seats","value":[]}`:                   mutability,
		`{"op":"replace","value":{"` + seatSchema + `":{"seats":[]}}}`:                mutability,
		`{"op":"remove","path":"userName"}`:                                           mutability,
		`{"op":"replace","path":"userName","value":null}`:                             mutability,
		`{"op":"replace","path":"title","value":"x"},{"op":"remove","path":"groups"}`: mutability,
	} {
		after, err := patched(t, users(), document(t, users(), user(``)), ops)
		if err == nil {
			t.Errorf("%s: gives %s", ops, encoded(t, after))
			continue
		}
		wantProblem(t, err, 400, scimType)
	}
	for _, body := range []string{
		`{}`, `{"Operations":[{"op":"remove","path":"title"}]}`, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}`,
		`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":{}}`,
	} {
		_, err := users().patchOps(decoded(t, body))
		wantProblem(t, err, 400, invalidSyntax)
	}
}

func TestPatchLimits(t *testing.T) {
	many := func(n int) string {
		return patchBody(strings.TrimSuffix(strings.Repeat(`{"op":"replace","path":"title","value":"x"},`, n), ","))
	}
	if ops, err := users().patchOps(decoded(t, many(maxOperations))); err != nil || len(ops) != maxOperations {
		t.Errorf("%d operations: %d, %v", maxOperations, len(ops), err)
	}
	_, err := users().patchOps(decoded(t, many(maxOperations+1)))
	wantProblem(t, err, 413, "")

	var full []string
	for i := range maxElements {
		full = append(full, fmt.Sprintf(`{"value":"r%d"}`, i))
	}
	doc := document(t, users(), user(`,"roles":[`+strings.Join(full, ",")+`]`))
	for _, one := range []string{
		`{"op":"add","path":"roles","value":[{"value":"more"}]}`,
		`{"op":"add","path":"roles[value eq \"more\"].display","value":"x"}`,
	} {
		_, err = patched(t, users(), doc, one)
		wantProblem(t, err, 413, "")
	}
}

func TestPatchProblemSaysWhere(t *testing.T) {
	_, err := users().patchOps(decoded(t, patchBody(`{"op":"remove","path":"title"},{"op":"add","path":"active","value":"s3cret"}`)))
	wantProblem(t, err, 400, invalidValue)
	if want := "Operations[1]: active: must be true or false"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestPatchGroup(t *testing.T) {
	k := groups()
	team := document(t, k, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"G"}`)
	step := func(kind usher.MemberOpKind, ids ...usher.ID) usher.MemberOp {
		return usher.MemberOp{Kind: kind, IDs: ids}
	}
	where := func(f usher.Filter) usher.MemberOp { return usher.MemberOp{Kind: usher.MembersRemove, Where: f} }
	for _, c := range []struct {
		name, ops, displayName string
		steps                  []usher.MemberOp
	}{
		{"okta-14", `{"op":"replace","value":{"id":"x","displayName":"R"}}`, "R", nil},
		{"entra-34", `{"op":"Replace","path":"displayName","value":"N"}`, "N", nil},
		{"okta-15", `{"op":"remove","path":"members[value eq \"A\"]"},{"op":"add","path":"members","value":[{"value":"b","display":"b@x"}]}`, "G",
			[]usher.MemberOp{step(usher.MembersRemove, "A"), step(usher.MembersAdd, "b")}},
		{"okta-16", `{"op":"replace","path":"members","value":[{"value":"b"},{"value":"c"}]}`, "G", []usher.MemberOp{step(usher.MembersReplace, "b", "c")}},
		{"entra-35", `{"op":"Add","path":"members","value":[{"$ref":null,"value":"a"},{"$ref":null,"value":"b"},{"value":"a"}]}`, "G", []usher.MemberOp{step(usher.MembersAdd, "a", "b")}},
		{"entra-36", `{"op":"Remove","path":"members","value":[{"$ref":null,"value":"a"},{"$ref":null,"value":"b"}]}`, "G", []usher.MemberOp{step(usher.MembersRemove, "a", "b")}},
		{"ping-01", `{"op":"add","value":{"members":[{"value":"a"}]}}`, "G", []usher.MemberOp{step(usher.MembersAdd, "a")}},
		{"rfc-p15", `{"op":"remove","path":"members"}`, "G", []usher.MemberOp{step(usher.MembersReplace)}},
		{"replace by none", `{"op":"replace","path":"members","value":[]}`, "G", []usher.MemberOp{{Kind: usher.MembersReplace, IDs: []usher.ID{}}}},
		{"remove none", `{"op":"remove","path":"members","value":[]}`, "G", []usher.MemberOp{{Kind: usher.MembersRemove, IDs: []usher.ID{}}}},
		{"bare ids", `{"op":"add","path":"members","value":["a","b"]}`, "G", []usher.MemberOp{step(usher.MembersAdd, "a", "b")}},
		{"several by filter", `{"op":"remove","path":"members[value eq \"a\" or value eq \"b\"]"}`, "G", []usher.MemberOp{step(usher.MembersRemove, "a", "b")}},
		{"by something else", `{"op":"remove","path":"members[type eq \"Group\" and not (display sw \"X\")]"}`, "G", []usher.MemberOp{where(usher.And{
			Left:  usher.Compare{Path: "type", Op: usher.Equal, Text: "group"},
			Right: usher.Not{Filter: usher.Compare{Path: "display", Op: usher.StartsWith, Text: "x"}}})}},
		{"a name and members", `{"op":"replace","value":{"displayName":"Z","members":[{"value":"a"}]}}`, "Z", []usher.MemberOp{step(usher.MembersReplace, "a")}},
		{"rename away and back", `{"op":"remove","path":"displayName"},{"op":"add","path":"displayName","value":"B"}`, "B", nil},
	} {
		ops, err := k.patchOps(decoded(t, patchBody(c.ops)))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		after, steps, err := k.applyGroup(team, ops)
		if err != nil || after["displayName"] != c.displayName || after["members"] != nil || !reflect.DeepEqual(steps, c.steps) {
			t.Errorf("%s: got %s, %+v, %v", c.name, encoded(t, after), steps, err)
		}
	}
	for ops, scimType := range map[string]string{
		`{"op":"replace","path":"members[value eq \"a\"].value","value":"b"}`: mutability,
		`{"op":"add","path":"members.value","value":"b"}`:                     mutability,
		`{"op":"add","path":"members[value eq \"a\"]","value":{"value":"b"}}`: mutability,
		`{"op":"add","path":"members","value":[{"display":"b"}]}`:             invalidValue,
		`{"op":"remove","path":"members","value":[{"display":"b"}]}`:          invalidValue,
		`{"op":"remove","path":"displayName"}`:                                mutability,
	} {
		got, err := k.patchOps(decoded(t, patchBody(ops)))
		if err == nil {
			_, _, err = k.applyGroup(team, got)
		}
		wantProblem(t, err, 400, scimType)
	}
}

// What a PATCH path selects in memory is what the same filter means.
func TestSelectionAgreesWithOracle(t *testing.T) {
	elements := []map[string]any{
		{"value": "Ann@x.com", "type": "work", "primary": true}, {"value": "b@x.com", "type": "home", "primary": false},
		{"value": "c@y.org"}, {"type": "work", "display": ""}, {},
	}
	chosen := map[bool]int{}
	for _, filter := range []string{
		`type eq "WORK"`, `type ne "work"`, `value co "@X"`, `value sw "ann"`, `value ew ".org"`, `display pr`, `type pr`, `primary eq "True"`,
		`primary ne true`, `value gt "b@x.com"`, `value ge "b@x.com"`, `value lt "b@x.com"`, `value le "b@x.com"`, `display eq ""`, `type eq null`,
		`type eq "work" and value pr`, `type eq "home" or value co "y"`, `not (type eq "work")`, `not (type eq "work" or not (value pr))`,
	} {
		p, err := users().parsePath("emails[" + filter + "]")
		if err != nil {
			t.Errorf("%s: %v", filter, err)
			continue
		}
		for _, e := range elements {
			want := matches(p.filter, p.attribute.appendElement(nil, e, 0), nil)
			chosen[want]++
			if got := p.selects(e, newWork()); got != want {
				t.Errorf("%s selects %v: %v, want %v", filter, e, got, want)
			}
		}
	}
	if chosen[true] < 20 || chosen[false] < 20 {
		t.Errorf("the filters choose too little: %v", chosen)
	}
}

func BenchmarkPatchActive(b *testing.B) {
	k := users()
	doc := document(b, k, user(","+std))
	body := decoded(b, patchBody(`{"op":"Replace","path":"active","value":"False"}`))
	b.ReportAllocs()
	for b.Loop() {
		ops, err := k.patchOps(body)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := k.apply(doc, ops); err != nil {
			b.Fatal(err)
		}
	}
}
