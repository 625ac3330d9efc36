package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

// maxTokens is how many live tokens a directory may have: the one in use and the one
// that replaces it.
const maxTokens = 2

// CreateToken makes a token that opens a directory for as long as ttl says, and gives its
// text, which is kept nowhere. usher.ErrConflict: the directory has two live ones.
func (l *Ledger) CreateToken(ctx context.Context, by usher.Principal, directory string, ttl time.Duration, key []byte) (string, usher.Token, error) {
	if err := lasts(ttl); err != nil {
		return "", usher.Token{}, err
	}
	var text string
	var t usher.Token
	err := l.write(ctx, by, func(c *change) error {
		d, err := c.tx.DirectoryNamed(ctx, directory)
		if err != nil {
			return err
		}
		known, err := c.tx.LockTokens(ctx, d.ID)
		if err != nil {
			return err
		}
		if live := liveTokens(known, c.now()); len(live) >= maxTokens {
			return fmt.Errorf("directory %s has %d live tokens (%s): %w: revoke one of them first", d.Name, len(live), strings.Join(live, ", "), usher.ErrConflict)
		}
		t.Directory = d.ID
		t.Credential, text = c.newCredential(directoryToken, ttl, key)
		c.recordToken(usher.EventTokenCreated, t, d)
		return c.tx.InsertToken(ctx, t)
	})
	return text, t, err
}

// lasts says whether a token of that lifetime opens anything at all.
func lasts(ttl time.Duration) error {
	if ttl < time.Second {
		return &usher.InvalidError{Attribute: "lifetime", Problem: "is over at once; give a longer one"}
	}
	return nil
}

// newCredential makes a token and its text.
func (c *change) newCredential(kind tokenKind, ttl time.Duration, key []byte) (usher.Credential, string) {
	id, text := kind.make()
	return usher.Credential{ID: id, Hash: kind.hash(key, text), CreatedBy: c.by.Name, CreatedAt: c.now(), ExpiresAt: c.now().Add(ttl)}, text
}

func liveTokens(tokens []usher.Token, now usher.Time) (ids []string) {
	for _, t := range slices.DeleteFunc(tokens, func(t usher.Token) bool { return !t.Live(now) }) {
		ids = append(ids, t.ID)
	}
	return ids
}

func (c *change) recordToken(kind usher.EventKind, t usher.Token, d usher.Directory) {
	c.record(usher.Event{Kind: kind, Subject: "token", After: payload(map[string]any{"token": t.ID, "directory": d.Name, "expires": t.ExpiresAt.RFC3339()})})
}

// RevokeToken ends a token of a directory or of the API for good; requests that bear it are
// refused from now on.
func (l *Ledger) RevokeToken(ctx context.Context, by usher.Principal, id string) error {
	return l.write(ctx, by, func(c *change) error {
		t, err := c.tx.Token(ctx, id)
		if errors.Is(err, usher.ErrNotFound) {
			return c.revokeAPIToken(id)
		}
		if err == nil {
			err = notRevoked(t.Credential)
		}
		if err != nil {
			return err
		}
		d, err := c.tx.Directory(ctx, t.Directory)
		if err != nil {
			return err
		}
		c.recordToken(usher.EventTokenRevoked, t, d)
		return c.tx.RevokeToken(ctx, id)
	})
}

func notRevoked(t usher.Credential) error {
	if t.RevokedAt == 0 {
		return nil
	}
	return fmt.Errorf("token %s was revoked on %s: %w", t.ID, t.RevokedAt.Std().Format(time.DateOnly), usher.ErrStale)
}

// Authenticate gives the directory that a token opens. Every other text, also a token
// that is revoked or has expired, is usher.ErrNotFound. It reads the store each time:
// what is revoked anywhere is refused everywhere at once.
func (l *Ledger) Authenticate(ctx context.Context, key []byte, text string) (usher.Principal, error) {
	id, ok := directoryToken.id(text)
	if !ok {
		return usher.Principal{}, fmt.Errorf("token: %w", usher.ErrNotFound)
	}
	t, err := l.store.Look().Token(ctx, id)
	if err != nil {
		return usher.Principal{}, err
	}
	if !directoryToken.is(key, text, t.Hash) || !t.Live(l.store.Now()) {
		return usher.Principal{}, fmt.Errorf("token %q: %w", id, usher.ErrNotFound)
	}
	d, err := l.store.Look().Directory(ctx, t.Directory)
	if err != nil {
		return usher.Principal{}, err
	}
	return usher.Principal{Kind: usher.PrincipalDirectory, Name: d.Name, Directory: d.ID, Token: t.ID}, nil
}

// TouchToken notes that a token was used just now: its directory speaks, so whoever stood in
// for it does so no longer.
func (l *Ledger) TouchToken(ctx context.Context, id string) error {
	return l.store.Write(ctx, func(tx *store.Tx) error {
		if err := l.hear(ctx, tx, id); err != nil {
			return err
		}
		return tx.TouchToken(ctx, id)
	})
}
