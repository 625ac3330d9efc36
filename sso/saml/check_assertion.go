package saml

import (
	"slices"

	"github.com/beevik/etree"

	"usher/internal/usher"
)

// checkAssertion checks all of an assertion but who it is about (saml-core 2.3 to 2.5, saml-profiles 4.1.4.3), and says
// from when on it would be refused as stale.
func (c *Connection) checkAssertion(el *etree.Element, asked string, now usher.Time) (until usher.Time, err error) {
	if version, _ := attribute(el, "Version"); version != "2.0" {
		return 0, refuse(Version, "the assertion's version is %s and not 2.0", quoted(version))
	}
	if err := c.checkIssuer(el, true); err != nil {
		return 0, err
	}
	if err := c.checkIssued(el, now); err != nil {
		return 0, err
	}
	conditions, err := c.checkConditions(el, now)
	if err != nil {
		return 0, err
	}
	confirmed, err := c.checkConfirmations(el, asked, now)
	if err != nil {
		return 0, err
	}
	issued, _ := moment(el, "IssueInstant") // read above
	until = min(confirmed, issued.Add(c.settings.Limits.Age))
	if conditions != 0 {
		until = min(until, conditions)
	}
	return until.Add(c.settings.Limits.Skew), nil
}

// checkConditions wants conditions, and an audience among them (saml-profiles 4.1.4.2). It gives their end, if they have one.
func (c *Connection) checkConditions(el *etree.Element, now usher.Time) (usher.Time, error) {
	conditions, err := only(el, named{nsAssertion, "Conditions"})
	if err != nil {
		return 0, err
	}
	end, err := c.checkSpan(conditions, now)
	if err != nil {
		return 0, err
	}
	audiences := 0
	for _, condition := range conditions.ChildElements() {
		switch {
		case (named{nsAssertion, "AudienceRestriction"}).is(condition):
			audiences++
			err = c.checkAudience(condition)
		case !(named{nsAssertion, "OneTimeUse"}).is(condition) && !(named{nsAssertion, "ProxyRestriction"}).is(condition):
			err = refuse(Condition, "it has the condition %s, which usher does not know (saml-core 2.5.1.1)", quoted(condition.Tag))
		}
		if err != nil {
			return 0, err
		}
	}
	if audiences == 0 {
		return 0, refuse(Audience, "it does not say for whom it is; let the provider set the audience to %s", c.settings.EntityID)
	}
	return end, nil
}

// checkAudience wants us among the audiences of a restriction. Of several restrictions each has to hold (saml-core 2.5.1.4).
func (c *Connection) checkAudience(restriction *etree.Element) error {
	audiences := children(restriction, named{nsAssertion, "Audience"})
	us := slices.ContainsFunc(audiences, func(el *etree.Element) bool {
		name, leaf := text(el)
		return leaf && name == c.settings.EntityID
	})
	if us {
		return nil
	}
	other := ""
	if len(audiences) > 0 {
		other, _ = text(audiences[0])
	}
	return refuse(Audience, "it is for %s and not for %s; correct the audience (the entity id, or identifier) at the provider", quoted(other), c.settings.EntityID)
}

// checkSpan checks NotBefore and NotOnOrAfter, both with the allowed skew. It gives the latter.
func (c *Connection) checkSpan(el *etree.Element, now usher.Time) (end usher.Time, err error) {
	start, err := moment(el, "NotBefore")
	if err != nil {
		return 0, err
	}
	if end, err = moment(el, "NotOnOrAfter"); err != nil {
		return 0, err
	}
	early, late := c.skewed(now)
	if start > late {
		return 0, refuse(Early, "%s begins in %s; set the clocks", el.Tag, start.Sub(now))
	}
	if end != 0 && end <= early {
		return 0, refuse(Stale, "%s ended %s ago; try once more, or set the clocks", el.Tag, now.Sub(end))
	}
	return end, nil
}

// checkConfirmations wants one bearer confirmation that holds in all its parts (saml-profiles 4.1.4.2) and gives its end.
// What the others say does not matter.
func (c *Connection) checkConfirmations(el *etree.Element, asked string, now usher.Time) (usher.Time, error) {
	subject, err := only(el, named{nsAssertion, "Subject"})
	if err != nil {
		return 0, err
	}
	first := refuse(Confirmation, "its subject has no bearer confirmation")
	failed := false
	for _, confirmation := range children(subject, named{nsAssertion, "SubjectConfirmation"}) {
		if method, _ := attribute(confirmation, "Method"); method != methodBearer {
			continue
		}
		end, err := c.checkBearer(confirmation, asked, now)
		if err == nil {
			return end, nil
		}
		if !failed {
			first, failed = err, true
		}
	}
	return 0, first
}

func (c *Connection) checkBearer(confirmation *etree.Element, asked string, now usher.Time) (usher.Time, error) {
	data, err := only(confirmation, named{nsAssertion, "SubjectConfirmationData"})
	if err != nil {
		return 0, refuse(Confirmation, "the bearer confirmation has no data")
	}
	if recipient, _ := attribute(data, "Recipient"); recipient != c.settings.ACS {
		return 0, refuse(Recipient, "it is to be delivered to %s and not to %s; correct the address at the provider", quoted(recipient), c.settings.ACS)
	}
	if answers, _ := attribute(data, "InResponseTo"); answers != asked {
		return 0, refuse(InResponseTo, "the response and its assertion answer different requests")
	}
	end, err := c.checkSpan(data, now)
	if err == nil && end == 0 {
		err = refuse(Confirmation, "the bearer confirmation has no end")
	}
	return end, err
}
