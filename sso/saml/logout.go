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

// Logout is what a logout message that is right says. One of Asked and Answered is there.
type Logout struct {
	Asked    *LogoutAsked
	Answered *LogoutAnswered
	// Relay is the RelayState. Of a request it goes back as it came; of an answer it is ours, if [IsRelay].
	Relay string
}

// LogoutAsked says that the provider has ended somebody's session, or wants to.
type LogoutAsked struct {
	// ID is what [Connection.AnswerLogout] answers.
	ID string
	// Session names whose sessions end, by NameID. Indexes are those that end; where there are none, all do.
	Session usher.ProviderSession
	Indexes []string
	// ReplayKey and ReplayUntil are as in [Judged].
	ReplayKey   string
	ReplayUntil usher.Time
}

// LogoutAnswered answers a request of ours.
type LogoutAnswered struct {
	// InResponseTo has to be pending, for this connection and this browser.
	InResponseTo string
	// Everywhere says that all services confirmed (saml-core 3.7.3.2).
	Everywhere bool
}

// JudgeLogout judges the raw query of a GET to the SLO. Every error is a [*Refusal].
func (c *Connection) JudgeLogout(rawQuery string, now usher.Time) (l Logout, err error) {
	defer contained(&err)
	came, err := splitQuery(rawQuery, "SAMLRequest", "SAMLResponse")
	if err != nil {
		return Logout{}, err
	}
	if err := came.signedBy(c.pinned(), now); err != nil {
		return Logout{}, err
	}
	data, err := came.data()
	if err != nil {
		return Logout{}, err
	}
	l.Relay = came.relay
	if came.param == "SAMLRequest" {
		l.Asked, err = c.logoutAsked(data, now)
	} else {
		l.Answered, err = c.logoutAnswered(data, now)
	}
	if err != nil {
		return Logout{}, err
	}
	return l, nil
}

func (c *Connection) logoutAsked(data []byte, now usher.Time) (*LogoutAsked, error) {
	el, err := gate(data, logoutRequest)
	if err != nil {
		return nil, err
	}
	if err := c.checkEnvelope(el, c.settings.SLO, true, now); err != nil {
		return nil, err
	}
	end, err := c.checkSpan(el, now)
	if err != nil {
		return nil, err
	}
	id, err := only(el, named{nsAssertion, "NameID"})
	if err != nil {
		return nil, refuse(NoSubject, "the logout request has no NameID, or more than one")
	}
	asked := &LogoutAsked{Session: session(id), ReplayKey: c.replayKey(el)}
	if asked.Session.NameID == "" {
		return nil, refuse(NoSubject, "the NameID is empty")
	}
	asked.ID, _ = attribute(el, "ID")
	for _, index := range children(el, named{nsProtocol, "SessionIndex"}) {
		if value, leaf := text(index); leaf && value != "" {
			asked.Indexes = append(asked.Indexes, value)
		}
	}
	issued, _ := moment(el, "IssueInstant") // read by checkEnvelope
	asked.ReplayUntil = earlier(issued.Add(c.settings.Limits.Age), end).Add(c.settings.Limits.Skew)
	return asked, nil
}

func (c *Connection) logoutAnswered(data []byte, now usher.Time) (*LogoutAnswered, error) {
	el, err := gate(data, logoutResponse)
	if err != nil {
		return nil, err
	}
	if err := c.checkEnvelope(el, c.settings.SLO, true, now); err != nil {
		return nil, err
	}
	answered := &LogoutAnswered{Everywhere: checkStatus(el) == nil && !partial(el)}
	if answered.InResponseTo, _ = attribute(el, "InResponseTo"); answered.InResponseTo == "" {
		return nil, refuse(Unsolicited, "the logout response answers no request")
	}
	return answered, nil
}

// partial says whether other services did not confirm.
func partial(el *etree.Element) bool {
	return len(el.FindElements("./Status/StatusCode/StatusCode")) > 0
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
