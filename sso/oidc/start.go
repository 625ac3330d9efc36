package oidc

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"usher/internal/usher"
)

// The prompts (Core 3.1.2.1). PromptLogin makes the provider ask who the person is even if it knows.
const (
	PromptLogin         = "login"
	PromptSelectAccount = "select_account"
	PromptConsent       = "consent"
)

// Options are wishes of one sign-in.
type Options struct {
	Prompt string // none of ours if empty
	// MaxAge is how long ago the person may have shown who they are, in whole seconds; zero does not ask. The
	// provider then has to say when it was, and [usher.SignedIn.At] is never zero.
	MaxAge time.Duration
	// LoginHint is an address for the provider's form. It is not kept.
	LoginHint string
}

// Pending is a sign-in that has begun. The caller keeps it for [Lifetime] by its State, binds it to the browser, takes
// it out when an answer comes, whatever becomes of that, and gives it to [Connection.Finish] once. It is a secret.
type Pending struct {
	Connection string
	State      string
	Nonce      string
	Verifier   string // of PKCE (RFC 7636)
	StartedAt  usher.Time
	Prompt     string        `json:",omitempty"`
	MaxAge     time.Duration `json:",omitempty"`
}

// Start begins a sign-in and returns where to send the browser. random gives the secrets: crypto/rand.Reader. An error
// that wraps [ErrUnavailable] is the provider's trouble.
func (c *Connection) Start(ctx context.Context, now usher.Time, random io.Reader, o Options) (_ string, _ Pending, err error) {
	defer recovered(&err)
	if !slices.Contains([]string{"", PromptLogin, PromptSelectAccount, PromptConsent}, o.Prompt) {
		return "", Pending{}, fmt.Errorf("prompt %q is none of login, select_account and consent", o.Prompt)
	}
	m, _, err := c.metadata.newer(ctx, now, 0)
	if err != nil {
		return "", Pending{}, err
	}
	p := Pending{Connection: c.name, StartedAt: now, Prompt: o.Prompt, MaxAge: o.MaxAge}
	for _, secret := range []*string{&p.State, &p.Nonce, &p.Verifier} {
		if *secret, err = newSecret(random); err != nil {
			return "", Pending{}, err
		}
	}
	return withQuery(m.AuthorizationEndpoint, c.request(p, o)), p, nil
}

// request is an authentication request for a code (Core 3.1.2.1) with PKCE by S256.
func (c *Connection) request(p Pending, o Options) url.Values {
	challenge := sha256.Sum256([]byte(p.Verifier))
	q := url.Values{
		"response_type": {"code"}, "client_id": {c.clientID}, "redirect_uri": {c.redirect}, "scope": {strings.Join(c.scopes, " ")},
		"state": {p.State}, "nonce": {p.Nonce},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}
	for name, value := range map[string]string{"prompt": o.Prompt, "login_hint": o.LoginHint} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if o.MaxAge > 0 {
		q.Set("max_age", strconv.FormatInt(int64(o.MaxAge/time.Second), 10))
	}
	return q
}

// newSecret is 256 random bits as text; 43 characters, which PKCE wants at least.
func newSecret(random io.Reader) (string, error) {
	bits := make([]byte, 32)
	if _, err := io.ReadFull(random, bits); err != nil {
		return "", fmt.Errorf("random numbers: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(bits), nil
}

// withQuery adds parameters to an endpoint, which may have some already. It has been parsed before.
func withQuery(endpoint string, q url.Values) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return endpoint
	}
	had := u.Query()
	for name, values := range q {
		had[name] = values
	}
	u.RawQuery = had.Encode()
	return u.String()
}
