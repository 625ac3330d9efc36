package saml

import (
	"github.com/beevik/etree"

	"usher/internal/usher"
)

// readStatements reads when and how somebody signed in, and until when (saml-core 2.7.2). Of several statements the
// strictest counts.
func (c *Connection) readStatements(el *etree.Element, who *usher.SignedIn, now usher.Time) error {
	statements := children(el, named{nsAssertion, "AuthnStatement"})
	if len(statements) == 0 {
		return refuse(Statement, "it has no AuthnStatement (saml-profiles 4.1.4.2)")
	}
	for _, statement := range statements {
		if err := c.readStatement(statement, who, now); err != nil {
			return err
		}
	}
	return nil
}

func (c *Connection) readStatement(el *etree.Element, who *usher.SignedIn, now usher.Time) error {
	at, err := moment(el, "AuthnInstant")
	if err != nil {
		return err
	}
	until, err := moment(el, "SessionNotOnOrAfter")
	if err != nil {
		return err
	}
	early, late := c.skewed(now)
	switch {
	case at == 0 || at > late:
		return refuse(Statement, "it does not say when somebody signed in, or names the future")
	case until != 0 && until <= early:
		return refuse(SessionOver, "the session at the provider ended %s ago", now.Sub(until))
	}
	who.At = earlier(who.At, at)
	who.Until = earlier(who.Until, until)
	if who.Session.Index == "" {
		who.Session.Index, _ = attribute(el, "SessionIndex")
	}
	for _, context := range children(el, named{nsAssertion, "AuthnContext"}) {
		for _, ref := range children(context, named{nsAssertion, "AuthnContextClassRef"}) {
			if class, leaf := text(ref); leaf && class != "" {
				who.Context = append(who.Context, class)
			}
		}
	}
	return nil
}

// earlier is the earlier of two times of which either may be missing.
func earlier(a, b usher.Time) usher.Time {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
