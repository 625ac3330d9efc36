package saml

import (
	"strings"

	"github.com/beevik/etree"

	"usher/internal/usher"
)

// checkResponse checks what a response says of itself (saml-core 3.2.2, saml-bindings 3.5.5.2).
func (c *Connection) checkResponse(el *etree.Element, signed bool, now usher.Time) error {
	if err := c.checkEnvelope(el, c.settings.ACS, signed, now); err != nil {
		return err
	}
	return checkStatus(el)
}

// checkEnvelope checks what every message has: version, age, destination and issuer. A signed message has to name its
// destination, or it could be carried from one service to another.
func (c *Connection) checkEnvelope(el *etree.Element, here string, signed bool, now usher.Time) error {
	if version, _ := attribute(el, "Version"); version != "2.0" {
		return refuse(Version, "its version is %s and not 2.0", quoted(version))
	}
	if err := c.checkIssued(el, now); err != nil {
		return err
	}
	if destination, there := attribute(el, "Destination"); destination != here && (there || signed) {
		return refuse(Destination, "it is for %s and not for %s; correct the address at the provider", quoted(destination), here)
	}
	return c.checkIssuer(el, signed && !response.is(el))
}

func (c *Connection) checkIssued(el *etree.Element, now usher.Time) error {
	issued, err := moment(el, "IssueInstant")
	if err != nil {
		return err
	}
	early, late := c.skewed(now)
	switch {
	case issued == 0:
		return refuse(Shape, "%s does not say when it was issued", el.Tag)
	case issued > late:
		return refuse(Early, "%s was issued %s in the future; set the clocks", el.Tag, issued.Sub(now))
	case issued.Add(c.settings.Limits.Age) <= early:
		return refuse(Stale, "%s was issued %s ago, and %s is allowed; try once more, or set the clocks", el.Tag, now.Sub(issued), c.settings.Limits.Age)
	}
	return nil
}

// checkIssuer wants the provider of this connection. A response may leave its issuer out, an assertion may not.
func (c *Connection) checkIssuer(el *etree.Element, must bool) error {
	found := children(el, named{nsAssertion, "Issuer"})
	if len(found) == 0 && !must {
		return nil
	}
	issuer, err := only(el, named{nsAssertion, "Issuer"})
	if err != nil {
		return err
	}
	name, leaf := text(issuer)
	format, hasFormat := attribute(issuer, "Format")
	if !leaf || name != c.idp.EntityID || hasFormat && format != formatEntity {
		return refuse(Issuer, "%s was issued by %s and not by %s", el.Tag, quoted(name), c.idp.EntityID)
	}
	return nil
}

// checkStatus tells what the provider answered (saml-core 3.2.2.2), by its codes alone.
func checkStatus(el *etree.Element) error {
	status, err := only(el, named{nsProtocol, "Status"})
	if err != nil {
		return err
	}
	code, err := only(status, named{nsProtocol, "StatusCode"})
	if err != nil {
		return err
	}
	value, _ := attribute(code, "Value")
	if value == statusSuccess {
		return nil
	}
	words := []string{quoted(lastPart(value))}
	for _, second := range children(code, named{nsProtocol, "StatusCode"}) {
		value, _ := attribute(second, "Value")
		words = append(words, quoted(lastPart(value)))
	}
	return refuse(Status, "the provider answered %s; its own log says why", strings.Join(words, ", "))
}

func lastPart(urn string) string { return urn[strings.LastIndexByte(urn, ':')+1:] }
