package oidc

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// ErrUnavailable says that the provider could not be asked, or did not answer as one: nobody is at fault who wants to
// sign in, and a later attempt may succeed (503).
var ErrUnavailable = errors.New("the identity provider is not available")

// Refusal is why a sign-in, a logout or a start was not taken. Its text is for an admin, names what to mend, and holds
// nothing of a person; who signs in is told the code alone.
type Refusal struct {
	code  string
	text  string
	cause error
}

// Code is stable, so that one can be looked up and counted.
func (r *Refusal) Code() string { return r.code }

// Error implements error.
func (r *Refusal) Error() string { return r.text + " (" + r.code + ")" }

// Unwrap shows [ErrUnavailable], where that is why, and what ended the call.
func (r *Refusal) Unwrap() error { return r.cause }

// The codes of refusals.
const (
	CodeUnavailable = "oidc-unavailable" // the provider does not answer, or not as one
	CodeMetadata    = "oidc-metadata"    // what it publishes cannot be used; wraps ErrUnavailable too
	CodePanic       = "oidc-panic"       // a library gave up; the message is kept from everybody

	CodePending  = "oidc-pending"  // the sign-in was not begun here, or too long ago
	CodeAnswer   = "oidc-answer"   // the answer's parameters make no sense
	CodeState    = "oidc-state"    // it belongs to another sign-in
	CodeIssuer   = "oidc-issuer"   // it comes from another provider (RFC 9207)
	CodeDenied   = "oidc-denied"   // the provider does not let this person in
	CodeProvider = "oidc-provider" // the provider answered with another error

	CodeClient   = "oidc-client"   // the provider does not take our client id, secret or key
	CodeCode     = "oidc-code"     // it does not take the code
	CodeExchange = "oidc-exchange" // it refuses the exchange for another reason, or answers without an ID token

	CodeMalformed   = "oidc-token-malformed"
	CodeType        = "oidc-token-type" // a token for something else
	CodeAlgorithm   = "oidc-token-alg"
	CodeKey         = "oidc-token-key" // signed with a key that the provider does not publish
	CodeSignature   = "oidc-token-signature"
	CodeTokenIssuer = "oidc-token-iss"
	CodeAudience    = "oidc-token-aud"
	CodeAzp         = "oidc-token-azp"
	CodeExpired     = "oidc-token-exp"
	CodeNotYet      = "oidc-token-nbf"
	CodeIssuedAt    = "oidc-token-iat"
	CodeNonce       = "oidc-token-nonce"
	CodeSubject     = "oidc-token-sub"
	CodeTenant      = "oidc-token-tid"
	CodeAccessToken = "oidc-token-at_hash"
	CodeAuthTime    = "oidc-token-auth_time"
	CodeSecond      = "oidc-token-second" // go-oidc does not agree
	CodeUserInfo    = "oidc-userinfo"     // the userinfo endpoint refuses, or speaks of somebody else

	CodeEvents   = "oidc-logout-events" // no logout token
	CodeJTI      = "oidc-logout-jti"
	CodeNobody   = "oidc-logout-sub"   // it names neither a person nor a session
	CodeNoLogout = "oidc-logout-none"  // the provider offers no logout
	CodeInitiate = "oidc-initiate-iss" // somebody else asks for a start
	CodeTarget   = "oidc-initiate-target"
)

func refuse(code, format string, args ...any) error {
	return &Refusal{code: code, text: fmt.Sprintf(format, args...)}
}

// unavailable is a refusal that wraps ErrUnavailable and err.
func unavailable(code string, err error) error {
	if _, already := errors.AsType[*Refusal](err); already {
		return err
	}
	if failed, ok := errors.AsType[*url.Error](err); ok {
		err = failed.Err // which names a URL with what we asked
	}
	return &Refusal{code: code, text: fmt.Sprintf("%v: %v", ErrUnavailable, err), cause: errors.Join(ErrUnavailable, err)}
}

// recovered turns a panic of a library into a refusal. What the library said may quote the message, so it is dropped.
func recovered(err *error) {
	if recover() != nil {
		*err = refuse(CodePanic, "the message made a library panic; it was refused")
	}
}

// firstOf makes checks in order and returns the first refusal.
func firstOf(checks ...func() error) error {
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// shown is a text of the provider as an error may show it: quoted, and short.
func shown(text string) string {
	if len(text) > 120 {
		text = strings.ToValidUTF8(text[:120], "") + "..."
	}
	return fmt.Sprintf("%q", text)
}
