package saml

import (
	"slices"
	"strings"
	"time"

	"github.com/crewjam/saml"

	"usher/internal/usher"
)

func readEntity(entity saml.EntityDescriptor, now usher.Time) (*Provider, error) {
	var roles []saml.IDPSSODescriptor
	for _, role := range entity.IDPSSODescriptors {
		if slices.Contains(strings.Fields(role.ProtocolSupportEnumeration), nsProtocol) {
			roles = append(roles, role)
		}
	}
	if len(roles) != 1 {
		return nil, metadataError("%s has %d roles of an identity provider for SAML 2.0 instead of one (a service provider's metadata has none)", quoted(entity.EntityID), len(roles))
	}
	role := roles[0]
	for _, until := range []*time.Time{&entity.ValidUntil, role.ValidUntil} {
		if until != nil && over(*until, now) {
			return nil, expired(*until)
		}
	}
	return readRole(entity.EntityID, role)
}

func readRole(entityID string, role saml.IDPSSODescriptor) (*Provider, error) {
	idp := &Provider{EntityID: entityID, wantsSigned: role.WantAuthnRequestsSigned != nil && *role.WantAuthnRequestsSigned}
	for _, endpoint := range role.SingleSignOnServices {
		switch endpoint.Binding {
		case bindingRedirect:
			idp.ssoRedirect = endpoint.Location
		case bindingPost:
			idp.ssoPost = endpoint.Location
		}
	}
	for _, endpoint := range role.SingleLogoutServices {
		if endpoint.Binding == bindingRedirect {
			idp.sloRequest, idp.sloResponse = endpoint.Location, endpoint.ResponseLocation
			if idp.sloResponse == "" {
				idp.sloResponse = endpoint.Location
			}
		}
	}
	if err := idp.checkEndpoints(); err != nil {
		return nil, err
	}
	idp.certificates, idp.leftOut = signingCertificates(role.KeyDescriptors)
	if len(idp.certificates) == 0 {
		return nil, metadataError("%s has no signing certificate that can be used%s", quoted(entityID), reasons(idp.leftOut))
	}
	return idp, nil
}

// checkEndpoints refuses addresses that are no web pages: browsers are sent there.
func (idp *Provider) checkEndpoints() error {
	if idp.ssoRedirect == "" && idp.ssoPost == "" {
		return metadataError("%s takes sign-in requests neither by Redirect nor by POST", quoted(idp.EntityID))
	}
	for _, location := range []string{idp.ssoRedirect, idp.ssoPost, idp.sloRequest, idp.sloResponse} {
		if location != "" && !isWebURL(location) {
			return metadataError("%s is no http(s) address", quoted(location))
		}
	}
	return nil
}
