package apitest_test

import (
	"strings"
	"testing"

	"usher/internal/api/apitest"
)

const document = `
paths:
  /a:
    get:
      responses:
        '200': {content: {application/json: {schema: {$ref: '#/components/schemas/Page'}}}}
        '404': {$ref: '#/components/responses/Gone'}
components:
  responses: {}
  schemas:
    Page: {type: object, required: [items], properties: {items: {type: array, items: {$ref: '#/components/schemas/Long'}}}}
    Short: {type: object, required: [n], properties: {n: {type: integer}, s: {type: string, enum: [a, b]}, t: {type: string, format: date-time}, any: {}}}
    Long: {allOf: [{$ref: '#/components/schemas/Short'}, {type: object, required: [b], properties: {b: {type: boolean}}}]}
`

// TestCheckFindsDifferences plants each difference that there can be.
func TestCheckFindsDifferences(t *testing.T) {
	d, err := apitest.Parse(document)
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{
		`{"items":[]}`: "",
		`{"items":[{"n":1,"b":true,"s":"a","t":"2026-01-01T00:00:00.5Z","any":{"x":null}}]}`: "",
		`{}`:                                       "items is missing",
		`{"items":null}`:                           "is <nil>, documented as array",
		`{"items":{}}`:                             "is an object, documented as array",
		`{"items":[],"more":1}`:                    "more is not documented",
		`{"items":[{"n":1}]}`:                      "b is missing",
		`{"items":[{"b":true}]}`:                   "n is missing",
		`{"items":[{"n":"1","b":true}]}`:           "documented as integer",
		`{"items":[{"n":1.5,"b":true}]}`:           "documented as integer",
		`{"items":[{"n":1,"b":"yes"}]}`:            "documented as boolean",
		`{"items":[{"n":1,"b":true,"s":"c"}]}`:     "none of a, b",
		`{"items":[{"n":1,"b":true,"t":"today"}]}`: "is no instant",
		`{"items":[[]]}`:                           "is a list, documented as object",
		`[]`:                                       "is a list, documented as object",
		`{`:                                        "unexpected end",
	} {
		wrong := strings.Join(d.Check("GET", "/a", 200, "application/json", []byte(body)), "\n")
		if (want == "") != (wrong == "") || !strings.Contains(wrong, want) {
			t.Errorf("%s: %q, want %q", body, wrong, want)
		}
	}
	for _, wrong := range [][]string{d.Check("GET", "/a", 201, "application/json", nil), d.Check("GET", "/a", 200, "text/plain", nil), d.Check("POST", "/a", 200, "application/json", nil)} {
		if len(wrong) != 1 || !strings.Contains(wrong[0], "not documented") {
			t.Errorf("an answer that is not documented: %q", wrong)
		}
	}
	if broken := d.References(); len(broken) != 1 || !strings.HasSuffix(broken[0], "Gone") {
		t.Errorf("broken references: %q", broken)
	}
}
