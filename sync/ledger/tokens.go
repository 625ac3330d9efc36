package ledger

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

// tokenPrefix starts every token, so that scanners of leaked secrets know one; the
// checksum at its end tells them that it is no mere likeness.
const tokenPrefix = "ush_scim_"

// maxTokens is how many live tokens a directory may have: the one in use and the one
// that replaces it.
const maxTokens = 2

// maxTokenText is longer than any token.
const maxTokenText = 120

// tokenText is the alphabet of a token's parts: no underscore, one case.
var tokenText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newToken makes a token, as in ush_scim_ID_SECRET_CHECKSUM. The id is public; the secret
// has 256 bits, so that a plain keyed hash of it is enough to keep.
func newToken() (id, text string) {
	random := make([]byte, 10+32)
	rand.Read(random) // never fails
	id = tokenText.EncodeToString(random[:10])
	body := tokenPrefix + id + "_" + tokenText.EncodeToString(random[10:])
	return id, body + "_" + checksum(body)
}

// tokenID is the public id in a token; false for a text that is none, which needs no
// look into the store.
func tokenID(text string) (string, bool) {
	rest, ok := strings.CutPrefix(text, tokenPrefix)
	if !ok || len(text) > maxTokenText {
		return "", false
	}
	parts := strings.Split(rest, "_")
	if len(parts) != 3 {
		return "", false
	}
	body := strings.TrimSuffix(text, "_"+parts[2])
	return parts[0], checksum(body) == parts[2]
}

func checksum(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))
	return tokenText.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}

// hashToken is what the store keeps of a token. It is keyed, so that a stolen database
// alone neither opens anything nor lets a guess be checked.
func hashToken(key []byte, text string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("scim token\x00" + text))
	return hex.EncodeToString(mac.Sum(nil))
}

// CreateToken makes a token that opens a directory for as long as ttl says, and gives its
// text, which is kept nowhere. usher.ErrConflict: the directory has two live ones.
func (l *Ledger) CreateToken(ctx context.Context, by usher.Principal, directory string, ttl time.Duration, key []byte) (string, usher.Token, error) {
	if ttl < time.Second {
		return "", usher.Token{}, &usher.InvalidError{Attribute: "lifetime", Problem: "is over at once; give a longer one"}
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
		t.ID, text = newToken()
		t = usher.Token{ID: t.ID, Directory: d.ID, Hash: hashToken(key, text), CreatedBy: by.Name, CreatedAt: c.now(), ExpiresAt: c.now().Add(ttl)}
		c.recordToken(usher.EventTokenCreated, t, d)
		return c.tx.InsertToken(ctx, t)
	})
	return text, t, err
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

// RevokeToken ends a token for good; requests that bear it are refused from now on.
func (l *Ledger) RevokeToken(ctx context.Context, by usher.Principal, id string) error {
	return l.write(ctx, by, func(c *change) error {
		t, err := c.tx.Token(ctx, id)
		if err != nil {
			return err
		}
		if t.RevokedAt != 0 {
			return fmt.Errorf("token %s was revoked on %s: %w", id, t.RevokedAt.Std().Format(time.DateOnly), usher.ErrStale)
		}
		d, err := c.tx.Directory(ctx, t.Directory)
		if err != nil {
			return err
		}
		c.recordToken(usher.EventTokenRevoked, t, d)
		return c.tx.RevokeToken(ctx, id)
	})
}

// Authenticate gives the directory that a token opens. Every other text, also a token
// that is revoked or has expired, is usher.ErrNotFound. It reads the store each time:
// what is revoked anywhere is refused everywhere at once.
func (l *Ledger) Authenticate(ctx context.Context, key []byte, text string) (usher.Principal, error) {
	id, ok := tokenID(text)
	if !ok {
		return usher.Principal{}, fmt.Errorf("token: %w", usher.ErrNotFound)
	}
	t, err := l.store.Look().Token(ctx, id)
	if err != nil {
		return usher.Principal{}, err
	}
	if !hmac.Equal([]byte(hashToken(key, text)), []byte(t.Hash)) || !t.Live(l.store.Now()) {
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
