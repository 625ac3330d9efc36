package saml

import (
	"crypto/sha256"
	"encoding/base64"

	"github.com/beevik/etree"

	"usher/internal/usher"
)

// Judged is an answer of the provider that is right by itself. Before it counts, its caller has to take two things in one
// transaction: the pending request InResponseTo, of this connection and this browser, and the row ReplayKey, which must
// not be there yet.
type Judged struct {
	SignedIn usher.SignedIn
	// GroupsLeftOut says that the provider has left the groups out because they are too many for it: that SignedIn has none
	// then means nothing.
	GroupsLeftOut bool
	// InResponseTo is the ID of the request that it answers. It is empty for what nobody asked for, and that only where
	// the connection lets it in.
	InResponseTo string
	// ReplayKey names the assertion; it is the same whenever the same assertion comes, in whatever wrapping. It has to be
	// remembered until ReplayUntil; from then on the assertion is refused as stale.
	ReplayKey   string
	ReplayUntil usher.Time
}

// Judge judges the form value SAMLResponse of a POST to the ACS (saml-bindings 3.5, saml-profiles 4.1.4). Every error is
// a [*Refusal].
func (c *Connection) Judge(value []byte, now usher.Time) (j Judged, err error) {
	defer contained(&err)
	data, err := unbase64(string(value))
	if err != nil {
		return Judged{}, err
	}
	root, err := gate(data, response)
	if err != nil {
		return Judged{}, err
	}
	envelope, signed, err := c.open(root, now)
	if err != nil {
		return Judged{}, err
	}
	stated, err := c.assertion(root, envelope, signed, now)
	if err != nil {
		return Judged{}, err
	}
	return c.judged(envelope, stated, now)
}

// open verifies the response where it is signed, and checks what it says of itself. From an unsigned response nothing
// follows but refusals.
func (c *Connection) open(root *etree.Element, now usher.Time) (envelope *etree.Element, signed bool, err error) {
	envelope = root
	if len(children(root, signature)) > 0 {
		if envelope, err = c.pinned().verify(root, now); err != nil {
			return nil, false, err
		}
		signed = true
	}
	return envelope, signed, c.checkResponse(envelope, signed, now)
}

func (c *Connection) pinned() pinned {
	return pinned{c.idp.certificates, c.settings.RefuseEnded}
}

// assertion gives the signed assertion of a response.
func (c *Connection) assertion(root, envelope *etree.Element, signed bool, now usher.Time) (*etree.Element, error) {
	if encrypted := children(envelope, encryptedAssertion); len(encrypted) == 1 {
		return c.decrypted(encrypted[0], signed, now)
	}
	plain := children(envelope, assertion)
	if len(plain) != 1 {
		return nil, refuse(Shape, "it has no assertion")
	}
	if signed && len(children(plain[0], signature)) > 0 {
		// Its own signature covers it with the namespaces that it was sent with, not those that are left of the response.
		return c.own(children(root, assertion)[0], signed, now)
	}
	return c.own(plain[0], signed, now)
}

// own gives an assertion as it was signed: by itself, or else with the response around it.
func (c *Connection) own(el *etree.Element, around bool, now usher.Time) (*etree.Element, error) {
	switch {
	case len(children(el, signature)) > 0:
		return c.pinned().verify(el, now)
	case around:
		return el, nil
	}
	return nil, refuse(Unsigned, "neither the response nor the assertion is signed; let the provider sign the assertion")
}

// decrypted decrypts an assertion, which then goes through the gate as any message does. Outside of a signed response
// anybody can encrypt for us, so all that can fail there is one and the same refusal.
func (c *Connection) decrypted(el *etree.Element, around bool, now usher.Time) (*etree.Element, error) {
	plain, err := decrypt(el, c.settings.Keys)
	if err != nil {
		return nil, err
	}
	inner, err := gate(plain, assertion)
	if err == nil {
		inner, err = c.own(inner, around, now)
	}
	if err != nil && !around {
		return nil, recoded(err, Decryption)
	}
	return inner, err
}

func (c *Connection) judged(envelope, stated *etree.Element, now usher.Time) (Judged, error) {
	asked, _ := attribute(envelope, "InResponseTo")
	if asked == "" && !c.settings.Unsolicited {
		return Judged{}, refuse(Unsolicited, "nobody asked for it; let people begin at usher's own page, or allow sign-in that the provider begins for this connection")
	}
	until, err := c.checkAssertion(stated, asked, now)
	if err != nil {
		return Judged{}, err
	}
	values := readAttributes(stated)
	who, err := c.claims(stated, values, now)
	if err != nil {
		return Judged{}, err
	}
	return Judged{
		SignedIn: who, GroupsLeftOut: len(who.Groups) == 0 && len(values[entraGroupsLink]) > 0,
		InResponseTo: asked, ReplayKey: c.replayKey(stated), ReplayUntil: until,
	}, nil
}

// replayKey is short whatever the provider makes its IDs of.
func (c *Connection) replayKey(el *etree.Element) string {
	id, _ := attribute(el, "ID")
	sum := sha256.Sum256([]byte(c.idp.EntityID + "\x00" + id))
	return "saml:" + base64.RawURLEncoding.EncodeToString(sum[:])
}
