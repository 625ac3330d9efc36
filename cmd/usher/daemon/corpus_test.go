package daemon_test

import (
	"testing"

	"usher/scim/scimtest"
)

// TestCorpus plays the wire cases of Okta, Entra and the RFCs to the whole daemon.
func TestCorpus(t *testing.T) {
	eachDaemon(t, func(r *running) {
		token, _ := r.token("default")
		scimtest.Run(r.T, r.SCIMURL(), token, map[string]string{
			"rfc-b01": "/Bulk is not supported, and discovery says so",
			"okta-25": "/Entitlements is not supported",
		})
	})
}
