package saml

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"strings"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"

	"usher/internal/usher"
)

// pinned are the keys with which a provider may sign, out of its metadata.
type pinned struct {
	certificates []*x509.Certificate
	refuseEnded  bool
}

// verify gives el as one of the keys has signed it, read anew from the signed bytes; el has passed the gate and carries a
// signature. What the message itself says about keys (KeyInfo) is not looked at: each pinned key is tried.
func (p pinned) verify(el *etree.Element, now usher.Time) (*etree.Element, error) {
	ended := 0
	for _, cert := range p.certificates {
		if p.refuseEnded && now.Std().After(cert.NotAfter) {
			ended++
			continue
		}
		if signed := verifyWith(el, cert); signed != nil {
			return signed, sameElement(el, signed)
		}
	}
	if ended > 0 {
		return nil, refuse(Ended, "no current key of the provider has signed the %s, and %d of its certificates have ended; renew them there", el.Tag, ended)
	}
	return nil, refuse(Signature, "none of the %d keys in the provider's metadata has signed the %s, or it was changed since; "+
		"if the provider has a new certificate, usher needs its new metadata", len(p.certificates), el.Tag)
}

// verifyWith gives nil where the certificate's key did not sign el. goxmldsig changes what it verifies, so it gets a copy.
func verifyWith(el *etree.Element, cert *x509.Certificate) *etree.Element {
	copied := detached(el)
	if copied == nil {
		return nil
	}
	prepareSignature(children(copied, signature)[0], cert)
	ctx := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{cert}})
	ctx.IdAttribute = "ID"
	// Whether its time is over is decided above; goxmldsig is shown a moment at which it is not.
	ctx.Clock = dsig.NewFakeClockAt(cert.NotBefore)
	signed, err := ctx.Validate(copied)
	if err != nil {
		return nil
	}
	return signed
}

// detached copies el with the namespaces that hold where it stands.
func detached(el *etree.Element) *etree.Element {
	ctx, err := etreeutils.NSBuildParentContext(el)
	if err != nil {
		return nil
	}
	if ctx, err = ctx.SubContext(el); err != nil {
		return nil
	}
	copied, err := etreeutils.NSDetatch(ctx, el)
	if err != nil {
		return nil
	}
	return copied
}

// prepareSignature takes KeyInfo out, which nothing signs, and writes the value as crypto/x509 reads it: in one line, and
// for ECDSA in ASN.1 instead of r beside s (xmldsig-core 6.4.3).
func prepareSignature(sig *etree.Element, cert *x509.Certificate) {
	for _, info := range children(sig, named{nsDSig, "KeyInfo"}) {
		sig.RemoveChild(info)
	}
	value := children(sig, named{nsDSig, "SignatureValue"})[0]
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(value.Text()), ""))
	if err != nil {
		return
	}
	value.SetText(base64.StdEncoding.EncodeToString(asn1Signature(raw, cert.PublicKey)))
}

// asn1Signature turns r beside s into ASN.1; any other signature stays as it is.
func asn1Signature(raw []byte, key any) []byte {
	public, ok := key.(*ecdsa.PublicKey)
	if !ok || len(raw) != 2*((public.Curve.Params().BitSize+7)/8) {
		return raw
	}
	half := len(raw) / 2
	der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:half]), new(big.Int).SetBytes(raw[half:])})
	if err != nil {
		return raw
	}
	return der
}

// sameElement is the last line against a signature that covers another element than the one that carries it (CVE-2024-8698).
func sameElement(el, signed *etree.Element) error {
	if signed == nil {
		return refuse(Broken, "nothing came out of the verification")
	}
	had, _ := attribute(el, "ID")
	has, _ := attribute(signed, "ID")
	if had == "" || had != has || !(named{el.NamespaceURI(), el.Tag}).is(signed) {
		return refuse(BadSignature, "it signs something other than the %s that it stands in", el.Tag)
	}
	return nil
}
