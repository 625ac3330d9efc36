package scimout_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"usher/connectors/scimout"
	"usher/connectors/scimout/scimportal"
	"usher/internal/usher"
)

// TestUntrustedCertificate: the portal as a whole is not to be talked to.
func TestUntrustedCertificate(t *testing.T) {
	server := httptest.NewUnstartedServer(scimportal.New(scimportal.Options{}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	c, err := scimout.New(scimout.Options{BaseURL: server.URL, Client: &http.Client{}})
	if err != nil {
		t.Fatal(err)
	}
	if o, down := (&rig{Connector: c}).one(t, ann()); o.Result != usher.Retry || o.Wrote || down == nil {
		t.Errorf("outcome %+v, down %v", o, down)
	}
}
