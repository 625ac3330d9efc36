package scimout

import (
	"encoding/json"
	"net/http"
	"testing"
	"unicode/utf8"
)

// FuzzAnswer reads whatever a portal may answer, and edits what it could read.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		`{"id":"1","userName":"a","active":"True","emails":[{"value":"a@x","type":"work"}],"name":{"givenName":"A"}}`,
		`{"id":1,"emails":["a"],"name":"A","members":[{"value":"1"},{"value":""},7],"schemas":"x"}`,
		`{"totalResults":"2","Resources":[{"id":"1"},null,[]]}`, `{"totalResults":0}`, `null`, `[`, "\x00", `{"ID":"\u0000"}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a := answer{status: http.StatusOK, header: http.Header{"Etag": {`W/"1"`}}, body: body}
		if p, err := a.list(); err == nil {
			for _, r := range p.resources {
				r.seenGroup()
			}
		}
		if detail := a.detail(); !utf8.ValidString(detail) || len([]rune(detail)) > 301 {
			t.Errorf("detail %q", detail)
		}
		r, err := a.resource(false, "")
		if err != nil {
			return
		}
		r.seenUser()
		edits := []field{{"active", "false"}, {"userName", "u"}, {"emails", "a@example.com"}, {"name.givenName", ""}, {managerPath, "9"}}
		before, _ := json.Marshal(r)
		if len(r.operations(edits)) != len(edits) {
			t.Error("an edit got lost")
		}
		if put := r.replacement(edits); !put.holds(edits) {
			t.Errorf("%v does not hold what was set", put)
		}
		if after, _ := json.Marshal(r); string(before) != string(after) {
			t.Error("what was seen was altered")
		}
	})
}
