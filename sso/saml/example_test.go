package saml_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"time"

	"usher/internal/usher"
	"usher/sso/saml"
)

// How a sign-in goes: what is kept between the two requests of the browser, and in which order an answer is taken.
func Example() {
	now := func() usher.Time { return usher.TimeOf(time.Now()) }
	var (
		settings saml.Settings // from the configuration
		source   saml.Source   // the provider's address, by outbound.New
		kept     saml.Copy     // the last good metadata, from the store
	)
	connection := func() *saml.Connection {
		idp, err := saml.ParseMetadata(kept.Document, source.EntityID, now())
		if err != nil {
			return nil
		}
		c, err := saml.New(settings, idp)
		if err != nil {
			return nil
		}
		return c
	}

	start := func(w http.ResponseWriter, r *http.Request) {
		request, err := connection().Start(saml.Ask{Relay: "a token for where to go"}, now(), rand.Reader)
		if err != nil {
			return
		}
		// Pending: request.ID, the connection, the browser's cookie, until some minutes from now.
		http.Redirect(w, r, request.URL, http.StatusSeeOther) // or a page with request.Form, where URL is empty
	}

	acs := func(_ http.ResponseWriter, r *http.Request) {
		value := []byte(r.PostFormValue("SAMLResponse"))
		judged, err := connection().Judge(value, now())
		if refused, ok := errors.AsType[*saml.Refusal](err); ok && refused.MetadataMayMend() && kept.MayRetry(now()) {
			kept, _, _ = source.Refresh(context.Background(), kept, now()) // and store it, failed or not
			judged, err = connection().Judge(value, now())
		}
		if err != nil {
			return // its Code for the person, its Words for admins
		}
		// In one transaction: take the pending request judged.InResponseTo if it is not empty, and insert
		// judged.ReplayKey until judged.ReplayUntil. If either fails, refuse.
		fmt.Println(judged.SignedIn.Subject)
	}
	_, _ = start, acs
	// Output:
}
