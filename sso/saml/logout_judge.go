package saml

import (
	"github.com/beevik/etree"

	"usher/internal/usher"
)

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
