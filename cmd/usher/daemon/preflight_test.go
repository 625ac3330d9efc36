package daemon_test

import (
	"fmt"
	"strings"
	"testing"

	"usher/internal/usher"
	"usher/internal/web"
	"usher/sync/ledger"
)

// TestPreflight: whose address has changed, and not yet at the portal, is listed, and told so.
func TestPreflight(t *testing.T) {
	eachCounter(t, func(d *counter) {
		portal := must(d.Store().Look().PortalNamed(t.Context(), "learning"))
		shown := []usher.Seen{{RemoteID: "ann@example.com", Address: "ann@example.com", UserName: "ann@example.com", Active: true},
			{RemoteID: "cid@example.com", Address: "cid@example.com", UserName: "cid@example.com", Active: true}}
		file := ledger.ExportFile{Export: usher.Export{Name: "people.csv", SHA256: "1", AsOf: d.Store().Now()}, Seen: shown}
		must(d.Ledger().Adopt(t.Context(), ann(), portal.ID, file, false))
		ann := d.as("ann", 0)
		if page := d.page(ann, "/me"); strings.Contains(page, "It knows you as") {
			t.Errorf("the portal knows ann by her own address: %s", page)
		}
		if found := must(d.Preflight(t.Context(), portal.ID)); len(found) != 0 {
			t.Errorf("before: %+v", found)
		}
		d.want(200, "PATCH", "/scim/v2/Users/"+d.ann, d.token,
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"userName","value":"anna@example.com"}]}`)
		want := []web.Mismatch{{Person: d.id("anna@example.com"), Name: "ann", There: "ann@example.com", SignsInWith: "anna@example.com"}}
		if found := must(d.Preflight(t.Context(), portal.ID)); fmt.Sprint(found) != fmt.Sprint(want) {
			t.Errorf("%+v, want %+v", found, want)
		}
		d.admins()
		d.says(ann, "/preflight", d.link("anna", "ann"), "ann@example.com")
		if page := d.page(ann, "/me"); !strings.Contains(page, "It knows you as ann@example.com until that is changed there.") {
			t.Errorf("nobody tells ann: %s", page)
		}
		d.leave(d.ann)
		if found := must(d.Preflight(t.Context(), portal.ID)); len(found) != 0 {
			t.Errorf("somebody who has left signs in nowhere: %+v", found)
		}
	})
}
