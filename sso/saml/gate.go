package saml

import (
	"regexp"
	"strings"

	"github.com/beevik/etree"
)

// ncName is what an ID looks like (xs:NCName), in the letters that providers use, and no longer than a row can hold.
var ncName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,255}$`)

// named is an element's name with its namespace.
type named struct{ space, tag string }

var (
	response           = named{nsProtocol, "Response"}
	logoutRequest      = named{nsProtocol, "LogoutRequest"}
	logoutResponse     = named{nsProtocol, "LogoutResponse"}
	assertion          = named{nsAssertion, "Assertion"}
	encryptedAssertion = named{nsAssertion, "EncryptedAssertion"}
	signature          = named{nsDSig, "Signature"}
)

func (n named) is(el *etree.Element) bool { return el.Tag == n.tag && el.NamespaceURI() == n.space }

// gate reads a message and lets it pass if its shape leaves no room for a second meaning: the message that was wanted, at
// most one assertion and that where it belongs, IDs that name one element, signatures that cover their own parent. It
// asks no key and believes nothing. Every published wrapping attack (XSW 1 to 9 and their kin) ends here, because all of
// them need a second assertion, a second ID, or a signature elsewhere.
func gate(data []byte, want ...named) (*etree.Element, error) {
	root, err := parse(data, messageBounds)
	if err != nil {
		return nil, err
	}
	g := gatekeeper{root: root, ids: make(map[string]bool)}
	if err := g.checkRoot(want); err != nil {
		return nil, err
	}
	return root, g.walk(root)
}

type gatekeeper struct {
	root       *etree.Element
	ids        map[string]bool
	assertions int
}

func (g *gatekeeper) checkRoot(want []named) error {
	for _, n := range want {
		if n.is(g.root) {
			return nil
		}
	}
	return refuse(WrongMessage, "it is %s; a %s belongs here", quoted(g.root.Tag), want[0].tag)
}

func (g *gatekeeper) walk(el *etree.Element) error {
	for _, check := range []func(*etree.Element) error{g.checkID, g.checkPlace} {
		if err := check(el); err != nil {
			return err
		}
	}
	for _, child := range el.ChildElements() {
		if err := g.walk(child); err != nil {
			return err
		}
	}
	return nil
}

// checkID wants an ID to be written as ID and to occur once: libraries find it in other spellings too.
func (g *gatekeeper) checkID(el *etree.Element) error {
	for _, a := range el.Attr {
		switch {
		case a.Space != "" && a.Space != "xmlns" && strings.EqualFold(a.Key, "ID"):
			return refuse(BadID, "the ID of %s has a prefix", quoted(el.Tag))
		case a.Space != "" || a.Key != "ID":
			continue
		case !ncName.MatchString(a.Value):
			return refuse(BadID, "the ID of %s is no NCName of at most 256 characters", quoted(el.Tag))
		case g.ids[a.Value]:
			return refuse(BadID, "two elements have the same ID")
		}
		g.ids[a.Value] = true
	}
	return nil
}

// checkPlace goes by the bare name, so that no other namespace hides anything.
func (g *gatekeeper) checkPlace(el *etree.Element) error {
	switch el.Tag {
	case "Response", "LogoutRequest", "LogoutResponse":
		return g.checkOnlyRoot(el)
	case "Assertion", "EncryptedAssertion":
		return g.checkAssertion(el)
	case "Signature":
		return g.checkSignature(el)
	case "EncryptedID", "NewEncryptedID", "EncryptedAttribute":
		return refuse(Shape, "it has an %s, which usher does not read; let the provider encrypt the whole assertion instead", el.Tag)
	}
	return nil
}

func (g *gatekeeper) checkOnlyRoot(el *etree.Element) error {
	if el != g.root {
		return refuse(Shape, "a %s lies inside of it", el.Tag)
	}
	return g.wantID(el)
}

func (g *gatekeeper) checkAssertion(el *etree.Element) error {
	g.assertions++
	switch {
	case el.NamespaceURI() != nsAssertion:
		return refuse(Shape, "an %s is of a foreign namespace", el.Tag)
	case g.assertions > 1:
		return refuse(Shape, "it has more than one assertion")
	case el != g.root && (el.Parent() != g.root || !response.is(g.root)):
		return refuse(Shape, "an %s is not where one belongs, directly in the Response", el.Tag)
	case el.Tag == encryptedAssertion.tag:
		return nil
	}
	return g.wantID(el)
}

func (g *gatekeeper) wantID(el *etree.Element) error {
	if id, _ := attribute(el, "ID"); id == "" {
		return refuse(BadID, "%s has no ID", el.Tag)
	}
	return nil
}

func (g *gatekeeper) checkSignature(el *etree.Element) error {
	parent := el.Parent()
	switch {
	case el.NamespaceURI() != nsDSig:
		return refuse(Shape, "a Signature is of a foreign namespace")
	case parent == nil || !response.is(parent) && !assertion.is(parent):
		return refuse(BadSignature, "a Signature is not where one belongs, directly in the Response or the Assertion")
	case len(children(parent, signature)) > 1:
		return refuse(BadSignature, "%s has more than one Signature", parent.Tag)
	}
	return checkSignatureShape(el)
}
