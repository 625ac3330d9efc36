package ledger

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

// tokenName is what a token of the API may be called: it stands in events and in logs.
var tokenName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// CreateAPIToken makes a token for a program, which opens what its scopes say for as long as ttl
// says, and gives its text, which is kept nowhere.
func (l *Ledger) CreateAPIToken(ctx context.Context, by usher.Principal, name string, scopes []usher.Scope, ttl time.Duration, key []byte) (string, usher.APIToken, error) {
	t := usher.APIToken{Name: name, Scopes: slices.Compact(slices.Sorted(slices.Values(scopes)))}
	if err := mayBeToken(t, ttl); err != nil {
		return "", t, err
	}
	var text string
	err := l.write(ctx, by, func(c *change) error {
		t.Credential, text = c.newCredential(apiToken, ttl, key)
		c.recordAPIToken(usher.EventTokenCreated, t)
		return c.tx.InsertAPIToken(ctx, t)
	})
	return text, t, err
}

func mayBeToken(t usher.APIToken, ttl time.Duration) error {
	if !tokenName.MatchString(t.Name) {
		return &usher.InvalidError{Attribute: "name", Problem: "is not made of a-z, 0-9, dot, dash and underscore, beginning with a letter or digit, at most 63"}
	}
	for _, s := range t.Scopes {
		if !slices.Contains(usher.Scopes(), s) {
			return &usher.InvalidError{Attribute: "scope", Problem: fmt.Sprintf("%q is none; there are %s", s, scopeNames(usher.Scopes()))}
		}
	}
	if len(t.Scopes) == 0 {
		return &usher.InvalidError{Attribute: "scope", Problem: "is missing: a token without one opens nothing; there are " + scopeNames(usher.Scopes())}
	}
	return lasts(ttl)
}

func scopeNames(scopes []usher.Scope) string {
	var names []string
	for _, s := range scopes {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

func (c *change) recordAPIToken(kind usher.EventKind, t usher.APIToken) {
	c.record(usher.Event{Kind: kind, Subject: "token", After: payload(map[string]any{"token": t.ID, "name": t.Name, "scopes": t.Scopes, "expires": t.ExpiresAt.RFC3339()})})
}

func (c *change) revokeAPIToken(id string) error {
	t, err := c.tx.APIToken(c.ctx, id)
	if err == nil {
		err = notRevoked(t.Credential)
	}
	if err != nil {
		return err
	}
	c.recordAPIToken(usher.EventTokenRevoked, t)
	return c.tx.RevokeAPIToken(c.ctx, id)
}

// IsAPIToken says whether a text looks like a token of the API.
func IsAPIToken(text string) bool {
	_, ok := apiToken.id(text)
	return ok
}

// AuthenticateAPI gives the program that a token of the API stands for, as Authenticate does for
// a directory's.
func (l *Ledger) AuthenticateAPI(ctx context.Context, key []byte, text string) (usher.Principal, error) {
	id, ok := apiToken.id(text)
	if !ok {
		return usher.Principal{}, fmt.Errorf("token: %w", usher.ErrNotFound)
	}
	t, err := l.store.Look().APIToken(ctx, id)
	if err != nil {
		return usher.Principal{}, err
	}
	if !apiToken.is(key, text, t.Hash) || !t.Live(l.store.Now()) {
		return usher.Principal{}, fmt.Errorf("token %q: %w", id, usher.ErrNotFound)
	}
	return usher.Principal{Kind: usher.PrincipalToken, Name: t.Name, Token: t.ID, Scopes: t.Scopes}, nil
}

// TouchAPIToken notes that a token of the API was used just now.
func (l *Ledger) TouchAPIToken(ctx context.Context, id string) error {
	return l.store.Write(ctx, func(tx *store.Tx) error { return tx.TouchAPIToken(ctx, id) })
}
