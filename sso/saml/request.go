package saml

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"regexp"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"usher/internal/usher"
)

// relayToken is what RelayState may be: a name for something that we keep, and 80 bytes at most (saml-bindings 3.4.3).
var relayToken = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// IsRelay says whether a RelayState that came back can be a token of ours. Whatever else providers send there, addresses
// above all, is to be ignored.
func IsRelay(value string) bool { return relayToken.MatchString(value) }

// Request is what a browser is to carry to the provider: it is sent to URL or, where that is empty, posts Form.
type Request struct {
	// ID is what the answer will name in InResponseTo. Its caller keeps it as pending, with the browser and the connection.
	ID   string
	URL  string
	Form Form
}

// Form is a form to post: its page needs a button, and may press it by a script.
type Form struct {
	Action                  string
	SAMLRequest, RelayState string
}

// Ask is what to ask for.
type Ask struct {
	// Relay is a token that comes back with the answer ([IsRelay]); it may be empty.
	Relay string
	// Again lets the provider make sure of somebody anew, before an action with effect (ForceAuthn). Whether it did shows
	// in SignedIn.At.
	Again bool
}

// Start makes a sign-in request (saml-core 3.4.1): by Redirect where the provider takes that, else by POST; signed where
// the provider or the connection wants it.
func (c *Connection) Start(ask Ask, now usher.Time, random io.Reader) (Request, error) {
	id, err := newID(random)
	if err != nil {
		return Request{}, err
	}
	if ask.Relay != "" && !IsRelay(ask.Relay) {
		return Request{}, refuse(RelayState, "RelayState must be a token of at most 80 letters and digits")
	}
	request := c.authnRequest(id, ask, now)
	if c.idp.ssoRedirect != "" {
		return c.byRedirect(request, ask.Relay)
	}
	return c.byPost(request, ask.Relay)
}

// newID makes an ID that nobody guesses: 160 bits (saml-core 1.3.4).
func newID(random io.Reader) (string, error) {
	raw := make([]byte, 20)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("make an ID for a SAML message: %w", err)
	}
	return "_" + hex.EncodeToString(raw), nil
}

func (c *Connection) authnRequest(id string, ask Ask, now usher.Time) *saml.AuthnRequest {
	request := &saml.AuthnRequest{
		ID: id, Version: "2.0", IssueInstant: now.Std(), Issuer: c.issuer(),
		AssertionConsumerServiceURL: c.settings.ACS, ProtocolBinding: bindingPost,
	}
	if ask.Again {
		request.ForceAuthn = &ask.Again
	}
	if c.settings.Subject.NameIDFormat == FormatPersistent {
		format, create := FormatPersistent, true
		request.NameIDPolicy = &saml.NameIDPolicy{Format: &format, AllowCreate: &create}
	}
	return request
}

func (c *Connection) issuer() *saml.Issuer { return &saml.Issuer{Value: c.settings.EntityID} }

func (c *Connection) byRedirect(request *saml.AuthnRequest, relay string) (Request, error) {
	request.Destination = c.idp.ssoRedirect
	address, err := signedURL(c.idp.ssoRedirect, "SAMLRequest", written(request.Element()), relay, c.requestKey())
	if err != nil {
		return Request{}, fmt.Errorf("sign request for connection %s: %w", c.settings.Name, err)
	}
	return Request{ID: request.ID, URL: address}, nil
}

func (c *Connection) byPost(request *saml.AuthnRequest, relay string) (Request, error) {
	request.Destination = c.idp.ssoPost
	if key := c.requestKey(); key != nil {
		sig, err := enveloped(request.Element(), *key)
		if err != nil {
			return Request{}, fmt.Errorf("sign request for connection %s: %w", c.settings.Name, err)
		}
		request.Signature = sig
	}
	form := Form{c.idp.ssoPost, base64.StdEncoding.EncodeToString(written(request.Element())), relay}
	return Request{ID: request.ID, Form: form}, nil
}

// requestKey is the key that signs requests; nil where nobody wants that.
func (c *Connection) requestKey() *Key {
	if c.settings.SignRequests || c.idp.wantsSigned {
		return &c.settings.Keys[0]
	}
	return nil
}

// enveloped signs an element as saml-core 5.4 has it and gives the signature.
func enveloped(el *etree.Element, key Key) (*etree.Element, error) {
	ctx, err := dsig.NewSigningContext(key.Private, [][]byte{key.Certificate.Raw})
	if err != nil {
		return nil, err
	}
	ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if err := ctx.SetSignatureMethod(algRSASHA256); err != nil {
		return nil, err
	}
	return ctx.ConstructSignature(el, true)
}

func written(el *etree.Element) []byte {
	doc := etree.NewDocument()
	doc.SetRoot(el)
	data, _ := doc.WriteToBytes() // into memory
	return data
}
