package saml

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

var (
	signatureMethods = []string{
		algRSASHA256, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
		"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
		"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
	}
	digestMethods = []string{
		"http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2001/04/xmlenc#sha512",
	}
)

// checkSignatureShape wants a signature exactly as saml-core 5.4 has it: of the parent alone, without its own markup,
// canonicalised exclusively. KeyInfo may say what it likes; nobody reads it.
func checkSignatureShape(sig *etree.Element) error {
	parts := sig.ChildElements()
	if len(parts) == 3 && (named{nsDSig, "KeyInfo"}).is(parts[2]) {
		parts = parts[:2]
	}
	if err := wantParts(sig, parts, "SignedInfo", "SignatureValue"); err != nil {
		return err
	}
	for _, part := range parts {
		if err := checkBare(part); err != nil {
			return err
		}
	}
	info := parts[0].ChildElements()
	if err := wantParts(parts[0], info, "CanonicalizationMethod", "SignatureMethod", "Reference"); err != nil {
		return err
	}
	if err := checkBase64(parts[1]); err != nil {
		return err
	}
	return checkSignedInfo(info[0], info[1], info[2], sig.Parent())
}

func checkSignedInfo(c14n, method, reference, parent *etree.Element) error {
	if err := wantAlgorithm(c14n, algExcC14N); err != nil {
		return err
	}
	if err := wantAlgorithm(method, signatureMethods...); err != nil {
		return err
	}
	if len(c14n.ChildElements()) > 0 || len(method.ChildElements()) > 0 {
		return refuse(BadSignature, "its methods have parameters, which SAML does not use")
	}
	return checkReference(reference, parent)
}

func checkReference(reference, parent *etree.Element) error {
	id, _ := attribute(parent, "ID")
	if uri, there := attribute(reference, "URI"); !there || uri != "#"+id {
		return refuse(BadSignature, "it signs something other than the %s that it stands in", parent.Tag)
	}
	parts := reference.ChildElements()
	if err := wantParts(reference, parts, "Transforms", "DigestMethod", "DigestValue"); err != nil {
		return err
	}
	if err := checkTransforms(parts[0]); err != nil {
		return err
	}
	if err := wantAlgorithm(parts[1], digestMethods...); err != nil {
		return err
	}
	return checkBase64(parts[2])
}

func checkTransforms(transforms *etree.Element) error {
	parts := transforms.ChildElements()
	if err := wantParts(transforms, parts, "Transform", "Transform"); err != nil {
		return err
	}
	if err := wantAlgorithm(parts[0], algEnveloped); err != nil {
		return err
	}
	if err := wantAlgorithm(parts[1], algExcC14N); err != nil {
		return err
	}
	prefixes := parts[1].ChildElements()
	if len(parts[0].ChildElements()) > 0 || len(prefixes) > 1 || len(prefixes) == 1 && !(named{algExcC14N, "InclusiveNamespaces"}).is(prefixes[0]) {
		return refuse(BadSignature, "its transforms have parameters, which SAML does not use")
	}
	return nil
}

// wantParts wants elements of XML Signature by these names, in this order and no other.
func wantParts(parent *etree.Element, parts []*etree.Element, tags ...string) error {
	good := len(parts) == len(tags)
	for i := range min(len(parts), len(tags)) {
		good = good && (named{nsDSig, tags[i]}).is(parts[i])
	}
	if !good {
		return refuse(BadSignature, "%s must have %s, each once and in this order", quoted(parent.Tag), strings.Join(tags, ", "))
	}
	return nil
}

func wantAlgorithm(el *etree.Element, accepted ...string) error {
	if algorithm, _ := attribute(el, "Algorithm"); !slices.Contains(accepted, algorithm) {
		return refuse(Algorithm, "%s is %s; let the provider sign with SHA-256 and exclusive canonicalisation", el.Tag, quoted(algorithm))
	}
	return nil
}

// checkBare refuses attributes with a prefix where encoding/xml, which goxmldsig reads with, would take them for those without.
func checkBare(el *etree.Element) error {
	for _, a := range el.Attr {
		if a.Space != "" && a.Space != "xmlns" {
			return refuse(BadSignature, "%s has the attribute %s of a foreign namespace", el.Tag, quoted(a.Key))
		}
	}
	for _, child := range el.ChildElements() {
		if err := checkBare(child); err != nil {
			return err
		}
	}
	return nil
}

func checkBase64(el *etree.Element) error {
	value, leaf := text(el)
	if _, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(value), "")); !leaf || value == "" || err != nil {
		return refuse(BadSignature, "%s is not base64", el.Tag)
	}
	return nil
}
