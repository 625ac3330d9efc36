package oidc

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"usher/internal/outbound"
	"usher/internal/usher"
)

// metadata is what of a provider's metadata is used (OpenID Connect Discovery 1.0 3, RFC 8414, RFC 9207).
type metadata struct {
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	UserInfoEndpoint      string   `json:"userinfo_endpoint"`
	EndSessionEndpoint    string   `json:"end_session_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	AuthMethods           []string `json:"token_endpoint_auth_methods_supported"`
	AuthAlgorithms        []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	NamesItself           bool     `json:"authorization_response_iss_parameter_supported"`
}

func (c *Connection) fetchMetadata(ctx context.Context, _ usher.Time) (metadata, error) {
	var m metadata
	at := strings.TrimSuffix(c.issuer, "/") + "/.well-known/openid-configuration"
	if err := c.getJSON(ctx, at, "", &m); err != nil {
		return metadata{}, unavailable(CodeUnavailable, fmt.Errorf("metadata: %w", err))
	}
	if err := c.checkMetadata(m); err != nil {
		return metadata{}, unavailable(CodeMetadata, err)
	}
	return m, nil
}

// checkMetadata wants the issuer to the letter (Discovery 4.3), because it is what tokens are held against, and
// endpoints to which a browser and a secret may be sent.
func (c *Connection) checkMetadata(m metadata) error {
	if m.Issuer != c.issuer {
		return fmt.Errorf("it calls itself %s and not %s; write the issuer as the provider does", shown(m.Issuer), shown(c.issuer))
	}
	needed := map[string]string{"authorization_endpoint": m.AuthorizationEndpoint, "token_endpoint": m.TokenEndpoint, "jwks_uri": m.JWKSURI}
	for name, at := range needed {
		if at == "" {
			return fmt.Errorf("its metadata lacks %s", name)
		}
	}
	optional := map[string]string{"userinfo_endpoint": m.UserInfoEndpoint, "end_session_endpoint": m.EndSessionEndpoint}
	for _, endpoints := range []map[string]string{needed, optional} {
		for name, at := range endpoints {
			if at != "" && !c.mayBeSentTo(at) {
				return fmt.Errorf("its %s is not an absolute https URL", name)
			}
		}
	}
	return nil
}

// mayBeSentTo wants https, or http where the issuer has http as well. Endpoints may have a query (RFC 6749 3.1).
func (c *Connection) mayBeSentTo(at string) bool {
	u, err := url.Parse(at)
	return err == nil && u.Host != "" && u.User == nil && u.Fragment == "" &&
		(u.Scheme == "https" || u.Scheme == "http" && strings.HasPrefix(c.issuer, "http:"))
}

// statusError is an answer that is no 200.
type statusError int

func (e statusError) Error() string {
	return fmt.Sprintf("it answers %d %s", int(e), http.StatusText(int(e)))
}

// getJSON reads a JSON document. What the provider says beside it is never part of an error. bearer may be empty.
func (c *Connection) getJSON(ctx context.Context, at, bearer string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return fmt.Errorf("the URL cannot be called: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := outbound.Do(c.client, req)
	if err != nil {
		return err
	}
	body, err := outbound.ReadAll(resp, maxBody)
	switch {
	case err != nil:
		return err
	case resp.StatusCode != http.StatusOK:
		return statusError(resp.StatusCode)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%s does not answer with the JSON that it should", req.URL.Host)
	}
	return nil
}
