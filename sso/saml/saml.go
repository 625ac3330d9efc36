// Package saml is a SAML 2.0 service provider: it asks identity providers who somebody is and judges what they answer.
//
// Its invariant: nothing is read of a message but bytes that a key out of the provider's own metadata has signed, and
// whatever is unclear is refused. A message passes four stages, each of which sees only what the one before let through:
// the gate knows shapes and no secrets, verification knows keys and no meaning, the checks know the profile (saml-profiles
// 4.1) and no people, and the claims know who it is.
//
// The package remembers nothing. Time and randomness are handed in; pending requests, used assertions, sessions and the
// last good metadata are its caller's. No type of crewjam/saml, goxmldsig or etree leaves it.
package saml

import (
	"cmp"
	"fmt"
	"net/url"
	"time"

	"usher/internal/usher"
)

// Settings are what an admin decides about one connection.
type Settings struct {
	// Name is the connection's, in the configuration.
	Name string
	// EntityID names us to the provider; it is the audience that assertions have to be for.
	EntityID string
	// ACS is where the provider posts its answers, SLO where it sends those who sign out. SLO may be empty.
	ACS, SLO string
	// Keys are ours: the first signs, all decrypt and all are announced. While a key is rolled over there are two, the
	// next after the present one and then the previous after the new.
	Keys []Key
	// SignRequests signs sign-in requests even where the provider does not ask for it.
	SignRequests bool
	// Unsolicited lets answers in to which nobody asked: the tile of a portal. Without a request there is nothing that
	// ties an answer to a browser, so it is off unless somebody wants it.
	Unsolicited bool
	// Subject says what people are known by.
	Subject Subject
	// Attributes names what else is read.
	Attributes Attributes
	// AddressTrusted says that the provider vouches for the addresses that it sends.
	AddressTrusted bool
	// RefuseEnded refuses what a certificate has signed whose time is over. Otherwise its key still counts, since it is
	// pinned, and [Provider.Warnings] tells of it.
	RefuseEnded bool
	Limits      Limits
}

// Limits bound what clocks and slow browsers may do. Zero means the default in brackets.
type Limits struct {
	Skew time.Duration // by which the provider's clock may differ from ours, either way [60 s]
	Age  time.Duration // how old a message or assertion may be [5 min]
}

func (l Limits) orDefaults() Limits {
	return Limits{Skew: cmp.Or(l.Skew, time.Minute), Age: cmp.Or(l.Age, 5*time.Minute)}
}

// Connection joins the settings with what the provider's metadata says. It never changes; after a refresh of the metadata
// a new one is made, which costs nothing. It may be used by many goroutines.
type Connection struct {
	settings Settings
	idp      *Provider
}

// New checks the settings.
func New(s Settings, idp *Provider) (*Connection, error) {
	s.Limits = s.Limits.orDefaults()
	s.Attributes = s.Attributes.orDefaults()
	for _, check := range []func() error{s.checkNames, s.checkKeys, s.Subject.check} {
		if err := check(); err != nil {
			return nil, fmt.Errorf("connection %s: %w", s.Name, err)
		}
	}
	if idp == nil {
		return nil, fmt.Errorf("connection %s: no metadata of the identity provider", s.Name)
	}
	return &Connection{s, idp}, nil
}

func (s Settings) checkNames() error {
	if s.EntityID == "" || len(s.EntityID) > 1024 {
		return fmt.Errorf("our entity id must have 1 to 1024 characters (saml-core 8.3.6)")
	}
	if !isWebURL(s.ACS) {
		return fmt.Errorf("the ACS %q is not an absolute http(s) URL", s.ACS)
	}
	if s.SLO != "" && !isWebURL(s.SLO) {
		return fmt.Errorf("the SLO %q is not an absolute http(s) URL", s.SLO)
	}
	return nil
}

func (s Settings) checkKeys() error {
	if len(s.Keys) == 0 {
		return fmt.Errorf("a key of ours is needed, to sign requests and to read what is encrypted for us")
	}
	for _, key := range s.Keys {
		if err := key.check(); err != nil {
			return err
		}
	}
	return nil
}

// isWebURL says whether a browser may be sent there: javascript: and the like are no places.
func isWebURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.Fragment == ""
}

// skewed gives the span within which now may lie at the provider.
func (c *Connection) skewed(now usher.Time) (early, late usher.Time) {
	return now.Add(-c.settings.Limits.Skew), now.Add(c.settings.Limits.Skew)
}
