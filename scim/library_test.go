package scim

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestLibraryRefuses hands the library a document that canonicalBody would never make:
// its refusal must come back as a problem and no handler may run.
func TestLibraryRefuses(t *testing.T) {
	m := newMemory()
	d := newDoor(t, m)
	c := d.Handler.(*server).users
	for name, document := range map[string]map[string]any{
		"no schemas":     {"userName": "ann"},
		"wrong type":     {"schemas": []any{userSchema}, "userName": true},
		"required":       {"schemas": []any{userSchema}},
		"extension type": {"schemas": []any{userSchema}, "userName": "ann", enterpriseSchema: "x"},
	} {
		x := &exchange{document: document}
		_, err := c.pass(httptest.NewRequest("POST", "/Users", nil), x, http.MethodPost, c.endpoint)
		p, ok := errors.AsType[*problem](err)
		if !ok || p.status != http.StatusBadRequest || p.scimType == "" || p.detail == "" || x.settled || len(m.records) > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
