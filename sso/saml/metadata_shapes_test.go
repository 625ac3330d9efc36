package saml

import (
	"strings"
	"testing"
)

// TestMetadataAsProvidersWriteIt has the shapes that Entra ID and Okta document.
func TestMetadataAsProvidersWriteIt(t *testing.T) {
	certificate := key(t, "idp").base64()
	folded := certificate[:76] + "\n" + certificate[76:152] + "\n          " + certificate[152:]
	entra := "\ufeff" + `<?xml version="1.0" encoding="utf-8"?><EntityDescriptor ID="_7a1c" entityID="https://sts.windows.net/` + tenantID + `/" xmlns="` + nsMetadata + `">` +
		strings.ReplaceAll(strings.Replace(signatureOf("_7a1c").String(), "xmlns:ds=", "xmlns=", 1), "ds:", "") +
		`<RoleDescriptor xsi:type="fed:SecurityTokenServiceType" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" protocolSupportEnumeration="http://docs.oasis-open.org/wsfed/federation/200706" xmlns:fed="http://docs.oasis-open.org/wsfed/federation/200706">` +
		`<KeyDescriptor use="signing"><KeyInfo xmlns="` + nsDSig + `"><X509Data><X509Certificate>` + key(t, "mallory").base64() + `</X509Certificate></X509Data></KeyInfo></KeyDescriptor>` +
		`<fed:ClaimTypesOffered><auth:ClaimType Uri="` + EntraObjectID + `" xmlns:auth="http://docs.oasis-open.org/wsfed/authorization/200706"><auth:DisplayName>Object id</auth:DisplayName></auth:ClaimType></fed:ClaimTypesOffered></RoleDescriptor>` +
		`<IDPSSODescriptor protocolSupportEnumeration="` + nsProtocol + `"><KeyDescriptor use="signing"><KeyInfo xmlns="` + nsDSig + `"><X509Data><X509Certificate>` + certificate + `</X509Certificate></X509Data></KeyInfo></KeyDescriptor>` +
		`<SingleLogoutService Binding="` + bindingRedirect + `" Location="https://login.microsoftonline.com/` + tenantID + `/saml2" />` +
		`<SingleSignOnService Binding="` + bindingRedirect + `" Location="https://login.microsoftonline.com/` + tenantID + `/saml2" />` +
		`<SingleSignOnService Binding="` + bindingPost + `" Location="https://login.microsoftonline.com/` + tenantID + `/saml2" /></IDPSSODescriptor></EntityDescriptor>`
	okta := `<?xml version="1.0" encoding="UTF-8"?><md:EntityDescriptor entityID="http://www.okta.com/exk1" xmlns:md="` + nsMetadata + `">` +
		`<md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="` + nsProtocol + `"><md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="` + nsDSig + `"><ds:X509Data><ds:X509Certificate>` + folded + `
</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:NameIDFormat>` + FormatUnspecified + `</md:NameIDFormat>` +
		`<md:SingleSignOnService Binding="` + bindingPost + `" Location="https://example.okta.com/app/usher/exk1/sso/saml"/>` +
		`<md:SingleSignOnService Binding="` + bindingRedirect + `" Location="https://example.okta.com/app/usher/exk1/sso/saml"/></md:IDPSSODescriptor></md:EntityDescriptor>`
	for name, c := range map[string]struct{ doc, id, logout string }{
		"Entra ID": {entra, "https://sts.windows.net/" + tenantID + "/", "https://login.microsoftonline.com/" + tenantID + "/saml2"},
		"Okta":     {okta, "http://www.okta.com/exk1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			idp, err := ParseMetadata([]byte(c.doc), "", now)
			must(t, err)
			if idp.EntityID != c.id || idp.sloRequest != c.logout || idp.ssoRedirect == "" || idp.ssoPost == "" || idp.wantsSigned || len(idp.Warnings(now)) > 0 {
				t.Errorf("got %+v", idp)
			}
			if len(idp.certificates) != 1 || !idp.certificates[0].Equal(key(t, "idp").cert) {
				t.Errorf("%d certificates, or another role's", len(idp.certificates))
			}
		})
	}
}
