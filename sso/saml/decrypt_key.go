package saml

import (
	"crypto"
	"crypto/rsa"
	"encoding/base64"

	"github.com/beevik/etree"
)

// wrappedKey is the key of the content, encrypted for one recipient.
type wrappedKey struct {
	value []byte
	oaep  rsa.OAEPOptions
}

// oaepDigests are those of RSA-OAEP, linked by crypto/x509. SHA-1 is the default, and collisions of it help nobody here
// (RFC 8017, appendix B.1).
var oaepDigests = map[string]crypto.Hash{
	"": crypto.SHA1, nsDSig + "sha1": crypto.SHA1,
	nsXEnc + "sha256": crypto.SHA256, nsXEnc + "sha512": crypto.SHA512, "http://www.w3.org/2001/04/xmldsig-more#sha384": crypto.SHA384,
}

var maskDigests = map[string]crypto.Hash{
	"": crypto.SHA1, nsXEnc11 + "mgf1sha1": crypto.SHA1, nsXEnc11 + "mgf1sha256": crypto.SHA256,
	nsXEnc11 + "mgf1sha384": crypto.SHA384, nsXEnc11 + "mgf1sha512": crypto.SHA512,
}

// wrappedKeys finds the encrypted keys, inside the data or beside it.
func wrappedKeys(encrypted, data *etree.Element) ([]wrappedKey, error) {
	elements := children(encrypted, named{nsXEnc, "EncryptedKey"})
	for _, info := range children(data, named{nsDSig, "KeyInfo"}) {
		elements = append(elements, children(info, named{nsXEnc, "EncryptedKey"})...)
	}
	if len(elements) == 0 || len(elements) > maxWrapped {
		return nil, refuse(Shape, "the encrypted assertion comes with %d encrypted keys; 1 to %d are usual", len(elements), maxWrapped)
	}
	wrapped := make([]wrappedKey, len(elements))
	for i, el := range elements {
		var err error
		if wrapped[i], err = readWrapped(el); err != nil {
			return nil, err
		}
	}
	return wrapped, nil
}

func readWrapped(el *etree.Element) (wrappedKey, error) {
	algorithm := algorithmOf(el)
	if algorithm != nsXEnc+"rsa-oaep-mgf1p" && algorithm != nsXEnc11+"rsa-oaep" {
		return wrappedKey{}, refuse(Algorithm, "the key is encrypted with %s; let the provider use RSA-OAEP (RSA 1.5 can be broken by asking)", quoted(algorithm))
	}
	method := children(el, named{nsXEnc, "EncryptionMethod"})[0]
	digest, known := oaepDigests[parameter(method, named{nsDSig, "DigestMethod"})]
	mask, known2 := maskDigests[parameter(method, named{nsXEnc11, "MGF"})]
	if !known || !known2 {
		return wrappedKey{}, refuse(Algorithm, "RSA-OAEP has a digest that usher does not know")
	}
	value, good := cipherValue(el)
	if !good {
		return wrappedKey{}, errUndecrypted()
	}
	return wrappedKey{value, rsa.OAEPOptions{Hash: digest, MGFHash: mask, Label: label(method)}}, nil
}

// parameter is the algorithm named by a child of an EncryptionMethod; empty where there is none, which means the default.
func parameter(method *etree.Element, n named) string {
	for _, el := range children(method, n) {
		algorithm, _ := attribute(el, "Algorithm")
		return algorithm
	}
	return ""
}

// label is what RSA-OAEP mixes in (xmlenc-core 5.5.2).
func label(method *etree.Element) []byte {
	for _, el := range children(method, named{nsXEnc, "OAEPparams"}) {
		written, _ := text(el)
		raw, _ := base64.StdEncoding.DecodeString(written) // a wrong label opens nothing
		return raw
	}
	return nil
}
