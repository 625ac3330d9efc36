package oidc

import (
	"cmp"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"usher/internal/outbound"
)

// Settings is one connection as the configuration has it. What is not set has the default in brackets.
type Settings struct {
	Name   string // the connection's name
	Preset Preset // whose habits the defaults follow [Generic]

	Issuer   string // as the provider writes it, to the last slash
	ClientID string
	// ClientSecret, or Keys for private_key_jwt: private keys as PEM, of which the first signs, each with its
	// certificate behind it where the provider asks for one (Entra does).
	ClientSecret string
	Keys         []byte
	KeyID        string     // names the first key [its RFC 7638 thumbprint]
	Auth         AuthMethod // how the client shows who it is [private_key_jwt with Keys, else what discovery offers]

	RedirectURL   string   // where answers come, one for each connection
	PostLogoutURL string   // where the provider sends the browser after a logout; empty leaves it there
	Scopes        []string // besides openid [profile, email]

	Subject SubjectRule // [sub; tid+oid for Entra]
	Tenant  string      // the only tid that is taken [for Entra, the one in Issuer]
	Claims  Claims      // where the rest stands [by Preset]
	// Trusted says that the provider serves one company, whose admins alone set addresses: they count as verified
	// where the provider says nothing of it.
	Trusted  bool
	UserInfo bool // asks the userinfo endpoint for what the ID token lacks

	Algorithms []string         // that ID and logout tokens may be signed with [RS, PS, ES 256 to 512 and EdDSA]
	Leeway     time.Duration    // by which clocks may differ, 2 minutes at most [60 s]
	Outbound   outbound.Options // how the provider is called; its time-out and body limit are set here
}

// AuthMethod is how the client shows who it is at the token endpoint (OpenID Connect Core 9).
type AuthMethod string

// The methods that are known here.
const (
	SecretBasic   AuthMethod = "client_secret_basic"
	SecretPost    AuthMethod = "client_secret_post"
	PrivateKeyJWT AuthMethod = "private_key_jwt"
)

// SubjectRule is which claims make [usher.SignedIn.Subject].
type SubjectRule string

const (
	// BySub takes sub, which the provider never gives to somebody else (Core 2).
	BySub SubjectRule = "sub"
	// ByTenantAndObject takes tid and oid, because Entra's sub is another for each client.
	ByTenantAndObject SubjectRule = "tid+oid"
)

// settings are Settings that have been checked and filled.
type settings struct {
	name, issuer, clientID, secret string
	signers                        []signer
	auth                           AuthMethod
	redirect, postLogout           string
	scopes                         []string
	subject                        SubjectRule
	tenant                         string
	names                          Claims
	preset                         Preset
	trusted, userInfo              bool
	algorithms                     []jose.SignatureAlgorithm
	leeway                         time.Duration
}

// maxLeeway keeps the checks of this package within the 5 minutes that go-oidc grants to nbf.
const maxLeeway = 2 * time.Minute

// asymmetric is every algorithm that a token may have: HS* would make a published key or the client's secret the
// key, and none needs no key at all.
var asymmetric = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

func (s Settings) check() (settings, error) {
	signers, err := readSigners(s.Keys, s.KeyID)
	if err != nil {
		return settings{}, fmt.Errorf("connection %s: keys: %w", s.Name, err)
	}
	made := settings{
		name: s.Name, issuer: s.Issuer, clientID: s.ClientID, secret: s.ClientSecret, signers: signers, auth: s.Auth,
		redirect: s.RedirectURL, postLogout: s.PostLogoutURL, scopes: s.scopes(), names: s.Preset.fill(s.Claims),
		subject: cmp.Or(s.Subject, s.Preset.subject()), tenant: cmp.Or(s.Tenant, s.Preset.tenant(s.Issuer)),
		preset: s.Preset, trusted: s.Trusted, userInfo: s.UserInfo, leeway: cmp.Or(s.Leeway, time.Minute),
	}
	if made.auth == "" && len(signers) > 0 {
		made.auth = PrivateKeyJWT
	}
	for _, alg := range s.Algorithms {
		made.algorithms = append(made.algorithms, jose.SignatureAlgorithm(alg))
	}
	if len(made.algorithms) == 0 {
		made.algorithms = asymmetric
	}
	if err := errors.Join(append(s.checkURLs(), made.checkWords()...)...); err != nil {
		return settings{}, fmt.Errorf("connection %s: %w", s.Name, err)
	}
	return made, nil
}

// scopes are those that are asked for; openid makes it a sign-in (Core 3.1.2.1).
func (s Settings) scopes() []string {
	list := s.Scopes
	if len(list) == 0 {
		list = []string{"profile", "email"}
	}
	return append([]string{"openid"}, slices.DeleteFunc(slices.Clone(list), func(scope string) bool { return scope == "openid" })...)
}

func (s Settings) checkURLs() []error {
	plain := s.Outbound.AllowPrivate
	problems := []error{checkURL("issuer", s.Issuer, plain), checkURL("redirect URL", s.RedirectURL, plain)}
	if s.PostLogoutURL != "" {
		problems = append(problems, checkURL("post-logout URL", s.PostLogoutURL, plain))
	}
	return append(problems, s.Preset.checkIssuer(s.Issuer))
}

// checkURL wants an absolute https URL without user, query or fragment; http only where calls inside the network are
// allowed.
func checkURL(what, text string, plain bool) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || strings.ContainsAny(text, "#?"):
		return fmt.Errorf("the %s is no absolute URL without user, query and fragment", what)
	case u.Scheme != "https" && !(plain && u.Scheme == "http"):
		return fmt.Errorf("the %s has to begin with https://", what)
	}
	return nil
}

func (s settings) checkWords() []error {
	var problems []error
	report := func(wrong bool, text string) {
		if wrong {
			problems = append(problems, errors.New(text))
		}
	}
	report(s.name == "", "it has no name")
	report(s.clientID == "", "it has no client id")
	report(s.secret == "" && len(s.signers) == 0, "it has neither a client secret nor a key; usher signs in as a confidential client only")
	report(s.auth == PrivateKeyJWT && len(s.signers) == 0, "private_key_jwt needs a key")
	report((s.auth == SecretBasic || s.auth == SecretPost) && s.secret == "", string(s.auth)+" needs a client secret")
	report(!slices.Contains([]AuthMethod{"", SecretBasic, SecretPost, PrivateKeyJWT}, s.auth), "the client authentication is none of client_secret_basic, client_secret_post, private_key_jwt")
	report(s.subject != BySub && s.subject != ByTenantAndObject, "the subject is neither sub nor tid+oid")
	report(s.subject == ByTenantAndObject && s.tenant == "", "tid+oid needs a tenant: one connection is one tenant")
	report(s.leeway < 0 || s.leeway > maxLeeway, "the leeway is not between 0 and 2 minutes")
	for _, alg := range s.algorithms {
		report(!slices.Contains(asymmetric, alg), "tokens may not be signed with "+string(alg)+"; RS, PS and ES 256 to 512 and EdDSA are possible")
	}
	return problems
}

// same compares in a time that says nothing of where two texts differ.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
