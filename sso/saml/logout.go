package saml

import (
	"errors"
	"fmt"
	"io"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"

	"usher/internal/usher"
)

// ErrNoLogout says that the provider takes no logout messages over Redirect, or that the connection has no address for
// them: then signing out ends our session alone.
var ErrNoLogout = errors.New("the provider takes no logout messages over Redirect, or this connection has no address for them")

// StartLogout asks the provider to end a session and with it those at other services (saml-profiles 4.4). Our own session
// is to be ended first: the browser may never come back. The request's ID is pending until the answer.
func (c *Connection) StartLogout(session usher.ProviderSession, relay string, now usher.Time, random io.Reader) (Request, error) {
	if c.idp.sloRequest == "" || c.settings.SLO == "" || session.NameID == "" {
		return Request{}, ErrNoLogout
	}
	if relay != "" && !IsRelay(relay) {
		return Request{}, refuse(RelayState, "RelayState must be a token of at most 80 letters and digits")
	}
	id, err := newID(random)
	if err != nil {
		return Request{}, err
	}
	end := now.Add(c.settings.Limits.Age).Std()
	request := &saml.LogoutRequest{
		ID: id, Version: "2.0", IssueInstant: now.Std(), NotOnOrAfter: &end, Destination: c.idp.sloRequest, Issuer: c.issuer(),
		NameID: &saml.NameID{
			Value: session.NameID, Format: session.NameIDFormat, NameQualifier: session.NameQualifier, SPNameQualifier: session.SPNameQualifier,
		},
	}
	if session.Index != "" {
		request.SessionIndex = &saml.SessionIndex{Value: session.Index}
	}
	return c.logoutURL(c.idp.sloRequest, "SAMLRequest", id, request.Element(), relay)
}

// logoutURL signs always (saml-profiles 4.4.3.1).
func (c *Connection) logoutURL(endpoint, param, id string, el *etree.Element, relay string) (Request, error) {
	address, err := signedURL(endpoint, param, written(el), relay, &c.settings.Keys[0])
	if err != nil {
		return Request{}, fmt.Errorf("sign logout message for connection %s: %w", c.settings.Name, err)
	}
	return Request{ID: id, URL: address}, nil
}

// AnswerLogout tells the provider that the sessions have ended here, or that they could not be.
func (c *Connection) AnswerLogout(asked LogoutAsked, relay string, ended bool, now usher.Time, random io.Reader) (Request, error) {
	if c.idp.sloResponse == "" || c.settings.SLO == "" {
		return Request{}, ErrNoLogout
	}
	id, err := newID(random)
	if err != nil {
		return Request{}, err
	}
	status := saml.StatusCode{Value: statusSuccess}
	if !ended {
		status.Value = "urn:oasis:names:tc:SAML:2.0:status:Responder"
	}
	answer := &saml.LogoutResponse{
		ID: id, InResponseTo: asked.ID, Version: "2.0", IssueInstant: now.Std(), Destination: c.idp.sloResponse, Issuer: c.issuer(),
		Status: saml.Status{StatusCode: status},
	}
	return c.logoutURL(c.idp.sloResponse, "SAMLResponse", id, answer.Element(), relay)
}
