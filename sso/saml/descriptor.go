package saml

import (
	"encoding/base64"

	"github.com/beevik/etree"
)

// Descriptor is our metadata, for the provider (saml-metadata 2.4.4): the addresses, every key of ours for signing and for
// decrypting, and the algorithms that we can decrypt, best first. It does not run out, because most providers read it once.
func (c *Connection) Descriptor() []byte { return Descriptor(c.settings) }

// Descriptor is the metadata that goes with settings, for a connection whose provider is not known yet.
func Descriptor(s Settings) []byte {
	doc := etree.NewDocument()
	doc.CreateProcInst("xml", `version="1.0" encoding="UTF-8"`)
	entity := doc.CreateElement("md:EntityDescriptor")
	entity.CreateAttr("xmlns:md", nsMetadata)
	entity.CreateAttr("xmlns:ds", nsDSig)
	entity.CreateAttr("entityID", s.EntityID)
	role := entity.CreateElement("md:SPSSODescriptor")
	role.CreateAttr("AuthnRequestsSigned", boolean(s.SignRequests))
	role.CreateAttr("WantAssertionsSigned", "true")
	role.CreateAttr("protocolSupportEnumeration", nsProtocol)
	for _, key := range s.Keys {
		describeKey(role, key, "signing")
	}
	for _, key := range s.Keys {
		describeKey(role, key, "encryption")
	}
	if s.SLO != "" {
		endpoint(role, "md:SingleLogoutService", bindingRedirect, s.SLO)
	}
	if s.Subject.NameIDFormat != "" {
		role.CreateElement("md:NameIDFormat").SetText(s.Subject.NameIDFormat)
	}
	acs := endpoint(role, "md:AssertionConsumerService", bindingPost, s.ACS)
	acs.CreateAttr("index", "0")
	acs.CreateAttr("isDefault", "true")
	doc.Indent(2)
	data, _ := doc.WriteToBytes() // into memory
	return data
}

func boolean(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

func describeKey(role *etree.Element, key Key, use string) {
	descriptor := role.CreateElement("md:KeyDescriptor")
	descriptor.CreateAttr("use", use)
	data := descriptor.CreateElement("ds:KeyInfo").CreateElement("ds:X509Data")
	data.CreateElement("ds:X509Certificate").SetText(base64.StdEncoding.EncodeToString(key.Certificate.Raw))
	if use != "encryption" {
		return
	}
	for _, algorithm := range []string{
		nsXEnc11 + "aes256-gcm", nsXEnc11 + "aes192-gcm", nsXEnc11 + "aes128-gcm",
		nsXEnc + "aes256-cbc", nsXEnc + "aes192-cbc", nsXEnc + "aes128-cbc",
		nsXEnc11 + "rsa-oaep", nsXEnc + "rsa-oaep-mgf1p",
	} {
		descriptor.CreateElement("md:EncryptionMethod").CreateAttr("Algorithm", algorithm)
	}
}

func endpoint(role *etree.Element, tag, binding, location string) *etree.Element {
	el := role.CreateElement(tag)
	el.CreateAttr("Binding", binding)
	el.CreateAttr("Location", location)
	return el
}
