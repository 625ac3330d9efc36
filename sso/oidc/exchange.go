package oidc

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"usher/internal/usher"
)

// exchange gives the code for the ID token and the access token (Core 3.1.3).
func (c *Connection) exchange(ctx context.Context, now usher.Time, m metadata, p Pending, code string) (idToken, access string, err error) {
	config, extra, err := c.authenticated(m, p, now)
	if err != nil {
		return "", "", err
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, c.client)
	token, err := config.Exchange(ctx, code, append(extra, oauth2.VerifierOption(p.Verifier))...)
	if err != nil {
		return "", "", c.exchangeRefused(err)
	}
	idToken, _ = token.Extra("id_token").(string)
	switch {
	case !strings.EqualFold(token.Type(), "bearer"):
		return "", "", refuse(CodeExchange, "the provider gives an access token that is no bearer token")
	case idToken == "":
		return "", "", refuse(CodeExchange, "the provider gives no ID token; the scope openid has to be allowed there")
	}
	return idToken, token.AccessToken, nil
}

// authenticated is the client as it shows itself to the token endpoint. The method is settled before: x/oauth2 would
// try one after the other, and a second try finds the code used.
func (c *Connection) authenticated(m metadata, p Pending, now usher.Time) (*oauth2.Config, []oauth2.AuthCodeOption, error) {
	config := &oauth2.Config{
		ClientID: c.clientID, ClientSecret: c.secret, RedirectURL: c.redirect,
		Endpoint: oauth2.Endpoint{TokenURL: m.TokenEndpoint, AuthStyle: oauth2.AuthStyleInHeader},
	}
	method, err := c.authMethod(m)
	if err != nil {
		return nil, nil, err
	}
	switch method {
	case SecretPost:
		config.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	case PrivateKeyJWT:
		config.Endpoint.AuthStyle, config.ClientSecret = oauth2.AuthStyleInParams, ""
		assertion, err := c.assertion(m, p, now)
		return config, []oauth2.AuthCodeOption{
			oauth2.SetAuthURLParam("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
			oauth2.SetAuthURLParam("client_assertion", assertion),
		}, err
	}
	return config, nil, nil
}

// authMethod is the one of the settings, or what discovery offers; client_secret_basic where it says nothing
// (Discovery 3).
func (c *Connection) authMethod(m metadata) (AuthMethod, error) {
	switch {
	case c.auth != "":
		return c.auth, nil
	case len(m.AuthMethods) == 0 || slices.Contains(m.AuthMethods, string(SecretBasic)):
		return SecretBasic, nil
	case slices.Contains(m.AuthMethods, string(SecretPost)):
		return SecretPost, nil
	}
	return "", refuse(CodeClient, "the provider takes no client secret; configure a key for private_key_jwt")
}

// exchangeRefused tells apart who has to do something. What the provider answers with 4xx may come from an endpoint
// that has moved, so its metadata is asked for again.
func (c *Connection) exchangeRefused(err error) error {
	answer, answered := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case !answered && strings.HasPrefix(err.Error(), "oauth2: cannot fetch token"): // the body broke off, or is too long
		return unavailable(CodeUnavailable, errors.New("its token endpoint's answer cannot be read to its end"))
	case !answered && strings.HasPrefix(err.Error(), "oauth2:"): // x/oauth2 has no type for an answer that makes no sense
		return refuse(CodeExchange, "the provider's token endpoint answers with something else than tokens")
	case !answered:
		return unavailable(CodeUnavailable, err)
	}
	status := statusError(answer.Response.StatusCode)
	if status >= 500 || status == http.StatusTooManyRequests {
		return unavailable(CodeUnavailable, status)
	}
	c.metadata.doubted.Store(true)
	switch word := answer.ErrorCode; {
	case word == "invalid_grant":
		return refuse(CodeCode, "the provider does not take the code: it was used before, is too old, or is not ours; begin again")
	case word == "invalid_client" || word == "unauthorized_client" || status == http.StatusUnauthorized:
		return refuse(CodeClient, "the provider does not take our client id with its secret or key; look whether they have expired there")
	case plainWord.MatchString(word):
		return refuse(CodeExchange, "the provider's token endpoint answers %s", word)
	}
	return refuse(CodeExchange, "the provider's token endpoint answers %d %s", int(status), http.StatusText(int(status)))
}
